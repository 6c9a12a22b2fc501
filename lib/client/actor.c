/* actor.c - from a handle to the worker where the actor lives.
 *
 * Happy path: ray_actor_create() registers the actor with the head and gets its id at
 * once; the head tells us when it is ALIVE and where; we ask that node for a channel to
 * its worker and send the queue, in order. The first call whose arguments are not ready
 * holds up those behind it: order is what actors promise.
 *
 * Failure: the channel's worker dies: calls that it had begun are tried again if they
 * may be (retry.c), else they fail with ACTOR_UNAVAILABLE, the others wait for what the
 * head says: ALIVE again somewhere, or DEAD with a cause. Until it says so it may be
 * the connection alone that is lost, and another is tried for. */
#include "lib/client/actor.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/client/channel.h"
#include "lib/client/lane.h"
#include "lib/client/mishap.h"
#include "lib/client/retry.h"
#include "lib/client/runtime.h"
#include "lib/client/task.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <stdlib.h>
#include <unistd.h>

enum {
    ACTOR_LANE_TASKS_MAX = 1000,
    AGAIN_MS = 100, /* from then on twice as long each time */
    AGAIN_MAX_MS = 1600,
    STEADY_MS = 10000, /* a lane that has lasted so long was a good one */
    CALLS_AHEAD = 64,  /* on another machine: calls that it may be sent unanswered */
};

static void fail_queue(struct runtime *rt, struct ray_actor *actor)
{
    struct list *at;

    while ((at = list_take_first(&actor->queue)) != NULL) {
        struct task *task = container_of(at, struct task, list);
        if (task->deps > 0) { /* it will fail when its arguments have come */
            list_add(&actor->queue, at);
            break;
        }
        task_fail(rt, task, actor->death);
    }
}

void actor_flush(struct runtime *rt, struct ray_actor *actor)
{
    actor->handles++; /* the end of a task may be the end of the last handle */
    while (actor->lane != NULL && !list_is_empty(&actor->queue)) {
        struct task *task = container_of(actor->queue.next, struct task, list);
        int status;

        if (task->deps > 0 || actor->lane->count >= ACTOR_LANE_TASKS_MAX)
            break;
        list_remove(&task->list);
        status = lane_push(rt, actor->lane, task);
        if (status == -ERR_FULL || status == -ERR_PROTOCOL) {
            list_add_first(&actor->queue, &task->list);
            break;
        }
        if (status != 0) {
            struct failure failure = {
                .code = ERR_INVALID,
                .text = slice("arguments are too large; store them with ray_put()")
            };
            task_fail(rt, task, &failure);
        }
    }
    if (actor->state == ACTOR_DEAD)
        fail_queue(rt, actor);
    actor_unref(rt, actor);
}

/* A call that a process had begun which is gone: again, when it may and the actor is
 * not dead for good; else it fails. */
static bool retry_begun(struct runtime *rt, struct ray_actor *actor, struct task *task)
{
    struct failure failure = {
        .code = ERR_ACTOR_UNAVAILABLE,
        .text = slice("the actor's process ended while it ran this call"),
        .pid = actor->lane->pid,
        .node = actor->lane->node->node_id,
        .function = slice(task->entry->full_name),
    };

    if (actor->death == NULL && retry_begin(rt, task, &failure))
        return true;
    task_fail(rt, task, actor->death != NULL ? actor->death : &failure);
    return false;
}

/* What was in flight on a lane that is lost. */
static void empty_lane(struct runtime *rt, struct ray_actor *actor)
{
    struct lane *lane = actor->lane;

    lane_drain(rt, lane);
    /* Back to the front, the last one first: order is kept. */
    while (!list_is_empty(&lane->inflight)) {
        struct task *task = container_of(lane->inflight.prev, struct task, list);
        if (!lane_has_begun(lane, task)) { /* the actor has never seen it */
            list_remove(&task->list);
            task->state = TASK_PENDING_NODE_ASSIGNMENT;
            task->lane = NULL;
        } else if (!retry_begun(rt, actor, task)) {
            continue;
        }
        list_add_first(&actor->queue, &task->list);
    }
}

static void drop_lane(struct runtime *rt, struct ray_actor *actor)
{
    struct lane *lane = actor->lane;

    if (lane == NULL)
        return;
    actor->handles++;
    empty_lane(rt, actor);
    actor->lane = NULL;
    lane_destroy(lane);
    actor_unref(rt, actor);
}

static struct ray_actor *find_actor(struct runtime *rt, const struct id *id)
{
    struct list *at;

