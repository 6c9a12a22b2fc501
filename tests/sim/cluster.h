/* cluster.h - a real head and real nodes (daemon/head, daemon/node) as processes of the
 * simulated world, each on its own machine. */
#pragma once

#include <stdbool.h>

enum { CLUSTER_NODES_MAX = 4 };

struct cluster;

/* A head and `nodes` nodes of a few CPUs each, all starting. */
struct cluster *cluster_create(int nodes);
/* Kills what lives. */
void cluster_destroy(struct cluster *cluster);
const char *cluster_head(const struct cluster *cluster); /* its address */
int cluster_nodes(const struct cluster *cluster);

/* SIGKILL, and started again after a while, as a supervisor does. */
void cluster_kill_head(struct cluster *cluster);
void cluster_kill_node(struct cluster *cluster, int node);

/* When nobody has asked for anything for a while: all nodes are known and idle, with
 * all that they have; no process of a user's is left; no actor lives. */
void cluster_check_quiet(struct cluster *cluster);
