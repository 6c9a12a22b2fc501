/* bring_up.c - steps on a machine, each a script for its /bin/sh.
 *
 * Scripts reach the machine as one quoted argument of `sh -c`, whatever the user's
 * login shell is; files reach it on stdin. A kit is unpacked beside its place and
 * renamed into it, so that half of one is never used; it is checked before by its
 * SHA-256, and tried by running it. The secret is written with mode 0600, given to the
 * daemon, which keeps its own copy, and removed. */
#include "autoscale/bring_up.h"

#include "autoscale/cluster.h"
#include "autoscale/mounts.h"
#include "autoscale/step.h"
#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/net/ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 512 };

char *bring_up_line(const char *cluster, const char *shell)
{
    /* Without a login there is no XDG_RUNTIME_DIR, and with one it goes at logout. */
    char *script = xprintf("unset XDG_RUNTIME_DIR; "
                           "PATH=\"$HOME/.rayctl/clusters/%s/bin:$PATH\"; export PATH; "
                           "%s",
                           cluster, shell);
    char *quoted = step_quote(script), *line = xprintf("exec /bin/sh -c %s", quoted);

    free(script);
    free(quoted);
    return line;
}

/* The user's commands, one by one, as long as they take. */
static int run_list(struct work *work, const char *what,
                    const struct cluster_list *list)
{
    char text[LINE_SIZE];
    int status = 0;

    for (size_t i = 0; status == 0 && i < list->count; i++) {
        char *script = xprintf("RAY_HEAD_IP=%s; export RAY_HEAD_IP; %s",
                               work->plan->head_ip, list->items[i]);
        snprintf(text, sizeof(text), "%s %zu/%zu: %.200s", what, i + 1, list->count,
                 list->items[i]);
        step_say(work, text);
        status = step_run_with(work, text, script, -1, 0);
        free(script);
    }
    return status;
}

/* ---- the kit ---- */

static bool has_kit(struct work *work)
{
    char *script =
        xprintf("test -x \"$HOME/.rayctl/kits/%s/bin/rayd\"", work->plan->kit_sha);
    bool has = step_run(work, "look for the kit", script) == 0;

    free(script);
    return has;
}

static int push_kit(struct work *work)
{
    const char *sha = work->plan->kit_sha;
    char *script = xprintf(
        "umask 077; d=\"$HOME/.rayctl/kits\"; mkdir -p \"$d\" || exit 1\n"
        "t=$(mktemp -d \"$d/.new.XXXXXX\") || exit 1\n"
        "trap 'rm -rf \"$t\"' EXIT\n"
        "cat >\"$t/kit.tar.gz\" || exit 1\n"
        "s=$(sha256sum <\"$t/kit.tar.gz\") || exit 1\n"
        "[ \"${s%%%% *}\" = %s ] || { echo 'damaged on its way' >&2; exit 1; }\n"
        "mkdir \"$t/kit\" && tar -C \"$t/kit\" -xzf \"$t/kit.tar.gz\" || exit 1\n"
        "\"$t/kit/bin/rayctl\" version >/dev/null || { echo 'it does not run on this "
        "machine' >&2; exit 1; }\n"
        "mv -T \"$t/kit\" \"$d/%s\" 2>/dev/null || test -x \"$d/%s/bin/rayd\"",
        sha, sha, sha);
    int status = step_send(work, "push the programs", work->plan->kit, script);

    free(script);
    return status;
}

static int link_kit(struct work *work)
{
    char *script =
        xprintf("umask 077; c=\"$HOME/.rayctl/clusters\"; mkdir -p \"$c\" && "
                "ln -sfn \"../kits/%s\" \"$c/%s.new\" && mv -T \"$c/%s.new\" \"$c/%s\"",
                work->plan->kit_sha, work->plan->cluster->name,
                work->plan->cluster->name, work->plan->cluster->name);
    int status = step_run(work, "switch to the programs", script);

    free(script);
    return status;
}

static int install_kit(struct work *work)
{
    int status = 0;

    if (!has_kit(work)) {
        step_say(work, "pushing the programs");
        status = push_kit(work);
    }
    return status == 0 ? link_kit(work) : status;
}

/* ---- starting ---- */

