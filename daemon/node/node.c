/* node.c - the services of a node, bottom to top, and who hears of what.
 *
 * Happy path: listen on a Unix socket and, when there are other machines, at one TCP
 * port, connect to the head, join with what we have, report what changes.
 * The head's view of the cluster comes with the reply and then by notes
 * (cluster.changed). When the connection ends, workers and drivers go on; we connect
 * again every REJOIN_MS. */
#include "daemon/node/node.h"

#include "daemon/node/endings.h"
#include "daemon/node/envagent.h"
#include "daemon/node/ledger.h"
#include "daemon/node/leases.h"
#include "daemon/node/logs.h"
#include "daemon/node/neighbours.h"
#include "daemon/node/objects.h"
#include "daemon/node/report.h"
#include "daemon/node/memory.h"
#include "daemon/node/usage.h"
#include "daemon/node/workers.h"
#include "lib/base/arena.h"
#include "lib/base/digest.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/loop.h"
#include "lib/net/nearby.h"
#include "lib/net/proc.h"
#include "lib/net/server.h"
#include "lib/net/stubs.h"
#include "lib/proto/amounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REJOIN_MS = 250, STOP_CHECK_MS = 10, PATH_SIZE = 4096 + 128, JOIN_MS = 10000 };

struct node {
    struct loop *loop;
    struct identity identity;
    struct dispatch dispatch;
    struct server *local, *remote; /* `remote`: NULL without other machines */
    struct peer *head;             /* NULL while it is away */
    struct loop_timer *rejoin, *stop_check;
    struct ledger ledger;
    struct neighbours neighbours;
    struct envagent *envs;
    struct workers *workers;
    struct objects *objects;
    struct leases *leases;
    struct endings *endings;
    struct report *report;
    struct usage_probe *usage;
    struct memory_watch *memory;
    struct logs *logs;
    struct resources total;
    char **labels;
    size_t labels_count;
    char *name, *session, *head_address, *ip;
    const char *head_text;        /* for workers */
    char address[PATH_SIZE];      /* the Unix socket */
    char public[NEARBY_TEXT_MAX]; /* what others are told */
    bool is_head, stopping;
    void (*ready)(void *arg, const struct error *err);
    void *ready_arg;
    void (*stopped)(void *arg);
    void *stopped_arg;
    int64_t store_limit, spill_limit, spill_threshold;
    char *spill_folder;
};

/* ---- the head ---- */

static void tell_ready(struct node *node, const struct error *err)
{
    if (node->ready != NULL)
        node->ready(node->ready_arg, err);
    node->ready = NULL;
}

static void take_view(struct node *node, const struct cluster_view *view)
{
    neighbours_update(&node->neighbours, view, &node->identity.id, &node->ledger);
    leases_on_view(node->leases);
}

static void on_joined(void *arg, const struct error *err, const void *reply)
{
    struct node *node = arg;

    if (err == NULL) {
        log_info("node", "joined head=%s", node->head_address);
        endings_joined(node->endings);
        take_view(node, reply);
        report_anew(node->report);
    }
    if (err != NULL && node->ready == NULL && node->head != NULL)
        peer_close(node->head); /* it does not know yet that we were away: again */
    tell_ready(node, err);
}

static void join(struct node *node)
{
    const struct call_options options = { .timeout_ms = JOIN_MS };
    struct node_join rq = { .info = {
                                .node_id = node->identity.id,
                                .name = slice(node->name),
                                .address = slice(node->public),
                                .ip = slice(node->ip),
                                .pid = getpid(),
                                .is_head = node->is_head,
                                .session = slice(node->session),
                            } };
    struct node_info *info = &rq.info;
    struct arena arena = { 0 };

    amounts_from_resources(&node->total, &info->resources, &arena);
    info->labels.items = arena_array(&arena, node->labels_count, sizeof(struct label));
    for (size_t i = 0; i < node->labels_count; i++) {
        char *equals = strchr(node->labels[i], '=');
        struct label *label = &info->labels.items[info->labels.count++];
        label->name = slice_of(node->labels[i], (size_t)(equals - node->labels[i]));
        label->value = slice(equals + 1);
    }
    workers_call_roll(node->workers, &rq, &arena);
    endings_fill(node->endings, &rq, &arena);
    call_nodes_join(node->head, &rq, &options, on_joined, node);
    arena_finish(&arena);
}

