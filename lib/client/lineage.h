/* lineage.h - how objects of ours that were lost are made again.
 *
 * A task that has ended well and may be run again is kept, with its arguments, as long
 * as one of its results in shared memory lives (at most LINEAGE_MAX bytes of them all,
 * the oldest are forgotten first). When the node that has the bytes is gone, the task
 * runs once more, after those that have to make its arguments again. The runtime's lock
 * protects all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ray_ref;
struct runtime;
struct task;

enum { LINEAGE_MAX = 64 * 1024 * 1024 };

/* A task that has ended well, out of all queues: true when it is kept, else it is the
 * caller's to free. */
bool lineage_keep(struct runtime *rt, struct task *task);
/* An object that a kept task has made is about to be freed. */
void lineage_on_freed(struct runtime *rt, struct ray_ref *object);
/* Whether its bytes are where nobody can read them any more. */
bool lineage_is_lost(const struct ray_ref *object);
/* Makes a lost object again: it is PENDING (true), or FAILED and says why. */
bool lineage_rebuild(struct runtime *rt, struct ray_ref *object);
/* A task, out of all queues, could not read an argument: true when it will run again
 * after that was made again. */
bool lineage_retry(struct runtime *rt, struct task *task);
/* Forgets all. */
void lineage_finish(struct runtime *rt);
