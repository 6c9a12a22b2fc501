/* cmd_attach.c - a shell on the head's machine, or on another one, on a terminal. */
#include "autoscale/bring_up.h"
#include "autoscale/cluster.h"
#include "autoscale/reach.h"
#include "cli/command.h"
#include "lib/net/ssh.h"

#include <stdlib.h>

static struct {
    bool accept_new;
    const char *host;
} opt;

static const struct option options[] = {
    OPT_STRING(0, "host", &opt.host, "HOST", "to that machine (default: the head)"),
    OPT_FLAG(0, "accept-new-host-keys", &opt.accept_new,
             "add machines that are not in ~/.ssh/known_hosts yet"),
    OPT_END,
};

static int run(struct context *ctx, struct args *args, struct error *err)
{
    struct cluster *cluster = reach_load(args->items[0], err);
    struct reach reach;
    struct ssh *ssh;
    char *line;
    int status;

    if (cluster == NULL)
        return -(int)err->code;
    reach_init(&reach, cluster, opt.host != NULL ? opt.host : cluster->head_ip);
    reach.ssh.accept_new = opt.accept_new;
    ssh = ssh_open(&reach.ssh, err);
    status = ssh != NULL ? 0 : -(int)err->code;
    if (status == 0) {
        line = bring_up_line(cluster->name, "exec \"${SHELL:-/bin/sh}\" -i");
        status = ssh_attach(ssh, line, &ctx->exit_status, err);
        free(line);
    }
    ssh_close(ssh);
    cluster_destroy(cluster);
    return status;
}

const struct command cmd_attach = {
    .name = "attach",
    .args = "CLUSTER.yaml",
    .summary = "open a shell on the head of a cluster",
    .options = options,
    .args_min = 1,
    .args_max = 1,
    .run = run,
    .example = "rayctl attach cluster.yaml",
};
