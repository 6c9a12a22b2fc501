/* events_save_test.c - what has ended goes to the archive, and every attempt is either
 * in the table or in what only the archive has. */
#include "tests/harness.h"

#include "daemon/head/events.h"
#include "daemon/head/past.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/proto/proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEADLINE_S = 60 };

static char *path;

/* ---- what there is ---- */

struct seen {
    int64_t in_table, in_past;
    uint64_t sum; /* of the numbers of the tasks */
    struct arena arena;
    bool is_done;
};

static void note(struct seen *seen, const struct task_row *row)
{
    seen->sum += strtoull(row->name.data, NULL, 10);
}

static bool look(void *arg, struct task_row *row)
{
    struct seen *seen = arg;

    seen->in_table++;
    note(seen, row);
    arena_reset(&seen->arena);
    return true;
}

static void look_back(void *arg, const void *row)
{
    struct seen *seen = arg;

    seen->in_past++;
    note(seen, row);
}

static void on_done(void *arg)
{
    struct seen *seen = arg;
    seen->is_done = true;
}

static struct seen walk(struct events *events, struct loop *loop, const char *prefix)
{
    struct seen seen = { .in_table = 0 };
    const struct past_ops ops = { .on_row = look_back,
                                  .on_done = on_done,
                                  .arg = &seen };

    events_each(events, &seen.arena, look, &seen);
    past_ask(loop, events, &(struct past_range){ slice(prefix), 0, 0 }, &ops);
    loop_run_until(loop, &seen.is_done, 0);
    arena_finish(&seen.arena);
    assert_true(seen.is_done);
    return seen;
}

/* ---- what happens ---- */

static void put(struct events *events, uint64_t number, const char *state)
{
    char name[32];
    struct task_row row = { .task_id = id_task(id_job(1), number),
                            .state = slice(state),
                            .job_id = id_job(1) };

    snprintf(name, sizeof(name), "%llu", (unsigned long long)number);
    row.name = slice(name);
    events_put(events, &row, NULL);
}

static struct events *open_events(struct loop *loop)
{
    struct events *events = events_create();

    assert_int_equal(events_open_archive(events, loop, path, NULL), 0);
    return events;
}

static void settle(struct loop *loop)
{
    bool never = false;
    loop_run_until(loop, &never, 0);
}

static void what_has_ended_is_there_after_a_restart(void **state)
{
    struct loop *loop = loop_create();
    struct events *events = open_events(loop);
    struct seen seen;

    (void)state;
    put(events, 1, "RUNNING");
    for (uint64_t i = 2; i < 10; i++)
        put(events, i, "FINISHED");
    seen = walk(events, loop, "");
    assert_int_equal(seen.in_table, 9);
    assert_int_equal(seen.in_past, 0);
    events_destroy(events);
    settle(loop);
    events = open_events(loop);
    put(events, 20, "FINISHED");
    seen = walk(events, loop, "");
    assert_int_equal(seen.in_table, 1);
    assert_int_equal(seen.in_past, 8);
    assert_int_equal(seen.sum, 20 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9);
    events_destroy(events);
    settle(loop);
    loop_destroy(loop);
}

/* Each is seen once, at whatever moment: before it is saved, while it is, and after. */
static void each_attempt_is_seen_once(void **state)
{
    enum { COUNT = EVENTS_MAX + 20000, STEP = 10000 };
    const int64_t deadline = clock_now() + DEADLINE_S * NS_PER_S;
    struct loop *loop = loop_create();
    struct events *events;
    struct seen seen = { .in_table = 0 };

    (void)state;
    unlink(path);
    events = open_events(loop);
    put(events, 1, "RUNNING");
    for (uint64_t i = 2; i <= COUNT; i++) {
        put(events, i, "FINISHED");
        if (i % STEP != 0)
            continue;
        seen = walk(events, loop, "");
        assert_int_equal(seen.in_table + seen.in_past, i);
        assert_int_equal(seen.sum, i * (i + 1) / 2);
        /* what is not on disk yet would be lost, as events_test.c shows */
        while (i > EVENTS_MAX - STEP && i < COUNT && events_unsaved(events) > 0 &&
               clock_now() < deadline)
            walk(events, loop, "f");
    }
    assert_int_equal(seen.in_table, EVENTS_MAX);
    assert_int_equal(seen.in_past, 20000);
    assert_int_equal(events_dropped(events), 0);
    events_destroy(events);
    settle(loop);
    loop_destroy(loop);
}

/* What a walk in pages has seen, and where it goes on. */
struct page {
    struct seen seen; /* first: it is what look_back() and on_done() get */
    int64_t next;
};

static void on_more(void *arg, int64_t before)
{
    struct page *page = arg;
    page->next = before;
}

/* As a list that is asked for in parts sees it, whatever ends meanwhile. */
static void pages_have_each_attempt_once(void **state)
{
    struct loop *loop = loop_create();
    struct events *events = open_events(loop);
    struct past_range range = { slice(""), 0, 200000 };
    const struct seen all = walk(events, loop, "");
    struct page page = { .next = -1 };
    const struct past_ops ops = {
        .on_row = look_back, .on_done = on_done, .on_more = on_more, .arg = &page
    };
    int pages = 0;

    (void)state;
    assert_true(all.in_past > 100000);
    while (page.next != 0) {
        page.next = 0;
        page.seen.is_done = false;
        past_ask(loop, events, &range, &ops);
        loop_run_until(loop, &page.seen.is_done, 0);
        range.before = page.next;
        put(events, 1000000 + (uint64_t)++pages, "FINISHED");
    }
    assert_int_equal(page.seen.in_past, all.in_past);
    assert_int_equal(page.seen.sum, all.sum);
    assert_true(pages > 10 && pages < 1000);
    events_destroy(events);
    settle(loop);
    loop_destroy(loop);
}

static void a_task_is_found_by_its_id(void **state)
{
    struct id id = id_task(id_job(1), 5);
    struct loop *loop = loop_create();
    struct events *events = open_events(loop);
    struct seen seen;
    char hex[ID_HEX_MAX];

    (void)state;
    seen = walk(events, loop, id_hex(&id, hex));
    assert_int_equal(seen.in_past, 1);
    assert_int_equal(seen.sum, 5);
    events_destroy(events);
    settle(loop);
    loop_destroy(loop);
}

static void without_a_file_memory_is_all(void **state)
{
    struct loop *loop = loop_create();
    struct events *events = events_create();
    struct error err;
    struct seen seen;

    (void)state;
    assert_true(events_open_archive(events, loop, "/nowhere/history.db", &err) < 0);
    assert_non_null(strstr(err.text, "/nowhere/history.db"));
    put(events, 1, "FINISHED");
    seen = walk(events, loop, "");
    assert_int_equal(seen.in_table, 1);
    assert_int_equal(seen.in_past, 0);
    events_destroy(events);
    loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_ended_is_there_after_a_restart),
        cmocka_unit_test(each_attempt_is_seen_once),
        cmocka_unit_test(pages_have_each_attempt_once),
        cmocka_unit_test(a_task_is_found_by_its_id),
        cmocka_unit_test(without_a_file_memory_is_all),
    };
    int failed;

    path = xprintf("%s/history.db", harness_dir());
    unlink(path);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(path);
    return failed;
}
