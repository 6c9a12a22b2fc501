/* guard_test.c - who is ended when memory runs out, and what the kernel's texts say. */
#include "tests/harness.h"

#include "daemon/node/guard.h"

static struct guard_worker task_of(char owner, int64_t since, int64_t bytes)
{
    return (struct guard_worker){ .owner = id_from_bytes((uint8_t *)&owner, 1),
                                  .since = since,
                                  .bytes = bytes };
}

static struct guard_worker actor(int64_t since, int64_t bytes)
{
    struct guard_worker worker = task_of('x', since, bytes);
    worker.is_actor = true;
    return worker;
}

static void the_newest_of_the_owner_with_the_most_tasks(void **state)
{
    const struct guard_worker workers[] = {
        task_of('a', 10, 100), task_of('b', 1, 100),  task_of('b', 3, 60),
        task_of('b', 2, 100),  task_of('c', 20, 100),
    };

    (void)state;
    assert_int_equal(guard_pick(workers, 5), 2);
    assert_int_equal(guard_pick(workers, 2), 0);
    assert_int_equal(guard_pick(workers, 0), -1);
}

static void who_uses_little_is_left_alone(void **state)
{
    const struct guard_worker workers[] = { task_of('a', 1, 1000), task_of('a', 9, 499),
                                            actor(8, 10) };

    (void)state;
    assert_int_equal(guard_pick(workers, 3), 0);
}

static void tasks_go_before_actors_unless_these_use_all(void **state)
{
    const struct guard_worker equals[] = { actor(9, 1000), task_of('a', 1, 600) };
    const struct guard_worker large[] = { actor(9, 1000), task_of('a', 1, 10) };

    (void)state;
    assert_int_equal(guard_pick(equals, 2), 1);
    assert_int_equal(guard_pick(large, 2), 0);
}

static void levels(void **state)
{
    const struct guard_level half = { 50, 100 }, most = { 960, 1000 },
                             none = { 1000, 0 };

    (void)state;
    assert_false(guard_is_over(&half, 95));
    assert_true(guard_is_over(&most, 95));
    assert_false(guard_is_over(&most, 100));
    assert_false(guard_is_over(&none, 1));
    assert_int_equal(guard_fuller(half, most).limit, 1000);
    assert_int_equal(guard_fuller(most, half).limit, 1000);
    assert_int_equal(guard_fuller(half, none).limit, 100);
    assert_int_equal(guard_fuller(none, half).limit, 100);
}

static void texts_of_the_kernel(void **state)
{
    static const char stat[] = "anon 4096\nactive_file 7\ninactive_file 12288\n";

    (void)state;
    assert_int_equal(guard_parse_stat(stat, "inactive_file"), 12288);
    assert_int_equal(guard_parse_stat(stat, "active_file"), 7);
    assert_int_equal(guard_parse_stat(stat, "file"), 0);
    assert_int_equal(guard_parse_stat("", "anon"), 0);
    assert_int_equal(guard_parse_statm("1000 300 100 1 0 200 0\n", 4096), 200 * 4096);
    assert_int_equal(guard_parse_statm("1000 100 300 1 0 200 0\n", 4096), 0);
    assert_int_equal(guard_parse_statm("", 4096), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_of_the_owner_with_the_most_tasks),
        cmocka_unit_test(who_uses_little_is_left_alone),
        cmocka_unit_test(tasks_go_before_actors_unless_these_use_all),
        cmocka_unit_test(levels),
        cmocka_unit_test(texts_of_the_kernel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
