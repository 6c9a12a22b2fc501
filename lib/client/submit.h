/* submit.h - getting tasks to workers: shapes, leases, lanes, retries.
 *
 * Tasks that need the same resources and runtime environment have the same *shape*
 * (Ray's scheduling class) and share leases: a leased worker takes any task of its
 * shape. A shape asks for as many leases as it has unfinished tasks (up to
 * LEASES_ASKED_MAX at a time), pushes tasks to the least busy lane, and when a worker
 * runs dry takes waiting tasks back from the busiest. A lease that is idle for
 * LEASE_IDLE_MS, or idle when the node asks for it, is given back; so is one that the
 * node wants for others, after the task that its worker runs. */
#pragma once

#include "lib/base/list.h"
#include "lib/base/resources.h"
#include "lib/base/slice.h"
#include "lib/ray.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct lane;
struct node_link;
struct peer;
struct runtime;
struct task;
struct worker_exit;

struct shape {
    struct list list;
    struct runtime *rt;
    struct resources resources;
    char *key;         /* canonical text of the resources */
    struct slice env;  /* packed runtime_env, owned; empty: the job's */
    struct list queue; /* tasks that are ready for a worker */
    size_t queued, inflight;
    struct list leases;   /* of struct lease */
    size_t leased, asked; /* granted; requests that are under way */
    size_t yielding;      /* of the granted: those that take no more tasks */
    struct list requests; /* of struct lease_ask (submit.c) */
};

/* A leased worker. */
struct lease {
    struct list list;
    struct shape *shape;
    struct lane *lane;
    struct node_link *node;
    int64_t lease_id;
    int64_t idle_since; /* clock_now() when its lane ran dry; 0: busy */
    bool yields;        /* takes no more tasks: others are to have the worker */
};

/* The shape for these options (NULL: defaults) in that environment, packed; made if
 * new. Under the lock. */
struct shape *shape_find(struct runtime *rt, const struct ray_task_options *options,
                         struct slice env, struct error *err);
void shapes_finish(struct runtime *rt);
/* A task whose arguments are ready: goes to a worker as soon as there is one. Under the
 * lock. */
void submit_ready(struct runtime *rt, struct task *task);
/* A task of a lane of ours is over: the next. Under the lock. */
void submit_next(struct runtime *rt, struct lease *lease);
/* Takes a task in flight back; false when its worker has begun it. */
bool submit_take(struct task *task);
/* A task that its worker never began, taken off its lane, goes to the front again. */
void submit_put_back(struct runtime *rt, struct lease *lease, struct task *task);
/* The worker behind a lane is blocked in a task of ours: take back what it has not
 * begun. */
void submit_take_back(struct runtime *rt, struct lane *lane);
/* (loop) */
void submit_on_reclaim(struct runtime *rt);
/* A node wants a lease of ours for others. */
void submit_on_yield(struct runtime *rt, const struct peer *node, int64_t lease_id);
/* (loop) the idle timer */
void submit_on_idle(void *rt);
/* The amounts that options of tasks and actors ask for. */
struct asked_amounts {
    double cpus, gpus;
    const struct ray_resource *others;
    size_t others_count;
};

/* Builds the resources of options, of tasks and of actors. */
int options_resources(const struct asked_amounts *asked, struct resources *out,
                      struct error *err);
