/* submit.c - shapes, and the tasks that wait in them.
 *
 * Happy path of a task: its shape has a lease with room on its lane, so it is written
 * to that worker's ring at once. Else it waits in the shape's queue; the shape asks its
 * node for leases (lib/client/lease.c) and each one that comes takes from the queue. A
 * worker that runs dry while others have waiting tasks takes over half of what the
 * busiest has not begun.
 *
 * Failure: a worker dies: the task it had begun is retried as often as it may be, those
 * it had not begun go back to the queue at no cost. One that must not run twice is not
 * sent ahead to another machine: when the answer before it is lost with the connection,
 * it could not be told whether that one was begun. A ring is full: the task stays in
 * the queue until a result makes room. */
#include "lib/client/submit.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/actor.h"
#include "lib/client/bridge.h"
#include "lib/client/lane.h"
#include "lib/client/lease.h"
#include "lib/client/mishap.h"
#include "lib/client/retry.h"
#include "lib/client/runtime.h"
#include "lib/client/task.h"
#include "lib/client/wait.h"
#include "lib/proto/proto.h"

#include <stdio.h>
#include <stdlib.h>

enum { LANE_TASKS_MAX = 512 }; /* most tasks in flight to one worker */

int options_resources(const struct asked_amounts *asked, struct resources *out,
                      struct error *err)
{
    int64_t amount;

    if (resources_from_double(asked->cpus, &amount, err) != 0)
        return wrap(err, "num_cpus");
    if (amount > 0)
        (void)resources_set(out, slice("CPU"), amount);
    if (resources_from_double(asked->gpus, &amount, err) != 0)
        return wrap(err, "num_gpus");
    if (amount > RESOURCE_UNIT && amount % RESOURCE_UNIT != 0)
        return fail(err, ERR_INVALID,
                    "num_gpus %g: more than one must be a whole number", asked->gpus);
    if (amount > 0)
        (void)resources_set(out, slice("GPU"), amount);
    for (size_t i = 0; i < asked->others_count; i++) {
        const struct ray_resource *other = &asked->others[i];
        if (resources_from_double(other->amount, &amount, err) != 0)
            return wrap(err, "resource %s", other->name);
        if (resources_set(out, slice(other->name), amount) != 0)
            return fail(err, ERR_INVALID, "bad resource name '%s'", other->name);
    }
    return 0;
}

static double cpus_of(const struct ray_task_options *options)
{
    if (options == NULL || options->num_cpus == 0)
        return 1;
    return options->num_cpus > 0 ? options->num_cpus : 0;
}

/* NULL and -ERR_INVALID when `resources` are more than a line of text holds. */
static struct shape *shape_create(struct runtime *rt, const struct resources *resources,
                                  struct slice env, struct error *err)
{
    struct shape *shape;
    char key[1024];

    if (resources_format(resources, key, sizeof(key)) + 1 >= sizeof(key)) {
        fail(err, ERR_INVALID, "resources of a task are too many");
        return NULL;
    }
    shape = xcalloc(1, sizeof(*shape));
    shape->rt = rt;
    resources_copy(&shape->resources, resources);
    shape->key = xstrdup(key);
    shape->env = slice_of(xslicedup(env), env.size);
    list_init(&shape->queue);
    list_init(&shape->leases);
    list_init(&shape->requests);
    list_add(&rt->classes, &shape->list);
    return shape;
}

static struct shape *find(struct runtime *rt, const struct resources *resources,
                          struct slice env)
{
    struct list *at;

    list_each(at, &rt->classes) {
        struct shape *shape = container_of(at, struct shape, list);
        if (resources_equal(&shape->resources, resources) &&
            slice_equal(shape->env, env))
            return shape;
    }
    return NULL;
}

struct shape *shape_find(struct runtime *rt, const struct ray_task_options *options,
                         struct slice env, struct error *err)
{
    struct asked_amounts asked = { .cpus = cpus_of(options) };
    struct resources wanted = { 0 };
    struct shape *found = NULL;

