/* launch.c - daemons are started here and ended again.
 *
 * Processes are found by what they recorded about themselves (session_processes: pid,
 * start time, pidfd), never by name. */
#include "autoscale/launch.h"

#include "autoscale/claim.h"
#include "autoscale/launch_line.h"
#include "autoscale/probe.h"
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

enum { KILL_MS = 5000, DYING_MS = 500 };

static int start(struct launch_line *line, const char *session, const char *role,
                 struct error *err)
{
    char *log_path = xprintf("%s/logs/%s.log", session, role);
    const struct daemon_options options = { .argv = line->items,
                                            .log_path = log_path,
                                            .life_fd = -1 };
    pid_t pid;
    int status = daemon_start(&options, &pid, err);

    free(log_path);
    launch_line_finish(line);
    return status;
}

/* Those of that role; of any when it is NULL. Negative when nobody knows. */
static int count_of(const char *cluster, const char *role)
{
    struct session_process *processes = NULL;
    char session[SESSION_PATH_MAX];
    int count, found = 0;

    if (session_path(cluster, session, false, NULL) != 0)
        return 0;
    count = session_processes(session, &processes, NULL);
    if (count < 0)
        return count;
    for (int i = 0; i < count; i++)
        found += role == NULL || strcmp(processes[i].role, role) == 0;
    session_free(processes, count);
    return found;
}

int launch_count(const char *cluster)
{
    return count_of(cluster, NULL);
}

bool launch_is_running(const char *cluster, const char *role)
{
    return count_of(cluster, role) > 0;
}

/* ---- starting ---- */

/* Whether one of that role runs and goes on: one that has just been killed may take a
 * moment to end. */
static bool goes_on(const char *cluster, const char *role)
{
    struct session_process *processes = NULL;
    char session[SESSION_PATH_MAX];
    bool found = false;
    int count;

    if (session_path(cluster, session, false, NULL) != 0)
        return false;
    count = session_processes(session, &processes, NULL);
    for (int i = 0; i < count && !found; i++) {
        struct pollfd end = { .fd = processes[i].pidfd, .events = POLLIN };
        found = strcmp(processes[i].role, role) == 0 && poll(&end, 1, DYING_MS) != 1;
    }
    session_free(processes, count);
    return found;
}

bool launch_is_name(const char *name, size_t max)
{
    size_t size = strlen(name);

    return size > 0 && size <= max && name[0] != '.' &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789._-") == size;
}

/* The session for a head, or for the first node of a machine: that of nodes which live,
 * else a new one. What dead processes have left is removed. */
static int claim_session(struct claim *claim, const char *cluster, struct error *err)
{
    int status = claim_init(claim, cluster, CLAIM_MAKE, err);

    if (status != 0 || launch_count(cluster) != 0)
        return status;
    status = session_remove(claim->path, err);
    claim_finish(claim);
    return status == 0 ? claim_init(claim, cluster, CLAIM_MAKE, err) : status;
}

/* *is_new: nobody lives in the session yet, and it has a new secret. */
static int prepare(const struct claim *claim, const struct launch_head *head,
                   bool *is_new, struct error *err)
{
    const char *cluster = head->cluster;
    int count = launch_count(cluster);

    *is_new = count == 0;
    if (count < 0)
        return fail(err, ERR_IO, "%s/pids cannot be read", claim->path);
    if (goes_on(cluster, "head"))
        return fail(err, ERR_EXISTS,
                    "cluster '%s' runs already on this machine: `rayctl stop` ends it, "
                    "--cluster-name starts another beside it",
                    cluster);
    if (head->secret_file != NULL)
        return auth_install_secret(claim->path, head->secret_file, err);
    return *is_new ? auth_create_secret(claim->path, err) : 0;
}

static int start_head(const struct launch_head *head, const char *session,
                      struct error *err)
{
    return start(launch_line_head(head, session), session, "head", err);
}

int launch_head(const struct launch_head *head, struct error *err)
{
    struct claim claim;
    bool is_new = false;
    int status = claim_session(&claim, head->cluster, err);

    if (status != 0)
        return status;
    status = prepare(&claim, head, &is_new, err);
    if (status == 0)
        status = start_head(head, claim.path, err);
    if (status != 0 && is_new)
        (void)session_remove(claim.path, NULL); /* the first failure counts */
    claim_finish(&claim);
    return status;
}

