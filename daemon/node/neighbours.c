/* neighbours.c - rebuilt whole at each change: clusters have hundreds of nodes, not
 * millions. */
#include "daemon/node/neighbours.h"

#include "daemon/node/ledger.h"
#include "lib/base/mem.h"
#include "lib/proto/amounts.h"
#include "lib/proto/proto.h"

#include <stdint.h>
#include <stdlib.h>

void neighbours_finish(struct neighbours *neighbours)
{
    for (size_t i = 0; i < neighbours->count; i++) {
        struct neighbour *about = &neighbours->about[i];
        free(about->name);
        free(about->address);
        resources_finish(&about->total);
        resources_finish(&about->available);
    }
    free(neighbours->nodes);
    free(neighbours->about);
    *neighbours = (struct neighbours){ .local = SIZE_MAX };
}

void neighbours_update(struct neighbours *neighbours, const struct cluster_view *view,
                       const struct id *self, const struct ledger *ledger)
{
    neighbours_finish(neighbours);
    neighbours->count = view->nodes.count;
    neighbours->nodes = xcalloc(view->nodes.count, sizeof(*neighbours->nodes));
    neighbours->about = xcalloc(view->nodes.count, sizeof(*neighbours->about));
    for (size_t i = 0; i < view->nodes.count; i++) {
        const struct node_view *from = &view->nodes.items[i];
        struct neighbour *about = &neighbours->about[i];
        struct policy_node *node = &neighbours->nodes[i];
        about->name = xslicedup(from->info.name);
        about->address = xslicedup(from->info.address);
        /* The head has checked the amounts of its nodes. */
        (void)amounts_to_resources(&from->info.resources, &about->total, NULL);
        (void)amounts_to_resources(&from->available, &about->available, NULL);
        node->id = from->info.node_id;
        node->name = about->name;
        node->total = &about->total;
        node->available = &about->available;
        node->is_usable = from->is_alive && !from->is_draining;
        if (id_equal(&node->id, self)) {
            neighbours->local = i;
            node->total = &ledger->total;
            node->available = &ledger->available;
        }
    }
}