static void on_head_closed(void *arg, struct peer *peer, const struct error *why)
{
    struct node *node = arg;

    node->head = NULL;
    leases_on_peer_closed(node->leases, peer); /* actors that it asked for */
    envagent_forget_jobs(node->envs);
    if (node->stopping)
        return;
    log_warn("node", "no connection to head=%s why=%s", node->head_address, why->text);
    loop_timer_start(node->rejoin, REJOIN_MS, 0);
}

static void connect_head(void *arg)
{
    struct node *node = arg;
    const struct peer_options options = {
        .self = &node->identity,
        .dispatch = &node->dispatch,
        .on_close = on_head_closed,
        .arg = node,
    };

    node->head = peer_connect(node->loop, node->head_address, &options);
    join(node);
}

static void on_changed_cluster(void *self, const struct cluster_view *rq,
                               struct call *call)
{
    take_view(self, rq);
    call_done(call);
}

static const struct cluster_handlers cluster_handlers = { .changed =
                                                              on_changed_cluster };

/* ---- events of the services ---- */

static void on_idle(void *arg, struct worker *worker)
{
    struct node *node = arg;
    leases_on_idle(node->leases, worker);
}

static void on_ended(void *arg, struct worker *worker, int was)
{
    struct node *node = arg;

    leases_on_ended(node->leases, worker, was);
    objects_on_ended(node->objects, &worker->id);
    report_soon(node->report);
}

static void on_blocked(void *arg, struct worker *worker, bool is_blocked)
{
    struct node *node = arg;
    leases_on_blocked(node->leases, worker, is_blocked);
}

static void on_actor_ended(void *arg, const struct worker *worker)
{
    struct node *node = arg;
    struct worker_exit note = {
        .worker_id = worker->id,
        .node_id = node->identity.id,
        .pid = worker->pid,
        .actor_id = worker->actor_id,
        .reason = slice(worker->ending),
        .is_intended = worker->kill_intended,
        .has_left = worker->has_left,
    };

    endings_add(node->endings, &note, node->head);
}

static const struct policy_node *view(void *arg, size_t *count, size_t *local)
{
    struct node *node = arg;

    *count = node->neighbours.count;
    *local = node->neighbours.local;
    return node->neighbours.nodes;
}

static const char *address_of(void *arg, size_t index)
{
    struct node *node = arg;
    return node->neighbours.about[index].address;
}

static void on_sent(void *arg, size_t index, const struct resources *demand)
{
    struct node *node = arg;
    resources_subtract(&node->neighbours.about[index].available, demand);
}

static void on_changed(void *arg)
{
    struct node *node = arg;
    report_soon(node->report);
}

static void on_received(void *arg)
{
    struct node *node = arg;
    report_anew(node->report);
}

static void on_peer_closed(void *arg, struct peer *peer, const struct error *why)
{
    struct node *node = arg;

    (void)why;
    leases_on_peer_closed(node->leases, peer);
    workers_on_peer_closed(node->workers, peer);
    objects_on_peer_closed(node->objects, peer);
}

/* A connection for one of our workers, which does the rest itself. */
static void on_route(void *arg, const struct id *id, int fd)
{
    static const struct nothing nothing;
    const struct call_options options = { .fds = &fd, .fds_count = 1 };
    struct node *node = arg;
    struct worker *worker = workers_find(node->workers, id);
    char hex[ID_HEX_MAX];

    if (worker != NULL && worker->proc != NULL && worker->peer != NULL)
        note_client_adopt(worker->peer, &nothing, &options);
    else
        log_info("node", "no worker=%s for a connection", id_hex(id, hex));
    close(fd);
}

/* ---- life ---- */

/* Bytes, by Ray's variable and its default. */
static int64_t env_cache_limit(void)
{
    const char *text = getenv("RAY_RUNTIME_ENV_WORKING_DIR_CACHE_SIZE_GB");
    double gigabytes = text != NULL ? strtod(text, NULL) : 10;

    return gigabytes >= 0 && gigabytes < 1e9 ? (int64_t)(gigabytes * 1e9) : INT64_MAX;
}