/* `head`: the address of the head; NULL: its socket in the session. */
static int start_node(const struct launch_node *node, const char *session,
                      const char *head, struct error *err)
{
    char *role = xprintf("node-%s", node->name);
    int status;

    if (goes_on(node->cluster, role))
        status = fail(err, ERR_EXISTS, "node '%s' runs already", node->name);
    else
        status = start(launch_line_node(node, session, head), session, role, err);
    free(role);
    return status;
}

static int check_name(const struct launch_node *node, struct error *err)
{
    if (launch_is_name(node->name, LAUNCH_NODE_NAME_MAX))
        return 0;
    return fail(err, ERR_INVALID,
                "node name '%s': use up to %d letters, digits, '.', '_', '-'",
                node->name, LAUNCH_NODE_NAME_MAX);
}

int launch_node(const struct launch_node *node, struct error *err)
{
    struct claim claim;
    int status = check_name(node, err);

    if (status != 0)
        return status;
    status = claim_init(&claim, node->cluster, CLAIM_SHARE, err);
    if (status == -ERR_NOT_FOUND)
        return fail(err, ERR_UNREACHABLE, "cluster '%s' does not run on this machine",
                    node->cluster);
    if (status != 0)
        return status;
    if (launch_is_running(node->cluster, "head"))
        status = start_node(node, claim.path, NULL, err);
    else
        status = fail(err, ERR_UNREACHABLE, "the head of cluster '%s' does not run",
                      node->cluster);
    claim_finish(&claim);
    return status;
}

static int write_address(const char *session, const char *address, struct error *err)
{
    char *path = xprintf("%s/address", session);
    FILE *file = fopen(path, "we");
    int status = 0;

    if (file == NULL || fprintf(file, "%s\n", address) < 0)
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    if (file != NULL && fclose(file) != 0 && status == 0)
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    free(path);
    return status;
}

static int join_session(const struct launch_join *join, const struct launch_node *node,
                        struct error *err)
{
    struct claim claim;
    bool is_new;
    int status = claim_session(&claim, node->cluster, err);

    if (status != 0)
        return status;
    is_new = launch_count(node->cluster) == 0;
    status = auth_install_secret(claim.path, join->secret_file, err);
    if (status == 0 && !launch_is_running(node->cluster, "head"))
        status = write_address(claim.path, join->address, err);
    if (status == 0)
        status = start_node(node, claim.path, join->address, err);
    if (status != 0 && is_new)
        (void)session_remove(claim.path, NULL); /* the first failure counts */
    claim_finish(&claim);
    return status;
}

int launch_join(const struct launch_join *join, const struct launch_node *node,
                char *cluster, struct error *err)
{
    struct identity self = { .role = "admin" };
    struct launch_node here = *node;
    struct probe probe = { .cluster = "" };
    int status = check_name(node, err);

    if (status == 0)
        status = auth_load_file(&self, join->secret_file, err);
    if (status == 0 && node->cluster != NULL)
        snprintf(self.cluster, sizeof(self.cluster), "%s", node->cluster);
    if (status == 0)
        status = probe_head(join->address, &self, &probe, err);
    if (status != 0)
        return wrap(err, "join %s", join->address);
    snprintf(cluster, LAUNCH_CLUSTER_NAME_MAX, "%s", probe.cluster);
    here.cluster = cluster;
    if (here.host == NULL)
        here.host = probe.ip;
    return join_session(join, &here, err);
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

static int stop_all(const struct claim *claim, const struct launch_stop *stop,
                    int *stopped, struct error *err)
{
    struct session_process *processes = NULL;
    int status = 0, count = session_processes(claim->path, &processes, err);

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
    return status == 0 ? session_remove(claim->path, err) : status;
}

int launch_stop(const struct launch_stop *stop, int *stopped, struct error *err)
{
    struct claim claim;
    int status = claim_init(&claim, stop->cluster, CLAIM_ALONE, err);

    *stopped = 0;
    if (status == 0) {
        status = stop_all(&claim, stop, stopped, err);
        claim_finish(&claim);
    } else if (status == -ERR_NOT_FOUND) {
        status = 0;
    }
    if (status == 0)
        session_clear_current(stop->cluster);
    return status;
}
