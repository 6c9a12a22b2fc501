/* units_test.c - sizes and durations, both ways. */
#include "tests/harness.h"

#include "lib/text/units.h"

static int64_t size(const char *text)
{
    struct error err;
    int64_t bytes = -1;
    return units_parse_size(slice(text), &bytes, &err) == 0 ? bytes
                                                            : -(int64_t)err.code;
}

static int64_t duration(const char *text)
{
    struct error err;
    int64_t ns = -1;
    return units_parse_duration(slice(text), &ns, &err) == 0 ? ns : -(int64_t)err.code;
}

static void sizes(void **state)
{
    char text[UNITS_TEXT_MAX];

    (void)state;
    assert_int_equal(size("0"), 0);
    assert_int_equal(size("512"), 512);
    assert_int_equal(size("512M"), 512 << 20);
    assert_int_equal(size("1.5 GiB"), 3 << 29);
    assert_int_equal(size("2kb"), 2000);
    assert_int_equal(size("-1"), -ERR_INVALID);
    assert_int_equal(size("1Q"), -ERR_INVALID);
    assert_int_equal(size(""), -ERR_INVALID);
    assert_int_equal(size("nan"), -ERR_INVALID);
    assert_int_equal(size("99999999999T"), -ERR_INVALID);
    assert_string_equal(units_format_size(1023, text), "1023 B");
    assert_string_equal(units_format_size(1024, text), "1.0 KiB");
    assert_string_equal(units_format_size(1536, text), "1.5 KiB");
    assert_string_equal(units_format_size((1 << 20) - 1, text), "1.0 MiB");
    assert_string_equal(units_format_size(-1536, text), "-1.5 KiB");
    assert_string_equal(units_format_size(INT64_MAX, text), "8.0 EiB");
}

static void durations(void **state)
{
    char text[UNITS_TEXT_MAX];

    (void)state;
    assert_int_equal(duration("1.5s"), 1500000000);
    assert_int_equal(duration("250ms"), 250000000);
    assert_int_equal(duration("2h"), INT64_C(7200000000000));
    assert_int_equal(duration("3"), INT64_C(3000000000));
    assert_int_equal(duration("3 weeks"), -ERR_INVALID);
    assert_int_equal(duration("2d"), INT64_C(172800000000000));
    assert_int_equal(duration("7us"), 7000);
    assert_int_equal(duration("0.5ns"), 1);
    assert_int_equal(duration("106751d"), INT64_C(106751) * 86400 * 1000000000);
    assert_int_equal(duration("106752d"), -ERR_INVALID); /* beyond 63 bits */
    assert_int_equal(duration("s"), -ERR_INVALID);
    assert_int_equal(duration("inf"), -ERR_INVALID);
    assert_string_equal(units_format_duration(-INT64_C(5000000000), text), "0ms");
    assert_string_equal(units_format_duration(250000000, text), "250ms");
    assert_string_equal(units_format_duration(999900000, text), "999.9ms");
    assert_string_equal(units_format_duration(999999999, text), "1s");
    assert_string_equal(units_format_duration(INT64_C(59900000000), text), "59.9s");
    assert_string_equal(units_format_duration(INT64_C(60000000000), text), "1m0s");
    assert_string_equal(units_format_duration(INT64_C(200000000000), text), "3m20s");
    assert_string_equal(units_format_duration(INT64_C(18600000000000), text), "5h10m");
    assert_string_equal(units_format_time(0, text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
