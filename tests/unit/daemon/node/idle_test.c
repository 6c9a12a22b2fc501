/* idle_test.c - who is one too many, and who is of no use to others. */
#include "tests/harness.h"

#include "daemon/node/idle.h"

static const struct idle_worker plain_new = { 0, false };
static const struct idle_worker plain_old = { IDLE_KEEP_MS, false };
static const struct idle_worker plain_ancient = { 1000000, false };
static const struct idle_worker own_old = { IDLE_KEEP_MS, true };
static const struct idle_worker own_ancient = { IDLE_ENV_KEEP_MS, true };

static void those_beyond_the_number_end_after_a_while(void **state)
{
    (void)state;
    assert_true(idle_ends(&plain_old, 3, 2));
    assert_true(idle_ends(&own_old, 3, 2));
    assert_false(idle_ends(&plain_new, 3, 2));
}

static void those_within_it_are_kept(void **state)
{
    (void)state;
    assert_false(idle_ends(&plain_ancient, 2, 2));
    assert_false(idle_ends(&own_old, 2, 2));
}

static void one_with_an_environment_of_its_own_ends_in_any_case(void **state)
{
    (void)state;
    assert_true(idle_ends(&own_ancient, 1, 2));
    assert_true(idle_ends(&own_ancient, 3, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_beyond_the_number_end_after_a_while),
        cmocka_unit_test(those_within_it_are_kept),
        cmocka_unit_test(one_with_an_environment_of_its_own_ends_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
