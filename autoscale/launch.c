/* launch.c - command lines for rayd, and the way back.
 *
 * Processes are found by what they recorded about themselves (session_processes: pid,
 * start time, pidfd), never by name. */
#include "autoscale/launch.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/daemon.h"
#include "lib/net/session.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ARGS_MAX = 32 + 2 * LAUNCH_LABELS_MAX + 2 * RESOURCE_KINDS_MAX, KILL_MS = 5000 };

/* An argv whose formatted parts are owned. */
struct command_line {
    const char *items[ARGS_MAX];
    char *owned[ARGS_MAX];
    size_t count, owned_count;
};

static void add(struct command_line *line, const char *text)
{
    if (line->count + 1 < ARGS_MAX)
        line->items[line->count++] = text;
}

static void add_owned(struct command_line *line, char *text)
{
    if (line->owned_count < ARGS_MAX)
        line->owned[line->owned_count++] = text;
    add(line, text);
}

static void finish(struct command_line *line)
{
    for (size_t i = 0; i < line->owned_count; i++)
        free(line->owned[i]);
    free(line);
}

/* rayd beside this program, else in PATH. */
static char *find_rayd(void)
{
    char self[PATH_MAX], *slash, *path;
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

    self[size > 0 ? size : 0] = '\0';
    slash = strrchr(self, '/');
    if (slash == NULL)
        return xstrdup("rayd");
    path = xprintf("%.*s/rayd", (int)(slash - self), self);
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return xstrdup("rayd");
}

static struct command_line *begin(const char *role, const char *session)
{
    struct command_line *line = xcalloc(1, sizeof(*line));

    add_owned(line, find_rayd());
    add(line, role);
    add(line, "--session");
    add(line, session);
    add(line, "--ready-fd");
    add(line, "3");
    return line;
}

static int start(struct command_line *line, const char *session, const char *role,
                 struct error *err)
{
    char *log_path = xprintf("%s/logs/%s.log", session, role);
    const struct daemon_options options = { .argv = line->items,
                                            .log_path = log_path,
                                            .life_fd = -1 };
    pid_t pid;
    int status = daemon_start(&options, &pid, err);

    free(log_path);
    finish(line);
    return status;
}

bool launch_is_running(const char *cluster, const char *role)
{
    struct session_process *processes = NULL;
    char session[SESSION_PATH_MAX];
    bool found = false;
    int count;

    if (session_path(cluster, session, false, NULL) != 0)
        return false;
    count = session_processes(session, &processes, NULL);
    for (int i = 0; i < count; i++)
        found |= strcmp(processes[i].role, role) == 0;
    session_free(processes, count > 0 ? count : 0);
    return found;
}

static bool exists(const char *session)
{
    return access(session, F_OK) == 0;
}

/* ---- starting ---- */

int launch_head(const struct launch_head *head, struct error *err)
{
    struct session_process *processes = NULL;
    char session[SESSION_PATH_MAX];
    struct command_line *line;
    int status = session_path(head->cluster, session, false, err), count = 0;

    if (status == 0 && exists(session))
        count = session_processes(session, &processes, err);
    session_free(processes, count > 0 ? count : 0);
    if (count > 0)
        return fail(err, ERR_EXISTS,
                    "cluster '%s' runs already on this machine: `rayctl stop` ends it, "
                    "--cluster-name starts another beside it",
                    head->cluster);
    if (status == 0 && count == 0)
        status = session_remove(session, err); /* of dead processes */
    if (status == 0)
        status = session_path(head->cluster, session, true, err);
    if (status == 0)
        status = auth_create_secret(session, err);
    if (status != 0)
        return status;
    line = begin("head", session);
    add(line, "--cluster");
    add(line, head->cluster);
    if (head->host != NULL) {
        add(line, "--host");
        add(line, head->host);
    }
    add(line, "--port");
    add_owned(line, xprintf("%lld", (long long)head->port));
    status = start(line, session, "head", err);
    if (status != 0)
        (void)session_remove(session, NULL); /* the first failure counts */
    return status;
}

