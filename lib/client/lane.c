/* lane.c - tasks onto a ring, results off a ring.
 *
 * A worker answers in the order in which it runs, so a result nearly always belongs to
 * the first task in flight. Records are copied out of shared memory before they are
 * decoded: the worker could change them meanwhile. A worker that breaks the ring's
 * rules is treated as dead: what it runs is retried elsewhere. */
#include "lib/client/lane.h"

#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/actor.h"
#include "lib/client/bridge.h"
#include "lib/client/channel.h"
#include "lib/client/record.h"
#include "lib/client/retry.h"
#include "lib/client/runtime.h"
#include "lib/client/submit.h"
#include "lib/client/task.h"
#include "lib/proto/codec.h"

#include <stdlib.h>
#include <unistd.h>

enum { ARGS_ON_STACK = 16 };

/* The first record says who we are. */
static void introduce(struct runtime *rt, struct lane *lane)
{
    const struct process_ref self = { rt->self.id, slice(node_link_public(rt->home)) };
    const uint8_t kind = RECORD_OWNER;
    uint64_t position;

    buf_clear(&rt->scratch);
    (void)codec_pack(&rt->scratch, &process_ref_desc, &self);
    (void)ring_write(&lane->memory.out, slice_of(&kind, 1), buf_slice(&rt->scratch),
                     &position); /* the ring is empty: it fits */
}

struct lane *lane_create(struct runtime *rt, struct node_link *node,
                         const struct channel *channel, struct error *err)
{
    struct lane *lane = xcalloc(1, sizeof(*lane));
    const int *fds = channel->fds;
    int status = channel_memory_open(&lane->memory, fds[0], 0, err);

    if (status != 0) {
        close(fds[1]);
        close(fds[2]);
    } else {
        status = bells_open(&lane->bells, fds[1], fds[2], err);
    }
    if (status != 0) {
        bridge_close_soon(rt, channel->bridge);
        channel_memory_finish(&lane->memory);
        free(lane);
        return NULL;
    }
    lane->node = node;
    lane->bridge = channel->bridge;
    list_init(&lane->inflight);
    list_add(&rt->lanes, &lane->all);
    introduce(rt, lane);
    return lane;
}

void lane_destroy(struct lane *lane)
{
    list_remove(&lane->all);
    bridge_close_soon(lane->node->rt, lane->bridge);
    channel_memory_finish(&lane->memory);
    bells_finish(&lane->bells);
    free(lane);
}

static int pack_task(struct runtime *rt, struct task *task)
{
    struct task_value few[ARGS_ON_STACK], *values = few;
    struct arena arena = { 0 };
    struct task_spec spec;
    uint8_t kind = RECORD_TASK;
    int status;

    if (task->args_count > ARGS_ON_STACK)
        values = xcalloc(task->args_count, sizeof(*values));
    task_to_spec(rt, task, &spec, &(struct task_packing){ values, &arena });
    buf_clear(&rt->scratch);
    status = buf_append(&rt->scratch, &kind, 1);
    if (status == 0)
        status = codec_pack(&rt->scratch, &task_spec_desc, &spec);
    if (values != few)
        free(values);
    arena_finish(&arena);
    return status;
}

int lane_push(struct runtime *rt, struct lane *lane, struct task *task)
{
    int status = pack_task(rt, task);

    if (status == -ERR_FULL)
        return -ERR_INVALID; /* larger than any record */
    if (status == 0)
        status = ring_write(&lane->memory.out, buf_slice(&rt->scratch), slice(""),
                            &task->position);
    if (status != 0)
        return status;
    task->lane = lane;
    task->state = TASK_SUBMITTED_TO_WORKER;
    list_add(&lane->inflight, &task->list);
    lane->count++;
    bell_ring(&lane->bells.page->work, lane->bells.eventfd);
    return 0;
}

bool lane_take_back(struct lane *lane, struct task *task)
{
    if (!ring_take_back(&lane->memory.out, task->position))
        return false;
    list_remove(&task->list);
    lane->count--;
    task->lane = NULL;
    task->state = TASK_PENDING_NODE_ASSIGNMENT;
    return true;
}

bool lane_has_begun(struct lane *lane, struct task *task)
{
    return ring_is_claimed(&lane->memory.out, task->position);
}

static struct task *find_task(struct lane *lane, const struct id *id)
{
    struct list *at;

    list_each(at, &lane->inflight)
        if (id_equal(&container_of(at, struct task, list)->id, id))
            return container_of(at, struct task, list);
    return NULL;
}

/* To where it came from, before all others. */
static void put_first(struct task *task)
{
    if (task->shape == NULL) {
        list_add_first(&task->actor->queue, &task->list);
        return;
    }
    list_add_first(&task->shape->queue, &task->list);
    task->shape->queued++;
}

static void complete(struct runtime *rt, struct lane *lane,
                     const struct task_result *result)
{
    struct task *task = find_task(lane, &result->task_id);

    if (task == NULL) {
        log_warn("lane", "result of a task that is not in flight pid=%lld",
                 (long long)lane->pid);
        return;
    }
    lane->count--;
    if (result->failure.code != 0 && retry_begin(rt, task, &result->failure))
        put_first(task);
    else if (result->failure.code != 0)
        task_fail(rt, task, &result->failure);
    else
        task_finish(rt, task, result);
    if (lane->lease != NULL)
        submit_next(rt, lane->lease);
    else if (lane->actor != NULL)
        actor_flush(rt, lane->actor);
}

/* A task has come back that its worker never began. */
static void put_back(struct runtime *rt, struct lane *lane, struct id id)
{
    struct task *task = find_task(lane, &id);

    if (task == NULL || lane->lease == NULL)
        return;
    list_remove(&task->list);
    lane->count--;
    submit_put_back(rt, lane->lease, task);
}

static void read_record(struct runtime *rt, struct lane *lane, struct slice record)
{
    struct arena arena = { 0 };
    struct task_result result;
    struct error err;

    if (record.size > 0 && record.data[0] == RECORD_BLOCKED) {
        lane->is_blocked = true;
        submit_take_back(rt, lane);
        return;
    }
    if (record.size > 1 && record.data[0] == RECORD_RETURNED) {
        put_back(rt, lane, id_from_bytes(record.data + 1, record.size - 1));
        return;
    }
    if (record.size == 0 || record.data[0] != RECORD_RESULT) {
        log_warn("lane", "unknown record from pid=%lld", (long long)lane->pid);
        return;
    }
    lane->is_blocked = false;
    record = slice_of(record.data + 1, record.size - 1);
    if (codec_unpack(record, &task_result_desc, &result, &arena, &err) == 0)
        complete(rt, lane, &result);
    else
        log_warn("lane", "result from pid=%lld: %s", (long long)lane->pid, err.text);
    arena_finish(&arena);
}

size_t lane_drain(struct runtime *rt, struct lane *lane)
{
    struct slice record;
    size_t count = 0;

    while (ring_claim(&lane->memory.in, &record) == 1) {
        char *copy = xslicedup(record);
        ring_release(&lane->memory.in);
        read_record(rt, lane, slice_of(copy, record.size));
        free(copy);
        count++;
    }
    return count;
}
