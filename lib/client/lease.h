/* lease.h - asking nodes for workers, and giving them back.
 *
 * A shape wants as many leases as it has unfinished tasks; up to LEASES_ASKED_MAX
 * requests are under way at a time, first at the home node, which may send them on to
 * another. Requests that have become needless are cancelled. Under the runtime's lock,
 * but where (loop). */
#pragma once

#include <stddef.h>

struct error;
struct lease;
struct runtime;
struct shape;

enum { LEASES_ASKED_MAX = 16, LEASE_IDLE_MS = 50 };

/* Starts or cancels requests until their number is right. */
void leases_ask_more(struct shape *shape);
/* Its lane ran dry: keep it for a moment, then give it back. */
void lease_idle(struct lease *lease);
/* The worker is gone, or the way to it: frees the lease and its lane; the node ends
 * what is left of the worker. */
void lease_lose(struct lease *lease);
/* Frees all; nothing is in flight any more. */
void leases_finish(struct shape *shape);

/* submit.c: a lease has come. */
void submit_on_lease(struct runtime *rt, struct lease *lease);
/* submit.c: the worker of a lease has gone; its tasks are retried or fail. */
void submit_lose_lease(struct runtime *rt, struct lease *lease,
                       const struct error *why);
