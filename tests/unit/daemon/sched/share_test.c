/* share_test.c - who uses how much, who is next, who gives up what. */
#include "tests/harness.h"

#include "daemon/sched/share.h"

static struct resources total;
static struct share share;
static int owners[4];

static void set(struct resources *to, const char *name, double amount)
{
    assert_int_equal(resources_set(to, slice(name), (int64_t)(amount * RESOURCE_UNIT)),
                     0);
}

static int setup(void **state)
{
    (void)state;
    total = (struct resources){ 0 };
    set(&total, "CPU", 4);
    set(&total, "GPU", 2);
    set(&total, "memory", 1000);
    share = (struct share){ .total = &total, .last = SHARE_NOBODY };
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    share_finish(&share);
    resources_finish(&total);
    return 0;
}

static size_t user(uint32_t job, int owner, const struct resources *shape)
{
    struct id id = id_job(job);
    const struct share_key key = { &id, &owners[owner], shape };
    return share_user(&share, &key);
}

static void the_largest_part_counts(void **state)
{
    struct resources held = { 0 };

    (void)state;
    assert_true(share_part(&share, &held) == 0);
    set(&held, "CPU", 1);
    assert_true(share_part(&share, &held) == 0.25);
    set(&held, "GPU", 1);
    assert_true(share_part(&share, &held) == 0.5);
    set(&held, "unknown", 100);
    assert_true(share_part(&share, &held) == 0.5);
    resources_finish(&held);
}

static void users_are_owners_and_shapes_of_a_job(void **state)
{
    struct resources one = { 0 }, same = { 0 }, two = { 0 };

    (void)state;
    set(&one, "CPU", 1);
    set(&same, "CPU", 1);
    set(&two, "CPU", 2);
    assert_int_equal(user(1, 0, &one), user(1, 0, &same));
    assert_int_not_equal(user(1, 0, &one), user(1, 1, &one));
    assert_int_not_equal(user(1, 0, &one), user(1, 0, &two));
    assert_int_not_equal(user(1, 0, &one), user(2, 0, &one));
    assert_int_equal(share.jobs_count, 2);
    resources_finish(&one);
    resources_finish(&same);
    resources_finish(&two);
}

static void jobs_come_before_users(void **state)
{
    struct resources one = { 0 };
    size_t a, b, c;

    (void)state;
    set(&one, "CPU", 1);
    a = user(1, 0, &one);
    b = user(1, 1, &one);
    c = user(2, 2, &one);
    assert_false(share_is_before(&share, a, b));
    assert_false(share_is_before(&share, b, a));
    share_hold(&share, a, 0.25);
    assert_true(share_is_before(&share, b, a)); /* same job, less */
    assert_true(share_is_before(&share, c, b)); /* its job has nothing */
    share_hold(&share, c, 0.5);
    assert_true(share_is_before(&share, a, c));
    resources_finish(&one);
}

static void equals_take_turns(void **state)
{
    struct resources one = { 0 }, two = { 0 };
    size_t a, b, c;

    (void)state;
    set(&one, "CPU", 1);
    set(&two, "CPU", 2);
    a = user(1, 0, &one);
    b = user(1, 0, &two);
    c = user(2, 1, &one);
    share.last = a;
    assert_true(share_is_before(&share, b, a));
    assert_true(share_is_before(&share, c, a));
    assert_true(share_is_before(&share, c, b)); /* their job had something last */
    assert_false(share_is_before(&share, a, b));
    assert_false(share_is_before(&share, a, c));
    assert_false(share_is_before(&share, a, a));
    share.last = c;
    assert_true(share_is_before(&share, a, c));
    assert_false(share_is_before(&share, c, a));
    share_hold(&share, a, 0.25);
    assert_true(share_is_before(&share, c, a)); /* it uses less all the same */
    resources_finish(&one);
    resources_finish(&two);
}

static void jobs_give_up_what_is_above_the_others(void **state)
{
    struct resources one = { 0 };
    size_t a, b;

    (void)state;
    set(&one, "CPU", 1);
    a = user(1, 0, &one);
    b = user(2, 1, &one);
    share_hold(&share, a, 0.25);
    assert_true(share_should_yield(&share, a, b, 0.25));  /* turns: b has nothing */
    assert_false(share_should_yield(&share, b, a, 0.25)); /* has nothing to give */
    assert_false(share_should_yield(&share, a, a, 0.25));
    share_hold(&share, b, 0.25);
    assert_false(share_should_yield(&share, a, b, 0.25));
    share_hold(&share, a, 0.25);
    assert_false(share_should_yield(&share, a, b, 0.25)); /* or it would go back */
    share_hold(&share, a, 0.25);
    assert_true(share_should_yield(&share, a, b, 0.25));
    resources_finish(&one);
}

static void within_a_job_nobody_starves(void **state)
{
    struct resources one = { 0 }, half = { 0 };
    size_t a, b;

    (void)state;
    set(&one, "CPU", 1);
    set(&half, "CPU", 0.5);
    a = user(1, 0, &one);
    b = user(1, 0, &half);
    share_hold(&share, a, 1);
    assert_true(share_should_yield(&share, a, b, 0.25));
    share_hold(&share, b, 0.125);
    assert_false(share_should_yield(&share, a, b, 0.25));
    resources_finish(&one);
    resources_finish(&half);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_largest_part_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(users_are_owners_and_shapes_of_a_job, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(jobs_come_before_users, setup, teardown),
        cmocka_unit_test_setup_teardown(equals_take_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(jobs_give_up_what_is_above_the_others, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(within_a_job_nobody_starves, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
