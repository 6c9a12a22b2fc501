/* node.h - rayd node: the daemon of one machine. Composition root of daemon/node.
 *
 * Owns the services and wires their events; joins the head and joins again whenever the
 * connection was lost. Loop thread only. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/log_plan.h"
#include "lib/base/resources.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct node;

enum { NODE_LABELS_MAX = 64 };

struct node_options {
    const char *session, *head, *name; /* session folder, head's address, unique name */
    const char *host;                  /* IP to listen at; NULL: no other machines */
    int port;                          /* 0: a free one */
    bool is_head;                      /* lives beside the head */
    struct resources resources;        /* total; copied */
    const char *labels[NODE_LABELS_MAX]; /* "key=value" */
    size_t labels_count;
    int64_t store_limit; /* bytes of shared memory for objects */
    const char *spill_folder;
    int64_t spill_limit, spill_threshold; /* bytes, 0: none; percent of store_limit */
    struct log_bounds logs;
};

/* `ready` runs once, when the node has joined (err NULL) or was refused. NULL on error.
 */
struct node *node_create(struct loop *loop, const struct node_options *options,
                         void (*ready)(void *arg, const struct error *err), void *arg,
                         struct error *err);
/* A child has ended: reaps it if it was an orphan of a worker. */
void node_on_child(struct node *node);
/* Ends all workers, leaves the cluster; then runs `done`. */
void node_stop(struct node *node, void (*done)(void *arg), void *arg);
/* After `done`, when nothing is left to run on the loop. */
void node_destroy(struct node *node);
