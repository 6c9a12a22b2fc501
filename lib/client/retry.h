/* retry.h - another attempt for a task whose last one came to nothing. */
#pragma once

#include <limits.h>
#include <stdbool.h>

struct failure;
struct ray_actor;
struct ray_task_options;
struct runtime;
struct task;

enum { RETRIES_DEFAULT = 3, RETRIES_ALWAYS = INT_MAX };

/* How often a task, or a call of `actor`, may be tried again. */
int retries_of(const struct ray_task_options *options, const struct ray_actor *actor);
/* Its worker has died, or its function has failed: reports the attempt and makes the
 * task ready for the next, in no list. False when it has none left, when it was
 * cancelled, or when functions that fail are final; then nothing has changed. Under the
 * lock; `task` still knows its lane. */
bool retry_begin(struct runtime *rt, struct task *task, const struct failure *failure);
