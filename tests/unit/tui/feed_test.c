/* feed_test.c - what is asked, and when: a head of paper behind a real socket. */
#include "tests/harness.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/engine/engine.h"
#include "lib/net/auth.h"
#include "lib/net/loop.h"
#include "lib/net/server.h"
#include "tui/feed.h"

#include <stdio.h>
#include <stdlib.h>

enum { SOON_MS = 10000, QUIET_MS = 60 };

/* The head: answers with numbers, keeps the poll for changes until told. */
struct paper {
    struct table_versions versions;
    struct call *poll; /* kept */
    int polls, status, nodes, jobs, tasks, others;
    int filters; /* of the last question for tasks */
    bool refuses_jobs;
};

static struct paper paper;
static struct loop *loop;
static struct identity self;
static struct dispatch dispatch;
static struct server *server;
static struct engine *engine;
static struct feed *feed;
static int changed;
static char *address;

/* ---- the head ---- */

static void on_wait(void *arg, const struct changes_wait *rq, struct call *call)
{
    (void)arg;
    paper.polls++;
    if (rq->seen.nodes == 0)
        call_reply(call, &paper.versions);
    else
        paper.poll = call;
}

static void tell_change(void)
{
    struct call *call = paper.poll;

    paper.poll = NULL;
    assert_non_null(call);
    call_reply(call, &paper.versions);
}

/* The asker has gone. */
static void drop_poll(void)
{
    if (paper.poll != NULL)
        call_done(paper.poll);
    paper.poll = NULL;
}

static void on_nodes(void *arg, const struct list_request *rq, struct call *call)
{
    static struct node_row rows[3];
    struct node_rows reply = { { rows, 3 }, 3, 0 };

    (void)arg;
    (void)rq;
    paper.nodes++;
    rows[0] = (struct node_row){ .node_name = slice("one"),
                                 .state = slice("ALIVE"),
                                 .machine = slice("m-1"),
                                 .object_store_used = 100,
                                 .cpu_used = 5000,
                                 .cpu_total = 20000,
                                 .memory_used = 1,
                                 .memory_total = 4 };
    rows[1] = (struct node_row){ .node_name = slice("two"),
                                 .state = slice("DEAD"),
                                 .cpu_used = 9000,
                                 .cpu_total = 20000 };
    rows[2] = rows[0]; /* a second node of that machine */
    rows[2].node_name = slice("three");
    call_reply(call, &reply);
}

static void on_jobs(void *arg, const struct list_request *rq, struct call *call)
{
    struct job_rows reply = { .total = ++paper.jobs };
    struct error err;

    (void)arg;
    (void)rq;
    if (!paper.refuses_jobs) {
        call_reply(call, &reply);
        return;
    }
    fail(&err, ERR_FAILED, "no jobs today");
    call_fail(call, &err);
}

static void on_tasks(void *arg, const struct list_request *rq, struct call *call)
{
    struct task_rows reply = { .total = ++paper.tasks };

    (void)arg;
    assert_true(rq->limit > 0);
    paper.filters = (int)rq->filters.count;
    call_reply(call, &reply);
}

static void on_rows(void *arg, const struct list_request *rq, struct call *call)
{
    struct task_rows reply = { .total = 0 };

    (void)arg;
    (void)rq;
    paper.others++;
    call_reply(call, &reply);
}

static void on_logs(void *arg, const struct log_list *rq, struct call *call)
{
    (void)rq;
    on_rows(arg, NULL, call);
}

static void on_read_log(void *arg, const struct log_read *rq, struct call *call)
{
    (void)arg;
    (void)rq;
    call_done(call);
}

static void on_wait_rows(void *arg, const struct wait_request *rq, struct call *call)
{
    (void)arg;
    (void)rq;
    call_done(call);
}

static const struct changes_handlers changes_of = { .wait = on_wait };
static const struct query_handlers query_of = {
    .nodes = on_nodes,
    .actors = on_rows,
    .tasks = on_tasks,
    .jobs = on_jobs,
    .workers = on_rows,
    .objects = on_rows,
    .summary_tasks = on_rows,
    .summary_actors = on_rows,
    .summary_objects = on_rows,
    .logs = on_logs,
    .read_log = on_read_log,
    .wait = on_wait_rows,
};

static void start_head(void)
{
    const struct peer_options options = { .self = &self, .dispatch = &dispatch };
    struct error err;

    server = server_listen(loop, address, &options, &err);
    if (server == NULL)
        fail_msg("%s", err.text);
}

static void on_changed(void *arg)
{
    (void)arg;
    changed++;
}

static int set_up(void **state)
{
    struct error err;

    (void)state;
    paper = (struct paper){ .versions = { 1, 1, 1, 1 } };
    changed = 0;
    snprintf(self.role, sizeof(self.role), "node");
    dispatch = (struct dispatch){ 0 };
    dispatch_add(&dispatch, &changes_methods, &changes_of, sizeof(changes_of), NULL);
    dispatch_add(&dispatch, &query_methods, &query_of, sizeof(query_of), NULL);
    address = xprintf("unix:%s/s", harness_dir());
    loop = loop_create();
    start_head();
    engine = engine_open(loop, address, &err);
    feed = feed_open(loop, engine, on_changed, NULL);
    return engine != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    feed_close(feed);
    server_close(server); /* first: engine_close() runs the loop until it is empty */
    engine_close(engine);
    drop_poll();
    loop_destroy(loop);
    free(address);
    return 0;
}

/* ---- waiting ---- */

static bool reaches(const int *number, int wanted)
{
    int64_t end = clock_now() + SOON_MS * NS_PER_MS;
    static const bool never = false;

    while (*number < wanted && clock_now() < end)
        loop_run_until(loop, &never, clock_now() + NS_PER_MS);
    return *number >= wanted;
}

