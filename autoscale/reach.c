/* reach.c - a context is a session folder without processes. */
#include "autoscale/reach.h"

#include "autoscale/cluster.h"
#include "lib/base/mem.h"
#include "lib/net/auth.h"
#include "lib/net/tunnel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cluster *reach_load(const char *path, struct error *err)
{
    struct cluster *cluster = cluster_load(path, NULL, NULL, err);

    if (cluster != NULL && cluster->head_ip == NULL) {
        fail(err, ERR_UNSUPPORTED, "%s: provider '%s' has no machines to log in to",
             path, cluster->provider);
        cluster_destroy(cluster);
        cluster = NULL;
    }
    return cluster;
}

void reach_init(struct reach *reach, const struct cluster *cluster, const char *text)
{
    const char *colon = strrchr(text, ':');
    bool has_port = colon != NULL && strchr(text, ':') == colon; /* not IPv6 */

    *reach = (struct reach){ .ssh = { .user = cluster->auth.user,
                                      .key_file = cluster->auth.key_file,
                                      .proxy_command = cluster->auth.proxy_command } };
    snprintf(reach->host, sizeof(reach->host), "%.*s",
             has_port ? (int)(colon - text) : (int)strlen(text), text);
    reach->ssh.host = reach->host;
    reach->ssh.port = has_port ? (int)strtol(colon + 1, NULL, 10) : 0;
}

static int write_file(const char *folder, const char *name, const char *text,
                      struct error *err)
{
    char *path = xprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    int status = 0;

    if (file == NULL || fputs(text, file) < 0)
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    if (file != NULL && fclose(file) != 0 && status == 0)
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    free(path);
    return status;
}

int reach_prepare(const struct cluster *cluster, char path[SESSION_PATH_MAX],
                  struct error *err)
{
    struct reach head;
    char *address;
    int status = session_path(cluster->name, path, true, err);

    if (status != 0)
        return status;
    reach_init(&head, cluster, cluster->head_ip);
    status = auth_create_secret(path, err);
    if (status == -ERR_EXISTS)
        status = 0;
    address = xprintf("%s:%d\n", head.host, REACH_HEAD_PORT);
    if (status == 0)
        status = write_file(path, "address", address, err);
    free(address);
    return status == 0 ? tunnel_write(path, &head.ssh, err) : status;
}

int reach_forget(const struct cluster *cluster, struct error *err)
{
    char path[SESSION_PATH_MAX];
    int status = session_path(cluster->name, path, false, err);

    if (status == 0)
        status = session_remove(path, err);
    if (status == 0)
        session_clear_current(cluster->name);
    return status;
}
