/* lease.c - one request's way: asked at the home node, perhaps sent on to another,
 * granted; then a channel to the worker is asked for, and the lease is there.
 *
 * A request belongs to its shape until its answer, also when it was cancelled
 * meanwhile: a lease that nobody wants any more is given back at once. All network
 * steps run on the loop thread; the lock is taken for what touches the shape. */
#include "lib/client/lease.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/channel.h"
#include "lib/client/lane.h"
#include "lib/client/runtime.h"
#include "lib/client/submit.h"
#include "lib/client/task.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"
#include "lib/proto/amounts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RETRY_MS = 200,
    FAILURES_MAX = 5,
    TASKS_AHEAD = 2, /* on another machine: one that runs, and the next */
};

/* A request under way. */
struct lease_ask {
    struct list list; /* shape->requests */
    struct shape *shape;
    struct node_link *node;   /* whom we ask */
    struct loop_timer *retry; /* (loop) */
    int64_t number, hops;
    struct lease_reply granted;
    unsigned failures;
    bool cancelled, sent;
};

static void send_ask(void *arg);

static void ask_destroy(struct lease_ask *ask)
{
    if (!ask->cancelled)
        ask->shape->asked--;
    list_remove(&ask->list);
    loop_timer_destroy(ask->retry);
    free(ask);
}

static void give_back(struct node_link *node, int64_t lease_id, bool is_broken)
{
    struct peer *peer = node_link_peer(node);
    struct lease_ref ref = { .lease_id = lease_id, .worker_broken = is_broken };

    if (peer != NULL)
        note_leases_give_back(peer, &ref, NULL);
}

/* Leases that run a task, or could. */
static size_t count_useful(const struct shape *shape)
{
    size_t useful = shape->leased;
    struct list *at;

    if (shape->yielding == 0)
        return useful;
    list_each(at, &shape->leases) {
        const struct lease *lease = container_of(at, struct lease, list);
        useful -= lease->yields && lease->lane->count == 0;
    }
    return useful;
}

/* The request could not be granted for a reason that is not its own: a crash at
 * start-up, a node that went away. Tries again; gives the shape's tasks up after a few
 * times. */
static void on_refused(struct lease_ask *ask, const struct error *err)
{
    struct runtime *rt = ask->shape->rt;
    struct failure failure = { .code = err->code,
                               .text = slice(err->text),
                               .node = ask->node->node_id };
    struct list *at;

    pthread_mutex_lock(&rt->lock);
    ask->cancelled |= rt->is_closing;
    log_at(ask->cancelled || err->code == ERR_CANCELLED ? LOG_DEBUG : LOG_WARN, "lease",
           "request refused shape=%s: %s", ask->shape->key, err->text);
    ask->node = rt->home;
    ask->hops = 0;
    if (!ask->cancelled && err->code != ERR_RUNTIME_ENV_SETUP_FAILED &&
        ++ask->failures < FAILURES_MAX) {
        pthread_mutex_unlock(&rt->lock);
        loop_timer_start(ask->retry, RETRY_MS, 0);
        return;
    }
    if (!ask->cancelled && count_useful(ask->shape) == 0)
        while ((at = list_take_first(&ask->shape->queue)) != NULL) {
            ask->shape->queued--;
            task_fail(rt, container_of(at, struct task, list), &failure);
        }
    ask_destroy(ask);
    pthread_mutex_unlock(&rt->lock);
}

static struct lease *lease_create(struct lease_ask *ask, struct lane *lane)
{
    struct lease *lease = xcalloc(1, sizeof(*lease));

    lane->lease = lease;
    lane->worker_id = ask->granted.worker_id;
    lane->pid = ask->granted.worker_pid;
    lease->shape = ask->shape;
    lease->lane = lane;
    lease->node = ask->node;
    lease->lease_id = ask->granted.lease_id;
    list_add(&ask->shape->leases, &lease->list);
    ask->shape->leased++;
    return lease;
}

