/* launch.h - a head or a node daemon on this machine, in a session folder. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/resources.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAUNCH_LABELS_MAX = 64 };

struct launch_head {
    const char *cluster;
    const char *host; /* NULL: 127.0.0.1 */
    int64_t port;     /* 0: a free one */
};

struct launch_node {
    const char *cluster, *name;
    bool is_head;               /* lives beside the head */
    struct resources resources; /* what is not named is found out by the daemon */
    const char *labels[LAUNCH_LABELS_MAX]; /* "key=value" */
    size_t labels_count;
    int64_t store_limit; /* bytes; 0: the daemon's default */
};

/* Starts `rayd head` (made the session folder and secret before) and waits until it
 * serves. -ERR_EXISTS when that cluster's head runs already. A session of dead
 * processes is cleared first. */
int launch_head(const struct launch_head *head, struct error *err);
/* Starts `rayd node` and waits until it has joined. */
int launch_node(const struct launch_node *node, struct error *err);
/* Whether the process of that role ("head", "node-x") of the cluster lives. */
bool launch_is_running(const char *cluster, const char *role);

struct launch_stop {
    const char *cluster;
    int64_t grace_ms; /* from SIGTERM to SIGKILL */
};

/* Ends the recorded processes of the cluster, nodes first, the head last, and removes
 * the session folder. *stopped counts the processes that were there. Errors leave the
 * folder. */
int launch_stop(const struct launch_stop *stop, int *stopped, struct error *err);
