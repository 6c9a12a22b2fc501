/* slice_test.c - borrowed bytes: empty ones, zeros inside, order. */
#include "tests/harness.h"

#include "lib/base/slice.h"

static void empty_is_empty(void **state)
{
    const struct slice none = slice(NULL);

    (void)state;
    assert_int_equal(none.size, 0);
    assert_true(slice_equal(none, slice("")));
    assert_true(slice_is(none, ""));
    assert_true(slice_is(none, NULL));
    assert_true(slice_starts(none, none));
    assert_true(slice_starts(slice("a"), none));
    assert_false(slice_starts(none, slice("a")));
    assert_int_equal(slice_compare(none, slice("")), 0);
    assert_true(slice_compare(none, slice("a")) < 0);
    assert_true(slice_compare(slice("a"), none) > 0);
}

static void zeros_are_bytes(void **state)
{
    (void)state;
    assert_false(slice_is(slice_of("a\0b", 3), "a"));
    assert_false(slice_equal(slice_of("a\0b", 3), slice_of("a\0c", 3)));
    assert_true(slice_compare(slice_of("a\0b", 3), slice_of("a\0c", 3)) < 0);
    assert_true(slice_compare(slice_of("a\0", 2), slice("a")) > 0);
}

static void order_is_that_of_bytes(void **state)
{
    static const char *const sorted[] = { "", "A", "a", "aa", "ab", "b", "\xc3\xbc" };
    enum { COUNT = sizeof(sorted) / sizeof(*sorted) };

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j < COUNT; j++) {
            int order = slice_compare(slice(sorted[i]), slice(sorted[j]));
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static void beginnings(void **state)
{
    (void)state;
    assert_true(slice_starts(slice("unix:/x"), slice("unix:")));
    assert_true(slice_starts(slice("unix:"), slice("unix:")));
    assert_false(slice_starts(slice("unix"), slice("unix:")));
    assert_false(slice_starts(slice("Unix:"), slice("unix:")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_is_empty),
        cmocka_unit_test(zeros_are_bytes),
        cmocka_unit_test(order_is_that_of_bytes),
        cmocka_unit_test(beginnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