static void serve_all(struct node *node)
{
    envagent_serve(node->envs, &node->dispatch);
    workers_serve(node->workers, &node->dispatch);
    objects_serve(node->objects, &node->dispatch);
    leases_serve(node->leases, &node->dispatch);
    logs_serve(node->logs, node->workers, &node->dispatch);
    usage_serve(node->usage, &node->dispatch);
    dispatch_add(&node->dispatch, &cluster_methods, &cluster_handlers,
                 sizeof(cluster_handlers), node);
}

static void create_services(struct node *node)
{
    const struct envagent_options envs = { node->loop, &node->head, node->session,
                                           node->name, env_cache_limit() };
    struct workers_options options = {
        .loop = node->loop,
        .session = node->session,
        .logs = logs_folder(node->logs),
        .node_address = node->address,
        .public_address = node->public,
        .head_address = &node->head_text,
        .cluster = node->identity.cluster,
        .ip = node->ip,
        .self = &node->identity,
        .node_id = node->identity.id,
        .store_limit = node->store_limit,
        .idle_max = (size_t)(resources_get(&node->total, "CPU") / RESOURCE_UNIT) + 1,
        .ops = { on_idle, on_ended, on_blocked, node },
    };
    const struct leases_ops ops = { .view = view,
                                    .address_of = address_of,
                                    .on_sent = on_sent,
                                    .on_changed = on_changed,
                                    .on_received = on_received,
                                    .on_actor_ended = on_actor_ended,
                                    .arg = node };
    struct report_sources sources = {
        .ledger = &node->ledger,
        .head = &node->head,
        .node_id = node->identity.id,
        .store_limit = node->store_limit,
    };

    node->endings = endings_create();
    node->report = report_create(node->loop);
    node->usage = usage_create(node->loop, &node->head, &node->identity.id);
    node->envs = options.envs = envagent_create(&envs);
    ledger_init(&node->ledger, &node->total, getenv("CUDA_VISIBLE_DEVICES"));
    options.has_gpus = node->ledger.gpus.count > 0;
    node->workers = workers_create(&options);
    node->objects = objects_create(&(struct objects_options){
        .spill = { node->loop, node->spill_folder, node->spill_limit },
        .workers = node->workers,
        .self = &node->identity,
        .dispatch = &node->dispatch,
        .limit = node->store_limit,
        .threshold = node->spill_threshold,
        .on_changed = report_soon,
        .arg = node->report,
    });
    node->leases = leases_create(node->loop, &node->ledger, node->workers, &ops);
    node->memory = memory_watch_create(node->loop, node->leases);
    sources.leases = node->leases;
    sources.workers = node->workers;
    sources.objects = node->objects;
    report_begin(node->report, &sources);
    serve_all(node);
}

static void check_stopped(void *arg);

static struct node *node_new(struct loop *loop, const struct node_options *options)
{
    struct node *node = xcalloc(1, sizeof(*node));
    uint8_t random[ID_NODE];

    digest_random(random, sizeof(random));
    node->loop = loop;
    node->identity.id = id_from_bytes(random, sizeof(random));
    snprintf(node->identity.role, sizeof(node->identity.role), "node");
    node->name = xstrdup(options->name);
    node->session = xstrdup(options->session);
    node->head_address = xstrdup(options->head);
    node->head_text = node->head_address;
    node->is_head = options->is_head;
    node->store_limit = options->store_limit;
    node->spill_folder = xstrdup(options->spill_folder);
    node->spill_limit = options->spill_limit;
    node->spill_threshold = options->spill_threshold;
    node->neighbours.local = SIZE_MAX;
    resources_copy(&node->total, &options->resources);
    node->labels = xcalloc(options->labels_count + 1, sizeof(*node->labels));
    for (size_t i = 0; i < options->labels_count; i++)
        node->labels[node->labels_count++] = xstrdup(options->labels[i]);
    node->ip = xstrdup(options->host != NULL ? options->host : "127.0.0.1");
    snprintf(node->address, sizeof(node->address), "unix:%s/node-%s.sock",
             node->session, node->name);
    node->rejoin = loop_timer_create(loop, false, connect_head, node);
    node->stop_check = loop_timer_create(loop, false, check_stopped, node);
    return node;
}

