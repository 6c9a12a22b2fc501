/* feed.c - questions.def as running state.
 *
 * A question is stale when a table that it reads has changed since it was asked. It is
 * asked when it is stale, wanted, not under way, and not before its time: QUIET times
 * as long as the head worked on the last answer. That is what it took longer than the
 * fastest answer of all, which is taken for the way there and back. */
#include "tui/feed.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/resources.h"
#include "lib/engine/engine.h"
#include "lib/net/loop.h"
#include "lib/proto/codec.h"

#include <stdlib.h>

enum {
    QUIET = 50, /* so that asking takes at most 2 % of the head's time */
    QUIET_MAX_S = 5,
    POLL_S = 10,
    ANSWER_S = 10,
    RETRY_S = 2, /* a question that was refused */
    TASKS_LIMIT = 500
};

struct asked {
    struct feed *feed;
    const struct method *method;
    unsigned tables;
    const void **reply; /* in the snapshot */
    struct arena arena; /* of *reply */
    bool is_stale, is_under_way, is_answered;
    int64_t asked_at, not_before; /* clock_now() */
};

struct feed {
    struct loop *loop;
    struct engine *engine;
    feed_changed *on_changed;
    void *arg;
    struct snapshot snapshot;
    struct asked questions[QUESTION_COUNT];
    unsigned wanted;
    struct table_versions seen;
    struct loop_timer *again;  /* a question whose time has not come, a lost cluster */
    struct loop_timer *sample; /* of the graphs */
    struct arena tasks_arena;
    struct list_request tasks; /* what to ask of them */
    struct buf tasks_packed;   /* the same, to compare */
    int calls;                 /* under way */
    int64_t fastest;           /* of all answers, ns */
    bool is_polling, is_closed;
};

static void poll_changes(struct feed *feed);
static void ask_due(struct feed *feed);

/* ---- life ---- */

static void finish(struct feed *feed)
{
    for (int i = 0; i < QUESTION_COUNT; i++)
        arena_finish(&feed->questions[i].arena);
    history_finish(&feed->snapshot.cpu);
    history_finish(&feed->snapshot.memory);
    history_finish(&feed->snapshot.store);
    arena_finish(&feed->tasks_arena);
    buf_finish(&feed->tasks_packed);
    free(feed);
}

/* A call has ended; false when nobody wants to know. */
static bool call_ended(struct feed *feed)
{
    feed->calls--;
    if (!feed->is_closed)
        return true;
    if (feed->calls == 0)
        finish(feed);
    return false;
}

static void on_again(void *arg)
{
    struct feed *feed = arg;

    if (!feed->is_polling)
        poll_changes(feed);
    ask_due(feed);
}

static void on_sample(void *arg)
{
    struct feed *feed = arg;
    const struct snapshot_usage *usage = &feed->snapshot.usage;

    if (feed->snapshot.lost_since != 0 || feed->snapshot.nodes == NULL)
        return;
    history_add(&feed->snapshot.cpu, usage->cpu_used);
    history_add(&feed->snapshot.memory, usage->memory_used);
    history_add(&feed->snapshot.store, usage->store_used);
    feed->on_changed(feed->arg);
}

static void init_questions(struct feed *feed)
{
    static const struct {
        uint8_t method;
        unsigned tables;
    } all[] = {
#define QUESTION(name, number, type, changed) { number, changed },
#include "tui/questions.def"
#undef QUESTION
    };
    const void **replies[] = {
#define QUESTION(name, number, type, changed) (const void **)&feed->snapshot.name,
#include "tui/questions.def"
#undef QUESTION
    };

    for (int i = 0; i < QUESTION_COUNT; i++)
        feed->questions[i] = (struct asked){ .feed = feed,
                                             .method = proto_method(all[i].method),
                                             .tables = all[i].tables,
                                             .reply = replies[i],
                                             .is_stale = true };
}

struct feed *feed_open(struct loop *loop, struct engine *engine,
                       feed_changed *on_changed, void *arg)
{
    struct feed *feed = xcalloc(1, sizeof(*feed));

    feed->loop = loop;
    feed->engine = engine;
    feed->on_changed = on_changed;
    feed->arg = arg;
    feed->wanted = ASKS(nodes);
    feed->tasks.limit = TASKS_LIMIT;
    buf_init(&feed->tasks_packed, 0);
    init_questions(feed);
    history_init(&feed->snapshot.cpu, FEED_SAMPLES);
    history_init(&feed->snapshot.memory, FEED_SAMPLES);
    history_init(&feed->snapshot.store, FEED_SAMPLES);
    feed->again = loop_timer_create(loop, true, on_again, feed);
    feed->sample = loop_timer_create(loop, true, on_sample, feed);
    loop_timer_start(feed->sample, FEED_SAMPLE_MS, FEED_SAMPLE_MS);
    poll_changes(feed);
    return feed;
}

