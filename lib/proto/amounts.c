/* amounts.c - between messages and sets of resources. */
#include "lib/proto/amounts.h"

#include "lib/proto/proto.h"

#include <string.h>

int amounts_to_resources(const void *list, struct resources *set, struct error *err)
{
    struct list_field field;
    const struct amount *items;

    memcpy(&field, list, sizeof(field));
    items = field.items;
    for (size_t i = 0; i < field.count; i++) {
        if (items[i].value < 0 || items[i].value > RESOURCE_AMOUNT_MAX)
            return fail(err, ERR_INVALID, "the amount of %.*s is negative or too large",
                        SLICE_ARGS(items[i].name));
        if (resources_set(set, items[i].name, items[i].value) != 0)
            return fail(err, ERR_INVALID, "bad resource name '%.*s'",
                        SLICE_ARGS(items[i].name));
    }
    return 0;
}

void amounts_from_resources(const struct resources *set, void *list,
                            struct arena *arena)
{
    struct amount *items = arena_array(arena, set->count, sizeof(*items));
    struct list_field field = { items, set->count };

    for (size_t i = 0; i < set->count; i++) {
        items[i].name = arena_copy(arena, slice(set->items[i].name));
        items[i].value = set->items[i].amount;
    }
    memcpy(list, &field, sizeof(field));
}
