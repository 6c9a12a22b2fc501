/* launch.h - a head or a node daemon on this machine, in a session folder. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/log_plan.h"
#include "lib/base/resources.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LAUNCH_LABELS_MAX = 64,
    LAUNCH_NODE_NAME_MAX = 32,
    LAUNCH_CLUSTER_NAME_MAX = 64
};

struct launch_head {
    const char *cluster;
    const char *host;        /* NULL: 127.0.0.1 */
    int64_t port;            /* 0: a free one */
    const char *secret_file; /* of the cluster; NULL: a new one */
    struct log_bounds logs;  /* 0: the daemon's default */
};

struct launch_node {
    const char *cluster, *name;
    bool is_head;               /* lives beside the head */
    const char *host;           /* IP for other machines; NULL: there are none */
    int64_t port;               /* at that IP; 0: a free one */
    struct resources resources; /* what is not named is found out by the daemon */
    bool no_cpus, no_gpus;      /* offers none, which a set of amounts cannot say */
    const char *labels[LAUNCH_LABELS_MAX]; /* "key=value" */
    size_t labels_count;
    int64_t store_limit;                  /* bytes; 0: the daemon's default */
    const char *spill_folder;             /* NULL: the daemon's default */
    int64_t spill_limit, spill_threshold; /* bytes, percent; 0: the daemon's default */
    struct log_bounds logs;               /* 0: the daemon's default */
};

/* Whether it is the name of a node or cluster: up to `max` letters, digits, '.', '_'
 * and
 * '-', no '.' first. */
bool launch_is_name(const char *name, size_t max);

/* Starts `rayd head` (made the session folder and secret before) and waits until it
 * serves. -ERR_EXISTS when that cluster's head runs already. A session of dead
 * processes is cleared first; one whose nodes live without their head gets a new head,
 * which reads what the old one has stored. */
int launch_head(const struct launch_head *head, struct error *err);
/* Starts `rayd node` and waits until it has joined. -ERR_UNREACHABLE when the cluster
 * does not run, -ERR_EXISTS when that node does. */
int launch_node(const struct launch_node *node, struct error *err);
/* A cluster whose head is elsewhere. */
struct launch_join {
    const char *address;     /* of the head, "HOST:PORT" */
    const char *secret_file; /* the cluster's secret */
};
/* The same as launch_node() for a head on another machine; makes the session here. If
 * node->cluster is NULL the head's word is taken; if node->host is, the address from
 * which packets leave for the head. `cluster` gets the name, LAUNCH_CLUSTER_NAME_MAX.
 * -ERR_UNREACHABLE, -ERR_REFUSED (another secret) before anything is made. */
int launch_join(const struct launch_join *join, const struct launch_node *node,
                char *cluster, struct error *err);
/* How many recorded processes of the cluster live; negative when that cannot be read.
 */
int launch_count(const char *cluster);
/* Whether the process of that role ("head", "node-x") of the cluster lives. */
bool launch_is_running(const char *cluster, const char *role);

struct launch_stop {
    const char *cluster;
    int64_t grace_ms; /* from SIGTERM to SIGKILL */
};

/* Ends the recorded processes of the cluster, nodes first, then the head, then the
 * process groups of jobs that it has left, and removes the session folder. *stopped
 * counts the processes that were there. Errors leave the folder. */
int launch_stop(const struct launch_stop *stop, int *stopped, struct error *err);
