/* waits.c - a wait is looked at in rounds. A round reads the rows of each kind that is
 * waited for once, lets every thing of that kind see every row, and then either answers
 * or sleeps until the next change.
 *
 * Rounds cost time when there are many tasks, so that after one of n ms there is none
 * for 4 n ms: however much changes, waits take a fifth of the head at most. An id (or a
 * prefix of one) is resolved in the first round; from then on that thing alone is
 * meant. A thing that was there once is not looked at again, also while others are not
 * yet. A node that is slow to answer must not make its workers look gone: what is
 * missing is believed in the second round only. */
#include "daemon/head/waits.h"

#include "daemon/head/goal.h"
#include "daemon/head/past.h"
#include "daemon/head/query_sources.h"
#include "daemon/head/rowset.h"
#include "daemon/head/tables.h"
#include "lib/base/clock.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/peer.h"
#include "lib/proto/codec.h"
#include "lib/proto/proto.h"

#include <stdio.h>
#include <stdlib.h>

enum { STATE_TEXT = 32, ROUND_MIN_MS = 10, REST_FACTOR = 4, MISSES = 2 };

/* One of the things that a call waits for. */
struct thing {
    struct goal goal;
    struct slice asked; /* the id as it was given */
    struct id id;       /* resolved; a job may have a submission id only */
    struct slice submission;
    bool is_resolved;
    int missed; /* rounds without it */
    /* of this round: */
    int seen; /* different things that its id may mean */
    bool by_name;
    enum goal_outcome outcome;
    char state[STATE_TEXT];
};

struct wait {
    struct list list;
    struct waits *waits; /* NULL: answered, but nodes are being asked still */
    struct call *call;
    struct arena arena;
    struct wait_request rq;
    struct thing *things;
    int64_t deadline; /* 0: none */
    int asking;       /* tables of nodes that are on their way */
};

struct waits {
    const struct query_sources *sources;
    struct list all;
    struct loop_timer *timer; /* the next round */
    struct loop_timer *clock; /* the next deadline, or look at the nodes' tables */
    int64_t rest_ms;
};

/* ---- a row ---- */

static struct slice submission_of(const struct thing *thing, const void *row)
{
    const struct job_row *job = row;
    return thing->goal.row == &job_row_desc ? job->submission_id : slice("");
}

static const struct id *id_of(const struct thing *thing, const void *row)
{
    return desc_at(&thing->goal.row->fields[0], row);
}

static bool is_same(const struct thing *thing, const void *row)
{
    if (thing->submission.size > 0)
        return slice_equal(submission_of(thing, row), thing->submission);
    return id_is_set(&thing->id) && id_equal(&thing->id, id_of(thing, row));
}

/* The thing is this row's. */
static void take(struct wait *wait, struct thing *thing, const void *row)
{
    if (!thing->is_resolved) {
        thing->id = *id_of(thing, row);
        thing->submission = arena_copy(&wait->arena, submission_of(thing, row));
    }
    thing->seen = 1;
    thing->outcome = goal_judge(&thing->goal, row);
    snprintf(thing->state, sizeof(thing->state), "%.*s",
             SLICE_ARGS(goal_state(&thing->goal, row)));
}

/* Another row of it: an older attempt of a task says nothing; of the copies of an
 * object any will do. */
static void take_copy(struct thing *thing, const void *row)
{
    if (thing->goal.row == &object_row_desc && thing->outcome != GOAL_REACHED)
        thing->outcome = goal_judge(&thing->goal, row);
}

static void show_resolved(struct wait *wait, struct thing *thing, const void *row)
{
    if (!is_same(thing, row))
        return;
    if (thing->seen == 0)
        take(wait, thing, row);
    else
        take_copy(thing, row);
}

/* A whole name means its thing, whatever other ids begin so. */
static void show(struct wait *wait, struct thing *thing, const void *row)
{
    bool by_name = rowset_has_name(thing->goal.row, row, thing->asked);

    if (thing->is_resolved) {
        show_resolved(wait, thing, row);
    } else if (!rowset_has_id(thing->goal.row, row, thing->asked)) {
        return;
    } else if (thing->seen == 0 || (by_name && !thing->by_name)) {
        take(wait, thing, row);
        thing->by_name = by_name;
    } else if (is_same(thing, row)) {
        take_copy(thing, row);
    } else if (by_name == thing->by_name) {
        thing->seen++;
    }
}

/* ---- the answer ---- */

static void wait_free(struct wait *wait)
{
    if (wait->waits != NULL || wait->asking > 0)
        return;
    arena_finish(&wait->arena);
    free(wait->things);
    free(wait);
}

/* The wait is over; what nodes say still finds it. */
static struct call *leave(struct wait *wait)
{
    list_remove(&wait->list);
    wait->waits = NULL;
    return wait->call;
}

static void refuse(struct wait *wait, const struct error *err)
{
    call_fail(leave(wait), err);
}

