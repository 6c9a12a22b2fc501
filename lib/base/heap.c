/* heap.c - the usual binary heap in an array: children of i are 2i+1 and 2i+2. */
#include "lib/base/heap.h"

#include "lib/base/mem.h"

#include <stdlib.h>

void heap_init(struct heap *heap, heap_before *before)
{
    *heap = (struct heap){ .before = before };
}

void heap_finish(struct heap *heap)
{
    free(heap->items);
    *heap = (struct heap){ .before = heap->before };
}

static void swap(struct heap *heap, size_t a, size_t b)
{
    void *item = heap->items[a];
    heap->items[a] = heap->items[b];
    heap->items[b] = item;
}

void heap_add(struct heap *heap, void *item)
{
    size_t at = heap->count;

    heap->items =
        xgrow(heap->items, &heap->capacity, heap->count + 1, sizeof(*heap->items));
    heap->items[heap->count++] = item;
    while (at > 0 && heap->before(heap->items[at], heap->items[(at - 1) / 2])) {
        swap(heap, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

void *heap_first(const struct heap *heap)
{
    return heap->count > 0 ? heap->items[0] : NULL;
}

static void sink(struct heap *heap)
{
    size_t at = 0;

    for (;;) {
        size_t least = at, child = 2 * at + 1;
        for (size_t i = child; i < child + 2 && i < heap->count; i++)
            if (heap->before(heap->items[i], heap->items[least]))
                least = i;
        if (least == at)
            return;
        swap(heap, at, least);
        at = least;
    }
}

void *heap_take_first(struct heap *heap)
{
    void *first = heap_first(heap);

    if (first != NULL) {
        heap->items[0] = heap->items[--heap->count];
        sink(heap);
    }
    return first;
}