    if (options != NULL) {
        asked.gpus = options->num_gpus;
        asked.others = options->resources;
        asked.others_count = options->resources_count;
    }
    if (options_resources(&asked, &wanted, err) == 0) {
        found = find(rt, &wanted, env);
        if (found == NULL)
            found = shape_create(rt, &wanted, env, err);
    }
    resources_finish(&wanted);
    return found;
}

void shapes_finish(struct runtime *rt)
{
    struct list *at;

    while ((at = list_take_first(&rt->classes)) != NULL) {
        struct shape *shape = container_of(at, struct shape, list);
        leases_finish(shape);
        resources_finish(&shape->resources);
        free(shape->key);
        free((char *)(uintptr_t)shape->env.data);
        free(shape);
    }
}

static struct lease *least_busy(struct shape *shape)
{
    struct lease *best = NULL;
    struct list *at;

    list_each(at, &shape->leases) {
        struct lease *lease = container_of(at, struct lease, list);
        if (!lease->yields && !lease->lane->is_blocked &&
            lease->lane->count < LANE_TASKS_MAX &&
            (best == NULL || lease->lane->count < best->lane->count))
            best = lease;
    }
    return best;
}

static void fail_unsendable(struct runtime *rt, struct task *task)
{
    struct failure failure = { .code = ERR_INVALID };
    char text[200];

    snprintf(text, sizeof(text),
             "%s: its arguments do not fit %d KiB; store the large ones with ray_put()",
             task_name(task), RING_RECORD_MAX / 1024);
    failure.text = slice(text);
    task_fail(rt, task, &failure);
}

/* Sends the first task of the queue along a lane; false when the lane has no room for
 * it. */
static bool send_first(struct runtime *rt, struct shape *shape, struct lease *lease)
{
    struct task *task = container_of(shape->queue.next, struct task, list);
    int status;

    if (lease->lane->bridge != 0 && lease->lane->count > 0 && task->retries_left == 0)
        return false;
    list_remove(&task->list);
    status = lane_push(rt, lease->lane, task);
    if (status == -ERR_FULL || status == -ERR_PROTOCOL) {
        list_add_first(&shape->queue, &task->list);
        return false;
    }
    shape->queued--;
    if (status != 0) {
        fail_unsendable(rt, task);
        return true;
    }
    shape->inflight++;
    lease->idle_since = 0;
    return true;
}

static void dispatch(struct runtime *rt, struct shape *shape)
{
    while (shape->queued > 0) {
        struct lease *lease = least_busy(shape);
        if (lease == NULL || !send_first(rt, shape, lease))
            break;
    }
    leases_ask_more(shape);
}

void submit_ready(struct runtime *rt, struct task *task)
{
    list_add(&task->shape->queue, &task->list);
    task->shape->queued++;
    dispatch(rt, task->shape);
}

/* Takes the last of what a lane's worker has not begun; how many. What was sent ahead
 * to another machine comes back later, if at all (submit_put_back()). */
static size_t take_half(struct shape *shape, struct lane *lane, size_t most)
{
    size_t taken = 0;

    while (taken < most && !list_is_empty(&lane->inflight)) {
        struct task *task = container_of(lane->inflight.prev, struct task, list);
        if (!lane_take_back(lane, task))
            break;
        list_add_first(&shape->queue, &task->list);
        shape->queued++;
        shape->inflight--;
        taken++;
    }
    if (taken < most && lane->bridge != 0 && lane->count > 1)
        bridge_recall_soon(shape->rt, lane->bridge);
    return taken;
}

static void steal_for(struct runtime *rt, struct lease *idle)
{
    struct shape *shape = idle->shape;
    struct lease *busiest = NULL;
    struct list *at;

    if (idle->yields)
        return;
    list_each(at, &shape->leases) {
        struct lease *lease = container_of(at, struct lease, list);
        if (lease != idle && lease->lane->count > 1 &&
            (busiest == NULL || lease->lane->count > busiest->lane->count))
            busiest = lease;
    }
    if (busiest == NULL ||
        take_half(shape, busiest->lane, busiest->lane->count / 2) == 0)
        return;
    while (shape->queued > 0 && send_first(rt, shape, idle))
        ;
}

void submit_on_lease(struct runtime *rt, struct lease *lease)
{
    dispatch(rt, lease->shape);
    if (lease->lane->count == 0)
        steal_for(rt, lease);
    if (lease->lane->count == 0)
        lease_idle(lease);
}

