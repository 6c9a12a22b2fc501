/* prefault_test.c - what of a segment is made real before it is written. */
#include "tests/harness.h"

#include "lib/client/prefault.h"

enum { MB = 1 << 20, SIZE = 64 * MB };

static struct prefault prefault;
static int64_t from, to;

static bool next(int64_t end)
{
    return prefault_next(&prefault, SIZE, end, &from, &to);
}

static int setup(void **state)
{
    (void)state;
    prefault = (struct prefault){ 0 };
    return 0;
}

static void a_small_object_makes_a_little_real(void **state)
{
    (void)state;
    assert_true(next(100));
    assert_int_equal(from, 4096);
    assert_int_equal(to, PREFAULT_LEAST);
    assert_false(next(200000)); /* enough is ready */
}

static void the_window_grows_with_what_is_filled(void **state)
{
    (void)state;
    assert_true(next(4 * MB));
    assert_int_equal(from, 4 * MB);
    assert_int_equal(to, 8 * MB);
    assert_false(next(5 * MB));
    assert_true(next(7 * MB));
    assert_int_equal(from, 8 * MB); /* nothing twice */
    assert_int_equal(to, 14 * MB);
    assert_true(next(30 * MB));
    assert_int_equal(from, 30 * MB);
    assert_int_equal(to, 30 * MB + PREFAULT_MOST);
}

static void it_ends_with_the_segment(void **state)
{
    (void)state;
    assert_true(next(SIZE - 5 * MB));
    assert_int_equal(to, SIZE);
    assert_false(next(SIZE - MB));
    assert_false(next(SIZE));
    assert_false(next(3 * MB)); /* room that was given back is real */
}

static void each_page_is_made_once(void **state)
{
    int64_t last = 0;

    (void)state;
    for (int64_t end = 100000; end < SIZE; end += 100000) {
        if (!next(end))
            continue;
        assert_int_equal(from % 4096, 0);
        assert_true(from >= last && to > from && to <= SIZE);
        last = to;
    }
    assert_int_equal(last, SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_small_object_makes_a_little_real, setup),
        cmocka_unit_test_setup(the_window_grows_with_what_is_filled, setup),
        cmocka_unit_test_setup(it_ends_with_the_segment, setup),
        cmocka_unit_test_setup(each_page_is_made_once, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
