/* history_test.c - a ring: the newest first, the oldest forgotten. */
#include "tests/harness.h"

#include "lib/base/history.h"

static void assert_near(double a, double b)
{
    assert_true(a - b < 1e-9 && b - a < 1e-9);
}

static void the_newest_is_number_zero(void **state)
{
    struct history history;

    (void)state;
    history_init(&history, 3);
    assert_int_equal(history.count, 0);
    assert_near(history_max(&history, 10), 0);
    history_add(&history, 1);
    history_add(&history, 2);
    assert_int_equal(history.count, 2);
    assert_near(history_at(&history, 0), 2);
    assert_near(history_at(&history, 1), 1);
    history_finish(&history);
}

static void the_oldest_is_forgotten(void **state)
{
    struct history history;

    (void)state;
    history_init(&history, 3);
    for (int i = 1; i <= 7; i++)
        history_add(&history, i);
    assert_int_equal(history.count, 3);
    assert_near(history_at(&history, 0), 7);
    assert_near(history_at(&history, 2), 5);
    assert_near(history_max(&history, 10), 7);
    history_add(&history, 0);
    assert_near(history_max(&history, 1), 0);
    assert_near(history_max(&history, 2), 7);
    history_finish(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_is_number_zero),
        cmocka_unit_test(the_oldest_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