static void answer(struct wait *wait)
{
    static const char *const names[] = { [GOAL_WAITING] = "WAITING",
                                         [GOAL_REACHED] = "REACHED",
                                         [GOAL_IMPOSSIBLE] = "IMPOSSIBLE" };
    size_t count = wait->rq.things.count;
    struct wait_row *rows = arena_array(&wait->arena, count, sizeof(*rows));
    const struct wait_rows reply = { { rows, count }, (int64_t)count };

    for (size_t i = 0; i < count; i++)
        rows[i] =
            (struct wait_row){ slice(wait->things[i].goal.kind), wait->things[i].asked,
                               slice(wait->things[i].state),
                               slice(names[wait->things[i].outcome]) };
    call_reply(leave(wait), &reply);
}

/* Whether the row that is not there has gone, rather than that a node is slow. */
static bool has_gone(struct thing *thing)
{
    thing->missed++;
    return !thing->is_resolved || !tables_are_remote(thing->goal.row) ||
           thing->missed >= MISSES;
}

static int settle_missing(struct thing *thing, struct error *err)
{
    if (!has_gone(thing))
        return 0;
    if (thing->goal.rq->deleted) {
        thing->outcome = GOAL_REACHED;
        thing->is_resolved = true;
        return 0;
    }
    if (thing->is_resolved)
        return fail(err, ERR_NOT_FOUND, "%s %.*s is there no more (it was %s)",
                    thing->goal.kind, SLICE_ARGS(thing->asked), thing->state);
    return fail(err, ERR_NOT_FOUND, "no %s has the id %.*s", thing->goal.kind,
                SLICE_ARGS(thing->asked));
}

static int settle_thing(struct thing *thing, struct error *err)
{
    if (thing->outcome == GOAL_REACHED && thing->is_resolved)
        return 0;
    if (thing->seen > 1)
        return fail(err, ERR_INVALID,
                    "%d %ss have ids that begin with %.*s: give more of it",
                    thing->seen, thing->goal.kind, SLICE_ARGS(thing->asked));
    if (thing->seen == 0)
        return settle_missing(thing, err);
    thing->is_resolved = true;
    thing->missed = 0;
    return 0;
}

static bool is_over(const struct wait *wait)
{
    size_t count[GOAL_IMPOSSIBLE + 1] = { 0 }, all = wait->rq.things.count;

    for (size_t i = 0; i < all; i++)
        count[wait->things[i].outcome]++;
    if (wait->deadline != 0 && clock_now() >= wait->deadline)
        return true;
    return wait->rq.any ? count[GOAL_REACHED] > 0 || count[GOAL_IMPOSSIBLE] == all
                        : count[GOAL_REACHED] == all || count[GOAL_IMPOSSIBLE] > 0;
}

/* The end of a round. */
static void settle(struct wait *wait)
{
    struct error err = { 0 };
    int status = 0;

    for (size_t i = 0; i < wait->rq.things.count && status == 0; i++)
        status = settle_thing(&wait->things[i], &err);
    if (status != 0)
        refuse(wait, &err);
    else if (is_over(wait) || call_peer(wait->call) == NULL)
        answer(wait);
}

/* ---- rounds ---- */

/* The rows of a kind on their way. */
struct pass {
    struct wait *wait;
    const struct desc *row;
};

/* It is not looked at again. */
static bool is_done(const struct thing *thing)
{
    return thing->is_resolved && thing->seen == 0 && thing->outcome == GOAL_REACHED;
}

static void on_row(void *arg, const void *row)
{
    struct pass *pass = arg;
    struct wait *wait = pass->wait;

    for (size_t i = 0; i < wait->rq.things.count; i++) {
        struct thing *thing = &wait->things[i];
        if (thing->goal.row == pass->row && !is_done(thing))
            show(wait, thing, row);
    }
}

static void on_asked(void *arg)
{
    struct pass *pass = arg;
    struct wait *wait = pass->wait;

    free(pass);
    wait->asking--;
    if (wait->asking == 0 && wait->waits != NULL)
        settle(wait);
    wait_free(wait);
}

static void ask(struct wait *wait, const struct desc *row)
{
    struct pass *pass = xcalloc(1, sizeof(*pass));
    const struct tables_ops ops = { on_row, on_asked, pass };

    *pass = (struct pass){ wait, row };
    wait->asking++;
    tables_ask(wait->waits->sources, row, &ops);
}

/* Tasks that ended long ago are not in the table any more. */
static void look_back(struct pass *pass)
{
    struct wait *wait = pass->wait;

    for (size_t i = 0; i < wait->rq.things.count; i++) {
        const struct thing *thing = &wait->things[i];
        if (thing->goal.row == &task_row_desc && thing->seen == 0 && !is_done(thing))
            past_find(wait->waits->sources->events, thing->asked, on_row, pass);
    }
}

/* Whether thing i is the first of its kind. */
static bool is_first(const struct wait *wait, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (wait->things[i].goal.row == wait->things[index].goal.row)
            return false;
    return true;
}