/* The cluster's secret is needed to speak with other machines only. */
static int load_secret(struct node *node, bool is_needed, struct error *err)
{
    int status = auth_load_secret(&node->identity, node->session, err);
    return status == -ERR_NOT_FOUND && !is_needed ? 0 : status;
}

static int listen_both(struct node *node, const struct node_options *options,
                       struct error *err)
{
    struct peer_options peers = { .self = &node->identity,
                                  .dispatch = &node->dispatch,
                                  .on_close = on_peer_closed,
                                  .arg = node };
    char address[ADDRESS_TEXT_MAX];

    node->local = server_listen(node->loop, node->address, &peers, err);
    if (node->local == NULL)
        return -(int)err->code;
    if (options->host == NULL)
        return nearby_format(NULL, node->address, node->public, err);
    snprintf(address, sizeof(address), strchr(node->ip, ':') ? "[%s]:%d" : "%s:%d",
             node->ip, options->port);
    peers.on_route = on_route;
    node->remote = server_listen(node->loop, address, &peers, err);
    if (node->remote == NULL)
        return -(int)err->code;
    return nearby_format(server_address(node->remote), node->address, node->public,
                         err);
}

struct node *node_create(struct loop *loop, const struct node_options *options,
                         void (*ready)(void *arg, const struct error *err), void *arg,
                         struct error *err)
{
    struct node *node = node_new(loop, options);
    int status = load_secret(node, options->host != NULL, err);

    if (status == 0) {
        const struct logs_options logs = { loop, node->session, node->name,
                                           node->identity.id, options->logs };
        node->logs = logs_create(&logs, err);
        status = node->logs != NULL ? 0 : -(int)err->code;
    }
    if (status == 0) {
        create_services(node);
        status = listen_both(node, options, err);
    }
    if (status != 0) {
        server_close(node->local);
        node_destroy(node);
        return NULL;
    }
    node->ready = ready;
    node->ready_arg = arg;
    connect_head(node);
    return node;
}

static bool is_worker(void *arg, int pid)
{
    struct node *node = arg;
    return workers_owns(node->workers, pid);
}

void node_on_child(struct node *node)
{
    proc_end_orphans(is_worker, node);
}

/* Stopping: first the workers end, then the connections. */
static void check_stopped(void *arg)
{
    struct node *node = arg;

    if (workers_running(node->workers) > 0 || envagent_is_busy(node->envs)) {
        loop_timer_start(node->stop_check, STOP_CHECK_MS, 0);
        return;
    }
    server_close(node->local);
    server_close(node->remote);
    node->local = node->remote = NULL;
    objects_close(node->objects);
    if (node->head != NULL)
        peer_close(node->head);
    node->stopped(node->stopped_arg);
}

void node_stop(struct node *node, void (*done)(void *arg), void *arg)
{
    if (node->stopping)
        return;
    node->stopping = true;
    node->stopped = done;
    node->stopped_arg = arg;
    loop_timer_stop(node->rejoin);
    leases_close(node->leases);
    workers_kill_all(node->workers);
    loop_timer_start(node->stop_check, 0, 0);
}

void node_destroy(struct node *node)
{
    if (node->leases != NULL) {
        leases_destroy(node->leases);
        objects_destroy(node->objects);
        workers_destroy(node->workers);
        envagent_destroy(node->envs);
        endings_destroy(node->endings);
        report_destroy(node->report);
        usage_destroy(node->usage);
        memory_watch_destroy(node->memory);
        ledger_finish(&node->ledger);
    }
    if (node->logs != NULL)
        logs_destroy(node->logs);
    neighbours_finish(&node->neighbours);
    loop_timer_destroy(node->rejoin);
    loop_timer_destroy(node->stop_check);
    for (size_t i = 0; i < node->labels_count; i++)
        free(node->labels[i]);
    free(node->labels);
    resources_finish(&node->total);
    free(node->name);
    free(node->session);
    free(node->spill_folder);
    free(node->head_address);
    free(node->ip);
    free(node);
}
