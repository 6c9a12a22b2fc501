/* workers.c - start, join, idle, end.
 *
 * Happy path: workers_start() spawns ray-worker with its log files as stdout and
 * stderr; the process connects and joins with its bells; it becomes idle, is leased,
 * comes back, and is told to exit when there are more idle ones than CPUs or its job
 * has ended.
 *
 * Failure: it ends before it joins (a bad installation), or later (its task crashed):
 * either way its exit is seen by libuv, the reason is put into words, partners and
 * leases hear of it. A driver has no process of ours: its end is the end of its
 * connection. */
#include "daemon/node/workers.h"

#include "daemon/node/broker.h"
#include "daemon/node/envagent.h"
#include "daemon/node/obituary.h"
#include "daemon/node/workers_row.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/loop.h"
#include "lib/net/peer.h"
#include "lib/net/proc.h"
#include "lib/net/ring.h"
#include "lib/net/stubs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { IDLE_CHECK_MS = 500, IDLE_KEEP_MS = 1000 };

struct workers {
    struct workers_options options;
    struct map all;   /* living, by id */
    struct list idle; /* oldest first */
    struct obituary dead;
    struct loop_timer *idle_timer;
    char *program;
};

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

size_t workers_running(const struct workers *workers)
{
    struct map_node *node, *after;
    size_t count = 0;

    map_each(node, after, &workers->all)
        count += container_of(node, struct worker, node)->proc != NULL;
    return count;
}

bool workers_owns(struct workers *workers, int pid)
{
    struct map_node *node, *after;

    map_each(node, after, &workers->all) {
        struct worker *worker = container_of(node, struct worker, node);
        if (worker->proc != NULL && worker->pid == pid)
            return true;
    }
    return false;
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

static struct worker *worker_create(struct workers *workers, const struct id *id,
                                    int state)
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
                                .reason = slice(worker->ending) };

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
    if (!worker->kill_intended)
        proc_describe(status, number, worker->ending, sizeof(worker->ending));
    log_at(quiet ? LOG_INFO : LOG_WARN, "workers", "ended pid=%lld %s",
           (long long)worker->pid, worker->ending);
    worker_end(worker);
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
    struct proc_options options = { .argv = argv,
                                    .env = (const char *const *)launch->vars,
                                    .cwd = launch->cwd,
                                    .new_session = true };
    struct worker_log_owner owner = { workers->options.logs, worker->id, worker->job_id,
                                      0 };

    if (worker_log_open(&worker->log, &owner, &options.out, &options.err, err) != 0)
        return -(int)err->code;
    worker->proc =
        proc_spawn(workers->options.loop, &options, on_proc_exit, worker, err);
    close(options.out);
    close(options.err);
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
    worker = worker_create(workers, &id, WORKER_STARTING);
    worker->job_id = *need->job;
    worker->namespace_ = xslicedup(need->namespace_);
    worker->env = slice_of(xslicedup(need->env), need->env.size);
    worker->awaits_env = true;
    envagent_get(workers->options.envs, need->job, need->env, on_env, worker);
}

static bool suits(const struct worker *worker, const struct worker_need *need)
{
    return id_equal(&worker->job_id, need->job) && slice_equal(worker->env, need->env);
}

size_t workers_starting(const struct workers *workers, const struct worker_need *need)
{
    struct map_node *node, *after;
    size_t count = 0;

    map_each(node, after, &workers->all) {
        struct worker *worker = container_of(node, struct worker, node);
        count += worker->state == WORKER_STARTING && suits(worker, need);
    }
    return count;
}

