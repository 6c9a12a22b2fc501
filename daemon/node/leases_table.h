/* leases_table.h - requests and grants, as leases.c (from one to the other),
 * leases_share.c (who is next) and leases_serve.c (what is asked) share them. */
#pragma once

#include "daemon/node/leases.h"
#include "daemon/node/requests.h"
#include "lib/base/list.h"
#include "lib/base/map.h"
#include "lib/base/resources.h"

struct lease {
    struct map_node node;
    int64_t number;
    struct peer *owner; /* NULL: an actor's, nobody's to give back */
    struct worker *worker;
    struct resources held;
    struct gpu_set gpus;
    int64_t since; /* clock_now() */
    bool is_blocked;
    bool yields; /* its owner was asked to give it back after the task that runs */
    size_t user; /* for the moment: leases_share.c */
    struct call *spawn_call; /* an actor whose constructor runs */
};

struct leases {
    struct loop *loop;
    struct ledger *ledger;
    struct workers *workers;
    struct leases_ops ops;
    struct requests waiting;
    struct list ready;
    struct map granted; /* by number */
    int64_t next_number, reclaimed_at, shared_at, reserved_until;
    struct loop_timer *share_timer;
    struct { /* who had something last */
        struct id job;
        const struct peer *owner;
        struct resources shape;
    } last;
    unsigned start_failures;
    bool pumping, closed;
};

/* Grants what can be granted; asks for idle leases when some wait on. */
void leases_pump(struct leases *leases);
/* Gives resources to those who wait, who is next first; returns whether some wait on.
 */
bool leases_admit(struct leases *leases);
/* Some wait: asks those who use more than their share to give a worker up. */
void leases_share(struct leases *leases);
/* A new request: sent on to a node that suits it better, or it waits here. */
void leases_accept(struct leases *leases, struct request *request);
/* Ends a request, waiting or ready. */
void leases_refuse(struct leases *leases, struct request *request,
                   const struct error *err);
/* The same, with ERR_CANCELLED. */
void leases_cancel(struct leases *leases, struct request *request, const char *why);
/* Ends the requests of a peer, waiting or ready; `number` 0: all. */
void leases_drop(struct leases *leases, struct peer *peer, int64_t number);
/* The lease ends; its worker is the caller's business. */
void leases_end(struct leases *leases, struct lease *lease);