static char *start_script(const struct work *work)
{
    const struct bring_up *plan = work->plan;
    const struct machine *machine = work->machine;
    const char *name = plan->cluster->name;

    if (machine->is_head)
        return xprintf(
            "rayctl start --quiet --head --cluster-name %s --node-ip-address "
            "%s --port %d --secret-file \"$s\" --node-name %s",
            name, plan->head_ip, plan->head_port, machine->name);
    return xprintf("rayctl start --quiet --address %s:%d --cluster-name %s "
                   "--secret-file \"$s\" --node-name %s",
                   plan->head_ip, plan->head_port, name, machine->name);
}

/* The user's start commands, or ours. They find the secret in RAYCTL_SECRET_FILE. */
static char *start_commands(const struct work *work)
{
    const struct cluster *cluster = work->plan->cluster;
    const struct cluster_list *list =
        work->machine->is_head ? &cluster->head_start : &cluster->worker_start;
    char *script = list->count == 0 ? start_script(work) : xstrdup(":");

    for (size_t i = 0; i < list->count; i++) {
        char *before = script;
        script = xprintf("%s && { %s\n}", before, list->items[i]);
        free(before);
    }
    return script;
}

static bool runs_already(struct work *work)
{
    return work->printed.size > 0 &&
           memmem(work->printed.data, work->printed.size, "runs already", 12) != NULL;
}

static int start_daemons(struct work *work)
{
    char *commands = start_commands(work);
    char *script =
        xprintf("umask 077; s=$(mktemp \"$HOME/.rayctl/.secret.XXXXXX\") || exit 1\n"
                "trap 'rm -f \"$s\"' EXIT\n"
                "cat >\"$s\" || exit 1\n"
                "RAY_HEAD_IP=%s RAYCTL_SECRET_FILE=\"$s\"; export RAY_HEAD_IP "
                "RAYCTL_SECRET_FILE\n%s",
                work->plan->head_ip, commands);
    int status;

    step_say(work, "starting");
    status = step_send(work, "start", work->plan->secret, script);
    free(script);
    free(commands);
    if (status != 0 && runs_already(work)) {
        step_say(work, "runs already");
        return 0;
    }
    if (status == 0)
        step_say(work, "up");
    return status;
}

int bring_up_machine(const struct bring_up *plan, const struct machine *machine,
                     struct ssh *ssh, struct error *err)
{
    struct work work = { .plan = plan, .machine = machine, .ssh = ssh, .err = err };
    const struct cluster *cluster = plan->cluster;
    int status;

    buf_init(&work.printed, 0);
    status = run_list(&work, "initialization", &cluster->initialization);
    if (status == 0)
        status = mounts_send(&work);
    if (status == 0)
        status = install_kit(&work);
    if (status == 0)
        status = run_list(&work, "setup", &cluster->setup);
    if (status == 0)
        status =
            run_list(&work, "setup",
                     machine->is_head ? &cluster->head_setup : &cluster->worker_setup);
    if (status == 0 && !plan->no_restart)
        status = start_daemons(&work);
    buf_finish(&work.printed);
    return status;
}

int take_down_machine(const struct cluster *cluster, const struct machine *machine,
                      struct ssh *ssh, struct error *err)
{
    const struct bring_up plan = { .cluster = cluster };
    struct work work = { .plan = &plan, .machine = machine, .ssh = ssh, .err = err };
    char *script =
        xprintf("r=\"$HOME/.rayctl\"; [ -d \"$r\" ] || exit 0\n"
                "if [ -x \"$r/clusters/%s/bin/rayctl\" ]; then rayctl stop --quiet "
                "--cluster-name %s || exit 1; fi\n"
                "rm -f \"$r/clusters/%s\"\n"
                "for k in \"$r\"/kits/*; do used=; for c in \"$r\"/clusters/*; do\n"
                "[ \"$(readlink \"$c\")\" = \"../kits/${k##*/}\" ] && used=1; done\n"
                "[ -n \"$used\" ] || rm -rf \"$k\"; done\n"
                "rmdir \"$r/clusters\" \"$r/kits\" \"$r\" 2>/dev/null; exit 0",
                cluster->name, cluster->name, cluster->name);
    int status;

    buf_init(&work.printed, 0);
    step_say(&work, "stopping");
    status = step_run(&work, "stop", script);
    if (status == 0)
        step_say(&work, "down");
    free(script);
    buf_finish(&work.printed);
    return status;
}
