/* requests.h - who asks for a lease and must wait, in groups.
 *
 * Requests of one asker, shape, job and runtime environment form a group, so that a
 * thousand that wait cost no more than one. Owns nothing but the groups; a request is
 * its user's until request_destroy(). Loop thread only. */
#pragma once

#include "daemon/node/gpus.h"
#include "lib/base/arena.h"
#include "lib/base/id.h"
#include "lib/base/list.h"
#include "lib/base/resources.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct actor_spawn;
struct call;
struct loop_timer;
struct peer;

/* Requests of one kind; gone with its last request. */
struct group {
    struct list list; /* in requests->groups */
    struct resources shape;
    struct id job;
    const struct peer *peer; /* only compared */
    struct slice env;        /* owned */
    struct list requests;    /* in order of arrival */
    size_t waiting;
    size_t user, promised;    /* these for the moment: leases_share.c */
    bool is_reachable;        /* there would be room, if all gave back what they can */
    struct resources lacking; /* of the next request that nothing is promised to */
};

struct request {
    struct list list;    /* of its group, or of its user */
    struct group *group; /* NULL when in none */
    struct call *call;
    struct peer *peer; /* who asks */
    int64_t number, hops;
    struct id job;
    char *namespace_;
    struct slice env; /* packed runtime_env; in `arena` */
    struct resources shape;
    struct gpu_set gpus;         /* of its own, when it waits for a worker only */
    struct actor_spawn *spawn;   /* of an actor; in `arena` */
    struct loop_timer *patience; /* of one that will not wait for ever; may be NULL */
    void *user;                  /* borrowed, the timer's */
    struct arena arena;
};

struct requests {
    struct list groups; /* in order of arrival */
};

void requests_init(struct requests *requests);
/* A request of `call`, in no group. */
struct request *request_create(struct call *call, const struct id *job,
                               struct slice namespace_);
/* Frees a request whose call has been answered; takes it out of its group. */
void request_destroy(struct request *request);
/* Appends it to its group. */
void requests_add(struct requests *requests, struct request *request);
/* Takes it out of its group, if it is in one. */
void requests_remove(struct request *request);
