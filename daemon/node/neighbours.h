/* neighbours.h - the cluster as the head last described it, as scheduling wants it.
 *
 * Copies of cluster_view messages. The entry of this node itself refers to the ledger,
 * which knows better. Loop thread only. */
#pragma once

#include "daemon/sched/policy.h"

#include "lib/base/resources.h"

struct cluster_view;
struct ledger;

struct neighbour {
    char *name, *address;
    struct resources total, available;
};

struct neighbours {
    struct policy_node *nodes; /* what policy_pick() takes */
    struct neighbour *about;   /* of each */
    size_t count, local; /* `local`: this node's index; SIZE_MAX before it is known */
};

/* Takes over what the head says. `self` is this node's id. */
void neighbours_update(struct neighbours *neighbours, const struct cluster_view *view,
                       const struct id *self, const struct ledger *ledger);
void neighbours_finish(struct neighbours *neighbours);
