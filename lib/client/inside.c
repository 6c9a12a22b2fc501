/* inside.c - handles in an array. */
#include "lib/client/inside.h"

#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/client/borrow.h"
#include "lib/client/object.h"

#include <stdlib.h>
#include <string.h>

static struct inside *inside_alloc(size_t count)
{
    struct inside *inside = xalloc(sizeof(*inside) + count * sizeof(*inside->refs));

    inside->count = count;
    return inside;
}

struct inside *inside_create(struct ray_ref *const *refs, size_t count)
{
    struct inside *inside = NULL;

    if (count == 0)
        return NULL;
    inside = inside_alloc(count);
    for (size_t i = 0; i < count; i++) {
        inside->refs[i] = refs[i];
        refs[i]->refs++;
    }
    return inside;
}

struct inside *inside_receive(struct runtime *rt, const struct held_ref *refs,
                              size_t count)
{
    struct inside *inside = NULL;

    if (count == 0)
        return NULL;
    inside = inside_alloc(count);
    for (size_t i = 0; i < count; i++)
        inside->refs[i] = borrow_receive(rt, &refs[i]);
    return inside;
}

void inside_destroy(struct runtime *rt, struct inside *inside)
{
    if (inside == NULL)
        return;
    for (size_t i = 0; i < inside->count; i++)
        object_unref(rt, inside->refs[i]);
    free(inside);
}

void inside_describe(struct runtime *rt, struct ray_ref *const *refs, size_t count,
                     struct task_value *value, struct arena *arena)
{
    if (count == 0)
        return;
    value->refs.items = arena_array(arena, count, sizeof(*value->refs.items));
    value->refs.count = count;
    for (size_t i = 0; i < count; i++)
        borrow_describe(rt, refs[i], &value->refs.items[i]);
}

size_t inside_find_null(const struct ray_value *value)
{
    size_t i = 0;

    while (i < value->refs_count && value->refs[i] != NULL)
        i++;
    return i;
}
