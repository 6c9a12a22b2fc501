/* bridge.c - the two ends of a way between machines.
 *
 * Happy path of an owner's bridge: the lane writes a task and rings `bells.work`, whose
 * eventfd the loop watches; pump() claims records while fewer than `ahead` are out and
 * sends them; a result is written into the lane's other ring, rings the process's own
 * reply bell, and pump() goes on. The worker's bridge does the same the other way
 * round, without a limit. It gives the executor one task at a time, the next one when
 * the answer to it is on its way: when the worker dies it had begun the first task that
 * has no answer, and no other. Calls of an actor are all given at once.
 *
 * A ring that is full keeps what came in `late` until RETRY_MS later. When the
 * connection ends, an owner's bridge reports its worker as dead, a worker's bridge
 * drops its channel; both are freed then, by on_close() alone. */
#include "lib/client/bridge.h"

#include "lib/base/arena.h"
#include "lib/base/digest.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/channel.h"
#include "lib/client/exec.h"
#include "lib/client/lost.h"
#include "lib/client/record.h"
#include "lib/client/runtime.h"
#include "lib/net/loop.h"
#include "lib/net/ring.h"
#include "lib/net/stubs.h"
#include "lib/proto/codec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RETRY_MS = 1 };

struct bridge {
    struct list list; /* rt->bridges */
    struct runtime *rt;
    uint64_t number; /* owner's: what its lane knows it by */
    struct peer *peer;
    struct channel_memory memory; /* the far end's side of the rings */
    struct bells bells;           /* what the near end rings */
    struct loop_watch *watch;
    struct loop_timer *retry;
    struct id channel;   /* worker's: the name of the executor's channel */
    size_t ahead, out;   /* owner's: tasks that may be, and are, unanswered */
    struct list late;    /* of struct late_record */
    struct list waiting; /* worker's: of struct waiting_task, in order */
    bool is_blocked;     /* worker's: what the executor has waits for others */
    bool is_busy;        /* worker's: the executor has a task */
    bool at_worker, is_abandoned;
};

/* A record that found no room. */
struct late_record {
    struct list list;
    char *data;
    size_t size;
};

/* A task that the executor has not been given yet. */
struct waiting_task {
    struct list list;
    struct id id;
    char *record;
    size_t size;
};

static void pump(struct bridge *bridge);
static void give_next(struct bridge *bridge);

/* ---- from the ring to the connection ---- */

static struct bell *near_bell(struct bridge *bridge)
{
    return bridge->at_worker ? &bridge->bells.page->reply : &bridge->bells.page->work;
}

static void send_record(struct bridge *bridge, struct slice data)
{
    struct record note = { .data = data };
    note_client_pass(bridge->peer, &note, NULL);
}

static void waiting_free(struct waiting_task *task)
{
    list_remove(&task->list);
    free(task->record);
    free(task);
}

static void send_back(struct bridge *bridge, const struct id *id)
{
    uint8_t record[1 + sizeof(id->bytes)] = { RECORD_RETURNED };

    memcpy(record + 1, id->bytes, id->size);
    send_record(bridge, slice_of(record, 1 + (size_t)id->size));
}

/* The executor's task waits for others: what is behind it goes back to its owner. */
static void return_waiting(struct bridge *bridge)
{
    struct list *at, *after;

    list_each_safe(at, after, &bridge->waiting) {
        struct waiting_task *task = container_of(at, struct waiting_task, list);
        send_back(bridge, &task->id);
        waiting_free(task);
    }
}

/* What the executor has said. After an answer the next task is due, when the answer has
 * left the process. */
static void after_sending(struct bridge *bridge, uint8_t kind)
{
    if (kind == RECORD_BLOCKED && bridge->is_busy) {
        bridge->is_blocked = true;
        return_waiting(bridge);
    }
    if (kind != RECORD_RESULT || !bridge->is_busy)
        return;
    bridge->is_blocked = false;
    peer_flush(bridge->peer);
    give_next(bridge);
}

static bool may_send(const struct bridge *bridge)
{
    return bridge->at_worker || bridge->out < bridge->ahead;
}

static void send_all(struct bridge *bridge)
{
    struct slice record;

    while (may_send(bridge) && ring_claim(&bridge->memory.in, &record) == 1) {
        uint8_t kind = record.size > 0 ? (uint8_t)record.data[0] : 0;
        send_record(bridge, record);
        ring_release(&bridge->memory.in);
        if (!bridge->at_worker)
            bridge->out += kind == RECORD_TASK;
        else
            after_sending(bridge, kind);
    }
}

/* Sends what there is, then waits for the bell; without it when no more may go out: the
 * next answer comes back here. */
static void pump(struct bridge *bridge)
{
    for (;;) {
        send_all(bridge);
        if (!may_send(bridge))
            return;
        bell_announce(near_bell(bridge), BELL_EVENTFD);
        if (!ring_has_records(&bridge->memory.in))
            return;
        bell_cancel(near_bell(bridge));
    }
}