void submit_next(struct runtime *rt, struct lease *lease)
{
    struct shape *shape = lease->shape;

    shape->inflight--;
    if (shape->queued > 0)
        dispatch(rt, shape);
    if (lease->lane->count == 0)
        steal_for(rt, lease);
    if (lease->lane->count == 0)
        lease_idle(lease);
}

static struct lease *find_lease(struct runtime *rt, const struct peer *node,
                                int64_t lease_id)
{
    struct list *at;

    list_each(at, &rt->lanes) {
        struct lease *lease = container_of(at, struct lane, all)->lease;
        if (lease != NULL && lease->node->peer == node && lease->lease_id == lease_id)
            return lease;
    }
    return NULL;
}

/* It may be gone already. */
void submit_on_yield(struct runtime *rt, const struct peer *node, int64_t lease_id)
{
    struct lease *lease;

    pthread_mutex_lock(&rt->lock);
    lease = find_lease(rt, node, lease_id);
    if (lease != NULL && !lease->yields) {
        lease->yields = true;
        lease->shape->yielding++;
        take_half(lease->shape, lease->lane, lease->lane->count);
        dispatch(rt, lease->shape);
        if (lease->lane->count == 0)
            lease_idle(lease);
    }
    pthread_mutex_unlock(&rt->lock);
}

void submit_take_back(struct runtime *rt, struct lane *lane)
{
    if (lane->lease == NULL || lane->count < 2)
        return;
    take_half(lane->lease->shape, lane, lane->count - 1);
    leases_ask_more(lane->lease->shape);
    (void)rt;
}

bool submit_take(struct task *task)
{
    struct lease *lease = task->lane->lease;

    if (!lane_take_back(task->lane, task))
        return false;
    lease->shape->inflight--;
    if (lease->lane->count == 0)
        lease_idle(lease);
    return true;
}

/* A task that no worker has begun, and that is in no list. */
static void queue_again(struct runtime *rt, struct shape *shape, struct task *task)
{
    const struct failure unseen = { .code = ERR_CANCELLED };

    task->lane = NULL;
    if (task->is_cancelled) {
        task_fail(rt, task, &unseen);
        return;
    }
    task->state = TASK_PENDING_NODE_ASSIGNMENT;
    list_add_first(&shape->queue, &task->list);
    shape->queued++;
}

void submit_put_back(struct runtime *rt, struct lease *lease, struct task *task)
{
    struct shape *shape = lease->shape;

    shape->inflight--;
    queue_again(rt, shape, task);
    dispatch(rt, shape);
}

/* A task whose worker died while it ran: once more, or the end. */
static void retry_or_fail(struct runtime *rt, struct task *task, struct lane *lane,
                          const struct error *why)
{
    struct failure failure = { .code = why->code,
                               .function = slice(task->entry->full_name),
                               .pid = lane->pid,
                               .worker = lane->worker_id,
                               .node = lane->node->node_id };
    char *text = xprintf("%s: its worker (pid %lld) died: %s", task_name(task),
                         (long long)lane->pid, why->text);

    failure.text = slice(text);
    if (retry_begin(rt, task, &failure)) {
        list_add_first(&task->shape->queue, &task->list);
        task->shape->queued++;
    } else {
        task_fail(rt, task, &failure);
    }
    free(text);
}

void submit_lose_lease(struct runtime *rt, struct lease *lease, const struct error *why)
{
    struct shape *shape = lease->shape;
    struct lane *lane = lease->lane;
    bool is_first = true;
    struct list *at;

    lane_drain(rt, lane); /* what it had finished is good */
    while ((at = list_take_first(&lane->inflight)) != NULL) {
        struct task *task = container_of(at, struct task, list);
        /* On another machine those behind it were sent, no more. */
        bool begun = (is_first || lane->bridge == 0) && lane_has_begun(lane, task);
        shape->inflight--;
        lane->count--;
        if (begun)
            retry_or_fail(rt, task, lane, why);
        else
            queue_again(rt, shape, task);
        is_first = false;
    }
    lease_lose(lease);
    dispatch(rt, shape);
    runtime_wake(rt);
}
