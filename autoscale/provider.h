/* provider.h - where machines come from. One file each (provider_<type>.c), listed in
 * providers.def. */
#pragma once

#include "lib/base/error.h"

#include <stddef.h>

struct cluster;

/* What a provider says while it works, a line a node. */
struct provider_events {
    void (*on_node)(void *arg, const char *node, const char *what);
    void *arg;
};

struct provider {
    const char *type; /* as in provider.type of cluster.yaml */
    /* Brings up what is missing, head first; what runs stays. *nodes: how many there
     * are then. */
    int (*up)(const struct cluster *cluster, const struct provider_events *events,
              size_t *nodes, struct error *err);
    /* Takes everything down. *stopped: how many processes or machines there were. */
    int (*down)(const struct cluster *cluster, int *stopped, struct error *err);
};

/* The provider of that type; NULL when there is none. */
const struct provider *provider_find(const char *type);