static void on_bell(void *arg, int events)
{
    struct bridge *bridge = arg;
    uint64_t count;

    (void)events;
    if (read(bridge->bells.eventfd, &count, sizeof(count)) < 0 && errno != EAGAIN)
        log_warn("bridge", "eventfd: %s", strerror(errno));
    if (bridge->peer != NULL && peer_is_open(bridge->peer))
        pump(bridge);
}

/* ---- from the connection to the ring ---- */

static void ring_far_bell(struct bridge *bridge)
{
    struct bells *ours = &bridge->rt->bells;
    bell_ring(bridge->at_worker ? &ours->page->work : &ours->page->reply,
              ours->eventfd);
}

/* Whether `record` is a task, and no call of an actor: those keep their order. */
static bool is_task(struct slice record, struct id *id)
{
    struct arena arena = { 0 };
    struct task_spec spec;
    bool is_one = false;

    if (record.data[0] == RECORD_TASK &&
        codec_unpack(slice_of(record.data + 1, record.size - 1), &task_spec_desc, &spec,
                     &arena, NULL) == 0) {
        is_one = !id_is_set(&spec.actor_id);
        *id = spec.task_id;
    }
    arena_finish(&arena);
    return is_one;
}

/* False when there is no room. */
static bool write_record(struct bridge *bridge, struct slice record)
{
    uint64_t position;
    int status = ring_write(&bridge->memory.out, record, slice(""), &position);

    if (status == -ERR_FULL)
        return false;
    if (status != 0) {
        log_warn("bridge", "a record of %zu bytes: %s", record.size,
                 error_default_text((enum error_code) - status));
        peer_close(bridge->peer);
        return true;
    }
    ring_far_bell(bridge);
    return true;
}

static void on_retry(void *arg)
{
    struct bridge *bridge = arg;

    while (!list_is_empty(&bridge->late)) {
        struct late_record *late =
            container_of(bridge->late.next, struct late_record, list);
        if (!write_record(bridge, slice_of(late->data, late->size))) {
            loop_timer_start(bridge->retry, RETRY_MS, 0);
            return;
        }
        list_remove(&late->list);
        free(late->data);
        free(late);
    }
}

/* Into the far end's ring, now or as soon as there is room. */
static void deliver(struct bridge *bridge, struct slice record)
{
    struct late_record *late;

    if (list_is_empty(&bridge->late) && write_record(bridge, record))
        return;
    late = xcalloc(1, sizeof(*late));
    late->data = xslicedup(record);
    late->size = record.size;
    list_add(&bridge->late, &late->list);
    loop_timer_start(bridge->retry, RETRY_MS, 0);
}

static void give_next(struct bridge *bridge)
{
    struct waiting_task *task;

    bridge->is_busy = !list_is_empty(&bridge->waiting);
    if (!bridge->is_busy)
        return;
    task = container_of(bridge->waiting.next, struct waiting_task, list);
    deliver(bridge, slice_of(task->record, task->size));
    waiting_free(task);
}

static void hold(struct bridge *bridge, struct slice record, const struct id *id)
{
    struct waiting_task *task = xcalloc(1, sizeof(*task));

    task->id = *id;
    task->record = xslicedup(record);
    task->size = record.size;
    list_add(&bridge->waiting, &task->list);
}

void bridge_on_record(struct peer *peer, struct slice record)
{
    struct bridge *bridge = peer_data(peer);
    struct id id;

    if (bridge == NULL || record.size == 0)
        return;
    if (!bridge->at_worker) {
        bridge->out -= record.data[0] != RECORD_BLOCKED && bridge->out > 0;
        deliver(bridge, record);
        pump(bridge);
    } else if (record.data[0] == RECORD_RECALL) {
        return_waiting(bridge);
    } else if (!is_task(record, &id)) {
        deliver(bridge, record);
    } else if (bridge->is_blocked) { /* its owner will hear of that, and send no more */
        send_back(bridge, &id);
    } else if (bridge->is_busy) {
        hold(bridge, record, &id);
    } else {
        bridge->is_busy = true;
        deliver(bridge, record);
    }
}

/* ---- life ---- */

static void bridge_free(struct bridge *bridge)
{
    struct list *at;

    while ((at = list_take_first(&bridge->late)) != NULL) {
        struct late_record *late = container_of(at, struct late_record, list);
        free(late->data);
        free(late);
    }
    while (!list_is_empty(&bridge->waiting))
        waiting_free(container_of(bridge->waiting.next, struct waiting_task, list));
    list_remove(&bridge->list);
    loop_watch_destroy(bridge->watch);
    loop_timer_destroy(bridge->retry);
    channel_memory_finish(&bridge->memory);
    bells_finish(&bridge->bells);
    free(bridge);
}

