/* cluster.h - cluster.yaml: what a cluster shall be. Ray's schema, as far as it is
 * honoured.
 *
 * Owns all text in it. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/resources.h"

#include <stddef.h>
#include <stdint.h>

enum { CLUSTER_TYPES_MAX = 256, CLUSTER_LABELS_MAX = 64 };

struct node_type {
    char *name;
    struct resources resources;
    char *labels[CLUSTER_LABELS_MAX]; /* "key=value" */
    size_t labels_count;
    int64_t store_limit; /* bytes; 0: the node's default */
    int64_t min_workers, max_workers;
};

/* Texts in the order of the file. */
struct cluster_list {
    char **items;
    size_t count;
};

/* How to get into the machines (auth). */
struct cluster_auth {
    char *user, *key_file, *proxy_command; /* NULL: not given; key_file without ~ */
};

struct cluster {
    char *name, *provider;
    int64_t max_workers; /* -1: not given */
    int64_t min_workers; /* provider local: how many must join; -1: all */
    char *head_ip;       /* provider local: "HOST" or "HOST:PORT of sshd" */
    struct cluster_list worker_ips;
    struct cluster_auth auth;
    struct cluster_list mounts_to, mounts_from; /* file_mounts: there, here */
    struct cluster_list initialization, setup, head_setup, worker_setup;
    struct cluster_list head_start, worker_start; /* empty: what we do ourselves */
    struct node_type types[CLUSTER_TYPES_MAX];
    size_t types_count;
    struct node_type *head_type; /* in `types` */
};

typedef void cluster_warn(void *arg, const char *text);

/* Reads and checks a file. `warn` hears of each key of Ray's schema that is not
 * honoured yet. NULL on error: "FILE:LINE:COLUMN: what". */
struct cluster *cluster_load(const char *path, cluster_warn *warn, void *arg,
                             struct error *err);
void cluster_destroy(struct cluster *cluster); /* accepts NULL */