    list_each(at, &rt->actors)
        if (id_equal(&container_of(at, struct ray_actor, list)->id, id))
            return container_of(at, struct ray_actor, list);
    return NULL;
}

static void connect_lane(struct ray_actor *actor);

static void connect_again(void *arg)
{
    struct ray_actor *actor = arg;
    struct runtime *rt = actor->rt;
    bool wanted;

    loop_timer_destroy(actor->again);
    actor->again = NULL;
    pthread_mutex_lock(&rt->lock);
    wanted = actor->lane == NULL && actor->state == ACTOR_ALIVE;
    if (wanted) /* another daemon may be at that address now */
        actor->node = runtime_node(rt, slice(actor->node->address));
    else
        actor->connecting = false;
    if (!wanted)
        actor_unref(rt, actor);
    pthread_mutex_unlock(&rt->lock);
    if (wanted)
        connect_lane(actor);
}

static void try_again(struct ray_actor *actor)
{
    if (actor->rt->is_closing)
        return; /* actors_finish() ends it */
    actor->again = loop_timer_create(actor->rt->loop, true, connect_again, actor);
    actor->again_ms = actor->again_ms == 0 ? AGAIN_MS : 2 * actor->again_ms;
    if (actor->again_ms > AGAIN_MAX_MS)
        actor->again_ms = AGAIN_MAX_MS;
    loop_timer_start(actor->again, actor->again_ms, 0);
}

/* Its worker has just ended: the head will tell what becomes of the actor. Or the
 * connection to its node was about to close, as that of a daemon that another has
 * followed: the next attempt gets a new one. */
static void no_channel(struct ray_actor *actor, const char *why)
{
    log_info("actor", "no channel: %s", why);
    try_again(actor);
}

void actor_on_lane_lost(struct runtime *rt, struct ray_actor *actor)
{
    actor->handles++;
    drop_lane(rt, actor);
    if (clock_now() - actor->lane_since > STEADY_MS * NS_PER_MS)
        actor->again_ms = 0;
    if (actor->state == ACTOR_ALIVE && !actor->connecting) {
        actor->connecting = true;
        actor->handles++; /* the channel's answer ends this one */
        try_again(actor);
    }
    actor_unref(rt, actor);
    runtime_wake(rt);
}

static void use_lane(struct ray_actor *actor, struct lane *lane)
{
    lane->actor = actor;
    lane->worker_id = actor->worker_id;
    lane->pid = actor->pid;
    actor->lane = lane;
    actor->connecting = false;
    actor->lane_since = clock_now();
    actor_flush(actor->rt, actor);
    actor_unref(actor->rt, actor);
}

static void on_channel(void *arg, const struct error *err,
                       const struct channel *channel)
{
    struct ray_actor *actor = arg;
    struct runtime *rt = actor->rt;
    struct lane *lane = NULL;
    struct error why = { 0 };

    pthread_mutex_lock(&rt->lock);
    if (err == NULL)
        lane = lane_create(rt, actor->asked.node, channel, &why);
    if (lane == NULL) {
        no_channel(actor, err != NULL ? err->text : why.text);
    } else if (actor->state != ACTOR_ALIVE ||
               !id_equal(&actor->asked.worker_id, &actor->worker_id)) {
        lane_destroy(lane);
        no_channel(actor, "it has moved");
    } else {
        use_lane(actor, lane);
    }
    pthread_mutex_unlock(&rt->lock);
}

/* (loop) under no lock: asks the actor's node for a channel. */
static void connect_lane(struct ray_actor *actor)
{
    struct peer *peer = node_link_peer(actor->node);

    actor->asked =
        (struct channel_request){ actor->node, actor->worker_id, CALLS_AHEAD };
    if (peer != NULL)
        channel_ask(&actor->asked, on_channel, actor);
    else
        no_channel(actor, "its node is lost");
}

static void become_dead(struct runtime *rt, struct ray_actor *actor,
                        const struct actor_info *info)
{
    if (actor->death == NULL)
        actor->death = failure_copy(&info->death);
    if (actor->death->code == 0)
        actor->death->code = ERR_ACTOR_DIED;
    drop_lane(rt, actor);
    fail_queue(rt, actor);
}

static void drop_constructor(struct runtime *rt, struct ray_actor *actor)
{
    struct task *task = actor->constructor;

    actor->constructor = NULL;
    if (task != NULL) {
        task->actor = NULL; /* a constructor holds no handle */
        task_discard(rt, task);
    }
}

