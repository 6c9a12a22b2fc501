/* usage_test.c - what is read of /proc, and what is not taken for it. */
#include "tests/harness.h"

#include "daemon/node/usage.h"

static void ticks_of_all_cores(void **state)
{
    struct usage_ticks ticks;

    (void)state;
    assert_true(
        usage_parse_ticks("cpu  100 20 30 1000 50 5 6 7 0 0\ncpu0 1 2 3 4\n", &ticks));
    assert_int_equal(ticks.busy, 100 + 20 + 30 + 5 + 6 + 7);
    assert_int_equal(ticks.all, ticks.busy + 1000 + 50);
    assert_true(usage_parse_ticks("cpu 1 2 3 4\n", &ticks)); /* an old kernel */
    assert_int_equal(ticks.all, 10);
    assert_false(usage_parse_ticks("", &ticks));
    assert_false(usage_parse_ticks("cpu  1 2\n", &ticks));
}

static void memory_that_is_not_available_is_used(void **state)
{
    int64_t used, total;

    (void)state;
    assert_true(usage_parse_memory("MemTotal:       1000 kB\nMemFree:  1 kB\n"
                                   "MemAvailable:    400 kB\n",
                                   &used, &total));
    assert_int_equal(total, 1000 * 1024);
    assert_int_equal(used, 600 * 1024);
    assert_false(usage_parse_memory("MemTotal: 1000 kB\n", &used, &total));
    assert_false(usage_parse_memory("", &used, &total));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_of_all_cores),
        cmocka_unit_test(memory_that_is_not_available_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
