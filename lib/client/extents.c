/* extents.c - neighbours are merged as they come back, so two free extents never touch.
 */
#include "lib/client/extents.h"

#include "lib/base/mem.h"

#include <stdlib.h>

struct extent {
    struct list list;
    int64_t offset, size;
};

static struct extent *extent_create(int64_t offset, int64_t size)
{
    struct extent *extent = xalloc(sizeof(*extent));

    extent->offset = offset;
    extent->size = size;
    return extent;
}

static void extent_destroy(struct extent *extent)
{
    list_remove(&extent->list);
    free(extent);
}

void extents_init(struct extents *extents, int64_t size)
{
    list_init(&extents->free);
    list_add(&extents->free, &extent_create(0, size)->list);
}

void extents_finish(struct extents *extents)
{
    struct list *at, *after;

    list_each_safe(at, after, &extents->free)
        extent_destroy(container_of(at, struct extent, list));
}

int64_t extents_take(struct extents *extents, int64_t size)
{
    struct list *at;

    list_each(at, &extents->free) {
        struct extent *extent = container_of(at, struct extent, list);
        int64_t offset = extent->offset;
        if (extent->size < size)
            continue;
        extent->offset += size;
        extent->size -= size;
        if (extent->size == 0)
            extent_destroy(extent);
        return offset;
    }
    return -1;
}

static void merge_with_next(struct extents *extents, struct extent *extent)
{
    struct extent *next;

    if (extent->list.next == &extents->free)
        return;
    next = container_of(extent->list.next, struct extent, list);
    if (extent->offset + extent->size != next->offset)
        return;
    extent->size += next->size;
    extent_destroy(next);
}

void extents_give(struct extents *extents, int64_t offset, int64_t size)
{
    struct extent *extent = extent_create(offset, size);
    struct list *at;

    list_each(at, &extents->free)
        if (container_of(at, struct extent, list)->offset > offset)
            break;
    list_add_before(at, &extent->list);
    merge_with_next(extents, extent);
    if (extent->list.prev != &extents->free)
        merge_with_next(extents, container_of(extent->list.prev, struct extent, list));
}

bool extents_is_all(const struct extents *extents, int64_t size)
{
    const struct list *first = extents->free.next;

    return first != &extents->free &&
           container_of(first, struct extent, list)->size == size;
}