static void add_node_options(struct command_line *line, const struct launch_node *node)
{
    for (size_t i = 0; i < node->resources.count; i++) {
        const struct resource *resource = &node->resources.items[i];
        add(line, "--resource");
        add_owned(line, xprintf("%s=%.15g", resource->name,
                                resources_to_double(resource->amount)));
    }
    for (size_t i = 0; i < node->labels_count; i++) {
        add(line, "--label");
        add(line, node->labels[i]);
    }
    if (node->store_limit > 0) {
        add(line, "--object-store-memory");
        add_owned(line, xprintf("%lld", (long long)node->store_limit));
    }
    if (node->is_head)
        add(line, "--is-head");
}

int launch_node(const struct launch_node *node, struct error *err)
{
    char session[SESSION_PATH_MAX], *role;
    struct command_line *line;
    int status = session_path(node->cluster, session, false, err);

    if (status != 0)
        return status;
    if (!exists(session))
        return fail(err, ERR_UNREACHABLE, "cluster '%s' does not run on this machine",
                    node->cluster);
    if (strspn(node->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                           "0123456789._-") != strlen(node->name) ||
        strlen(node->name) > 32 || node->name[0] == '\0' || node->name[0] == '.')
        return fail(err, ERR_INVALID,
                    "node name '%s': use up to 32 letters, digits, '.', '_', '-'",
                    node->name);
    role = xprintf("node-%s", node->name);
    if (launch_is_running(node->cluster, role)) {
        free(role);
        return fail(err, ERR_EXISTS, "node '%s' runs already", node->name);
    }
    line = begin("node", session);
    add(line, "--head");
    add_owned(line, xprintf("unix:%s/head.sock", session));
    add(line, "--name");
    add(line, node->name);
    add_node_options(line, node);
    status = start(line, session, role, err);
    free(role);
    return status;
}

/* ---- stopping ---- */

static bool has_ended(const struct session_process *process)
{
    struct pollfd wait = { .fd = process->pidfd, .events = POLLIN };
    return poll(&wait, 1, 0) == 1;
}

static void send_signal(const struct session_process *process, int number)
{
    /* ESRCH: it has ended meanwhile */
    (void)syscall(SYS_pidfd_send_signal, process->pidfd, number, NULL, 0);
}

static bool is_role(const struct session_process *process, const char *role)
{
    return strncmp(process->role, role, strlen(role)) == 0;
}

/* A job leads a process group; daemons end their children themselves. */
static void end_one(const struct session_process *process, int number)
{
    if (is_role(process, "job-") && !has_ended(process))
        (void)kill(-process->pid, number);
    send_signal(process, number);
}

/* Signals those processes whose role begins so, and waits for their end. */
static bool end_them(const struct session_process *processes, int count,
                     const char *role, int64_t grace_ms)
{
    int64_t deadline = clock_now() + grace_ms * NS_PER_MS;
    bool all = true;

    for (int i = 0; i < count; i++)
        if (is_role(&processes[i], role))
            end_one(&processes[i], SIGTERM);
    for (int i = 0; i < count; i++) {
        struct pollfd wait = { .fd = processes[i].pidfd, .events = POLLIN };
        int64_t left = (deadline - clock_now()) / NS_PER_MS;
        if (!is_role(&processes[i], role) ||
            poll(&wait, 1, left > 0 ? (int)left : 0) == 1)
            continue;
        end_one(&processes[i], SIGKILL);
        all = poll(&wait, 1, KILL_MS) == 1 && all;
    }
    return all;
}

int launch_stop(const struct launch_stop *stop, int *stopped, struct error *err)
{
    struct session_process *processes = NULL;
    char session[SESSION_PATH_MAX];
    int count, status = session_path(stop->cluster, session, false, err);

    *stopped = 0;
    if (status != 0)
        return status;
    if (!exists(session))
        return 0;
    count = session_processes(session, &processes, err);
    if (count < 0)
        return count;
    for (int i = 0; i < count; i++)
        *stopped += !has_ended(&processes[i]);
    /* Jobs last: a head that lives ends them itself. */
    if (!end_them(processes, count, "node-", stop->grace_ms) ||
        !end_them(processes, count, "head", stop->grace_ms) ||
        !end_them(processes, count, "job-", stop->grace_ms))
        status = fail(err, ERR_TIMEOUT, "some processes of cluster '%s' do not end",
                      stop->cluster);
    session_free(processes, count);
    if (status == 0)
        status = session_remove(session, err);
    if (status == 0)
        session_clear_current(stop->cluster);
    return status;
}
