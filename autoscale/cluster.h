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

struct cluster {
    char *name, *provider;
    int64_t max_workers;
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
