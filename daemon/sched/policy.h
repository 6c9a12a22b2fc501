/* policy.h - which node shall run a demand. Pure; used by the head (actors) and by
 * nodes (tasks). */
#pragma once

#include "lib/base/id.h"
#include "lib/base/resources.h"

#include <stdbool.h>
#include <stddef.h>

struct policy_node {
    struct id id;
    const char *name;
    const struct resources *total, *available;
    bool is_usable; /* alive and not draining */
};

/* The index of the node to use, -1 when none could ever. `local` is the index of the
 * node that asks (SIZE_MAX: none): it wins when it has room. Else the best score among
 * those with room
 * (*available_now), else local if it could ever, else the least loaded that could. Ties
 * go to the lower id, so that all who ask agree. */
int policy_pick(const struct policy_node *nodes, size_t count, size_t local,
                const struct resources *demand, bool *available_now);

/* Why a demand waits, in one sentence: "no node has GPU (needs 1)", "no node has CPU=16
 * (largest: 8 on node-1)", "waiting for CPU: all 3 nodes that have it are busy". */
void policy_explain(const struct policy_node *nodes, size_t count,
                    const struct resources *demand, char *text, size_t size);