void feed_close(struct feed *feed)
{
    loop_timer_destroy(feed->again);
    loop_timer_destroy(feed->sample);
    feed->is_closed = true;
    if (feed->calls == 0)
        finish(feed);
}

/* ---- what the answers mean ---- */

/* Whether a row before it tells of the same machine. */
static bool is_counted(const struct node_rows *nodes, size_t index)
{
    struct slice machine = nodes->rows.items[index].machine;

    for (size_t i = 0; machine.size > 0 && i < index; i++)
        if (slice_is(nodes->rows.items[i].state, "ALIVE") &&
            slice_equal(nodes->rows.items[i].machine, machine))
            return true;
    return false;
}

static void sum_usage(struct snapshot *snapshot)
{
    struct snapshot_usage *sum = &snapshot->usage;

    *sum = (struct snapshot_usage){ 0 };
    for (size_t i = 0; i < snapshot->nodes->rows.count; i++) {
        const struct node_row *row = &snapshot->nodes->rows.items[i];
        if (!slice_is(row->state, "ALIVE"))
            continue;
        sum->store_used += (double)row->object_store_used;
        sum->store_total += (double)row->object_store_limit;
        if (is_counted(snapshot->nodes, i))
            continue;
        sum->cpu_used += resources_to_double(row->cpu_used);
        sum->cpu_total += resources_to_double(row->cpu_total);
        sum->memory_used += (double)row->memory_used;
        sum->memory_total += (double)row->memory_total;
    }
}

static void keep(struct asked *asked, const void *reply)
{
    void *copy;

    *asked->reply = NULL;
    arena_reset(&asked->arena);
    copy = arena_alloc(&asked->arena, asked->method->reply->size);
    codec_copy(&asked->arena, asked->method->reply, copy, reply);
    *asked->reply = copy;
}

/* When to ask the same again at the earliest. */
static int64_t next_time(struct feed *feed, int64_t asked_at, int64_t now)
{
    int64_t took = now - asked_at, most = QUIET_MAX_S * NS_PER_S, quiet;

    if (feed->fastest == 0 || took < feed->fastest)
        feed->fastest = took;
    quiet = (took - feed->fastest) * QUIET;
    return now + (quiet < most ? quiet : most);
}

static void on_answer(void *arg, const struct error *err, const void *reply)
{
    struct asked *asked = arg;
    struct feed *feed = asked->feed;
    int index = (int)(asked - feed->questions);
    int64_t now = clock_now();

    if (!call_ended(feed))
        return;
    asked->is_under_way = false;
    asked->not_before = next_time(feed, asked->asked_at, now);
    error_copy(&feed->snapshot.errors[index], err);
    if (err == NULL) {
        feed->snapshot.errors[index].code = ERR_OK;
        keep(asked, reply);
    } else {
        asked->is_stale = true;
        asked->not_before = now + RETRY_S * NS_PER_S;
    }
    asked->is_answered = true;
    feed->snapshot.serials[index]++;
    if (index == QUESTION_nodes && err == NULL)
        sum_usage(&feed->snapshot);
    ask_due(feed);
    feed->on_changed(feed->arg);
}

/* ---- asking ---- */

static void ask(struct feed *feed, int index)
{
    static const struct nothing nothing;
    static const struct list_request all;
    static const struct log_list every;
    struct asked *asked = &feed->questions[index];
    struct engine_request rq = { asked->method, &all, ANSWER_S * 1000 };

    if (index == QUESTION_status)
        rq.message = &nothing;
    else if (index == QUESTION_files)
        rq.message = &every;
    else if (index == QUESTION_tasks)
        rq.message = &feed->tasks;
    asked->is_stale = false;
    asked->is_under_way = true;
    asked->asked_at = clock_now();
    feed->calls++;
    engine_call(feed->engine, &rq, on_answer, asked);
}

