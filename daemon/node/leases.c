/* leases.c - from a request to a grant (leases_serve.c has what is asked).
 *
 * Happy path: policy says here, the ledger has room, so the request holds its resources
 * and is *ready*; an idle worker of its job is granted at once, else one is started and
 * granted when it comes. No room: it waits in its group; whatever frees resources runs
 * leases_pump(), which makes ready what now fits. Policy says elsewhere: the asker is
 * told the address.
 *
 * Failure: a worker that was started for a ready request ends before it joins: after
 * START_FAILURES_MAX of them in a row the request is refused with the reason. The asker
 * goes: its requests are dropped, its leases end and their workers are killed, as they
 * may run its tasks. */
#include "daemon/node/leases_table.h"

#include "daemon/node/ledger.h"
#include "daemon/node/requests.h"
#include "daemon/node/workers.h"
#include "daemon/sched/policy.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"
#include "lib/proto/amounts.h"
#include "lib/proto/codec.h"

#include <stdio.h>
#include <stdlib.h>

enum { HOPS_MAX = 2, RECLAIM_MS = 100, START_FAILURES_MAX = 3 };

static void on_share(void *arg)
{
    leases_pump(arg);
}

struct leases *leases_create(struct loop *loop, struct ledger *ledger,
                             struct workers *workers, const struct leases_ops *ops)
{
    struct leases *leases = xcalloc(1, sizeof(*leases));

    leases->loop = loop;
    leases->ledger = ledger;
    leases->workers = workers;
    leases->ops = *ops;
    requests_init(&leases->waiting);
    list_init(&leases->ready);
    leases->share_timer = loop_timer_create(loop, true, on_share, leases);
    return leases;
}

void leases_refuse(struct leases *leases, struct request *request,
                   const struct error *err)
{
    if (request->group == NULL)
        ledger_return(leases->ledger, &request->shape, &request->gpus);
    call_fail(request->call, err);
    request_destroy(request);
}

void leases_cancel(struct leases *leases, struct request *request, const char *why)
{
    struct error err;

    fail(&err, ERR_CANCELLED, "%s", why);
    leases_refuse(leases, request, &err);
}

static void send_on(struct leases *leases, struct request *request, size_t to,
                    const struct policy_node *nodes)
{
    struct lease_reply reply = { .node_id = nodes[to].id,
                                 .spill_address = slice(
                                     leases->ops.address_of(leases->ops.arg, to)) };

    leases->ops.on_sent(leases->ops.arg, to, &request->shape);
    call_reply(request->call, &reply);
    request_destroy(request);
}

/* Sends a request to a node that suits it better; false when it should stay. */
static bool try_elsewhere(struct leases *leases, struct request *request)
{
    size_t count, local;
    const struct policy_node *nodes = leases->ops.view(leases->ops.arg, &count, &local);
    bool now, feasible_here = resources_fit(&leases->ledger->total, &request->shape);
    int to;

    if (request->spawn != NULL || (request->hops >= HOPS_MAX && feasible_here))
        return false;
    to = policy_pick(nodes, count, local, &request->shape, &now);
    if (to < 0 || (size_t)to == local || (feasible_here && !now))
        return false;
    send_on(leases, request, (size_t)to, nodes);
    return true;
}

/* ---- grants ---- */

static struct lease *lease_create(struct leases *leases, struct request *request,
                                  struct worker *worker)
{
    struct lease *lease = xcalloc(1, sizeof(*lease));

    lease->number = ++leases->next_number;
    lease->owner = request->spawn == NULL ? request->peer : NULL;
    lease->worker = worker;
    lease->since = clock_now();
    lease->held = request->shape;
    lease->gpus = request->gpus;
    request->shape = (struct resources){ 0 };
    worker->lease = lease;
    map_add(&leases->granted, &lease->node, &lease->number, sizeof(lease->number));
    return lease;
}

/* The lease ends; its worker is the caller's business. */
void leases_end(struct leases *leases, struct lease *lease)
{
    map_remove(&leases->granted, &lease->node);
    if (lease->is_blocked)
        leases_on_blocked(leases, lease->worker, false);
    ledger_return(leases->ledger, &lease->held, &lease->gpus);
    resources_finish(&lease->held);
    lease->worker->lease = NULL;
    free(lease);
    leases->ops.on_changed(leases->ops.arg);
}

static void on_spawned(void *arg, const struct error *err, const void *message)
{
    struct lease *lease = arg;
    const struct actor_spawned *spawned = message;
    struct call *call = lease->spawn_call;

    lease->spawn_call = NULL;
    if (err != NULL) {
        struct error why = *err;
        wrap(&why, "worker of the actor");
        call_fail(call, &why);
        if (lease->worker->peer != NULL)
            workers_kill(lease->worker, "the actor could not be started");
        return;
    }
    if (spawned->failure.code != 0)
        workers_kill(lease->worker, "the actor's constructor failed");
    call_reply(call, spawned);
}

static void grant_actor(struct leases *leases, struct request *request,
                        struct worker *worker, struct lease *lease)
{
    char hex[ID_HEX_MAX];

