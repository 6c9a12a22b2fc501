/* cmd_up.c - bring up what a cluster.yaml describes; again: what is missing of it. */
#include "autoscale/cluster.h"
#include "autoscale/provider.h"
#include "cli/command.h"

#include <stdio.h>

static struct {
    bool yes;
} opt;

static const struct option options[] = {
    OPT_FLAG('y', "yes", &opt.yes, "do not ask (nothing is asked yet)"),
    OPT_END,
};

static void warn(void *arg, const char *text)
{
    context_say(arg, "rayctl up: warning: %s", text);
}

static void on_node(void *arg, const char *node, const char *what)
{
    context_say(arg, "  %-16s %s", node, what);
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    const struct provider_events events = { on_node, ctx };
    struct cluster *cluster = cluster_load(args->items[0], warn, ctx, err);
    const struct provider *provider;
    size_t nodes = 0;
    int status;

    if (cluster == NULL)
        return -(int)err->code;
    provider = provider_find(cluster->provider); /* checked when it was read */
    context_say(ctx, "Cluster %s, provider %s", cluster->name, cluster->provider);
    status = provider->up(cluster, &events, &nodes, err);
    if (status == 0)
        context_say(ctx,
                    "%zu nodes are up. Next: rayctl status; rayctl submit -- COMMAND",
                    nodes);
    cluster_destroy(cluster);
    return status;
}

const struct command cmd_up = {
    .name = "up",
    .args = "CLUSTER.yaml",
    .summary = "bring up the cluster that a file describes",
    .options = options,
    .args_min = 1,
    .args_max = 1,
    .run = run,
    .example = "rayctl up examples/automl/cluster.yaml",
};