struct worker *workers_take_idle(struct workers *workers,
                                 const struct worker_need *need)
{
    struct list *at;

    /* The newest first: its caches are warm, and the oldest may end in peace. */
    for (at = workers->idle.prev; at != &workers->idle; at = at->prev) {
        struct worker *worker = container_of(at, struct worker, idle);
        if (suits(worker, need)) {
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
    list_add(&worker->workers->idle, &worker->idle);
    worker->workers->options.ops.on_idle(worker->workers->options.ops.arg, worker);
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

void workers_kill_all(struct workers *workers)
{
    struct map_node *node, *after;

    map_each(node, after, &workers->all)
        workers_kill(container_of(node, struct worker, node), "the node stops");
}

/* Those beyond the number of CPUs that nobody wanted for a while. */
static void on_idle_timer(void *arg)
{
    static const struct nothing nothing;
    struct workers *workers = arg;
    int64_t limit = clock_now() - IDLE_KEEP_MS * NS_PER_MS;
    struct list *at, *after;
    size_t count = 0;

    list_each(at, &workers->idle)
        count++;
    list_each_safe(at, after, &workers->idle) {
        struct worker *worker = container_of(at, struct worker, idle);
        if (count <= workers->options.idle_max)
            break;
        if (worker->idle_since > limit || worker->peer == NULL)
            continue;
        list_remove(at);
        worker->kill_intended = true;
        snprintf(worker->ending, sizeof(worker->ending), "was idle");
        note_client_exit(worker->peer, &nothing, NULL);
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
        proc_kill_group(worker->proc, SIGKILL);
    }
}

/* ---- what processes ask ---- */

static void bind_job(struct worker *worker)
{
    struct job_binding rq = { .job_id = worker->job_id,
                              .namespace_ = slice(worker->namespace_) };
    note_client_bind_job(worker->peer, &rq, NULL);
}

static void reply_joined(struct workers *workers, struct call *call)
{
    struct worker_registered reply = {
        .node_id = workers->options.node_id,
        .node_address = slice(workers->options.public_address),
        .head_address = slice(*workers->options.head_address),
        .session = slice(workers->options.session),
        .cluster = slice(workers->options.cluster),
        .store_limit = workers->options.store_limit,
    };
    uint8_t key[AUTH_KEY_SIZE];

    if (workers->options.self->has_secret &&
        auth_key(workers->options.self, slice("worker"), key, NULL) == 0)
        reply.worker_key = slice_of(key, sizeof(key));
    call_reply(call, &reply);
}

static void on_join(void *self, const struct worker_register *rq, struct call *call)
{
    struct workers *workers = self;
    struct peer *peer = call_peer(call);
    bool is_driver = slice_is(rq->kind, "DRIVER");
    struct worker *worker = workers_find(workers, &rq->worker_id);
    struct error err = { 0 };

    if (rq->worker_id.size != ID_WORKER || peer_data(peer) != NULL)
        fail(&err, ERR_INVALID, "join: no id, or joined already");
    else if (worker != NULL &&
             (is_driver || worker->peer != NULL || worker->pid != peer_pid(peer)))
        fail(&err, ERR_REFUSED, "join: that id belongs to another process");
    if (err.code != ERR_OK) {
        call_fail(call, &err);
        return;
    }
    /* A worker of another node is to this one what a driver is: a process that asks. */
    if (worker == NULL)
        worker = worker_create(workers, &rq->worker_id, WORKER_DRIVER);
    worker->pid = peer_pid(peer);
    worker->peer = peer;
    worker->memfd = peer_take_fd(peer);
    worker->eventfd = peer_take_fd(peer);
    peer_set_data(peer, worker);
    reply_joined(workers, call);
    if (worker->state == WORKER_STARTING) {
        bind_job(worker);
        workers_give_idle(worker);
    }
}

static struct broker_end end_of(const struct worker *worker)
{
    return (struct broker_end){ worker->id, worker->pid, worker->peer, worker->memfd,
                                worker->eventfd };
}

static int connect_both(struct worker *asker, struct worker *target, struct call *call,
                        struct error *err)
{
    const struct broker_end one = end_of(asker), other = end_of(target);
    int status = broker_channel(&one, &other, call, err);

    if (status == 0) {
        workers_add_partner(asker, &target->id);
        workers_add_partner(target, &asker->id);
    }
    return status;
}

static void on_connect(void *self, const struct worker_ref *rq, struct call *call)
{
    struct workers *workers = self;
    struct worker *asker = workers_of_peer(workers, call_peer(call));
    struct worker *target = workers_find(workers, &rq->worker_id);
    struct error err = { 0 };
    char hex[ID_HEX_MAX];

    if (asker == NULL || asker->memfd < 0 || asker->eventfd < 0)
        fail(&err, ERR_REFUSED, "connect: join first");
    else if (target == NULL || target->peer == NULL || target->memfd < 0 ||
             target->eventfd < 0 || target == asker)
        fail(&err, ERR_NOT_FOUND, "worker %.8s does not live here any more",
             id_hex(&rq->worker_id, hex));
    else
        (void)connect_both(asker, target, call, &err);
    if (err.code != ERR_OK)
        call_fail(call, &err);
}

static void on_kill(void *self, const struct worker_exit *rq, struct call *call)
{
    struct worker *worker = workers_find(self, &rq->worker_id);
    char *why = xslicedup(rq->reason);

    if (worker != NULL && worker->proc != NULL)
        workers_kill(worker, why);
    free(why);
    call_done(call);
}

/* A task that an owner has sent to a worker of ours: only that knows where it is. */
static void on_cancel_task(void *self, const struct task_cancel *rq, struct call *call)
{
    struct worker *worker = workers_find(self, &rq->worker_id);

    if (worker != NULL && worker->peer != NULL)
        note_client_cancel_task(worker->peer, rq, NULL);
    call_done(call);
}

static void on_list(void *self, const struct nothing *rq, struct call *call)
{
    struct workers *workers = self;
    struct worker_rows reply = { 0 };
    struct arena arena = { 0 };
    struct map_node *node, *after;

    (void)rq;
    reply.rows.items = arena_array(&arena, map_count(&workers->all) + OBITUARY_MAX,
                                   sizeof(*reply.rows.items));
    map_each(node, after, &workers->all)
        workers_row(container_of(node, struct worker, node), &workers->options.node_id,
                    &reply.rows.items[reply.rows.count++]);
    reply.rows.count +=
        obituary_rows(&workers->dead, reply.rows.items + reply.rows.count);
    reply.total = (int64_t)reply.rows.count;
    call_reply(call, &reply);
    arena_finish(&arena);
}

static void on_job_ended(void *self, const struct job_binding *rq, struct call *call)
{
    struct workers *workers = self;
    struct map_node *node, *after;

    map_each(node, after, &workers->all) {
        struct worker *worker = container_of(node, struct worker, node);
        if (!workers_is_driver(worker) && worker->state != WORKER_ACTOR &&
            id_equal(&worker->job_id, &rq->job_id))
            workers_kill(worker, "its job has ended");
    }
    envagent_forget_job(workers->options.envs, &rq->job_id);
    call_done(call);
}

static void on_bind_job(void *self, const struct job_binding *rq, struct call *call)
{
    struct worker *worker = workers_of_peer(self, call_peer(call));

    if (worker != NULL && worker->proc == NULL)
        worker->job_id = rq->job_id;
    call_done(call);
}

static void on_blocked(void *self, const struct nothing *rq, struct call *call)
{
    struct worker *worker = workers_of_peer(self, call_peer(call));

    (void)rq;
    if (worker != NULL && worker->lease != NULL)
        worker->workers->options.ops.on_blocked(worker->workers->options.ops.arg,
                                                worker, true);
    call_done(call);
}

static void on_unblocked(void *self, const struct nothing *rq, struct call *call)
{
    struct worker *worker = workers_of_peer(self, call_peer(call));

    (void)rq;
    if (worker != NULL && worker->lease != NULL)
        worker->workers->options.ops.on_blocked(worker->workers->options.ops.arg,
                                                worker, false);
    call_done(call);
}

static const struct workers_handlers handlers = {
    .join = on_join,
    .connect = on_connect,
    .blocked = on_blocked,
    .unblocked = on_unblocked,
    .bind_job = on_bind_job,
    .kill = on_kill,
    .cancel_task = on_cancel_task,
    .list = on_list,
    .job_ended = on_job_ended,
};

void workers_serve(struct workers *workers, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &workers_methods, &handlers, sizeof(handlers), workers);
}
