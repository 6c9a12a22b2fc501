/* rowset_test.c - which rows a list keeps, and how many it counts. */
#include "tests/harness.h"

#include "daemon/head/rowset.h"
#include "lib/proto/proto.h"

#include <stdlib.h>
#include <string.h>

/* What a test works with; rowset_reply() would free the items. */
struct bench {
    struct list_request rq;
    struct filter filters[ROWSET_FILTERS_MAX + 1];
    struct rowset set;
};

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct bench));
    return *state == NULL;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    rowset_finish(&bench->set);
    free(bench);
    return 0;
}

static void filter_by(struct bench *bench, const char *key, const char *op,
                      const char *value)
{
    bench->filters[bench->rq.filters.count++] =
        (struct filter){ .key = slice(key), .op = slice(op), .value = slice(value) };
    bench->rq.filters.items = bench->filters;
}

static int start(struct bench *bench, const struct desc *desc, struct error *err)
{
    rowset_finish(&bench->set); /* of an earlier one */
    return rowset_init(&bench->set, desc, &bench->rq, err);
}

/* Ten tasks: pids 0 to 9, names "task-0" to "task-9", odd ones FAILED. */
static void add_ten(struct bench *bench)
{
    for (uint32_t i = 0; i < 10; i++) {
        char name[] = "task-0", state[] = "FINISHED";
        struct task_row row = { .task_id = id_task(id_job(1), 0x10 * (i + 1)),
                                .name = slice(name),
                                .state = slice(i % 2 == 1 ? "FAILED" : state),
                                .job_id = id_job(i / 5 + 1),
                                .worker_pid = i };
        name[5] = (char)('0' + i);
        rowset_add(&bench->set, &row);
        memset(name, 'x', sizeof(name)); /* nothing of the row is kept by reference */
        memset(state, 'x', sizeof(state));
    }
}

static const struct task_row *row(const struct bench *bench, size_t index)
{
    return (const struct task_row *)(const void *)bench->set.items + index;
}

static void all_rows_are_copied(void **state)
{
    struct bench *bench = *state;
    struct error err;

    assert_ok(start(bench, &task_row_desc, &err), &err);
    add_ten(bench);
    assert_int_equal(bench->set.count, 10);
    assert_int_equal(bench->set.total, 10);
    assert_true(slice_is(row(bench, 0)->name, "task-0"));
    assert_true(slice_is(row(bench, 0)->state, "FINISHED"));
    assert_true(slice_is(row(bench, 9)->name, "task-9"));
    assert_int_equal(row(bench, 9)->worker_pid, 9);
}

static void a_limit_cuts_but_all_are_counted(void **state)
{
    struct bench *bench = *state;
    struct error err;

    bench->rq.limit = 3;
    assert_ok(start(bench, &task_row_desc, &err), &err);
    add_ten(bench);
    assert_int_equal(bench->set.count, 3);
    assert_int_equal(bench->set.total, 10);
    assert_int_equal(row(bench, 2)->worker_pid, 2);
}

static void a_limit_counts_what_matches(void **state)
{
    struct bench *bench = *state;
    struct error err;

    bench->rq.limit = 3;
    filter_by(bench, "state", "=", "failed");
    assert_ok(start(bench, &task_row_desc, &err), &err);
    add_ten(bench);
    assert_int_equal(bench->set.count, 3);
    assert_int_equal(bench->set.total, 5);
    assert_int_equal(row(bench, 2)->worker_pid, 5);
}

static void all_filters_must_match(void **state)
{
    struct bench *bench = *state;
    struct error err;

    filter_by(bench, "state", "=", "FAILED");
    filter_by(bench, "job_id", "=", "02000000");
    filter_by(bench, "name", "!=", "task-7");
    assert_ok(start(bench, &task_row_desc, &err), &err);
    add_ten(bench);
    assert_int_equal(bench->set.total, 2);
    assert_int_equal(row(bench, 0)->worker_pid, 5);
    assert_int_equal(row(bench, 1)->worker_pid, 9);
}

static void an_id_is_found_by_a_prefix(void **state)
{
    struct bench *bench = *state;
    struct error err;

    bench->rq.id = slice("5"); /* only the first digit of 0x50 */
    assert_ok(start(bench, &task_row_desc, &err), &err);
    add_ten(bench);
    assert_int_equal(bench->set.total, 1);
    assert_int_equal(row(bench, 0)->worker_pid, 4);
}

static void other_columns_are_no_ids(void **state)
{
    struct bench *bench = *state;
    struct error err;

    bench->rq.id = slice("02000000"); /* a job's, in the fifth column */
    assert_ok(start(bench, &task_row_desc, &err), &err);
    add_ten(bench);
    assert_int_equal(bench->set.total, 0);
    assert_int_equal(bench->set.count, 0);
}

static void a_job_is_found_by_its_submission_id(void **state)
{
    static const char *const ids[] = { "raysubmit_abc", "abc", "raysub",
                                       "RAYSUBMIT_a" };
    static const size_t found[] = { 1, 0, 1, 0 };
    struct job_row job = { .job_id = id_job(0x12),
                           .submission_id = slice("raysubmit_abcdef"),
                           .entrypoint = slice("abc") };
    struct bench *bench = *state;
    struct error err;

    for (size_t i = 0; i < 4; i++) {
        bench->rq.id = slice(ids[i]);
        assert_ok(start(bench, &job_row_desc, &err), &err);
        rowset_add(&bench->set, &job);
        assert_int_equal(bench->set.total, found[i]);
    }
    bench->rq.id = slice("1200");
    assert_ok(start(bench, &job_row_desc, &err), &err);
    rowset_add(&bench->set, &job);
    job.job_id = (struct id){ 0 }; /* none yet */
    rowset_add(&bench->set, &job);
    assert_int_equal(bench->set.total, 1);
}

