/* heap.h - a binary heap of pointers, smallest first by a caller's order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef bool heap_before(const void *a, const void *b);

struct heap {
    void **items;
    size_t count, capacity;
    heap_before *before;
};

void heap_init(struct heap *heap, heap_before *before);
void heap_finish(struct heap *heap); /* frees the heap's own memory, not the items */
void heap_add(struct heap *heap, void *item);
void *heap_first(const struct heap *heap); /* NULL when empty */
void *heap_take_first(struct heap *heap);  /* NULL when empty */
