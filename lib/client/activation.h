/* activation.h - a running task as its function sees it: `struct ray_task` of ray.h.
 *
 * Belongs to the thread that runs it, but for what is marked. Results are kept here
 * until the function has returned: small ones in the arena, large ones in shared
 * memory, not sealed yet. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/list.h"
#include "lib/proto/proto.h"
#include "lib/ray.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct entry;
struct inside;
struct library;
struct place;
struct runtime;
struct serving;

struct ray_task {
    struct runtime *rt;
    const struct entry *entry;
    struct library *library;
    struct task_spec spec;
    struct arena arena;
    struct ray_value *args;
    struct place **arg_places;      /* held mappings of large arguments; NULL else */
    struct task_value *returns;     /* spec.num_returns of them */
    struct place **return_places;   /* large results */
    struct inside **returns_inside; /* refs in results; NULL: none */
    struct inside **args_inside;    /* refs in arguments */
    size_t inline_bytes;
    bool has_failed;
    atomic_bool is_cancelled; /* set by the loop thread */
    struct list running;      /* in the executor's list, under its lock */
    struct serving *serving;  /* whence it came; NULL: a constructor */
    char why[ERROR_TEXT_MAX];
};

/* The task that this thread runs; NULL outside of one. */
struct ray_task *activation_current(void);
void activation_set_current(struct ray_task *task);
/* Prepares the context of a decoded spec: loads the library, finds the function, maps
 * and checks the arguments. The spec's strings must live as long as the context. On
 * error the context is still to be finished. */
int activation_init(struct ray_task *task, struct runtime *rt,
                    const struct task_spec *spec, enum error_code *code);
/* The function has returned: before its answer goes out, sees to it that the refs in
 * its results are lent to whoever gets that, and that the owners of those which it has
 * kept of its arguments know of it. May wait for owners; lock not held. False when
 * there were none. */
bool activation_settle(struct ray_task *task);
/* Lets arguments and unsealed results go. */
void activation_finish(struct ray_task *task);
/* Seals the large results for their owner: from now on they are the owner's. */
void activation_seal(struct ray_task *task, const struct id *owner);