static void on_channel(void *arg, const struct error *err,
                       const struct channel *channel)
{
    struct lease_ask *ask = arg;
    struct runtime *rt = ask->shape->rt;
    struct error why;
    struct lane *lane;

    if (err != NULL) {
        give_back(ask->node, ask->granted.lease_id, false);
        on_refused(ask, err);
        return;
    }
    pthread_mutex_lock(&rt->lock);
    lane = lane_create(rt, ask->node, channel, &why);
    if (lane != NULL) {
        struct lease *lease = lease_create(ask, lane);
        ask_destroy(ask);
        submit_on_lease(rt, lease);
        pthread_mutex_unlock(&rt->lock);
        return;
    }
    pthread_mutex_unlock(&rt->lock);
    give_back(ask->node, ask->granted.lease_id, false);
    on_refused(ask, &why);
}

static void send_on(struct lease_ask *ask, const struct lease_reply *reply)
{
    struct runtime *rt = ask->shape->rt;

    pthread_mutex_lock(&rt->lock);
    ask->node = runtime_node(rt, reply->spill_address);
    pthread_mutex_unlock(&rt->lock);
    ask->hops++;
    send_ask(ask);
}

/* Nobody wants it any more: frees it, and says so. */
static bool drop_if_cancelled(struct lease_ask *ask)
{
    struct runtime *rt = ask->shape->rt;
    bool cancelled;

    pthread_mutex_lock(&rt->lock);
    cancelled = ask->cancelled;
    ask->sent = true;
    if (cancelled)
        ask_destroy(ask);
    pthread_mutex_unlock(&rt->lock);
    return cancelled;
}

static void on_answer(void *arg, const struct error *err, const void *message)
{
    struct lease_ask *ask = arg;
    const struct lease_reply *reply = message;
    struct node_link *node = ask->node;
    struct channel_request rq;

    if (err != NULL) {
        on_refused(ask, err);
        return;
    }
    if (reply->spill_address.size > 0) {
        send_on(ask, reply);
        return;
    }
    if (drop_if_cancelled(ask)) {
        give_back(node, reply->lease_id, false);
        return;
    }
    ask->granted = *reply; /* its strings are not used below */
    rq = (struct channel_request){ node, reply->worker_id, TASKS_AHEAD };
    channel_ask(&rq, on_channel, ask);
}

static void send_ask(void *arg)
{
    struct lease_ask *ask = arg;
    struct runtime *rt = ask->shape->rt;
    struct peer *peer = node_link_peer(ask->node);
    struct lease_request rq = {
        .request_id = ask->number,
        .job_id = rt->job_id,
        .hops = ask->hops,
        .namespace_ = slice(rt->namespace_),
        .env = ask->shape->env,
    };
    struct arena arena = { 0 };
    struct error lost;

    if (ask->retry == NULL)
        ask->retry = loop_timer_create(rt->loop, false, send_ask, ask);
    if (drop_if_cancelled(ask))
        return;
    if (peer == NULL) {
        fail(&lost, ERR_CLOSED, "node %s is gone", ask->node->address);
        on_refused(ask, &lost);
        return;
    }
    amounts_from_resources(&ask->shape->resources, &rq.resources, &arena);
    call_leases_ask(peer, &rq, NULL, on_answer, ask);
    arena_finish(&arena);
}

static void ask_one(struct shape *shape)
{
    struct lease_ask *ask = xcalloc(1, sizeof(*ask));

    ask->shape = shape;
    ask->node = shape->rt->home;
    ask->number = ++shape->rt->last_ask;
    list_add(&shape->requests, &ask->list);
    shape->asked++;
    loop_post(shape->rt->loop, send_ask, ask);
}

struct cancel {
    struct node_link *node;
    int64_t number;
};

static void send_cancel(void *arg)
{
    struct cancel *cancel = arg;
    struct peer *peer = node_link_peer(cancel->node);
    struct lease_cancel rq = { .request_id = cancel->number };

    if (peer != NULL)
        note_leases_cancel(peer, &rq, NULL);
    free(cancel);
}

