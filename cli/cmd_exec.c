/* cmd_exec.c - a command on a machine of the cluster, or on all of them. */
#include "autoscale/bring_up.h"
#include "autoscale/cluster.h"
#include "autoscale/reach.h"
#include "cli/command.h"
#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/net/ssh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    bool all, accept_new;
    const char *host;
} opt;

static const struct option options[] = {
    OPT_FLAG(0, "all", &opt.all, "on every machine; lines begin with its name"),
    OPT_STRING(0, "host", &opt.host, "HOST", "on that machine (default: the head)"),
    OPT_FLAG(0, "accept-new-host-keys", &opt.accept_new,
             "add machines that are not in ~/.ssh/known_hosts yet"),
    OPT_END,
};

/* What a machine prints; with a prefix, whole lines. */
struct printing {
    const char *prefix; /* NULL: as it comes */
    struct buf lines[2];
};

static void print_line(const struct printing *printing, FILE *to, struct slice line)
{
    fprintf(to, "%s: %.*s\n", printing->prefix, SLICE_ARGS(line));
}

static void on_output(void *arg, bool is_stderr, struct slice text)
{
    struct printing *printing = arg;
    FILE *to = is_stderr ? stderr : stdout;
    struct buf *line = &printing->lines[is_stderr];
    uint8_t *end;

    if (printing->prefix == NULL) {
        (void)fwrite(text.data, 1, text.size, to);
        fflush(to);
        return;
    }
    (void)buf_append(line, text.data, text.size); /* no ceiling */
    while (line->size > 0 && (end = memchr(line->data, '\n', line->size)) != NULL) {
        size_t size = (size_t)(end - line->data);
        print_line(printing, to, slice_of(line->data, size));
        buf_consume(line, size + 1);
    }
}

static void finish_lines(struct printing *printing)
{
    for (int i = 0; i < 2; i++) {
        if (printing->lines[i].size > 0)
            print_line(printing, i == 1 ? stderr : stdout,
                       buf_slice(&printing->lines[i]));
        buf_finish(&printing->lines[i]);
    }
}

static int run_on(const struct cluster *cluster, const char *text, const char *command,
                  int *ended, struct error *err)
{
    struct printing printing = { 0 };
    struct ssh_command what = { .input = -1, .output = on_output, .arg = &printing };
    struct reach reach;
    struct ssh *ssh;
    char *line;
    int status;

    reach_init(&reach, cluster, text);
    reach.ssh.accept_new = opt.accept_new;
    ssh = ssh_open(&reach.ssh, err);
    if (ssh == NULL)
        return -(int)err->code;
    if (opt.all)
        printing.prefix = reach.host;
    line = bring_up_line(cluster->name, command);
    what.line = line;
    if (!opt.all && isatty(STDIN_FILENO) == 0)
        what.input = STDIN_FILENO;
    status = ssh_run(ssh, &what, ended, err);
    finish_lines(&printing);
    free(line);
    ssh_close(ssh);
    return status;
}

/* Every machine is asked, whatever the others say; the first failure is the status. */
static int run_on_all(struct context *ctx, const struct cluster *cluster,
                      const char *command, int *ended, struct error *err)
{
    int status = 0;

    for (size_t i = 0; i <= cluster->worker_ips.count; i++) {
        const char *host = i == 0 ? cluster->head_ip : cluster->worker_ips.items[i - 1];
        struct error why;
        int one = 0, failed = run_on(cluster, host, command, &one, &why);
        if (failed != 0) {
            context_say(ctx, "%s", why.text);
            status = failed;
            *err = why;
        } else if (*ended == 0) {
            *ended = one;
        }
    }
    return status != 0 ? fail(err, (enum error_code) - status,
                              "not all machines could be asked")
                       : 0;
}

static const char *find_host(const struct cluster *cluster, struct error *err)
{
    struct reach reach;

    if (opt.host == NULL)
        return cluster->head_ip;
    for (size_t i = 0; i <= cluster->worker_ips.count; i++) {
        const char *text = i == 0 ? cluster->head_ip : cluster->worker_ips.items[i - 1];
        reach_init(&reach, cluster, text);
        if (strcmp(reach.host, opt.host) == 0)
            return text;
    }
    fail(err, ERR_NOT_FOUND, "no machine of the cluster is called '%s'", opt.host);
    return NULL;
}

/* As ssh(1) does: the words with spaces between, for the machine's shell. */
static const char *join(struct context *ctx, const struct args *args)
{
    const char *line = args->items[1];

    for (int i = 2; i < args->count; i++)
        line = arena_printf(&ctx->arena, "%s %s", line, args->items[i]).data;
    return line;
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    struct cluster *cluster = reach_load(args->items[0], err);
    const char *host = cluster != NULL ? find_host(cluster, err) : NULL;
    const char *command;
    int ended = 0, status;

    if (host == NULL) {
        cluster_destroy(cluster);
        return -(int)err->code;
    }
    command = join(ctx, args);
    status = opt.all ? run_on_all(ctx, cluster, command, &ended, err)
                     : run_on(cluster, host, command, &ended, err);
    cluster_destroy(cluster);
    ctx->exit_status = ended;
    return status;
}

const struct command cmd_exec = {
    .name = "exec",
    .args = "CLUSTER.yaml COMMAND [ARGUMENT...]",
    .summary = "run a command on a machine of a cluster",
    .options = options,
    .needs = RUNS_COMMAND,
    .args_min = 2,
    .args_max = -1,
    .run = run,
    .example = "rayctl exec --all cluster.yaml uptime",
};
