/* workers.c - start, join, idle, end.
 *
 * Happy path: workers_start() spawns ray-worker with its log files as stdout and
 * stderr; the process connects and joins with its bells; it becomes idle, is leased,
 * comes back, and is told to exit when nobody wants it for a while (idle.h) or its job
 * has ended.
 *
 * Failure: it ends before it joins (a bad installation), or later (its task crashed):
 * either way its exit is seen by libuv, the reason is put into words, partners and
 * leases hear of it. A driver has no process of ours: its end is the end of its
 * connection. */
#include "daemon/node/workers.h"

#include "daemon/node/envagent.h"
#include "daemon/node/idle.h"
#include "daemon/node/workers_row.h"
#include "daemon/node/workers_table.h"
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/peer.h"
#include "lib/net/proc.h"
#include "lib/net/stubs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { IDLE_CHECK_MS = 500 };

static void on_idle_timer(void *arg);

struct workers *workers_create(const struct workers_options *options)
{
    struct workers *workers = xcalloc(1, sizeof(*workers));

    workers->options = *options;
    list_init(&workers->idle);
    workers->program = proc_beside("ray-worker");
    workers->idle_timer =
        loop_timer_create(options->loop, true, on_idle_timer, workers);
    loop_timer_start(workers->idle_timer, IDLE_CHECK_MS, IDLE_CHECK_MS);
    return workers;
}

void workers_destroy(struct workers *workers)
{
    loop_timer_destroy(workers->idle_timer);
    free(workers->program);
    free(workers);
}

struct worker *workers_find(struct workers *workers, const struct id *id)
{
    struct map_node *node = map_find(&workers->all, ID_KEY(id));
    return node != NULL ? container_of(node, struct worker, node) : NULL;
}

struct worker *workers_of_peer(struct workers *workers, const struct peer *peer)
{
    struct worker *worker = peer != NULL ? peer_data(peer) : NULL;
    (void)workers;
    return worker;
}

const char *workers_ip(const struct workers *workers)
{
    return workers->options.ip;
}

size_t workers_count(const struct workers *workers)
{
    return map_count(&workers->all);
}

void workers_each(const struct workers *workers, workers_fn *fn, void *arg)
{
    struct map_node *node, *after;

    map_each(node, after, &workers->all)
        fn(arg, container_of(node, struct worker, node));
}

bool workers_job_is_over(const struct workers *workers, const struct id *job)
{
    return ended_has(&workers->ended, job);
}

void workers_add_partner(struct worker *worker, const struct id *partner)
{
    for (size_t i = 0; i < worker->partners_count; i++)
        if (id_equal(&worker->partners[i], partner))
            return;
    worker->partners = xgrow(worker->partners, &worker->partners_capacity,
                             worker->partners_count + 1, sizeof(*worker->partners));
    worker->partners[worker->partners_count++] = *partner;
}

struct worker *workers_add(struct workers *workers, const struct id *id, int state)
{
    struct worker *worker = xcalloc(1, sizeof(*worker));

    worker->workers = workers;
    worker->id = *id;
    worker->state = state;
    worker->memfd = worker->eventfd = -1;
    worker->start_time = clock_wall();
    list_init(&worker->idle);
    map_add(&workers->all, &worker->node, ID_KEY(&worker->id));
    return worker;
}

static void tell_partners(struct worker *worker)
{
    struct worker_exit note = { .worker_id = worker->id,
                                .node_id = worker->workers->options.node_id,
                                .pid = worker->pid,
                                .actor_id = worker->actor_id,
                                .reason = slice(worker->ending),
                                .code = worker->death };

    for (size_t i = 0; i < worker->partners_count; i++) {
        struct worker *partner = workers_find(worker->workers, &worker->partners[i]);
        if (partner != NULL && partner->peer != NULL)
            note_client_worker_died(partner->peer, &note, NULL);
    }
}

static void remember_dead(struct worker *worker)
{
    struct worker_row row;

    workers_row(worker, &worker->workers->options.node_id, &row);
    row.exit_type =
        slice(worker->kill_intended ? "INTENDED_SYSTEM_EXIT" : "SYSTEM_ERROR");
    obituary_add(&worker->workers->dead, &row, worker->ending);
}

