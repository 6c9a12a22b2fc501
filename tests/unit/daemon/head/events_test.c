/* events_test.c - the table of task events: replaced, bounded, closed. */
#include "tests/harness.h"

#include "daemon/head/events.h"
#include "lib/proto/proto.h"

#include <stdio.h>
#include <string.h>

struct seen {
    struct arena arena;
    int count;
    char first[64], state[64], error[64];
};

static bool look(void *arg, struct task_row *row)
{
    struct seen *seen = arg;

    if (seen->count++ == 0) {
        snprintf(seen->first, sizeof(seen->first), "%.*s", SLICE_ARGS(row->name));
        snprintf(seen->state, sizeof(seen->state), "%.*s", SLICE_ARGS(row->state));
        snprintf(seen->error, sizeof(seen->error), "%.*s", SLICE_ARGS(row->error_type));
    }
    arena_reset(&seen->arena);
    return true;
}

static struct seen walk(struct events *events)
{
    struct seen seen = { .count = 0 };

    events_each(events, &seen.arena, look, &seen);
    arena_finish(&seen.arena);
    return seen;
}

static void put(struct events *events, uint64_t number, const char *state,
                const struct peer *owner)
{
    char name[32];
    struct task_row row = { .task_id =
                                id_task(id_job((uint32_t)(number % 2 + 1)), number),
                            .state = slice(state),
                            .job_id = id_job((uint32_t)(number % 2 + 1)) };

    snprintf(name, sizeof(name), "task-%llu", (unsigned long long)number);
    row.name = slice(name);
    events_put(events, &row, owner);
}

static void the_last_word_counts(void **state)
{
    struct events *events = events_create();
    struct seen seen;

    (void)state;
    put(events, 1, "RUNNING", NULL);
    put(events, 2, "RUNNING", NULL);
    put(events, 2, "FINISHED", NULL);
    put(events, 2, "RUNNING", NULL); /* late: it is over */
    seen = walk(events);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.first, "task-2"); /* newest first */
    assert_string_equal(seen.state, "FINISHED");
    events_destroy(events);
}

static void the_table_is_bounded(void **state)
{
    struct events *events = events_create();

    (void)state;
    put(events, 1, "RUNNING", NULL);
    for (uint64_t i = 2; i < EVENTS_MAX + 100; i++)
        put(events, i, "FINISHED", NULL);
    assert_int_equal(events_count(events), EVENTS_MAX);
    assert_int_equal(events_dropped(events), 99);
    put(events, 1, "FINISHED", NULL); /* what lives is kept longest */
    assert_int_equal(events_count(events), EVENTS_MAX);
    events_destroy(events);
}

static void attempts_are_apart(void **state)
{
    struct events *events = events_create();
    struct task_row row = { .task_id = id_task(id_job(1), 1),
                            .name = slice("again"),
                            .state = slice("FAILED") };
    struct seen seen;

    (void)state;
    events_put(events, &row, NULL);
    row.attempt_number = 1;
    row.state = slice("RUNNING");
    events_put(events, &row, NULL);
    seen = walk(events);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.state, "RUNNING");
    row.task_id = id_job(1); /* no task */
    events_put(events, &row, NULL);
    row.task_id = (struct id){ 0 };
    events_put(events, &row, NULL);
    assert_int_equal(events_count(events), 2);
    assert_int_equal(events_dropped(events), 0);
    events_destroy(events);
}

static bool stop_at_two(void *arg, struct task_row *row)
{
    int *count = arg;

    assert_int_equal(row->task_id.size, ID_TASK);
    return ++*count < 2;
}

static void a_walk_ends_when_told(void **state)
{
    struct events *events = events_create();
    struct arena arena = { 0 };
    int count = 0;

    (void)state;
    events_each(events, &arena, stop_at_two, &count);
    assert_int_equal(count, 0);
    for (uint64_t i = 1; i < 5; i++)
        put(events, i, "RUNNING", NULL);
    events_each(events, &arena, stop_at_two, &count);
    assert_int_equal(count, 2);
    arena_finish(&arena);
    events_destroy(events);
}

static void what_has_ended_stays_as_it_ended(void **state)
{
    const struct peer *owner = (const struct peer *)(uintptr_t)8;
    struct events *events = events_create();
    struct id job = id_job(2);
    struct seen seen;

    (void)state;
    put(events, 1, "FINISHED", owner);
    events_on_peer_closed(events, owner);
    events_on_job_ended(events, &job);
    seen = walk(events);
    assert_string_equal(seen.state, "FINISHED");
    assert_string_equal(seen.error, "");
    events_destroy(events);
}

static void what_its_owner_left_is_lost(void **state)
{
    const struct peer *owner = (const struct peer *)(uintptr_t)8;
    struct events *events = events_create();
    struct seen seen;

    (void)state;
    put(events, 3, "RUNNING", owner);
    events_on_peer_closed(events, owner);
    seen = walk(events);
    assert_string_equal(seen.state, "FAILED");
    assert_string_equal(seen.error, "OWNER_DIED");
    put(events, 4, "RUNNING", NULL);
    events_on_job_ended(events, &(struct id){ 0 });
    events_on_peer_closed(events, owner);
    seen = walk(events);
    assert_string_equal(seen.state, "RUNNING");
    {
        struct id job = id_job(1);
        events_on_job_ended(events, &job);
    }
    seen = walk(events);
    assert_string_equal(seen.error, "JOB_ENDED");
    events_destroy(events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_word_counts),
        cmocka_unit_test(the_table_is_bounded),
        cmocka_unit_test(attempts_are_apart),
        cmocka_unit_test(a_walk_ends_when_told),
        cmocka_unit_test(what_has_ended_stays_as_it_ended),
        cmocka_unit_test(what_its_owner_left_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