static bool is_complete(void)
{
    int64_t end = clock_now() + SOON_MS * NS_PER_MS;
    static const bool never = false;

    while (!feed_is_complete(feed) && clock_now() < end)
        loop_run_until(loop, &never, clock_now() + NS_PER_MS);
    return feed_is_complete(feed);
}

/* Until the poll is with the head, and then some time in which nothing shall come. */
static void settle(void)
{
    static const bool never = false;

    while (paper.poll == NULL)
        loop_run_until(loop, &never, clock_now() + NS_PER_MS);
    loop_run_until(loop, &never, clock_now() + QUIET_MS * NS_PER_MS);
}

/* ---- tests ---- */

static void only_what_is_wanted_is_asked(void **state)
{
    (void)state;
    feed_want(feed, ASKS(jobs));
    assert_true(is_complete());
    settle();
    assert_int_equal(paper.jobs, 1);
    assert_int_equal(paper.nodes, 1); /* for the graphs */
    assert_int_equal(paper.tasks + paper.others, 0);
    assert_int_equal(feed_snapshot(feed)->jobs->total, 1);
    assert_null(feed_snapshot(feed)->actors);
    assert_true(changed > 0);
}

static void a_change_asks_again_for_its_table_alone(void **state)
{
    uint64_t serial;

    (void)state;
    feed_want(feed, ASKS(jobs) | ASKS(tasks));
    assert_true(is_complete());
    settle();
    serial = feed_snapshot(feed)->serials[QUESTION_jobs];
    paper.versions.jobs++;
    tell_change();
    assert_true(reaches(&paper.jobs, 2));
    settle();
    assert_int_equal(paper.jobs, 2);
    assert_int_equal(paper.tasks, 1);
    assert_int_equal(paper.nodes, 1);
    assert_true(feed_snapshot(feed)->serials[QUESTION_jobs] != serial);
    assert_int_equal(feed_snapshot(feed)->jobs->total, 2);
}

static void what_changed_while_nobody_looked_is_asked_for_later(void **state)
{
    (void)state;
    feed_want(feed, ASKS(jobs));
    assert_true(is_complete());
    settle();
    feed_want(feed, ASKS(actors));
    paper.versions.jobs++;
    tell_change();
    settle();
    assert_int_equal(paper.jobs, 1);
    feed_want(feed, ASKS(jobs));
    assert_true(reaches(&paper.jobs, 2));
}

static void usage_is_that_of_the_machines_of_living_nodes(void **state)
{
    const struct snapshot_usage *usage = &feed_snapshot(feed)->usage;

    (void)state;
    assert_true(is_complete());
    assert_true(usage->cpu_used > 0.49 && usage->cpu_used < 0.51);
    assert_true(usage->cpu_total > 1.99 && usage->cpu_total < 2.01);
    assert_true(usage->memory_total > 3.9 && usage->memory_total < 4.1);
    assert_true(usage->store_used > 199 && usage->store_used < 201); /* of each */
}

static void other_tasks_are_another_question(void **state)
{
    struct filter filter = { slice("state"), slice("="), slice("FAILED") };
    const struct list_request rq = { .filters = { &filter, 1 } };

    (void)state;
    feed_want(feed, ASKS(tasks));
    assert_true(is_complete());
    assert_int_equal(paper.filters, 0);
    feed_choose_tasks(feed, &rq);
    assert_null(feed_snapshot(feed)->tasks); /* those of the other question */
    assert_true(is_complete());
    assert_int_equal(paper.filters, 1);
    feed_choose_tasks(feed, &rq); /* the same */
    settle();
    assert_int_equal(paper.tasks, 2);
}

static void a_refusal_is_kept_and_asked_again_with_the_next_change(void **state)
{
    (void)state;
    paper.refuses_jobs = true;
    feed_want(feed, ASKS(jobs));
    assert_true(is_complete());
    assert_int_equal(feed_snapshot(feed)->errors[QUESTION_jobs].code, ERR_FAILED);
    assert_null(feed_snapshot(feed)->jobs);
    paper.refuses_jobs = false;
    assert_true(reaches(&paper.jobs, 2)); /* after a while */
    assert_true(reaches(&changed, changed + 1));
    assert_int_equal(feed_snapshot(feed)->errors[QUESTION_jobs].code, ERR_OK);
}

static void the_last_answers_stay_while_the_head_is_away(void **state)
{
    int64_t end = clock_now() + SOON_MS * NS_PER_MS;

    (void)state;
    feed_want(feed, ASKS(jobs));
    assert_true(is_complete());
    settle();
    server_close(server);
    drop_poll();
    assert_true(reaches(&changed, changed + 1));
    assert_true(feed_snapshot(feed)->lost_since != 0);
    assert_int_equal(feed_snapshot(feed)->lost.code, ERR_UNREACHABLE);
    assert_int_equal(feed_snapshot(feed)->jobs->total, 1);
    start_head();
    while (feed_snapshot(feed)->lost_since != 0 && clock_now() < end)
        reaches(&changed, changed + 1);
    assert_int_equal(feed_snapshot(feed)->lost_since, 0);
    assert_true(reaches(&paper.jobs, 2)); /* whatever the versions say */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(only_what_is_wanted_is_asked),
        TEST(a_change_asks_again_for_its_table_alone),
        TEST(what_changed_while_nobody_looked_is_asked_for_later),
        TEST(usage_is_that_of_the_machines_of_living_nodes),
        TEST(other_tasks_are_another_question),
        TEST(a_refusal_is_kept_and_asked_again_with_the_next_change),
        TEST(the_last_answers_stay_while_the_head_is_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
