/* leases_serve.c - the `leases` methods (lib/proto/schema.def): workers are asked for,
 * for tasks and actors, and given back.
 *
 * Failure: what makes no sense, comes when the node stops or for a job that has ended
 * is refused at once; a lease that is given back by another than its owner stays. */
#include "daemon/node/ledger.h"
#include "daemon/node/leases_table.h"
#include "daemon/node/workers.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"
#include "lib/proto/amounts.h"
#include "lib/proto/codec.h"

static void on_ask(void *self, const struct lease_request *rq, struct call *call)
{
    struct leases *leases = self;
    struct request *request = request_create(call, &rq->job_id, rq->namespace_);
    struct error err = { 0 };

    request->number = rq->request_id;
    request->hops = rq->hops;
    request->env = arena_copy(&request->arena, rq->env);
    if (leases->closed)
        fail(&err, ERR_CANCELLED, "the node stops");
    else if (rq->job_id.size != ID_JOB)
        fail(&err, ERR_INVALID, "lease request without a job");
    else if (workers_job_is_over(leases->workers, &rq->job_id))
        fail(&err, ERR_CANCELLED, "the job has ended");
    else
        amounts_to_resources(&rq->resources, &request->shape, &err);
    if (err.code != ERR_OK) {
        call_fail(call, &err);
        request_destroy(request);
        return;
    }
    if (rq->hops > 0)
        leases->ops.on_received(leases->ops.arg);
    leases_accept(leases, request);
}

/* It had no room in time, so that its head sends it elsewhere. */
static void on_patience_over(void *arg)
{
    struct request *request = arg;
    struct leases *leases = request->user;
    struct error err;

    if (request->group == NULL) /* it has room, and waits for its worker */
        return;
    fail(&err, ERR_TIMEOUT, "this node has no room for the actor");
    leases_refuse(leases, request, &err);
    leases->ops.on_changed(leases->ops.arg);
}

static void wait_for_room(struct leases *leases, struct request *request)
{
    requests_add(&leases->waiting, request);
    if (request->spawn->patience > 0) {
        request->user = leases;
        request->patience =
            loop_timer_create(leases->loop, true, on_patience_over, request);
        loop_timer_start(request->patience,
                         (uint64_t)(request->spawn->patience / NS_PER_MS), 0);
    }
    leases_pump(leases);
}

static void on_spawn_actor(void *self, const struct actor_spawn *rq, struct call *call)
{
    struct leases *leases = self;
    struct request *request =
        request_create(call, &rq->spec.job_id, rq->spec.job_namespace);
    struct error err = { 0 };

    leases->ops.on_received(leases->ops.arg);
    request->spawn = arena_alloc(&request->arena, sizeof(*request->spawn));
    codec_copy(&request->arena, &actor_spawn_desc, request->spawn, rq);
    request->env = request->spawn->spec.env;
    amounts_to_resources(&rq->spec.resources, &request->shape, &err);
    if (leases->closed)
        fail(&err, ERR_CANCELLED, "the node stops");
    if (err.code == ERR_OK && !resources_fit(&leases->ledger->total, &request->shape))
        fail(&err, ERR_UNSUPPORTED, "this node can never have what the actor needs");
    if (err.code != ERR_OK) {
        call_fail(call, &err);
        request_destroy(request);
        return;
    }
    wait_for_room(leases, request);
}

static void on_give_back(void *self, const struct lease_ref *rq, struct call *call)
{
    struct leases *leases = self;
    struct map_node *node =
        map_find(&leases->granted, &rq->lease_id, sizeof(rq->lease_id));
    struct lease *lease = node != NULL ? container_of(node, struct lease, node) : NULL;
    struct worker *worker;

    if (lease != NULL && lease->owner == call_peer(call)) {
        worker = lease->worker;
        leases_end(leases, lease);
        if (rq->worker_broken)
            workers_kill(worker, "its owner found it broken");
        else if (!worker->kill_intended && !workers_free_devices(worker))
            workers_give_idle(worker);
        leases_pump(leases);
    }
    call_done(call);
}

/* Drops the waiting requests of a peer; `number` 0: all. */
static void drop(struct leases *leases, struct list *requests, struct peer *peer,
                 int64_t number)
{
    struct list *at, *after;

    list_each_safe(at, after, requests) {
        struct request *request = container_of(at, struct request, list);
        bool last = request->group != NULL && request->group->waiting == 1;
        if (request->peer != peer || (number != 0 && request->number != number))
            continue;
        leases_cancel(leases, request, "the request was cancelled");
        if (last) /* the group, and the list in it, are gone */
            return;
    }
}

void leases_drop(struct leases *leases, struct peer *peer, int64_t number)
{
    struct list *at, *after;

    list_each_safe(at, after, &leases->waiting.groups)
        drop(leases, &container_of(at, struct group, list)->requests, peer, number);
    drop(leases, &leases->ready, peer, number);
    leases->ops.on_changed(leases->ops.arg);
}

static void on_cancel(void *self, const struct lease_cancel *rq, struct call *call)
{
    leases_drop(self, call_peer(call), rq->request_id);
    call_done(call);
}

static const struct leases_handlers handlers = {
    .ask = on_ask,
    .give_back = on_give_back,
    .cancel = on_cancel,
    .spawn_actor = on_spawn_actor,
};

void leases_serve(struct leases *leases, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &leases_methods, &handlers, sizeof(handlers), leases);
}
