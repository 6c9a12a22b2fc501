/* private.c - rayd head and rayd node as children.
 *
 * Each child inherits the read end of a pipe whose only write end is ours
 * (--die-with-fd): when we are gone, even by SIGKILL, it reads the end of the file and
 * stops in good order. A second pipe (--ready-fd) brings back "ok" or the reason why
 * not. */
#include "lib/client/private.h"

#include "lib/base/mem.h"
#include "lib/client/beside.h"
#include "lib/net/auth.h"
#include "lib/net/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS_MAX = 20 };

struct private_cluster {
    char name[64];
    char session[SESSION_PATH_MAX];
    char address[SESSION_PATH_MAX + 16];
    pid_t head, node;
    int life; /* write end: held open as long as the cluster shall live */
};

static pid_t start_child(struct private_cluster *cluster, const char *const *argv,
                         int life, struct error *err)
{
    char log_path[SESSION_PATH_MAX + 32];
    const struct daemon_options options = { .argv = argv,
                                            .log_path = log_path,
                                            .life_fd = life };
    pid_t pid = -1;

    snprintf(log_path, sizeof(log_path), "%s/logs/%s.log", cluster->session,
             strcmp(argv[1], "node") == 0 ? "node-node-0" : argv[1]);
    if (daemon_start(&options, &pid, err) != 0) {
        wrap(err, "private cluster");
        return -1;
    }
    return pid;
}

static int start_both(struct private_cluster *cluster, double num_cpus, int life,
                      struct error *err)
{
    char rayd[PATH_MAX], cpus[64], head_address[sizeof(cluster->address)];
    const char *head[] = { beside_find("rayd", rayd),
                           "head",
                           "--session",
                           cluster->session,
                           "--cluster",
                           cluster->name,
                           "--port",
                           "0",
                           "--ready-fd",
                           "3",
                           "--die-with-fd",
                           "4",
                           "--ephemeral",
                           NULL };
    const char *node[ARGS_MAX] = {
        head[0],  "node",   "--session", cluster->session, "--head", head_address,
        "--name", "node-0", "--is-head", "--ready-fd",     "3",      "--die-with-fd",
        "4",      NULL
    };

    snprintf(head_address, sizeof(head_address), "%s", cluster->address);
    if (num_cpus > 0) {
        snprintf(cpus, sizeof(cpus), "CPU=%.4f", num_cpus);
        node[13] = "--resource";
        node[14] = cpus;
        node[15] = NULL;
    }
    cluster->head = start_child(cluster, head, life, err);
    if (cluster->head > 0)
        cluster->node = start_child(cluster, node, life, err);
    return cluster->node > 0 ? 0 : -(int)err->code;
}

struct private_cluster *private_start(double num_cpus, struct error *err)
{
    struct private_cluster *cluster = xcalloc(1, sizeof(*cluster));
    int life[2] = { -1, -1 };
    int status;

    cluster->life = -1;
    snprintf(cluster->name, sizeof(cluster->name), "private-%d", getpid());
    status = session_path(cluster->name, cluster->session, true, err);
    if (status == 0)
        status = auth_create_secret(cluster->session, err);
    if (status == 0 && pipe2(life, O_CLOEXEC) != 0)
        status = fail(err, ERR_IO, "pipe: %s", strerror(errno));
    if (status == 0) {
        cluster->life = life[1];
        snprintf(cluster->address, sizeof(cluster->address), "unix:%s/head.sock",
                 cluster->session);
        status = start_both(cluster, num_cpus, life[0], err);
        close(life[0]);
    }
    if (status == 0)
        return cluster;
    private_stop(cluster);
    return NULL;
}

const char *private_address(const struct private_cluster *cluster)
{
    return cluster->address;
}

void private_stop(struct private_cluster *cluster)
{
    if (cluster == NULL)
        return;
    if (cluster->life >= 0)
        close(cluster->life);
    if (cluster->node > 0)
        waitpid(cluster->node, NULL, 0);
    if (cluster->head > 0)
        waitpid(cluster->head, NULL, 0);
    if (cluster->session[0] != '\0')
        (void)session_remove(cluster->session, NULL); /* the head may have done it */
    free(cluster);
}
