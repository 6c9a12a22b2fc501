/* cmd_stop.c - end the processes of a cluster on this machine, and nothing else. */
#include "autoscale/launch.h"
#include "cli/command.h"
#include "lib/base/clock.h"
#include "lib/net/session.h"

#include <string.h>

enum { GRACE_S = 16 };

static struct {
    const char *cluster;
    int64_t grace;
    bool force;
} opt = { .grace = GRACE_S * NS_PER_S };

static const struct option options[] = {
    OPT_STRING(0, "cluster-name", &opt.cluster, "NAME",
               "which one (default: the current one)"),
    OPT_DURATION('g', "grace-period", &opt.grace, "TIME",
                 "from SIGTERM to SIGKILL (16s)"),
    OPT_FLAG('f', "force", &opt.force, "SIGKILL soon"),
    OPT_END,
};

static int run(struct context *ctx, struct args *args, struct error *err)
{
    struct launch_stop stop = { .grace_ms = opt.force ? 100 : opt.grace / NS_PER_MS };
    char address[SESSION_ADDRESS_MAX], path[SESSION_PATH_MAX];
    int stopped = 0, status;

    (void)args;
    stop.cluster = opt.cluster;
    if (stop.cluster == NULL) {
        if (session_current(address, sizeof(address)))
            stop.cluster = address;
        else if (session_path("default", path, false, err) == 0)
            stop.cluster = "default";
    }
    if (stop.cluster == NULL)
        return -(int)err->code;
    status = launch_stop(&stop, &stopped, err);
    if (status != 0)
        return status;
    if (stopped == 0)
        context_say(ctx, "Did not find any active Ray processes.");
    else
        context_say(ctx, "Stopped all %d Ray processes.", stopped);
    return 0;
}

const struct command cmd_stop = {
    .name = "stop",
    .summary = "end the cluster on this machine",
    .options = options,
    .run = run,
    .example = "rayctl stop --grace-period 5s",
};