    (void)leases;
    fsm_move(&worker_fsm, &worker->state, WORKER_ACTOR, id_hex(&worker->id, hex),
             "actor");
    worker->actor_id = request->spawn->spec.actor_id;
    lease->spawn_call = request->call;
    call_client_start_actor(worker->peer, request->spawn, NULL, on_spawned, lease);
}

static void grant_task(struct request *request, struct worker *worker,
                       struct lease *lease)
{
    struct worker *asker = peer_data(request->peer);
    struct lease_reply reply = { .lease_id = lease->number,
                                 .worker_id = worker->id,
                                 .worker_pid = worker->pid,
                                 .node_id = { 0 } };
    char hex[ID_HEX_MAX];

    fsm_move(&worker_fsm, &worker->state, WORKER_LEASED, id_hex(&worker->id, hex),
             "lease");
    if (asker != NULL)
        workers_add_partner(worker, &asker->id);
    call_reply(request->call, &reply);
}

static void grant(struct leases *leases, struct request *request, struct worker *worker)
{
    struct lease *lease;

    list_remove(&request->list);
    leases->start_failures = 0;
    lease = lease_create(leases, request, worker);
    if (request->spawn != NULL)
        grant_actor(leases, request, worker, lease);
    else
        grant_task(request, worker, lease);
    request_destroy(request);
}

/* Which worker a request needs; its text is the request's and of `devices`. */
static struct worker_need need_of(const struct leases *leases,
                                  const struct request *request,
                                  char devices[GPUS_TEXT_MAX])
{
    return (struct worker_need){
        &request->job, slice(request->namespace_), request->env,
        slice(gpus_text(&leases->ledger->gpus, &request->gpus, devices))
    };
}

static bool needs_same(const struct worker_need *a, const struct worker_need *b)
{
    return id_equal(a->job, b->job) && slice_equal(a->env, b->env) &&
           slice_equal(a->devices, b->devices);
}

static size_t ready_of(struct leases *leases, const struct worker_need *need)
{
    char devices[GPUS_TEXT_MAX];
    struct list *at;
    size_t count = 0;

    list_each(at, &leases->ready) {
        const struct worker_need other =
            need_of(leases, container_of(at, struct request, list), devices);
        count += needs_same(&other, need);
    }
    return count;
}

/* Workers for those that have resources; starts as many as are missing. Returns whether
 * some gave their resources back, since their job has ended. */
static bool match(struct leases *leases)
{
    struct list *at, *after;
    bool gave_back = false;

    list_each_safe(at, after, &leases->ready) {
        struct request *request = container_of(at, struct request, list);
        char devices[GPUS_TEXT_MAX];
        const struct worker_need need = need_of(leases, request, devices);
        struct worker *worker;
        if (workers_job_is_over(leases->workers, &request->job)) {
            leases_cancel(leases, request, "the job has ended");
            gave_back = true;
            continue;
        }
        worker = workers_take_idle(leases->workers, &need);
        if (worker != NULL)
            grant(leases, request, worker);
        else if (workers_starting(leases->workers, &need) < ready_of(leases, &need))
            workers_start(leases->workers, &need);
    }
    return gave_back;
}

/* Asks those who hold leases to give back what is idle, at most once in RECLAIM_MS. */
static void reclaim(struct leases *leases)
{
    static const struct nothing nothing;
    struct map_node *node, *after;

    if (clock_now() - leases->reclaimed_at < RECLAIM_MS * NS_PER_MS)
        return;
    leases->reclaimed_at = clock_now();
    map_each(node, after, &leases->granted) {
        struct lease *lease = container_of(node, struct lease, node);
        if (lease->owner != NULL)
            note_client_reclaim(lease->owner, &nothing, NULL);
    }
}

void leases_pump(struct leases *leases)
{
    bool waits;

    if (leases->pumping) /* what happens inside is seen by the round that runs */
        return;
    leases->pumping = true;
    do
        waits = leases_admit(leases);
    while (match(leases));
    leases->pumping = false;
    if (waits) {
        reclaim(leases);
        leases_share(leases);
    }
    leases->ops.on_changed(leases->ops.arg);
}

/* ---- what is asked ---- */

void leases_accept(struct leases *leases, struct request *request)
{
    if (!try_elsewhere(leases, request)) {
        requests_add(&leases->waiting, request);
        leases_pump(leases);
    }
}

/* ---- what happens ---- */

void leases_on_idle(struct leases *leases, struct worker *worker)
{
    (void)worker;
    leases_pump(leases);
}

static void refuse_starting(struct leases *leases, const struct worker *worker)
{
    struct list *at, *after;
    struct error err;
    char tail[400];

    if (worker->env_failed) {
        fail(&err, ERR_RUNTIME_ENV_SETUP_FAILED, "%s", worker->ending);
    } else {
        worker_log_tail(&worker->log, tail, sizeof(tail));
        fail(&err, ERR_FAILED, "worker %s before it was ready%s%s", worker->ending,
             tail[0] != '\0' ? ": " : "", tail);
    }
    list_each_safe(at, after, &leases->ready) {
        struct request *request = container_of(at, struct request, list);
        char devices[GPUS_TEXT_MAX];
        const struct worker_need need = need_of(leases, request, devices);
        if (workers_suits(worker, &need))
            leases_refuse(leases, request, &err);
    }
}