/* The newest request that is not cancelled; its answer frees it. */
static void cancel_one(struct shape *shape)
{
    struct list *at;

    for (at = shape->requests.prev; at != &shape->requests; at = at->prev) {
        struct lease_ask *ask = container_of(at, struct lease_ask, list);
        struct cancel *cancel;
        if (ask->cancelled)
            continue;
        ask->cancelled = true;
        shape->asked--;
        if (!ask->sent)
            return;
        cancel = xalloc(sizeof(*cancel));
        *cancel = (struct cancel){ ask->node, ask->number };
        loop_post(shape->rt->loop, send_cancel, cancel);
        return;
    }
}

void leases_ask_more(struct shape *shape)
{
    size_t unfinished = shape->queued + shape->inflight;
    size_t useful = count_useful(shape);
    size_t wanted = unfinished > useful ? unfinished - useful : 0;

    if (wanted > LEASES_ASKED_MAX)
        wanted = LEASES_ASKED_MAX;
    while (shape->asked < wanted)
        ask_one(shape);
    while (shape->asked > wanted)
        cancel_one(shape);
}

struct returned {
    struct node_link *node;
    int64_t lease_id;
    bool is_broken;
};

static void send_returned(void *arg)
{
    struct returned *returned = arg;
    give_back(returned->node, returned->lease_id, returned->is_broken);
    free(returned);
}

static void lease_forget(struct lease *lease)
{
    struct shape *shape = lease->shape;

    shape->leased--;
    shape->yielding -= lease->yields;
    list_remove(&lease->list);
    lane_destroy(lease->lane);
    free(lease);
}

static void lease_return(struct lease *lease, bool is_broken)
{
    struct returned *returned = xalloc(sizeof(*returned));

    *returned = (struct returned){ lease->node, lease->lease_id, is_broken };
    loop_post(lease->shape->rt->loop, send_returned, returned);
    lease_forget(lease);
}

void lease_lose(struct lease *lease)
{
    lease_return(lease, true); /* the node has ended it already, as a rule */
}

static void start_idle_timer(void *arg)
{
    struct runtime *rt = arg;

    if (!loop_timer_is_active(rt->idle_timer))
        loop_timer_start(rt->idle_timer, LEASE_IDLE_MS, LEASE_IDLE_MS);
}

void lease_idle(struct lease *lease)
{
    struct runtime *rt = lease->shape->rt;

    lease->idle_since = clock_now();
    leases_ask_more(lease->shape);
    if (lease->yields) { /* not here: its lane may be in use */
        lease->idle_since = 1;
        loop_post(rt->loop, submit_on_idle, rt);
    }
    if (!rt->idle_armed) {
        rt->idle_armed = true;
        loop_post(rt->loop, start_idle_timer, rt);
    }
}

/* Gives leases back that have been idle since before `limit`; whether others still are
 * idle. */
static bool return_idle(struct shape *shape, int64_t limit)
{
    struct list *at, *after;
    bool more = false;

    list_each_safe(at, after, &shape->leases) {
        struct lease *lease = container_of(at, struct lease, list);
        if (lease->idle_since == 0)
            continue;
        if (lease->idle_since <= limit)
            lease_return(lease, false);
        else
            more = true;
    }
    if (shape->queued > 0) /* those had no use for it */
        leases_ask_more(shape);
    return more;
}

static bool return_all_idle(struct runtime *rt, int64_t limit)
{
    struct list *at;
    bool more = false;

    list_each(at, &rt->classes)
        more |= return_idle(container_of(at, struct shape, list), limit);
    return more;
}

void submit_on_idle(void *arg)
{
    struct runtime *rt = arg;

    pthread_mutex_lock(&rt->lock);
    if (!return_all_idle(rt, clock_now() - LEASE_IDLE_MS * NS_PER_MS)) {
        loop_timer_stop(rt->idle_timer);
        rt->idle_armed = false;
    }
    pthread_mutex_unlock(&rt->lock);
}

void submit_on_reclaim(struct runtime *rt)
{
    pthread_mutex_lock(&rt->lock);
    return_all_idle(rt, INT64_MAX);
    pthread_mutex_unlock(&rt->lock);
}

void leases_finish(struct shape *shape)
{
    struct list *at, *after;

    list_each_safe(at, after, &shape->leases)
        lease_forget(container_of(at, struct lease, list));
    list_each_safe(at, after, &shape->requests)
        ask_destroy(container_of(at, struct lease_ask, list));
}
