/* leases.h - who may use which worker, and who waits.
 *
 * Owns: the queue of requests and the table of grants. Loop thread only. Calls down:
 * ledger, workers, sched/policy. A request ends in exactly one of: granted, sent on,
 * cancelled, refused; or its asker goes away. Requests of one asker, shape and job form
 * a group, so that a thousand that wait cost no more than one; groups take turns
 * (leases_share.c). */
#pragma once

#include "lib/base/id.h"
#include "lib/base/resources.h"

#include <stdbool.h>
#include <stddef.h>

struct dispatch;
struct ledger;
struct leases;
struct loop;
struct peer;
struct policy_node;
struct worker;
struct workers;

struct leases_ops {
    /* The cluster as last heard, this node included; *local is its index. `address_of`
     * says how to reach one. Borrowed until the next turn of the loop. */
    const struct policy_node *(*view)(void *arg, size_t *count, size_t *local);
    const char *(*address_of)(void *arg, size_t index);
    /* A request was sent there: count on it in the view until that node reports. */
    void (*on_sent)(void *arg, size_t index, const struct resources *demand);
    void (*on_changed)(void *arg); /* the ledger or the queue is not what it was */
    /* Somebody sent us work and counts on less room here since: it must hear how much
     * there is, also when that is as before. */
    void (*on_received)(void *arg);
    void (*on_actor_ended)(void *arg, const struct worker *worker);
    void *arg;
};

struct leases *leases_create(struct loop *loop, struct ledger *ledger,
                             struct workers *workers, const struct leases_ops *ops);
/* The node stops: refuses all who wait, and whoever asks from now on. */
void leases_close(struct leases *leases);
void leases_destroy(struct leases *leases);
void leases_serve(struct leases *leases, struct dispatch *dispatch);

/* Events of workers (see workers.h) and of connections. */
void leases_on_idle(struct leases *leases, struct worker *worker);
void leases_on_ended(struct leases *leases, struct worker *worker, int was);
void leases_on_blocked(struct leases *leases, struct worker *worker, bool is_blocked);
void leases_on_peer_closed(struct leases *leases, struct peer *peer);
/* The cluster's view has changed: some who wait may go elsewhere. */
void leases_on_view(struct leases *leases);

size_t leases_count(const struct leases *leases);
/* Each worker that is leased, since when (clock_now()), and by which process; NULL: it
 * is an actor. */
typedef void leases_fn(void *arg, struct worker *worker, const struct id *owner,
                       int64_t since);
void leases_each(const struct leases *leases, leases_fn *fn, void *arg);
/* What waits for resources: calls fn for each shape. */
typedef void leases_demand_fn(void *arg, const struct resources *shape, size_t waiting);
void leases_each_demand(struct leases *leases, leases_demand_fn *fn, void *arg);
