/* workers_serve.c - the `workers` methods (lib/proto/schema.def): processes join, ask
 * for channels to each other, say that they wait or end; the head ends them.
 *
 * Failure: whoever has not joined, or asks for a process that has gone, is told so;
 * notes about such a process are ignored, as they may come late. */
#include "daemon/node/broker.h"
#include "daemon/node/envagent.h"
#include "daemon/node/workers_row.h"
#include "daemon/node/workers_table.h"
#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/peer.h"
#include "lib/net/stubs.h"

#include <stdio.h>
#include <stdlib.h>

static void bind_job(struct worker *worker)
{
    struct job_binding rq = { .job_id = worker->job_id,
                              .namespace_ = slice(worker->namespace_),
                              .env = worker->env };
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
    else if (worker == NULL && !is_driver) /* of a daemon that was here before us */
        fail(&err, ERR_NOT_FOUND, "join: this node has not started that worker");
    if (err.code != ERR_OK) {
        call_fail(call, &err);
        return;
    }
    /* A worker of another node is to this one what a driver is: a process that asks. */
    if (worker == NULL)
        worker = workers_add(workers, &rq->worker_id, WORKER_DRIVER);
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

static void on_leave(void *self, const struct nothing *rq, struct call *call)
{
    struct worker *worker = workers_of_peer(self, call_peer(call));

    (void)rq;
    if (worker != NULL && worker->state == WORKER_ACTOR && !worker->kill_intended) {
        worker->kill_intended = worker->has_left = true;
        snprintf(worker->ending, sizeof(worker->ending),
                 "it has left: ray_actor_exit()");
    }
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

    ended_add(&workers->ended, &rq->job_id);
    map_each(node, after, &workers->all) {
        struct worker *worker = container_of(node, struct worker, node);
        if (!workers_is_driver(worker) && id_equal(&worker->job_id, &rq->job_id))
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
    .leave = on_leave,
    .list = on_list,
    .job_ended = on_job_ended,
};

void workers_serve(struct workers *workers, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &workers_methods, &handlers, sizeof(handlers), workers);
}