static void on_close(void *arg, struct peer *peer, const struct error *why)
{
    struct bridge *bridge = arg;
    struct runtime *rt = bridge->rt;

    (void)peer;
    bridge->peer = NULL;
    if (!bridge->at_worker && !bridge->is_abandoned)
        lost_bridge(rt, bridge->number, why);
    else if (bridge->at_worker && rt->executor != NULL)
        executor_drop_channel(rt->executor, &bridge->channel);
    bridge_free(bridge);
}

static void on_open(void *arg, struct peer *peer)
{
    (void)peer;
    pump(arg);
}

static int dup_fd(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* Rings and bells; fds are for the near end. */
static struct bridge *bridge_create(struct runtime *rt, bool at_worker, int fds[3],
                                    struct error *err)
{
    struct bridge *bridge = xcalloc(1, sizeof(*bridge));
    int ring = channel_memory_create(err);

    bridge->rt = rt;
    bridge->at_worker = at_worker;
    list_init(&bridge->late);
    list_init(&bridge->waiting);
    fds[0] = ring >= 0 ? dup_fd(ring) : -1;
    if (ring < 0 ||
        channel_memory_open(&bridge->memory, ring, at_worker ? 0 : 1, err) != 0 ||
        bells_create(&bridge->bells, err) != 0) {
        if (fds[0] >= 0)
            close(fds[0]);
        channel_memory_finish(&bridge->memory);
        free(bridge);
        return NULL;
    }
    fds[1] = dup_fd(bridge->bells.memfd);
    fds[2] = dup_fd(bridge->bells.eventfd);
    bridge->retry = loop_timer_create(rt->loop, true, on_retry, bridge);
    bridge->watch = loop_watch_create(rt->loop, bridge->bells.eventfd, on_bell, bridge);
    loop_watch_set(bridge->watch, LOOP_READABLE);
    list_add(&rt->bridges, &bridge->list);
    return bridge;
}

uint64_t bridge_open(const struct channel_request *rq, int fds[3], struct error *err)
{
    struct runtime *rt = rq->node->rt;
    struct bridge *bridge = bridge_create(rt, false, fds, err);
    struct peer_options options = { .self = &rt->self,
                                    .dispatch = &rt->dispatch,
                                    .on_open = on_open,
                                    .on_close = on_close,
                                    .arg = bridge,
                                    .route = rq->worker_id };

    if (bridge == NULL)
        return 0;
    bridge->number = ++rt->last_bridge;
    bridge->ahead = rq->ahead;
    bridge->peer = peer_connect(rt->loop, rq->node->picked, &options);
    peer_set_data(bridge->peer, bridge);
    return bridge->number;
}

void bridge_adopt(struct runtime *rt, int fd)
{
    struct bridge *bridge;
    uint8_t random[ID_WORKER];
    struct peer_options options = { .self = &rt->self,
                                    .dispatch = &rt->dispatch,
                                    .on_open = on_open,
                                    .on_close = on_close };
    struct error err;
    int fds[3];

    bridge = rt->executor != NULL ? bridge_create(rt, true, fds, &err) : NULL;
    if (bridge == NULL) {
        close(fd);
        return;
    }
    digest_random(random, sizeof(random));
    bridge->channel = id_from_bytes(random, sizeof(random));
    executor_add_channel(rt->executor, &bridge->channel, fds);
    options.arg = bridge;
    bridge->peer = peer_accept(rt->loop, fd, &options);
    peer_set_data(bridge->peer, bridge);
}

/* What a lane wants of its bridge. */
struct bridge_job {
    struct runtime *rt;
    uint64_t number; /* its memory may be that of another one by now */
};

static struct bridge_job *job_create(struct runtime *rt, uint64_t number)
{
    struct bridge_job *job = xalloc(sizeof(*job));

    *job = (struct bridge_job){ rt, number };
    return job;
}

/* Frees the job; NULL when the bridge has ended meanwhile. */
static struct bridge *job_end(struct bridge_job *job)
{
    struct bridge *found = NULL;
    struct list *at;

    list_each(at, &job->rt->bridges)
        if (container_of(at, struct bridge, list)->number == job->number)
            found = container_of(at, struct bridge, list);
    free(job);
    return found;
}

static void recall(void *arg)
{
    static const uint8_t record = RECORD_RECALL;
    struct bridge *bridge = job_end(arg);

    if (bridge != NULL && peer_is_open(bridge->peer))
        send_record(bridge, slice_of(&record, sizeof(record)));
}

void bridge_recall_soon(struct runtime *rt, uint64_t number)
{
    loop_post(rt->loop, recall, job_create(rt, number));
}

static void abandon(void *arg)
{
    struct bridge *bridge = job_end(arg);

    if (bridge == NULL)
        return;
    bridge->is_abandoned = true;
    peer_close(bridge->peer);
}

void bridge_close_soon(struct runtime *rt, uint64_t number)
{
    if (number != 0)
        loop_post(rt->loop, abandon, job_create(rt, number));
}

void bridges_close(struct runtime *rt)
{
    struct list *at, *after;

    list_each_safe(at, after, &rt->bridges)
        peer_close(container_of(at, struct bridge, list)->peer);
}
