/* lane.h - the way to one worker that runs our tasks: a pair of rings, and what is on
 * it.
 *
 * Tasks are written to the lane's ring in order and stand in `inflight` until their
 * result comes back. A lane belongs to a lease (lib/client/submit.h) or to an actor's
 * handle (lib/client/actor.h). Everything here is under the runtime's lock. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/list.h"
#include "lib/net/bell.h"
#include "lib/net/ring.h"

#include <stdbool.h>
#include <stddef.h>

struct channel;
struct failure;
struct lease;
struct node_link;
struct ray_actor;
struct runtime;
struct task;
struct task_result;

struct lane {
    struct list all; /* in rt->lanes */
    struct channel_memory memory;
    uint64_t bridge;      /* its number; 0 when the worker is on this machine */
    struct bells bells;   /* the worker's */
    struct list inflight; /* of struct task, in the order of the ring */
    size_t count;
    struct node_link *node;
    struct id worker_id;
    int64_t pid;
    struct lease *lease; /* one of these two */
    struct ray_actor *actor;
    bool is_blocked;   /* the worker's task waits for others; until its next answer */
    struct error died; /* what the node has said of the worker's end; code 0: nothing */
};

/* Takes the three descriptors (ring, bell page, eventfd), also on error. */
struct lane *lane_create(struct runtime *rt, struct node_link *node,
                         const struct channel *channel, struct error *err);
void lane_destroy(struct lane *lane); /* nothing may be in flight */
/* Packs a task and writes it. -ERR_FULL: no room now; -ERR_INVALID: never. */
int lane_push(struct runtime *rt, struct lane *lane, struct task *task);
/* Takes a task back that the worker has not begun; false when it has. */
bool lane_take_back(struct lane *lane, struct task *task);
bool lane_has_begun(struct lane *lane, struct task *task);
/* Reads the results that are there and completes their tasks; returns how many. */
size_t lane_drain(struct runtime *rt, struct lane *lane);
