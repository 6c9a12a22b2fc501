/* policy.c - one pass over the nodes; the order of preference is in better(). */
#include "daemon/sched/policy.h"

#include "lib/base/fit.h"

#include <stdio.h>
#include <string.h>

struct candidate {
    int index;
    bool fits_now;
    double score;
};

static double load_of(const struct policy_node *node, const struct resources *demand)
{
    return fit_score(node->total, node->available, demand);
}

static bool better(const struct candidate *a, const struct candidate *b,
                   const struct policy_node *nodes, size_t local)
{
    if (b->index < 0)
        return true;
    if (a->fits_now != b->fits_now)
        return a->fits_now;
    if (((size_t)a->index == local) != ((size_t)b->index == local))
        return (size_t)a->index == local;
    if (a->score < b->score || a->score > b->score)
        return a->score < b->score;
    return memcmp(&nodes[a->index].id, &nodes[b->index].id, sizeof(struct id)) < 0;
}

int policy_pick(const struct policy_node *nodes, size_t count, size_t local,
                const struct resources *demand, bool *available_now)
{
    struct candidate best = { .index = -1 };

    for (size_t i = 0; i < count; i++) {
        struct candidate c = { .index = (int)i };
        if (!nodes[i].is_usable || !fit_feasible(nodes[i].total, demand))
            continue;
        c.fits_now = resources_fit(nodes[i].available, demand);
        c.score = load_of(&nodes[i], demand);
        if (better(&c, &best, nodes, local))
            best = c;
    }
    *available_now = best.fits_now;
    return best.index;
}

/* The largest total of a resource and where; 0 when nobody has any. */
static int64_t largest(const struct policy_node *nodes, size_t count, const char *name,
                       const char **where)
{
    int64_t most = 0;

    for (size_t i = 0; i < count; i++) {
        int64_t has = nodes[i].is_usable ? resources_get(nodes[i].total, name) : 0;
        if (has > most) {
            most = has;
            *where = nodes[i].name;
        }
    }
    return most;
}

static bool explain_never(const struct policy_node *nodes, size_t count,
                          const struct resources *demand, char *text, size_t size)
{
    for (size_t i = 0; i < demand->count; i++) {
        const struct resource *need = &demand->items[i];
        const char *where = "";
        int64_t most = largest(nodes, count, need->name, &where);
        if (most >= need->amount)
            continue;
        if (most == 0)
            snprintf(text, size, "no node has %s (needs %.15g)", need->name,
                     resources_to_double(need->amount));
        else
            snprintf(text, size, "no node has %s=%.15g (largest: %.15g on %s)",
                     need->name, resources_to_double(need->amount),
                     resources_to_double(most), where);
        return true;
    }
    return false;
}

void policy_explain(const struct policy_node *nodes, size_t count,
                    const struct resources *demand, char *text, size_t size)
{
    const char *lacking = NULL;
    size_t feasible = 0;

    for (size_t i = 0; i < count; i++) {
        if (!nodes[i].is_usable || !fit_feasible(nodes[i].total, demand))
            continue;
        feasible++;
        if (lacking == NULL)
            lacking = resources_lacking(nodes[i].available, demand);
    }
    if (feasible == 0) {
        if (!explain_never(nodes, count, demand, text, size))
            snprintf(text, size, "no single node has all of what it needs");
    } else if (lacking != NULL) {
        snprintf(text, size, "waiting for %s: %s %zu node%s that ha%s it %s busy",
                 lacking, feasible == 1 ? "the" : "all", feasible,
                 feasible == 1 ? "" : "s", feasible == 1 ? "s" : "ve",
                 feasible == 1 ? "is" : "are");
    } else {
        snprintf(text, size, "waiting for a worker");
    }
}
