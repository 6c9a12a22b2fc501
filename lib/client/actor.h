/* actor.h - handles of actors: the queue of calls, and the way to where it lives.
 *
 * Calls queue here until the actor is ALIVE and its lane is open, then go out in order.
 * While it is RESTARTING what was in flight fails with ACTOR_UNAVAILABLE and what is
 * queued waits; when it is DEAD everything fails with ACTOR_DIED and the cause. One
 * handle struct an actor and process, counted. Under the runtime's lock, except where
 * (loop). */
#pragma once

#include "lib/base/id.h"
#include "lib/base/list.h"
#include "lib/client/channel.h"
#include "lib/proto/proto.h"
#include "lib/ray.h"

#include <stdbool.h>

struct lane;
struct library;
struct node_link;
struct runtime;
struct task;

struct ray_actor {
    struct list list; /* rt->actors */
    struct runtime *rt;
    struct id id;
    unsigned handles; /* the programmer's, and one for each call under way */
    int state;        /* enum actor_state */
    int64_t restarts;
    int max_task_retries;
    char *class_name;
    struct library *library;
    struct list queue;   /* of struct task, in the order of the calls */
    struct lane *lane;   /* when ALIVE and connected */
    struct id worker_id; /* where it lives, when ALIVE */
    int64_t pid;
    struct node_link *node;
    bool connecting;
    struct channel_request asked; /* (loop) while connecting: the worker it is for */
    struct loop_timer *again;     /* to connect, when that has failed */
    uint64_t again_ms;            /* how long that waits */
    int64_t lane_since;           /* clock_now() */
    struct task *constructor;     /* its arguments, pinned until it lives */
    struct failure *death;        /* why it is DEAD; owned */
};

/* (loop) the head says where an actor is and how it is. */
void actor_on_changed(struct runtime *rt, const struct actor_info *info);
/* (loop) A new head knows us: it is asked of every actor that we have a handle of. */
void actors_watch_again(struct runtime *rt);
/* (loop) the worker or node behind its lane has gone, or the way to it. Under the lock.
 */
void actor_on_lane_lost(struct runtime *rt, struct ray_actor *actor);
/* Sends what can be sent. */
void actor_flush(struct runtime *rt, struct ray_actor *actor);
/* Ends one handle. */
void actor_unref(struct runtime *rt, struct ray_actor *actor);
/* (loop) Before the loop ends: no actor is waited for any more. */
void actors_close(struct runtime *rt);
void actors_finish(struct runtime *rt);
