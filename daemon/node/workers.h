/* workers.h - the processes of this node: workers that it starts, drivers that attach.
 *
 * Owns: struct worker for each, from its start (or attachment) to its end, and the log
 * files of those it starts. Loop thread only. A worker serves one job. Events go up by
 * ops: a worker has become idle, a process has ended. Processes that have a channel
 * with one that ended are told (client.worker_died). */
#pragma once

#include "daemon/node/worker_log.h"

#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/list.h"
#include "lib/base/map.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct dispatch;
struct env_use;
struct envagent;
struct identity;
struct lease;
struct loop;
struct node_join;
struct peer;
struct proc;
struct workers;

enum { WORKER_ENDING_MAX = 256 };

struct worker {
    struct map_node node;
    struct list idle; /* in workers->idle when IDLE */
    struct workers *workers;
    struct id id, job_id, actor_id;
    int state; /* enum worker_state */
    int64_t pid;
    struct peer *peer;         /* NULL until it has joined, and after it has left */
    struct proc *proc;         /* NULL for drivers */
    struct lease *lease;       /* leases.c: on whose behalf it works */
    struct slice env, devices; /* as of worker_need; owned */
    struct env_use *env_use;
    bool awaits_env;    /* its process is not there yet */
    bool env_failed;    /* it never will be */
    int memfd, eventfd; /* its bells, to be handed to its peers; owned */
    char *namespace_;
    struct id *partners; /* processes with a channel to it, or a lease on it */
    size_t partners_count, partners_capacity;
    int64_t start_time, end_time, idle_since;
    int64_t blocks_released; /* store.c: notes of it that it was sent */
    bool is_lending;         /* others have refs to objects of it */
    bool kill_intended;
    bool has_left; /* an actor that ends by its own will */
    struct worker_log log;
    char ending[WORKER_ENDING_MAX]; /* how it ended */
    enum error_code death;          /* ERR_OK: as `ending` says */
};

/* What a worker must be for. */
struct worker_need {
    const struct id *job;
    struct slice namespace_;
    struct slice env;     /* packed runtime_env; empty: the job's */
    struct slice devices; /* the GPUs that it sees: CUDA_VISIBLE_DEVICES */
};

struct workers_ops {
    void (*on_idle)(void *arg, struct worker *worker);
    /* It has ended (or a driver has left); freed when this returns. `was` is its last
     * state. */
    void (*on_ended)(void *arg, struct worker *worker, int was);
    /* Its task waits for others (or goes on): its CPU is free meanwhile. Only while
     * leased. */
    void (*on_blocked)(void *arg, struct worker *worker, bool is_blocked);
    void *arg;
};

struct workers_options {
    struct loop *loop;
    const char *session;
    const char *node_address, *public_address; /* its socket; what others are told */
    const char *logs;                          /* folder of their log files */
    const char *const *head_address;           /* may change */
    const char *cluster;
    const char *ip; /* of this node, for rows */
    struct envagent *envs;
    const struct identity *self; /* whose worker key local processes are given */
    struct id node_id;
    int64_t store_limit;
    size_t idle_max; /* workers kept for later */
    bool has_gpus;   /* workers see those that they have been given, and no others */
    struct workers_ops ops;
};

struct workers *workers_create(const struct workers_options *options);
void workers_destroy(struct workers *workers); /* all have ended */
/* Serves the `workers` methods. */
void workers_serve(struct workers *workers, struct dispatch *dispatch);

/* An idle worker for that need, taken out of the pool; NULL when there is none. */
struct worker *workers_take_idle(struct workers *workers,
                                 const struct worker_need *need);
/* Begins to start one: first its runtime environment, then its process. It comes by
 * on_idle, or ends by on_ended. */
void workers_start(struct workers *workers, const struct worker_need *need);
/* Whether the head has said that the job has ended: no worker must start for it. */
bool workers_job_is_over(const struct workers *workers, const struct id *job);
bool workers_suits(const struct worker *worker, const struct worker_need *need);
size_t workers_starting(const struct workers *workers, const struct worker_need *need);
/* Back to the pool. */
void workers_give_idle(struct worker *worker);
/* One that has used GPUs ends, since it would go on to hold memory of theirs; true: it
 * does. False: it has none, or others need its objects. */
bool workers_free_devices(struct worker *worker);
void workers_kill(struct worker *worker, const char *why);
/* The same, but not by intent: for its owner it has died, of `code`, and an actor may
 * be started again. */
void workers_end(struct worker *worker, enum error_code code, const char *why);
void workers_kill_all(struct workers *workers);
struct worker *workers_find(struct workers *workers, const struct id *id);
struct worker *workers_of_peer(struct workers *workers, const struct peer *peer);
/* Notes that process `partner` must hear of the end of `worker`. */
void workers_add_partner(struct worker *worker, const struct id *partner);
size_t workers_count(const struct workers *workers);
/* The node's IP address, as rows show it. */
const char *workers_ip(const struct workers *workers);
/* Those that this node has started and that have not ended yet. */
size_t workers_running(const struct workers *workers);
/* Whether `pid` is a process that it has started and that has not ended yet. */
bool workers_owns(const struct workers *workers, int pid);
/* Lists them in the message with which the node joins the head. */
void workers_call_roll(const struct workers *workers, struct node_join *join,
                       struct arena *arena);
typedef void workers_fn(void *arg, struct worker *worker);
void workers_each(const struct workers *workers, workers_fn *fn, void *arg);
/* A connection has ended; if it was a process's, it has left. */
void workers_on_peer_closed(struct workers *workers, struct peer *peer);