static void ask_due(struct feed *feed)
{
    int64_t now = clock_now(), next = INT64_MAX;

    if (feed->snapshot.lost_since != 0)
        return;
    for (int i = 0; i < QUESTION_COUNT; i++) {
        struct asked *asked = &feed->questions[i];
        if ((feed->wanted & (1u << i)) == 0 || !asked->is_stale || asked->is_under_way)
            continue;
        if (asked->not_before <= now)
            ask(feed, i);
        else if (asked->not_before < next)
            next = asked->not_before;
    }
    if (next != INT64_MAX)
        loop_timer_start(feed->again, (uint64_t)((next - now) / NS_PER_MS) + 1, 0);
}

void feed_want(struct feed *feed, unsigned questions)
{
    feed->wanted = questions | ASKS(nodes);
    ask_due(feed);
}

void feed_choose_tasks(struct feed *feed, const struct list_request *rq)
{
    struct asked *asked = &feed->questions[QUESTION_tasks];
    struct buf packed;

    buf_init(&packed, 0);
    (void)codec_pack(&packed, &list_request_desc, rq);
    if (slice_equal(buf_slice(&packed), buf_slice(&feed->tasks_packed))) {
        buf_finish(&packed);
        return;
    }
    buf_finish(&feed->tasks_packed);
    feed->tasks_packed = packed;
    arena_reset(&feed->tasks_arena);
    codec_copy(&feed->tasks_arena, &list_request_desc, &feed->tasks, rq);
    if (feed->tasks.limit == 0)
        feed->tasks.limit = TASKS_LIMIT;
    feed->snapshot.tasks = NULL; /* the old rows are of others */
    feed->snapshot.serials[QUESTION_tasks]++;
    asked->is_stale = true;
    asked->is_answered = false;
    asked->not_before = 0;
    ask_due(feed);
}

/* ---- changes ---- */

static unsigned changed_tables(const struct table_versions *a,
                               const struct table_versions *b)
{
    return (a->nodes != b->nodes ? FEED_NODES : 0u) |
           (a->jobs != b->jobs ? FEED_JOBS : 0u) |
           (a->actors != b->actors ? FEED_ACTORS : 0u) |
           (a->tasks != b->tasks ? FEED_TASKS : 0u);
}

static void mark_stale(struct feed *feed, unsigned tables)
{
    for (int i = 0; i < QUESTION_COUNT; i++)
        if ((feed->questions[i].tables & tables) != 0)
            feed->questions[i].is_stale = true;
}

static void lose(struct feed *feed, const struct error *err)
{
    if (feed->snapshot.lost_since == 0)
        feed->snapshot.lost_since = clock_wall();
    feed->snapshot.lost = *err;
    loop_timer_start(feed->again, FEED_RETRY_MS, 0);
}

static void on_changes(void *arg, const struct error *err, const void *reply)
{
    struct feed *feed = arg;

    if (!call_ended(feed))
        return;
    feed->is_polling = false;
    if (err != NULL) {
        lose(feed, err);
    } else {
        const struct table_versions *now = reply;
        bool was_lost = feed->snapshot.lost_since != 0;
        bool is_first = feed->seen.nodes == 0; /* all is stale or asked after it */
        if (!is_first || was_lost)
            mark_stale(feed, was_lost ? ~0u : changed_tables(&feed->seen, now));
        feed->seen = *now;
        feed->snapshot.lost_since = 0;
        for (int i = 0; was_lost && i < QUESTION_COUNT; i++)
            feed->questions[i].not_before = 0;
        poll_changes(feed);
        ask_due(feed);
    }
    feed->on_changed(feed->arg);
}

static void poll_changes(struct feed *feed)
{
    const struct changes_wait rq = { .seen = feed->snapshot.lost_since != 0
                                                 ? (struct table_versions){ 0 }
                                                 : feed->seen,
                                     .duration = POLL_S * NS_PER_S };
    const struct engine_request asked = { proto_method(METHOD_changes_wait), &rq,
                                          (POLL_S + ANSWER_S) * 1000 };

    feed->is_polling = true;
    feed->calls++;
    engine_call(feed->engine, &asked, on_changes, feed);
}

const struct snapshot *feed_snapshot(struct feed *feed)
{
    feed->snapshot.now = clock_wall();
    return &feed->snapshot;
}

bool feed_is_complete(const struct feed *feed)
{
    for (int i = 0; i < QUESTION_COUNT; i++)
        if ((feed->wanted & (1u << i)) != 0 && !feed->questions[i].is_answered)
            return false;
    return true;
}