static void bad_filters_are_refused(void **state)
{
    struct bench *bench = *state;
    struct error err;

    filter_by(bench, "state", "=", "FAILED");
    filter_by(bench, "stat", "=", "FAILED");
    assert_int_equal(start(bench, &task_row_desc, &err), -ERR_INVALID);
    assert_non_null(strstr(err.text, "state"));
    bench->rq.filters.count = 0;
    for (int i = 0; i < ROWSET_FILTERS_MAX; i++)
        filter_by(bench, "state", "=", "FAILED");
    assert_ok(start(bench, &task_row_desc, &err), &err);
    filter_by(bench, "state", "=", "FAILED");
    assert_int_equal(start(bench, &task_row_desc, &err), -ERR_INVALID);
    assert_string_equal(err.text, "more than 64 filters");
}

static void names_of_what_lives_are_found(void **state)
{
    struct actor_row actor = { .actor_id = id_actor(id_job(1), (uint8_t[12]){ 0xab }),
                               .name = slice("counter"),
                               .state = slice("ALIVE") };
    const struct node_row node = { .node_name = slice("gpu-3"),
                                   .state = slice("ALIVE") };
    const struct task_row task = { .name = slice("square") };

    (void)state;
    assert_true(rowset_has_id(&actor_row_desc, &actor, slice("counter")));
    assert_false(rowset_has_id(&actor_row_desc, &actor, slice("count")));
    assert_true(rowset_has_id(&actor_row_desc, &actor, slice("AB")));
    assert_true(rowset_has_id(&node_row_desc, &node, slice("gpu-3")));
    assert_false(rowset_has_id(&task_row_desc, &task, slice("square")));
    assert_false(rowset_has_name(&actor_row_desc, &actor, slice("AB")));
    actor.state = slice("DEAD");
    assert_false(rowset_has_id(&actor_row_desc, &actor, slice("counter")));
    assert_true(rowset_has_id(&actor_row_desc, &actor, slice("ab")));
}

static void rows_are_sorted_before_the_limit(void **state)
{
    struct bench *bench = *state;
    struct error err;

    bench->rq.limit = 3;
    bench->rq.sort = slice("-worker_pid");
    assert_ok(start(bench, &task_row_desc, &err), &err);
    add_ten(bench);
    rowset_sort(&bench->set);
    assert_int_equal(bench->set.total, 10);
    assert_int_equal(bench->set.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(((struct task_row *)(void *)bench->set.items)[i].worker_pid,
                         9 - i);
}

static void what_is_equal_stays_as_it_came(void **state)
{
    struct bench *bench = *state;
    struct error err;

    bench->rq.sort = slice("-state");
    assert_ok(start(bench, &task_row_desc, &err), &err);
    add_ten(bench);
    rowset_sort(&bench->set);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(((struct task_row *)(void *)bench->set.items)[i].worker_pid,
                         i < 5 ? 2 * i : 2 * (i - 5) + 1);
}

static void a_bad_order_is_refused(void **state)
{
    struct bench *bench = *state;
    struct error err;

    bench->rq.sort = slice("stat");
    assert_int_equal(start(bench, &task_row_desc, &err), -ERR_INVALID);
    assert_non_null(strstr(err.text, "'state'"));
    bench->rq.sort = slice("-");
    assert_int_equal(start(bench, &task_row_desc, &err), -ERR_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* However many there are, memory is that of the few that are asked for. */
static void many_rows_in_order_are_not_all_kept(void **state)
{
    enum { MANY = 20000, LIMIT = 5 };
    struct bench *bench = *state;
    struct error err;

    bench->rq.limit = LIMIT;
    bench->rq.sort = slice("-worker_pid");
    assert_ok(start(bench, &task_row_desc, &err), &err);
    for (int64_t i = 0; i < MANY; i++) {
        struct task_row row = { .task_id = id_task(id_job(1), (uint64_t)i),
                                .name = slice("some name"),
                                .worker_pid = i * 7919 % MANY };
        rowset_add(&bench->set, &row);
        assert_true(bench->set.count < 2000);
    }
    rowset_sort(&bench->set);
    assert_int_equal(bench->set.total, MANY);
    assert_int_equal(bench->set.count, LIMIT);
    for (size_t i = 0; i < LIMIT; i++) {
        assert_int_equal(row(bench, i)->worker_pid, MANY - 1 - (int64_t)i);
        assert_true(slice_is(row(bench, i)->name, "some name"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_rows_are_copied),
        TEST(a_limit_cuts_but_all_are_counted),
        TEST(a_limit_counts_what_matches),
        TEST(all_filters_must_match),
        TEST(an_id_is_found_by_a_prefix),
        TEST(other_columns_are_no_ids),
        TEST(a_job_is_found_by_its_submission_id),
        TEST(bad_filters_are_refused),
        TEST(names_of_what_lives_are_found),
        TEST(rows_are_sorted_before_the_limit),
        TEST(what_is_equal_stays_as_it_came),
        TEST(a_bad_order_is_refused),
        TEST(many_rows_in_order_are_not_all_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