static void worker_end(struct worker *worker)
{
    struct workers *workers = worker->workers;
    char hex[ID_HEX_MAX];
    int was = worker->state;

    list_remove(&worker->idle);
    map_remove(&workers->all, &worker->node);
    worker->end_time = clock_wall();
    fsm_move(&worker_fsm, &worker->state, WORKER_DEAD, id_hex(&worker->id, hex),
             worker->ending);
    if (worker->peer != NULL) {
        if (worker->lease != NULL) /* calls to it on behalf of its lease */
            peer_forget(worker->peer, worker->lease);
        peer_set_data(worker->peer, NULL);
        peer_close(worker->peer);
        worker->peer = NULL;
    }
    tell_partners(worker);
    workers->options.ops.on_ended(workers->options.ops.arg, worker, was);
    remember_dead(worker);
    if (worker->memfd >= 0)
        close(worker->memfd);
    if (worker->eventfd >= 0)
        close(worker->eventfd);
    envagent_leave(worker->env_use);
    free((char *)(uintptr_t)worker->env.data);
    free((char *)(uintptr_t)worker->devices.data);
    free(worker->partners);
    free(worker->namespace_);
    free(worker);
}

static void on_proc_exit(void *arg, int status, int number)
{
    struct worker *worker = arg;
    bool quiet = worker->kill_intended || (status == 0 && number == 0);

    /* It led a group of its own: what it has started goes with it. */
    (void)kill(-(pid_t)worker->pid, SIGKILL);
    if (!worker->kill_intended && worker->death == ERR_OK)
        proc_describe(status, number, worker->ending, sizeof(worker->ending));
    log_at(quiet ? LOG_INFO : LOG_WARN, "workers", "ended pid=%lld %s",
           (long long)worker->pid, worker->ending);
    worker_end(worker);
}

static const char devices_var[] = "CUDA_VISIBLE_DEVICES=";

/* The environment, in which the worker sees its own GPUs alone. The array is the
 * caller's, and the first item. */
static char **with_devices(const struct worker *worker, char *const *vars)
{
    size_t count = 0, kept = 1;
    char **own;

    while (vars[count] != NULL)
        count++;
    own = xcalloc(count + 2, sizeof(*own));
    own[0] = xprintf("%s%.*s", devices_var, SLICE_ARGS(worker->devices));
    for (size_t i = 0; i < count; i++)
        if (strncmp(vars[i], devices_var, sizeof(devices_var) - 1) != 0)
            own[kept++] = vars[i];
    return own;
}

static int spawn(struct worker *worker, const struct env_launch *launch,
                 struct error *err)
{
    struct workers *workers = worker->workers;
    char hex[ID_HEX_MAX];
    const char *argv[] = { workers->program != NULL ? workers->program : "ray-worker",
                           "--node",
                           workers->options.node_address,
                           "--worker-id",
                           id_hex(&worker->id, hex),
                           "--session",
                           workers->options.session,
                           NULL };
    char **own = workers->options.has_gpus ? with_devices(worker, launch->vars) : NULL;
    struct proc_options options = {
        .argv = argv,
        .env = (const char *const *)(own != NULL ? own : launch->vars),
        .cwd = launch->cwd,
        .new_session = true
    };
    struct worker_log_owner owner = { workers->options.logs, worker->id, worker->job_id,
                                      0 };

    if (worker_log_open(&worker->log, &owner, &options.out, &options.err, err) == 0) {
        worker->proc =
            proc_spawn(workers->options.loop, &options, on_proc_exit, worker, err);
        close(options.out);
        close(options.err);
    }
    if (own != NULL)
        free(own[0]);
    free(own);
    if (worker->proc == NULL)
        return -(int)err->code;
    worker->pid = owner.pid = proc_pid(worker->proc);
    worker_log_rename(&worker->log, &owner);
    return 0;
}

static void on_env(void *arg, const struct env_launch *launch, struct env_use *use,
                   const struct error *failure)
{
    struct worker *worker = arg;
    struct error err;

    worker->awaits_env = false;
    worker->env_use = use;
    worker->env_failed = failure != NULL;
    if (failure != NULL)
        err = *failure;
    else if (spawn(worker, launch, &err) == 0)
        return;
    snprintf(worker->ending, sizeof(worker->ending), "%.*s", WORKER_ENDING_MAX - 1,
             err.text);
    log_warn("workers", "not started: %s", worker->ending);
    worker_end(worker);
}

