/* cancel.c - ray_cancel: where the task is decides what is to be done.
 *
 * It waits for arguments, or in a queue, or on a ring where its worker has not seen it:
 * it ends here and now. Its worker has taken it: the worker is told, by way of its
 * node; task_finish() and task_fail() turn whatever comes back into the end of a
 * cancelled task. The worker dies first, or the task comes back from it unseen: the
 * same. */
#include "lib/client/cancel.h"

#include "lib/base/mem.h"
#include "lib/client/actor.h"
#include "lib/client/lane.h"
#include "lib/client/lease.h"
#include "lib/client/mishap.h"
#include "lib/client/object.h"
#include "lib/client/runtime.h"
#include "lib/client/submit.h"
#include "lib/client/task.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdlib.h>

struct order {
    struct node_link *node;
    struct task_cancel rq;
};

/* (loop) */
static void send_order(void *arg)
{
    struct order *order = arg;
    struct peer *peer = node_link_peer(order->node);

    if (peer != NULL)
        note_workers_cancel_task(peer, &order->rq, NULL);
    free(order);
}

static void tell_worker(struct runtime *rt, const struct task *task, unsigned flags)
{
    struct order *order = xalloc(sizeof(*order));

    *order = (struct order){
        .node = task->lane->node,
        .rq = { .worker_id = task->lane->worker_id,
                .task_id = task->id,
                .force = (flags & RAY_CANCEL_FORCE) != 0,
                .recursive = (flags & RAY_CANCEL_RECURSIVE) != 0 },
    };
    loop_post(rt->loop, send_order, order);
}

/* Takes it from where it waits; false when its worker has taken it. */
static bool take(struct task *task)
{
    if (task->deps > 0)
        task_forget_arguments(task);
    else if (task->lane != NULL)
        return task->shape != NULL ? submit_take(task)
                                   : lane_take_back(task->lane, task);
    else if (task->shape != NULL)
        task->shape->queued--;
    list_remove(&task->list);
    return true;
}

static void end_here(struct runtime *rt, struct task *task)
{
    const struct failure cancelled = { .code = ERR_CANCELLED };
    struct shape *shape = task->shape;
    struct ray_actor *actor = task->actor;

    if (actor != NULL)
        actor->handles++;
    task_fail(rt, task, &cancelled);
    if (shape != NULL)
        leases_ask_more(shape);
    if (actor == NULL)
        return;
    actor_flush(rt, actor); /* it may have held others up */
    actor_unref(rt, actor);
}

static void cancel_task(struct runtime *rt, struct task *task, unsigned flags)
{
    task->is_cancelled = true;
    if (take(task))
        end_here(rt, task);
    else
        tell_worker(rt, task, flags);
}

static struct task *find_child(struct runtime *rt, const struct id *parent)
{
    struct list *at;

    list_each(at, &rt->live) {
        struct task *task = container_of(at, struct task, live);
        if (!task->is_cancelled && id_equal(&task->parent, parent))
            return task;
    }
    return NULL;
}

void cancel_children(struct runtime *rt, const struct id *parent, bool force)
{
    struct task *task;

    pthread_mutex_lock(&rt->lock);
    /* From the start each time: the end of one may be the end of others. Those that are
     * left in the list are on their way to workers, which is few. */
    while ((task = find_child(rt, parent)) != NULL)
        cancel_task(rt, task,
                    RAY_CANCEL_RECURSIVE |
                        (force && task->actor == NULL ? RAY_CANCEL_FORCE : 0u));
    pthread_mutex_unlock(&rt->lock);
}

int ray_cancel(struct ray_ref *ref, unsigned flags, struct ray_error *err)
{
    struct runtime *rt = runtime_require(err);
    struct task *task;
    int status = 0;

    if (rt == NULL)
        return -RAY_CLOSED;
    if (ref == NULL ||
        (flags & ~(unsigned)(RAY_CANCEL_FORCE | RAY_CANCEL_RECURSIVE)) != 0)
        return mishap(err, ERR_INVALID, "ray_cancel: %s",
                      ref == NULL ? "no ref" : "unknown flags");
    pthread_mutex_lock(&rt->lock);
    task = ref->state == OBJECT_PENDING ? ref->maker : NULL;
    if (task != NULL && task->is_kept) /* its value comes back from disk */
        task = NULL;
    if (task != NULL && task->actor != NULL && (flags & RAY_CANCEL_FORCE) != 0)
        status = mishap(err, ERR_INVALID,
                        "ray_cancel: %s is a call of an actor, which cannot be forced: "
                        "kill the actor",
                        task_name(task));
    else if (task != NULL)
        cancel_task(rt, task, flags);
    pthread_mutex_unlock(&rt->lock);
    return status;
}
