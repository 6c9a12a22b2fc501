/* executor.h - what the files of the executor share: exec.c decides what runs next and
 * on which thread, perform.c runs it, exec_cancel.c marks what is not wanted any more,
 * exec_lend.c speaks for tasks that wait.
 *
 * `lock` protects all but what is set before other threads run. It is never held while
 * a function runs, and never taken before the runtime's lock. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/list.h"
#include "lib/base/slice.h"
#include "lib/base/spin.h"
#include "lib/proto/proto.h"
#include "lib/ray.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct call;
struct runtime;
struct serving;

/* Cancelled tasks that had not begun when we heard of it: so many are remembered. */
enum { UNWANTED_MAX = 256 };

/* An actor to be made. */
struct start {
    struct list list;
    struct arena arena;
    struct actor_spawn spawn;
    struct call *call;
};

/* A thread that runs tasks. */
struct runner {
    struct executor *executor;
    pthread_t thread; /* but for the first, which is the process's own */
    struct buf result;
};

struct executor {
    struct runtime *rt;
    pthread_mutex_t lock;
    pthread_cond_t work;   /* for threads that do not watch the bell */
    struct list channels;  /* of struct serving */
    struct list starts;    /* of struct start */
    struct list running;   /* of struct ray_task */
    bool watched;          /* a thread watches the bell */
    struct spin spin;      /* of the one that watches */
    size_t idle;           /* threads that wait on `work` */
    bool stopping;         /* nothing more is begun, nor answered in time */
    bool leaving;          /* nothing more is begun: ray_actor_exit() */
    size_t blocked;        /* tasks that wait for others */
    struct id *unwanted;   /* UNWANTED_MAX of them, a ring; NULL: none so far */
    size_t unwanted_count; /* ever */

    struct runner first, *others;
    size_t others_count;
    /* Of the actor that lives here; set by its constructor, before others run: */
    const struct ray_actor_entry *class;
    void *state;
    struct id actor_id;
};

/* Runs what a record asks for, and answers. */
void perform_record(struct runner *runner, struct serving *serving,
                    struct slice record);
/* Runs the constructor of an actor, and answers; frees `start`. */
void perform_start(struct runner *runner, struct start *start);
/* Starts threads until there are `count`: before this returns, calls may run on them.
 * -ERR_FULL when there are no more to be had. */
int executor_start_threads(struct executor *executor, int64_t count, struct error *err);
/* exec_cancel.c, under the lock: whether that task was cancelled before it began. */
bool executor_is_unwanted(const struct executor *executor, const struct id *id);