void actor_on_changed(struct runtime *rt, const struct actor_info *info)
{
    struct ray_actor *actor;
    bool connect = false;

    pthread_mutex_lock(&rt->lock);
    actor = find_actor(rt, &info->actor_id);
    if (actor == NULL || actor->state == ACTOR_DEAD) {
        pthread_mutex_unlock(&rt->lock);
        return;
    }
    actor->handles++;
    actor->state = (int)info->state;
    if (info->state == ACTOR_ALIVE && !id_equal(&actor->worker_id, &info->worker_id)) {
        drop_lane(rt, actor);
        actor->worker_id = info->worker_id;
        actor->pid = info->pid;
        actor->restarts = info->restarts;
        actor->node = runtime_node(rt, info->node_address);
        connect = !actor->connecting;
        actor->connecting = true;
    } else if (info->state == ACTOR_RESTARTING) {
        drop_lane(rt, actor);
    } else if (info->state == ACTOR_DEAD) {
        become_dead(rt, actor, info);
    }
    if (info->state == ACTOR_ALIVE || info->state == ACTOR_DEAD)
        drop_constructor(rt, actor);
    runtime_wake(rt);
    if (connect)
        actor->handles++; /* the channel's answer ends this one */
    actor_unref(rt, actor);
    pthread_mutex_unlock(&rt->lock);
    if (connect)
        connect_lane(actor);
}

/* ---- under a new head ---- */

struct rewatch {
    struct runtime *rt;
    struct actor_ref ref;
};

static void on_watched_again(void *arg, const struct error *err, const void *reply)
{
    struct rewatch *rewatch = arg;
    const struct actor_info dead = {
        .actor_id = rewatch->ref.actor_id,
        .state = ACTOR_DEAD,
        .death = { .code = ERR_ACTOR_DIED,
                   .text = slice("the new head does not know it") },
    };

    if (err == NULL)
        actor_on_changed(rewatch->rt, reply);
    else if (err->code == ERR_NOT_FOUND)
        actor_on_changed(rewatch->rt, &dead);
    free(rewatch); /* another error: that head has gone, too, and the next is asked */
}

void actors_watch_again(struct runtime *rt)
{
    struct list *at;
    size_t count = 0;
    struct rewatch **all = NULL;

    pthread_mutex_lock(&rt->lock);
    list_each(at, &rt->actors) {
        all = xrealloc(all, (count + 1) * sizeof(*all));
        all[count] = xalloc(sizeof(**all));
        *all[count++] = (struct rewatch){
            rt, { .actor_id = container_of(at, struct ray_actor, list)->id }
        };
    }
    pthread_mutex_unlock(&rt->lock);
    for (size_t i = 0; i < count; i++)
        call_actors_watch(rt->head, &all[i]->ref, NULL, on_watched_again, all[i]);
    free(all);
}

/* ---- the last handle ---- */

struct unwatch {
    struct runtime *rt;
    struct actor_ref ref;
};

static void send_unwatch(void *arg)
{
    struct unwatch *unwatch = arg;

    if (unwatch->rt->head != NULL)
        note_actors_unwatch(unwatch->rt->head, &unwatch->ref, NULL);
    free(unwatch);
}

static void actor_free(struct runtime *rt, struct ray_actor *actor)
{
    list_remove(&actor->list);
    if (actor->lane != NULL)
        lane_destroy(actor->lane);
    drop_constructor(rt, actor);
    failure_destroy(actor->death);
    free(actor->class_name);
    free(actor);
}

void actor_unref(struct runtime *rt, struct ray_actor *actor)
{
    struct unwatch *unwatch;

    /* Its arguments must stay pinned until the actor lives, handles or not. */
    if (--actor->handles > 0 || actor->constructor != NULL)
        return;
    unwatch = xalloc(sizeof(*unwatch));
    *unwatch = (struct unwatch){ rt, { .actor_id = actor->id } };
    loop_post(rt->loop, send_unwatch, unwatch);
    actor_free(rt, actor);
}

void actors_close(struct runtime *rt)
{
    struct list *at;

    list_each(at, &rt->actors) {
        struct ray_actor *actor = container_of(at, struct ray_actor, list);
        loop_timer_destroy(actor->again);
        actor->again = NULL;
    }
}

void actors_finish(struct runtime *rt)
{
    struct list *at, *after;

    list_each_safe(at, after, &rt->actors)
        actor_free(rt, container_of(at, struct ray_actor, list));
}
