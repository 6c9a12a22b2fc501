/* provider_process.c - a whole cluster of local processes: a head, and a node daemon
 * for each node of the yaml with the resources that it declares. Node names are "head"
 * and "<type>-<n>". */
#include "autoscale/cluster.h"
#include "autoscale/launch.h"
#include "autoscale/provider.h"
#include "lib/base/mem.h"
#include "lib/net/session.h"

#include <stdio.h>
#include <stdlib.h>

enum { GRACE_MS = 10000, NAME_MAX_BYTES = 128 };

static int start_node(const struct cluster *cluster, const struct node_type *type,
                      const char *name, const struct provider_events *events,
                      struct error *err)
{
    struct launch_node node = { .cluster = cluster->name,
                                .name = name,
                                .is_head = type == cluster->head_type,
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
    events->on_node(events->arg, name,
                    runs          ? "runs already"
                    : status == 0 ? "up"
                                  : err->text);
    return status != 0 ? wrap(err, "node %s", name) : 0;
}

static int start_workers(const struct cluster *cluster, const struct node_type *type,
                         const struct provider_events *events, size_t *nodes,
                         struct error *err)
{
    for (int64_t i = 1; i <= type->min_workers; i++) {
        char name[NAME_MAX_BYTES];
        int status;
        snprintf(name, sizeof(name), "%s-%lld", type->name, (long long)i);
        status = start_node(cluster, type, name, events, err);
        if (status != 0)
            return status;
        ++*nodes;
    }
    return 0;
}

static int up(const struct cluster *cluster, const struct provider_events *events,
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
        status = start_node(cluster, cluster->head_type, "head", events, err);
    if (status == 0)
        *nodes = 1;
    for (size_t i = 0; i < cluster->types_count && status == 0; i++)
        if (&cluster->types[i] != cluster->head_type)
            status = start_workers(cluster, &cluster->types[i], events, nodes, err);
    return status;
}

static int down(const struct cluster *cluster, int *stopped, struct error *err)
{
    const struct launch_stop stop = { .cluster = cluster->name, .grace_ms = GRACE_MS };
    return launch_stop(&stop, stopped, err);
}

const struct provider provider_process = { .type = "process", .up = up, .down = down };
