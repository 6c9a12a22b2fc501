/* provider.h - where machines come from. One file each (provider_<type>.c), listed in
 * providers.def. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct cluster;

/* How the user wants it, and who hears what is going on. */
struct provider_run {
    /* What a node is doing now, or what has become of it; on the caller's thread. */
    void (*on_node)(void *arg, const char *node, const char *what);
    void *arg;
    bool accept_new_host_keys; /* on first contact */
    bool no_restart;           /* set machines up, start nothing */
};

struct provider {
    const char *type; /* as in provider.type of cluster.yaml */
    /* Brings up what is missing, head first; what runs stays. *nodes: how many there
     * are then. */
    int (*up)(const struct cluster *cluster, const struct provider_run *run,
              size_t *nodes, struct error *err);
    /* Takes everything down. *stopped: how many processes or machines there were. */
    int (*down)(const struct cluster *cluster, const struct provider_run *run,
                int *stopped, struct error *err);
};

/* The provider of that type; NULL when there is none. */
const struct provider *provider_find(const char *type);
