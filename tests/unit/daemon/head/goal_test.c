/* goal_test.c - what is there, what may come, what never will. */
#include "tests/harness.h"

#include "daemon/head/goal.h"
#include "lib/proto/proto.h"

#include <string.h>

static struct filter filters[4];
static struct wait_request rq;

static int set_up(void **state)
{
    (void)state;
    rq = (struct wait_request){ .filters = { filters, 0 } };
    return 0;
}

static void want(const char *key, const char *op, const char *value)
{
    filters[rq.filters.count++] =
        (struct filter){ slice(key), slice(op), slice(value) };
}

static struct goal goal_of(const char *kind)
{
    struct error err = { 0 };
    struct goal goal;

    assert_ok(goal_init(&goal, slice(kind), &rq, &err), &err);
    return goal;
}

static enum goal_outcome of_job(const char *status, int64_t exit_code)
{
    const struct job_row row = { .status = slice(status),
                                 .driver_exit_code = exit_code };
    struct goal goal = goal_of("job");

    return goal_judge(&goal, &row);
}

static enum goal_outcome of_actor(const char *state, const char *name)
{
    const struct actor_row row = { .state = slice(state), .name = slice(name) };
    struct goal goal = goal_of("actor");

    return goal_judge(&goal, &row);
}

static void edges_tell_what_may_come(void **state)
{
    (void)state;
    want("state", "=", "SUCCEEDED");
    assert_int_equal(of_job("PENDING", -1), GOAL_WAITING);
    assert_int_equal(of_job("RUNNING", -1), GOAL_WAITING);
    assert_int_equal(of_job("SUCCEEDED", 0), GOAL_REACHED);
    assert_int_equal(of_job("FAILED", 1), GOAL_IMPOSSIBLE);
    assert_int_equal(of_job("STOPPED", 1), GOAL_IMPOSSIBLE);
}

static void one_of_several_states(void **state)
{
    (void)state;
    want("status", "=", "running,FAILED");
    assert_int_equal(of_job("PENDING", -1), GOAL_WAITING);
    assert_int_equal(of_job("RUNNING", -1), GOAL_REACHED);
    assert_int_equal(of_job("SUCCEEDED", 0), GOAL_IMPOSSIBLE);
}

static void any_state_but_some(void **state)
{
    (void)state;
    want("state", "!=", "PENDING_CREATION,DEPENDENCIES_UNREADY");
    want("state", "!=", "RESTARTING");
    assert_int_equal(of_actor("PENDING_CREATION", ""), GOAL_WAITING);
    assert_int_equal(of_actor("ALIVE", ""), GOAL_REACHED);
    assert_int_equal(of_actor("RESTARTING", ""), GOAL_WAITING);
    assert_int_equal(of_actor("DEAD", ""), GOAL_REACHED);
}

static void states_that_exclude_each_other(void **state)
{
    (void)state;
    want("state", "=", "ALIVE");
    want("state", "=", "DEAD");
    assert_int_equal(of_actor("PENDING_CREATION", ""), GOAL_IMPOSSIBLE);
}

static void other_values_are_final_with_the_state(void **state)
{
    (void)state;
    want("driver_exit_code", "=", "3");
    assert_int_equal(of_job("RUNNING", -1), GOAL_WAITING);
    assert_int_equal(of_job("FAILED", 3), GOAL_REACHED);
    assert_int_equal(of_job("FAILED", 4), GOAL_IMPOSSIBLE);
}

static void a_value_and_a_state(void **state)
{
    (void)state;
    want("state", "=", "ALIVE");
    want("name", "=", "counter");
    assert_int_equal(of_actor("ALIVE", "counter"), GOAL_REACHED);
    assert_int_equal(of_actor("ALIVE", "other"), GOAL_WAITING);
    assert_int_equal(of_actor("DEAD", "counter"), GOAL_IMPOSSIBLE);
}

static void deleted_is_dead(void **state)
{
    (void)state;
    rq.deleted = true;
    assert_int_equal(of_actor("ALIVE", ""), GOAL_WAITING);
    assert_int_equal(of_actor("DEAD", ""), GOAL_REACHED);
    assert_int_equal(of_job("FAILED", 1), GOAL_WAITING);
}

static void objects_have_no_states(void **state)
{
    const struct object_row row = { .object_size = 7 };
    struct error err = { 0 };
    struct goal goal;

    (void)state;
    want("object_size", "=", "8");
    goal = goal_of("object");
    assert_int_equal(goal_judge(&goal, &row), GOAL_WAITING);
    assert_int_equal(goal_state(&goal, &row).size, 0);
    want("state", "=", "ALIVE");
    assert_int_equal(goal_init(&goal, slice("object"), &rq, &err), -ERR_INVALID);
}

static void what_is_not_there_is_named(void **state)
{
    struct error err = { 0 };
    struct goal goal;

    (void)state;
    want("state", "=", "ALIVE,DEED");
    assert_int_equal(goal_init(&goal, slice("actor"), &rq, &err), -ERR_INVALID);
    assert_non_null(strstr(err.text, "'DEED'; did you mean 'DEAD'?"));
    assert_int_equal(goal_init(&goal, slice("planet"), &rq, &err), -ERR_INVALID);
    set_up(state);
    want("state", "=", "");
    assert_int_equal(goal_init(&goal, slice("actor"), &rq, &err), -ERR_INVALID);
    set_up(state);
    want("nam", "=", "x");
    assert_int_equal(goal_init(&goal, slice("actor"), &rq, &err), -ERR_INVALID);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(edges_tell_what_may_come),
        TEST(one_of_several_states),
        TEST(any_state_but_some),
        TEST(states_that_exclude_each_other),
        TEST(other_values_are_final_with_the_state),
        TEST(a_value_and_a_state),
        TEST(deleted_is_dead),
        TEST(objects_have_no_states),
        TEST(what_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
