/* cmd_down.c - take down what `up` brought up: nothing stays. */
#include "autoscale/cluster.h"
#include "autoscale/provider.h"
#include "cli/board.h"
#include "cli/command.h"

static struct {
    bool yes;
} opt;

static const struct option options[] = {
    OPT_FLAG('y', "yes", &opt.yes, "do not ask (nothing is asked yet)"),
    OPT_END,
};

static void on_node(void *arg, const char *node, const char *what)
{
    board_say(arg, node, what);
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    struct cluster *cluster = cluster_load(args->items[0], NULL, NULL, err);
    struct provider_run how = { .on_node = on_node };
    struct board *board;
    int stopped = 0, status;

    if (cluster == NULL)
        return -(int)err->code;
    board = board_create(ctx);
    how.arg = board;
    status = provider_find(cluster->provider)->down(cluster, &how, &stopped, err);
    board_destroy(board);
    if (status == 0)
        context_say(ctx, "Cluster %s is down (%d %s)", cluster->name, stopped,
                    cluster->head_ip != NULL ? "machines" : "processes ended");
    cluster_destroy(cluster);
    return status;
}

const struct command cmd_down = {
    .name = "down",
    .args = "CLUSTER.yaml",
    .summary = "take down the cluster that a file describes",
    .options = options,
    .args_min = 1,
    .args_max = 1,
    .run = run,
    .example = "rayctl down examples/automl/cluster.yaml",
};