/* Gives up those who wait for such a worker: at once when its environment cannot be
 * made, else when several have ended before they were ready. */
static void note_start_failure(struct leases *leases, const struct worker *worker)
{
    if (worker->kill_intended ||
        (!worker->env_failed && ++leases->start_failures < START_FAILURES_MAX))
        return;
    leases->start_failures = 0;
    refuse_starting(leases, worker);
}

void leases_on_ended(struct leases *leases, struct worker *worker, int was)
{
    struct lease *lease = worker->lease;

    if (was == WORKER_STARTING)
        note_start_failure(leases, worker);
    if (lease != NULL) {
        if (lease->spawn_call != NULL) {
            struct error err;
            fail(&err, ERR_WORKER_DIED, "its worker (pid %lld) %s",
                 (long long)worker->pid, worker->ending);
            call_fail(lease->spawn_call, &err);
            lease->spawn_call = NULL;
        } else if (was == WORKER_ACTOR) {
            leases->ops.on_actor_ended(leases->ops.arg, worker);
        }
        leases_end(leases, lease);
    }
    leases_pump(leases);
}

/* The CPU, and nothing but the CPU, of a lease. */
static void cpu_of(const struct lease *lease, struct resources *cpu)
{
    int64_t amount = resources_get(&lease->held, "CPU");

    *cpu = (struct resources){ 0 };
    if (amount > 0)
        (void)resources_set(cpu, slice("CPU"), amount);
}

void leases_on_blocked(struct leases *leases, struct worker *worker, bool is_blocked)
{
    struct lease *lease = worker->lease;
    struct resources cpu;

    if (lease == NULL || lease->is_blocked == is_blocked)
        return;
    lease->is_blocked = is_blocked;
    cpu_of(lease, &cpu);
    if (is_blocked)
        ledger_return(leases->ledger, &cpu, NULL);
    else
        ledger_take_by_force(leases->ledger, &cpu);
    resources_finish(&cpu);
    if (is_blocked)
        leases_pump(leases);
    leases->ops.on_changed(leases->ops.arg);
}

void leases_on_peer_closed(struct leases *leases, struct peer *peer)
{
    struct map_node *node, *after;

    leases_drop(leases, peer, 0);
    map_each(node, after, &leases->granted) {
        struct lease *lease = container_of(node, struct lease, node);
        if (lease->owner == peer) {
            lease->owner = NULL;
            workers_kill(lease->worker, "the owner of its task has gone");
        }
    }
}

void leases_on_view(struct leases *leases)
{
    struct list *at, *after;

    list_each_safe(at, after, &leases->waiting.groups) {
        struct group *group = container_of(at, struct group, list);
        size_t count = group->waiting;
        while (count-- > 0)
            if (!try_elsewhere(
                    leases, container_of(group->requests.next, struct request, list)))
                break;
    }
    leases_pump(leases);
}

void leases_each_demand(struct leases *leases, leases_demand_fn *fn, void *arg)
{
    struct list *at;

    list_each(at, &leases->waiting.groups) {
        struct group *group = container_of(at, struct group, list);
        fn(arg, &group->shape, group->waiting);
    }
}

size_t leases_count(const struct leases *leases)
{
    return map_count(&leases->granted);
}

void leases_each(const struct leases *leases, leases_fn *fn, void *arg)
{
    struct map_node *node, *after;

    map_each(node, after, &leases->granted) {
        struct lease *lease = container_of(node, struct lease, node);
        struct worker *asker = lease->owner != NULL ? peer_data(lease->owner) : NULL;
        fn(arg, lease->worker, asker != NULL ? &asker->id : NULL, lease->since);
    }
}

void leases_close(struct leases *leases)
{
    static const char why[] = "the node stops";
    struct list *at, *after;

    leases->closed = true;
    list_each_safe(at, after, &leases->waiting.groups) {
        struct group *group = container_of(at, struct group, list);
        size_t count = group->waiting;
        while (count-- > 0)
            leases_cancel(
                leases, container_of(group->requests.next, struct request, list), why);
    }
    list_each_safe(at, after, &leases->ready)
        leases_cancel(leases, container_of(at, struct request, list), why);
}

/* Leases whose workers have ended are gone; what is left here has none. */
void leases_destroy(struct leases *leases)
{
    struct map_node *node, *after;

    leases_close(leases);
    map_each(node, after, &leases->granted) {
        struct lease *lease = container_of(node, struct lease, node);
        map_remove(&leases->granted, node);
        resources_finish(&lease->held);
        free(lease);
    }
    loop_timer_destroy(leases->share_timer);
    resources_finish(&leases->last.shape);
    free(leases);
}
