/* cluster_read.h - what the files that read a cluster.yaml share, and nobody else sees.
 */
#pragma once

#include "autoscale/cluster.h"

struct yaml_node;

struct reading {
    struct cluster *cluster;
    struct node_type *type;            /* at hand */
    const struct yaml_node *head_node; /* value of head_node_type */
    const struct yaml_node *max_node;  /* value of max_workers */
    const struct yaml_node *min_node;  /* value of min_workers */
    cluster_warn *warn;
    void *arg;
    struct error *err;
};

typedef int read_key(struct reading *reading, const char *what,
                     const struct yaml_node *value);

struct key {
    const char *name;
    read_key *read; /* NULL: of Ray's schema, not honoured yet */
};

/* Reads a map by a table of its keys, which ends with a NULL name. */
int cluster_read_map(struct reading *reading, const char *what,
                     const struct yaml_node *map, const struct key *keys);
/* A text into *text, unless there is one. */
int cluster_read_text(struct reading *reading, const char *what,
                      const struct yaml_node *value, char **text);
/* 0 to 100000 */
int cluster_read_count(struct reading *reading, const char *what,
                       const struct yaml_node *value, int64_t *count);

/* cluster_machines.c: a reader for each key */
read_key machines_read_worker_ips;
read_key machines_read_initialization;
read_key machines_read_setup;
read_key machines_read_head_setup;
read_key machines_read_worker_setup;
read_key machines_read_head_start;
read_key machines_read_worker_start;
read_key machines_read_head_ip;
read_key machines_read_mounts;
read_key machines_read_auth;
/* What only the whole file shows of machines. */
int machines_check(struct reading *reading, const struct yaml_node *root);
/* Warns of keys that do nothing for local processes. */
void machines_warn(const struct reading *reading);
/* Frees what these readers have made. */
void machines_finish(struct cluster *cluster);
