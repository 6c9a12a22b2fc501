/* cmd_get_ips.c - the machines of a cluster.yaml, for scripts. */
#include "autoscale/cluster.h"
#include "autoscale/reach.h"
#include "cli/command.h"

#include <string.h>

static void print_host(const struct cluster *cluster, const char *text)
{
    struct reach reach;

    reach_init(&reach, cluster, text);
    context_write(reach.host, strlen(reach.host));
    context_write("\n", 1);
}

static int run_head(struct context *ctx, struct args *args, struct error *err)
{
    struct cluster *cluster = reach_load(args->items[0], err);

    (void)ctx;
    if (cluster == NULL)
        return -(int)err->code;
    print_host(cluster, cluster->head_ip);
    cluster_destroy(cluster);
    return 0;
}

static int run_workers(struct context *ctx, struct args *args, struct error *err)
{
    struct cluster *cluster = reach_load(args->items[0], err);

    (void)ctx;
    if (cluster == NULL)
        return -(int)err->code;
    for (size_t i = 0; i < cluster->worker_ips.count; i++)
        print_host(cluster, cluster->worker_ips.items[i]);
    cluster_destroy(cluster);
    return 0;
}

const struct command cmd_get_head_ip = {
    .name = "get-head-ip",
    .args = "CLUSTER.yaml",
    .summary = "print the machine of the head",
    .args_min = 1,
    .args_max = 1,
    .run = run_head,
    .example = "rayctl get-head-ip cluster.yaml",
};

const struct command cmd_get_worker_ips = {
    .name = "get-worker-ips",
    .args = "CLUSTER.yaml",
    .summary = "print the machines of the workers, a line each",
    .args_min = 1,
    .args_max = 1,
    .run = run_workers,
    .example = "rayctl get-worker-ips cluster.yaml | xargs -n1 ping -c1",
};
