/* provider_process.c - a whole cluster of local processes: a head, and a node daemon
 * for each node of the yaml with the resources that it declares. Node names are "head"
 * and "<type>-<n>"; a head type with min_workers yields such nodes, too. */
#include "autoscale/cluster.h"
#include "autoscale/launch.h"
#include "autoscale/provider.h"
#include "lib/base/mem.h"
#include "lib/net/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char head_name[] = "head";
enum { GRACE_MS = 10000, NAME_MAX_BYTES = 128 };

static int start_node(const struct cluster *cluster, const struct node_type *type,
                      const char *name, const struct provider_run *run,
                      struct error *err)
{
    struct launch_node node = { .cluster = cluster->name,
                                .name = name,
                                .is_head = strcmp(name, head_name) == 0,
                                .resources = type->resources,
                                .labels_count = type->labels_count,
                                .store_limit = type->store_limit };
    char *role = xprintf("node-%s", name);
    bool runs = launch_is_running(cluster->name, role);
    int status = 0;

    free(role);
    for (size_t i = 0; i < type->labels_count; i++)
        node.labels[i] = type->labels[i];
    if (!runs)
        status = launch_node(&node, err);
    run->on_node(run->arg, name,
                 runs          ? "runs already"
                 : status == 0 ? "up"
                               : err->text);
    return status != 0 ? wrap(err, "node %s", name) : 0;
}

static int start_workers(const struct cluster *cluster, const struct node_type *type,
                         const struct provider_run *run, size_t *nodes,
                         struct error *err)
{
    for (int64_t i = 1; i <= type->min_workers; i++) {
        char name[NAME_MAX_BYTES];
        int status;
        snprintf(name, sizeof(name), "%s-%lld", type->name, (long long)i);
        status = start_node(cluster, type, name, run, err);
        if (status != 0)
            return status;
        ++*nodes;
    }
    return 0;
}

static int up(const struct cluster *cluster, const struct provider_run *run,
              size_t *nodes, struct error *err)
{
    const struct launch_head head = { .cluster = cluster->name };
    int status = 0;

    *nodes = 0;
    if (!launch_is_running(cluster->name, "head"))
        status = launch_head(&head, err);
    if (status == 0)
        status = session_set_current(cluster->name, err);
    if (status == 0)
        status = start_node(cluster, cluster->head_type, head_name, run, err);
    if (status == 0)
        *nodes = 1;
    for (size_t i = 0; i < cluster->types_count && status == 0; i++)
        status = start_workers(cluster, &cluster->types[i], run, nodes, err);
    return status;
}

static int down(const struct cluster *cluster, const struct provider_run *run,
                int *stopped, struct error *err)
{
    const struct launch_stop stop = { .cluster = cluster->name, .grace_ms = GRACE_MS };
    (void)run;
    return launch_stop(&stop, stopped, err);
}

const struct provider provider_process = { .type = "process", .up = up, .down = down };
