/* view.c - pointers into the members; nothing is copied but the order. */
#include "daemon/head/view.h"

#include "daemon/head/nodes.h"
#include "lib/base/mem.h"

#include <stdlib.h>

struct view {
    const struct nodes *nodes;
    struct policy_node *items;
    struct member **members;
    size_t count, capacity, members_capacity;
};

struct view *view_create(const struct nodes *nodes)
{
    struct view *view = xcalloc(1, sizeof(*view));
    view->nodes = nodes;
    return view;
}

static void clear(struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        free((char *)(uintptr_t)view->items[i].name);
    view->count = 0;
}

void view_destroy(struct view *view)
{
    clear(view);
    free(view->items);
    free(view->members);
    free(view);
}

const struct policy_node *view_nodes(struct view *view, size_t *count)
{
    struct map_node *node, *after;

    clear(view);
    map_each(node, after, nodes_all(view->nodes)) {
        struct member *member = container_of(node, struct member, node);
        if (member->state != NODE_ALIVE)
            continue;
        view->items =
            xgrow(view->items, &view->capacity, view->count + 1, sizeof(*view->items));
        view->members = xgrow(view->members, &view->members_capacity, view->count + 1,
                              sizeof(*view->members));
        view->members[view->count] = member;
        view->items[view->count++] = (struct policy_node){
            .id = member->id,
            .name = xslicedup(member->info.name),
            .total = &member->total,
            .available = &member->available,
            .is_usable = !member->is_draining,
        };
    }
    *count = view->count;
    return view->items;
}

struct member *view_member(struct view *view, size_t index)
{
    return view->members[index];
}
