/* cmd_up.c - bring up what a cluster.yaml describes; again: what is missing of it. */
#include "autoscale/cluster.h"
#include "autoscale/provider.h"
#include "cli/board.h"
#include "cli/command.h"

static struct {
    bool yes, accept_new, no_restart;
    int64_t min_workers, max_workers;
} opt = { .min_workers = -1, .max_workers = -1 };

static const struct option options[] = {
    OPT_FLAG('y', "yes", &opt.yes, "do not ask (nothing is asked yet)"),
    OPT_FLAG(0, "accept-new-host-keys", &opt.accept_new,
             "add machines that are not in ~/.ssh/known_hosts yet"),
    OPT_INT(0, "min-workers", &opt.min_workers, "N",
            "machines that must join (instead of the file's)"),
    OPT_INT(0, "max-workers", &opt.max_workers, "N",
            "use at most N of worker_ips (instead of the file's)"),
    OPT_FLAG(0, "no-restart", &opt.no_restart, "set machines up, but start nothing"),
    OPT_END,
};

static void warn(void *arg, const char *text)
{
    context_say(arg, "rayctl up: warning: %s", text);
}

static void on_node(void *arg, const char *node, const char *what)
{
    board_say(arg, node, what);
}

static int bring_up(struct context *ctx, const struct cluster *cluster,
                    struct error *err)
{
    struct provider_run run = { .on_node = on_node,
                                .accept_new_host_keys = opt.accept_new,
                                .no_restart = opt.no_restart };
    struct board *board = board_create(ctx);
    size_t nodes = 0;
    int status;

    run.arg = board;
    context_say(ctx, "Cluster %s, provider %s", cluster->name, cluster->provider);
    /* checked when it was read */
    status = provider_find(cluster->provider)->up(cluster, &run, &nodes, err);
    board_destroy(board);
    if (status == 0)
        context_say(ctx,
                    "%zu nodes are up. Next: rayctl status; rayctl submit -- COMMAND",
                    nodes);
    return status;
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    struct cluster *cluster = cluster_load(args->items[0], warn, ctx, err);
    int status;

    if (cluster == NULL)
        return -(int)err->code;
    if (opt.max_workers >= 0 && (size_t)opt.max_workers < cluster->worker_ips.count)
        cluster->worker_ips.count = (size_t)opt.max_workers;
    if (opt.min_workers >= 0)
        cluster->min_workers = opt.min_workers;
    if (cluster->min_workers > (int64_t)cluster->worker_ips.count)
        cluster->min_workers = (int64_t)cluster->worker_ips.count;
    status = bring_up(ctx, cluster, err);
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