void workers_start(struct workers *workers, const struct worker_need *need)
{
    uint8_t random[ID_WORKER];
    struct worker *worker;
    struct id id;

    digest_random(random, sizeof(random));
    id = id_from_bytes(random, sizeof(random));
    worker = workers_add(workers, &id, WORKER_STARTING);
    worker->job_id = *need->job;
    worker->namespace_ = xslicedup(need->namespace_);
    worker->env = slice_of(xslicedup(need->env), need->env.size);
    worker->devices = slice_of(xslicedup(need->devices), need->devices.size);
    worker->awaits_env = true;
    envagent_get(workers->options.envs, need->job, need->env, on_env, worker);
}

struct worker *workers_take_idle(struct workers *workers,
                                 const struct worker_need *need)
{
    struct list *at;

    /* The newest first: its caches are warm, and the oldest may end in peace. */
    for (at = workers->idle.prev; at != &workers->idle; at = at->prev) {
        struct worker *worker = container_of(at, struct worker, idle);
        if (workers_suits(worker, need)) {
            list_remove(at);
            return worker;
        }
    }
    return NULL;
}

void workers_give_idle(struct worker *worker)
{
    char hex[ID_HEX_MAX];

    fsm_move(&worker_fsm, &worker->state, WORKER_IDLE, id_hex(&worker->id, hex),
             "free");
    worker->idle_since = clock_now();
    if (worker->peer != NULL && worker->death == ERR_OK) /* else it is about to end */
        list_add(&worker->workers->idle, &worker->idle);
    worker->workers->options.ops.on_idle(worker->workers->options.ops.arg, worker);
}

/* Asks it to end, as nobody needs it. */
static void retire(struct worker *worker, const char *why)
{
    static const struct nothing nothing;

    list_remove(&worker->idle);
    worker->kill_intended = true;
    snprintf(worker->ending, sizeof(worker->ending), "%s", why);
    note_client_exit(worker->peer, &nothing, NULL);
}

bool workers_free_devices(struct worker *worker)
{
    if (worker->devices.size == 0 || worker->peer == NULL || worker->is_lending)
        return false;
    retire(worker, "has used a GPU that is for others now");
    return true;
}

void workers_kill(struct worker *worker, const char *why)
{
    worker->kill_intended = true;
    list_remove(&worker->idle);
    snprintf(worker->ending, sizeof(worker->ending), "%s", why);
    if (worker->proc != NULL)
        proc_kill_group(worker->proc, SIGKILL);
    if (worker->awaits_env) {
        envagent_forget(worker->workers->options.envs, worker);
        worker->awaits_env = false;
        worker->env_failed = true;
        worker_end(worker);
    }
}

void workers_end(struct worker *worker, enum error_code code, const char *why)
{
    worker->death = code;
    snprintf(worker->ending, sizeof(worker->ending), "%s", why);
    if (worker->proc != NULL)
        proc_kill_group(worker->proc, SIGKILL);
}

void workers_kill_all(struct workers *workers)
{
    struct map_node *node, *after;

    map_each(node, after, &workers->all)
        workers_kill(container_of(node, struct worker, node), "the node stops");
}

static void on_idle_timer(void *arg)
{
    struct workers *workers = arg;
    int64_t now = clock_now();
    struct list *at, *after;
    size_t count = 0;

    list_each(at, &workers->idle)
        count++;
    list_each_safe(at, after, &workers->idle) {
        struct worker *worker = container_of(at, struct worker, idle);
        const struct idle_worker idle = { (now - worker->idle_since) / NS_PER_MS,
                                          worker->env.size > 0 };
        if (worker->peer == NULL || worker->is_lending ||
            !idle_ends(&idle, count, workers->options.idle_max))
            continue;
        retire(worker, "was idle");
        count--;
    }
}

void workers_on_peer_closed(struct workers *workers, struct peer *peer)
{
    struct worker *worker = workers_of_peer(workers, peer);

    if (worker == NULL)
        return;
    worker->peer = NULL;
    if (worker->proc == NULL) {
        snprintf(worker->ending, sizeof(worker->ending), "driver left");
        worker->kill_intended = true;
        worker_end(worker);
    } else { /* a worker without a connection is of no use; its exit comes */
        list_remove(&worker->idle);
        proc_kill_group(worker->proc, SIGKILL);
    }
}
