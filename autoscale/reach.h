/* reach.h - the machines of a cluster.yaml as SSH sees them, and the files that tell
 * later commands how to get there. */
#pragma once

#include "lib/base/error.h"
#include "lib/net/session.h"
#include "lib/net/ssh.h"

struct cluster;

enum { REACH_HOST_MAX = 256, REACH_HEAD_PORT = 6379 };

/* "HOST" or "HOST:PORT of sshd" of a yaml, taken apart. */
struct reach {
    char host[REACH_HOST_MAX];
    struct ssh_options ssh; /* borrows from this and from the cluster */
};

/* cluster_load() of a file whose machines are reached by SSH; -ERR_UNSUPPORTED for
 * others. */
struct cluster *reach_load(const char *path, struct error *err);
void reach_init(struct reach *reach, const struct cluster *cluster, const char *text);
/* Makes what later commands of this machine need: the cluster's session folder with a
 * secret (a new one unless there is one), the head's address, and the way there (`ssh`,
 * lib/net/tunnel.h). `path` gets the folder. */
int reach_prepare(const struct cluster *cluster, char path[SESSION_PATH_MAX],
                  struct error *err);
/* Removes it. */
int reach_forget(const struct cluster *cluster, struct error *err);