static void look_at(struct wait *wait)
{
    if (wait->asking > 0) /* still at the last round */
        return;
    for (size_t i = 0; i < wait->rq.things.count; i++) {
        wait->things[i].seen = 0;
        if (wait->things[i].outcome != GOAL_REACHED)
            wait->things[i].outcome = GOAL_WAITING;
    }
    for (size_t i = 0; i < wait->rq.things.count; i++) {
        struct pass pass = { wait, wait->things[i].goal.row };
        if (!is_first(wait, i))
            continue;
        if (tables_are_remote(pass.row))
            ask(wait, pass.row);
        else
            tables_each(wait->waits->sources, pass.row, on_row, &pass);
        if (pass.row == &task_row_desc)
            look_back(&pass);
    }
    if (wait->asking == 0)
        settle(wait);
    wait_free(wait);
}

/* In how many ms it must be looked at although nothing wakes it; -1: never. */
static int64_t due_in(const struct wait *wait)
{
    int64_t left = -1;

    if (wait->asking > 0)
        return WAITS_ASK_MS;
    if (wait->deadline != 0) {
        left = (wait->deadline - clock_now() + NS_PER_MS - 1) / NS_PER_MS;
        left = left > 0 ? left : 0;
    }
    for (size_t i = 0; i < wait->rq.things.count; i++)
        if (tables_are_remote(wait->things[i].goal.row) &&
            (left < 0 || left > WAITS_ASK_MS))
            left = WAITS_ASK_MS;
    return left;
}

static void set_clock(struct waits *waits)
{
    int64_t soonest = -1;
    struct list *at;

    list_each(at, &waits->all) {
        int64_t due = due_in(container_of(at, struct wait, list));
        if (due >= 0 && (soonest < 0 || due < soonest))
            soonest = due;
    }
    if (soonest >= 0)
        loop_timer_start(waits->clock, (uint64_t)soonest, 0);
    else
        loop_timer_stop(waits->clock);
}

static void look_at_all(void *arg)
{
    struct waits *waits = arg;
    int64_t start = clock_now();
    struct list *at, *after;

    list_each_safe(at, after, &waits->all) {
        look_at(container_of(at, struct wait, list));
    }
    waits->rest_ms = (clock_now() - start) / NS_PER_MS * REST_FACTOR;
    set_clock(waits);
}

void waits_wake(struct waits *waits)
{
    if (list_is_empty(&waits->all) || loop_timer_is_active(waits->timer))
        return;
    loop_timer_start(
        waits->timer,
        (uint64_t)(waits->rest_ms > ROUND_MIN_MS ? waits->rest_ms : ROUND_MIN_MS), 0);
}

/* ---- life ---- */

struct waits *waits_create(const struct query_sources *sources)
{
    struct waits *waits = xcalloc(1, sizeof(*waits));

    waits->sources = sources;
    list_init(&waits->all);
    waits->timer = loop_timer_create(sources->loop, true, look_at_all, waits);
    waits->clock = loop_timer_create(sources->loop, true, look_at_all, waits);
    return waits;
}

void waits_destroy(struct waits *waits)
{
    struct list *at, *after;
    struct error err;

    fail(&err, ERR_CLOSED, "the head ends");
    list_each_safe(at, after, &waits->all) {
        struct wait *wait = container_of(at, struct wait, list);
        refuse(wait, &err);
        wait_free(wait);
    }
    loop_timer_destroy(waits->timer);
    loop_timer_destroy(waits->clock);
    free(waits);
}

static int check(const struct wait_request *rq, struct error *err)
{
    if (rq->things.count == 0 || rq->things.count > WAITS_THINGS_MAX)
        return fail(err, ERR_INVALID, "wait: for 1 to %d things, not %zu",
                    WAITS_THINGS_MAX, rq->things.count);
    if (rq->filters.count > ROWSET_FILTERS_MAX)
        return fail(err, ERR_INVALID, "more than %d filters", ROWSET_FILTERS_MAX);
    if (rq->deleted == (rq->filters.count > 0))
        return fail(err, ERR_INVALID,
                    "wait: either for a state or other values, or until deleted");
    return rq->timeout < 0 ? fail(err, ERR_INVALID, "wait: a timeout below 0") : 0;
}

static int take_things(struct wait *wait, struct error *err)
{
    const struct wait_request *rq = &wait->rq;
    int status = 0;

    wait->things = xcalloc(rq->things.count, sizeof(*wait->things));
    for (size_t i = 0; i < rq->things.count && status == 0; i++) {
        wait->things[i].asked = rq->things.items[i].id;
        if (rq->things.items[i].id.size == 0)
            return fail(err, ERR_INVALID, "the id is empty");
        status = goal_init(&wait->things[i].goal, rq->things.items[i].kind, rq, err);
    }
    return status;
}

void waits_add(struct waits *waits, const struct wait_request *rq, struct call *call)
{
    struct wait *wait = xcalloc(1, sizeof(*wait));
    struct error err;
    int status = check(rq, &err);

    list_init(&wait->list);
    wait->call = call;
    codec_copy(&wait->arena, &wait_request_desc, &wait->rq, rq);
    if (status == 0)
        status = take_things(wait, &err);
    if (status != 0) {
        refuse(wait, &err);
        wait_free(wait);
        return;
    }
    if (rq->timeout > 0)
        wait->deadline = clock_now() + rq->timeout;
    wait->waits = waits;
    list_add(&waits->all, &wait->list);
    look_at(wait);
    set_clock(waits);
}
