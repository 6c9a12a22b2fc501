/* wait.h - waiting for objects, and who drains the rings meanwhile. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ray_ref;
struct runtime;

enum { WAIT_SPINS = 2000 }; /* looks before a sleep, at most */

/* There is no cluster any more, or the task that this thread runs was cancelled. Under
 * the lock. */
bool wait_is_vain(struct runtime *rt);
/* Waits until at least `wanted` of `count` objects are not PENDING, or until `deadline`
 * (clock_now(); 0: for ever; negative: only looks), or in vain. True when they are.
 * Under the lock, which it gives up while it sleeps. A worker's task that really has to
 * wait lends its CPU meanwhile. */
bool wait_objects(struct runtime *rt, struct ray_ref *const *objects, size_t count,
                  size_t wanted, int64_t deadline);
/* Reads all results that are there; returns how many. Under the lock. */
size_t wait_drain(struct runtime *rt);
/* Makes the loop drain from now on, as nobody waits. Under the lock. */
void wait_hand_over(struct runtime *rt);
/* (loop) the eventfd has rung. */
void wait_on_bell(void *rt, int events);
