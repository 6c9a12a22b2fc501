/* runtime.h - all that a driver or worker process has: one lock, one loop thread, its
 * connections, and the tables of what it owns.
 *
 * Threads. `lock` protects everything here but what is marked (loop). The loop thread
 * alone touches peers; others ask it by loop_post() or mailbox_wait(). The hot path
 * never changes threads: a thread that submits writes the ring itself under the lock, a
 * thread that waits drains the rings itself (lib/client/wait.c); the loop thread drains
 * them when nobody waits. A driver's runtime begins with ray_init(), a worker's with
 * worker_run() (lib/client/serve.h). */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/id.h"
#include "lib/base/list.h"
#include "lib/base/spin.h"
#include "lib/client/lend.h"
#include "lib/client/library.h"
#include "lib/client/mailbox.h"
#include "lib/client/refs.h"
#include "lib/client/ship.h"
#include "lib/client/shm.h"
#include "lib/net/auth.h"
#include "lib/net/bell.h"
#include "lib/net/nearby.h"
#include "lib/net/peer.h"
#include "lib/net/session.h"
#include "lib/ray.h"

#include <pthread.h>
#include <stdatomic.h>

struct executor;
struct loop;
struct loop_timer;
struct loop_watch;
struct proc;

/* A connection to a node's daemon. One for each address, kept for the life of the
 * process. */
struct node_link {
    struct list list;
    struct runtime *rt;
    char *address; /* as it was given to us */
    char *public;  /* as the node itself says it; NULL before it has answered */
    char picked[NEARBY_TEXT_MAX]; /* the one of them that we use */
    struct id node_id;            /* set when the node has answered our join */
    struct peer *peer;            /* (loop); NULL when lost */
    bool is_lost;
    bool is_remote; /* on another machine: no shared memory */
};

/* `err` NULL: it has taken us. */
typedef void runtime_home_fn(void *arg, const struct error *err);

struct runtime {
    pthread_mutex_t lock;
    pthread_cond_t ready; /* an object became ready, or the poller's seat is free */
    bool is_worker;
    bool is_closing; /* (loop) ray_shutdown() is under way: nothing is tried again */
    bool is_down;    /* no cluster any more: waiting is in vain */
    struct error down_why;

    struct loop *loop;
    pthread_t thread;
    struct identity self;     /* unchanged once the loop runs */
    struct dispatch dispatch; /* (loop) */
    struct peer *head;        /* (loop); NULL while it is away */
    struct peer *coming;      /* (loop) the next head, before it has taken us back */
    char *head_address;       /* set once, by the loop thread under the lock */
    struct loop_timer *head_again; /* (loop) */
    struct list nodes;             /* of struct node_link; never shrinks */
    int64_t last_ask;              /* number of the last lease request */
    struct node_link *home;        /* the node that this process is attached to */
    runtime_home_fn *on_home; /* (loop) told that `home` has answered, once; or NULL */
    void *on_home_arg;

    struct id job_id;
    struct id driver_task; /* parent of tasks that no task started */
    char *namespace_;
    struct buf env;     /* packed runtime_env of this worker: what it starts has it */
    struct buf job_env; /* the same of a driver's job, as it tells the head */
    struct ships ships; /* has a lock of its own */
    char job_hex[ID_HEX_MAX], node_hex[ID_HEX_MAX];
    char session[SESSION_PATH_MAX];
    uint64_t next_task; /* unique numbers of tasks; random start */
    uint32_t next_put;

    pthread_mutex_t library_lock; /* protects `libraries`: dlopen() may take long */
    struct libraries libraries;
    struct library *library; /* the driver's, or that of the job a worker works for */

    struct bells bells;
    struct loop_watch *bell_watch; /* (loop) */
    bool idle_armed;               /* the idle timer runs or is about to */
    bool polling;                  /* some thread drains the rings */
    struct spin spin;              /* the poller's */
    unsigned sleepers;             /* threads that wait on `ready` */
    struct list lanes;    /* of struct lane: rings to workers that run our tasks */
    struct list bridges;  /* (loop) of struct bridge: ways to other machines */
    uint64_t last_bridge; /* (loop) number of the newest */

    struct list classes; /* of struct shape */
    struct list actors;  /* of struct ray_actor */
    struct list live;    /* of struct task, oldest first */
    size_t live_count;
    struct list lineage; /* of struct task, oldest first: could run again */
    size_t lineage_bytes;
    struct buf scratch;             /* for packing under the lock */
    struct loop_timer *idle_timer;  /* (loop) gives idle leases back */
    struct loop_timer *event_timer; /* (loop) reports tasks to the head */
    struct history *history;        /* tasks that ended since the last report */

    struct refs refs; /* objects that more than one process knows */
    struct lends lends;

    struct shm shm;
    struct executor *executor;               /* workers only */
    struct private_cluster *private_cluster; /* drivers that brought their own */
};

/* The runtime of this process, NULL before ray_init(). */
struct runtime *runtime_get(void);
/* The same, or NULL with an error. */
struct runtime *runtime_require(struct ray_error *err);
void runtime_set(struct runtime *rt);

/* Makes the tables and starts the loop thread. `role` is "admin" or "worker". */
struct runtime *runtime_create(const char *role, bool is_worker, struct error *err);
/* Closes connections, ends the loop thread, frees everything. */
void runtime_destroy(struct runtime *rt);

/* The link to a node, made if needed (any thread, under the lock). */
struct node_link *runtime_node(struct runtime *rt, struct slice address);
/* The address by which everybody can reach it. Under the lock. */
const char *node_link_public(const struct node_link *link);
/* (loop) its peer, connected and joined on first use; NULL when the node is lost. */
struct peer *node_link_peer(struct node_link *link);
/* (loop) no cluster any more: whoever waits gets an error that begins with `who`. */
void runtime_go_down(struct runtime *rt, const char *who, const struct error *why);
/* (loop) connects the head. */
void runtime_connect_head(struct runtime *rt, const char *address);
/* A new id for a task that this process starts. Under the lock. */
struct id runtime_task_id(struct runtime *rt, const struct id *actor);
struct id runtime_put_id(struct runtime *rt);
/* Wakes the thread that polls, after something other than a ring has changed. Under the
 * lock. */
void runtime_wake(struct runtime *rt);
