/* task.h - a task as its owner knows it, from ray_remote() or ray_call() to its result.
 *
 * A task is in exactly one place: waiting for arguments (`deps` > 0), in the queue of
 * its shape or actor, or in flight on a lane. task_fail() and task_finish() end it:
 * they give its results a value or a failure, let its arguments go, report it and free
 * it. All under the runtime's lock. */
#pragma once

#include "lib/base/id.h"
#include "lib/base/list.h"
#include "lib/client/object.h"
#include "lib/proto/proto.h"
#include "lib/ray.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct entry;
struct lane;
struct node_link;
struct runtime;
struct shape;

struct argument {
    uint8_t type;        /* enum ray_type; RAY_REF: `object` */
    uint32_t refs_count; /* inside it: so many of the task's `held` */
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct {
            const void *data; /* in the task's own memory */
            size_t size;
        } bytes;
        struct ray_ref *object; /* pinned */
    } as;
};

struct task {
    struct list
        list; /* queue of a shape or actor, inflight of a lane, or rt->lineage */
    struct list live; /* rt->live */
    struct id id;
    const struct entry *entry;
    char *name;              /* NULL: the entry's */
    struct shape *shape;     /* of a task, NULL of an actor's */
    struct ray_actor *actor; /* of a method; holds a handle */
    struct lane *lane;       /* in flight */
    uint64_t position;       /* on its ring */
    struct id parent;
    int64_t creation_time;
    int attempt, retries_left;
    bool is_cancelled;
    bool retry_exceptions;
    bool is_kept;           /* in rt->lineage: keeps its arguments, pins nothing */
    uint32_t deps;          /* arguments that are not ready */
    int8_t state, reported; /* enum task_state; -1: not reported yet */
    uint16_t returns_count;
    uint32_t args_count;
    struct ray_ref **returns; /* pinned, NULL: gone; in the task's own memory */
    struct argument *args;
    struct ray_ref **held; /* refs inside the arguments, in their order: handles */
};

/* Checks the arguments and copies them (large ones into shared memory, which may block:
 * not under the lock). Takes no part of anything yet. */
struct task *task_create(struct runtime *rt, const struct entry *entry,
                         struct ray_args args, const struct ray_task_options *options,
                         struct ray_error *err);
/* Frees one that was never begun, with its results. */
void task_discard(struct runtime *rt, struct task *task);
/* The same for one that is kept; its results stay. */
void task_forget(struct runtime *rt, struct task *task);
/* Its memory, about. */
size_t task_size(const struct task *task);
/* Enters it among the living under its id; hands out the refs of its results
 * (returns_count of them, each with a handle); counts its unready arguments. An
 * argument whose task has failed fails this one at once: returns false then, and the
 * task is gone. */
bool task_begin(struct runtime *rt, struct task *task, struct ray_ref **refs);
/* It waits for no argument any more: it will never run. */
void task_forget_arguments(struct task *task);
/* As the ring carries it. `values` has room for args_count; what else is needed comes
 * from `arena`. */
struct task_packing {
    struct task_value *values;
    struct arena *arena;
};
void task_to_spec(struct runtime *rt, struct task *task, struct task_spec *spec,
                  const struct task_packing *packing);
const char *task_name(const struct task *task);
/* The end, with a result from a worker; of one that is cancelled it comes too late. */
void task_finish(struct runtime *rt, struct task *task,
                 const struct task_result *result);
/* The end, with a failure: of one that is cancelled, with that. */
void task_fail(struct runtime *rt, struct task *task, const struct failure *failure);
/* An object is no longer PENDING: so much for the tasks that waited for it. */
void task_on_object(struct runtime *rt, struct ray_ref *object);
