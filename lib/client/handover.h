/* handover.h - asks owners to lend objects to a process: to one that an answer goes to,
 * before it goes, or to ourselves.
 *
 * Filled under the runtime's lock, then started; holds a handle of each object until it
 * is destroyed. What an owner that is gone cannot lend goes without. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct handover;
struct id;
struct ray_ref;
struct runtime;

/* `address`: of the receiver's node; copied. */
struct handover *handover_create(struct runtime *rt, const struct id *receiver,
                                 const char *address);
/* `loans`, which must live as long, counts what was lent; NULL: to ourselves. */
void handover_add(struct handover *handover, struct ray_ref *object, int64_t *loans);
bool handover_is_empty(const struct handover *handover);
/* (loop) `done` runs once all owners have answered, never before this returns. */
void handover_start(struct handover *handover, void (*done)(void *arg), void *arg);
/* Any other thread, lock not held: starts, and waits. */
void handover_wait(struct handover *handover);
/* Under the lock. */
void handover_destroy(struct handover *handover);
