/* cluster.c - starting and killing daemons, and asking them how things are, over the
 * same protocol as everybody else. */
#include "tests/sim/cluster.h"
#include "tests/harness.h"

#include "daemon/head/head.h"
#include "daemon/node/node.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/session.h"
#include "lib/net/stubs.h"
#include "tests/sim/sim.h"
#include "tests/sim/sim_store.h"
#include "tests/sim/sim_worker.h"

#include <string.h>
#include <sys/stat.h>

enum { DOWN_MS = 2000, START_MS = 100, STORE_LIMIT = 1 << 20, ASK_MS = 2000 };

struct daemon_node {
    struct cluster *cluster;
    struct loop *loop;
    struct node *node; /* NULL: not started again yet */
    char name[16];
    int machine;
    int64_t cpus;
};

struct cluster {
    char session[512];
    char address[600];
    struct loop *head_loop;
    struct head *head;
    int nodes;
    struct daemon_node node[CLUSTER_NODES_MAX];
    struct identity observer;
    struct loop *observing;
    int answers;
};

/* ---- daemons ---- */

static void start_head(void *arg)
{
    struct cluster *cluster = arg;
    const struct head_options options = { .session = cluster->session,
                                          .cluster = "sim" };
    struct error err = { 0 };

    cluster->head_loop = sim_process(0);
    cluster->head = head_create(cluster->head_loop, &options, &err);
    if (cluster->head == NULL)
        fprintf(stderr, "head: %s\n", err.text);
    MUST(cluster->head != NULL);
}

static void start_node(void *arg);
static void kill_node(struct daemon_node *own);

static void start_again(void *arg)
{
    kill_node(arg);
    start_node(arg);
}

/* Refused, as long as the head takes its earlier life for alive: rayd ends, and is
 * started again. */
static void on_ready(void *arg, const struct error *err)
{
    struct daemon_node *own = arg;

    if (err != NULL)
        sim_at(own->loop, DOWN_MS * NS_PER_MS, start_again, own);
}

static void start_node(void *arg)
{
    struct daemon_node *own = arg;
    struct node_options options = { .session = own->cluster->session,
                                    .head = own->cluster->address,
                                    .name = own->name,
                                    .is_head = own->machine == 1,
                                    .store_limit = STORE_LIMIT,
                                    .spill_folder = own->cluster->session };
    struct error err = { 0 };

    resources_set(&options.resources, slice("CPU"), own->cpus);
    own->loop = sim_process(own->machine);
    own->loop->cpus = own->cpus;
    own->node = node_create(own->loop, &options, on_ready, own, &err);
    resources_finish(&options.resources);
    if (own->node == NULL)
        fprintf(stderr, "node: %s\n", err.text);
    MUST(own->node != NULL);
}

static void on_stopped(void *arg)
{
    (void)arg;
}

static void kill_head(struct cluster *cluster)
{
    if (cluster->head == NULL)
        return;
    sim_kill(cluster->head_loop);
    head_destroy(cluster->head);
    cluster->head = NULL;
}

static void kill_node(struct daemon_node *own)
{
    if (own->node == NULL)
        return;
    sim_kill(own->loop);
    node_stop(own->node, on_stopped, own); /* frees what has no process yet */
    node_destroy(own->node);
    own->node = NULL;
}

void cluster_kill_head(struct cluster *cluster)
{
    if (cluster->head == NULL)
        return;
    kill_head(cluster);
    sim_at(NULL, START_MS + (int64_t)sim_draw(DOWN_MS * NS_PER_MS), start_head,
           cluster);
}

void cluster_kill_node(struct cluster *cluster, int node)
{
    struct daemon_node *own = &cluster->node[node];

    if (own->node == NULL)
        return;
    kill_node(own);
    sim_at(NULL, START_MS + (int64_t)sim_draw(DOWN_MS * NS_PER_MS), start_node, own);
}

/* ---- life ---- */

/* One folder for all runs of a program: what is in it is the same for all. */
static void make_session(char *path, size_t size)
{
    char logs[600];
    struct error err;

    snprintf(path, size, "%s/session", harness_dir());
    snprintf(logs, sizeof(logs), "%s/logs", path);
    if (mkdir(path, 0700) == 0) {
        MUST(mkdir(logs, 0700) == 0);
        MUST(auth_create_secret(path, &err) == 0);
    }
}

struct cluster *cluster_create(int nodes)
{
    struct cluster *cluster = xcalloc(1, sizeof(*cluster));

    make_session(cluster->session, sizeof(cluster->session));
    snprintf(cluster->address, sizeof(cluster->address), "unix:%s/head.sock",
             cluster->session);
    snprintf(cluster->observer.role, sizeof(cluster->observer.role), "admin");
    sim_store_wipe();
    cluster->nodes = nodes;
    start_head(cluster);
    for (int i = 0; i < nodes; i++) {
        struct daemon_node *own = &cluster->node[i];
        own->cluster = cluster;
        own->machine = 1 + i;
        own->cpus = (int64_t)(2 + sim_draw(3)) * RESOURCE_UNIT;
        snprintf(own->name, sizeof(own->name), "n%d", i);
        start_node(own);
    }
    return cluster;
}

void cluster_destroy(struct cluster *cluster)
{
    for (int i = 0; i < cluster->nodes; i++)
        kill_node(&cluster->node[i]);
    kill_head(cluster);
    free(cluster);
}

const char *cluster_head(const struct cluster *cluster)
{
    return cluster->address;
}

int cluster_nodes(const struct cluster *cluster)
{
    return cluster->nodes;
}

/* ---- the rules at rest ---- */

static void on_view(void *arg, const struct error *err, const void *message)
{
    struct cluster *cluster = arg;
    const struct cluster_view *view = message;

    MUST(err == NULL && view->nodes.count == (size_t)cluster->nodes);
    for (size_t i = 0; i < view->nodes.count; i++) {
        const struct node_view *node = &view->nodes.items[i];
        MUST(node->is_alive && node->available.count == 1);
        MUST(node->info.resources.items[0].value == node->available.items[0].value);
    }
    cluster->answers++;
}

static void on_actors(void *arg, const struct error *err, const void *message)
{
    struct cluster *cluster = arg;
    const struct actor_rows *rows = message;

    MUST(err == NULL);
    for (size_t i = 0; i < rows->rows.count; i++)
        MUST(slice_is(rows->rows.items[i].state, "DEAD"));
    cluster->answers++;
}

static void on_jobs(void *arg, const struct error *err, const void *message)
{
    struct cluster *cluster = arg;
    const struct job_rows *rows = message;

    MUST(err == NULL);
    for (size_t i = 0; i < rows->rows.count; i++)
        MUST(!slice_is(rows->rows.items[i].status, "RUNNING"));
    cluster->answers++;
}

void cluster_check_quiet(struct cluster *cluster)
{
    static const struct nothing nothing;
    const struct list_request all = { .limit = 0 };
    struct loop *observer = sim_process(0);
    const struct peer_options options = { .self = &cluster->observer };
    struct peer *peer = peer_connect(observer, cluster->address, &options);

    cluster->answers = 0;
    call_nodes_view(peer, &nothing, NULL, on_view, cluster);
    call_query_actors(peer, &all, NULL, on_actors, cluster);
    call_query_jobs(peer, &all, NULL, on_jobs, cluster);
    sim_run(ASK_MS * NS_PER_MS);
    MUST(cluster->answers == 3);
    sim_kill(observer);
    sim_workers_explain();
    MUST(list_is_empty(sim_workers()));
}
