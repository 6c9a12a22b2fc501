/* map.h - an intrusive hash table over byte keys (uthash underneath).
 *
 * The `struct map_node` and the key bytes live inside the entity; the map owns neither.
 * Iteration is in order of insertion. Not thread-safe. */
#pragma once

#include "lib/base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <uthash.h>

struct map_node {
    UT_hash_handle handle;
};

struct map {
    struct map_node *first; /* NULL when empty; zero-initialised is ready to use */
};

/* Adds `node` under `key`, which must stay unchanged while it is in the map. The key
 * must not be in the map yet. */
void map_add(struct map *map, struct map_node *node, const void *key, size_t key_size);
/* The node, borrowed, or NULL. */
struct map_node *map_find(const struct map *map, const void *key, size_t key_size);
void map_remove(struct map *map, struct map_node *node);
size_t map_count(const struct map *map);

static inline struct map_node *map_next(const struct map_node *node)
{
    return node->handle.next;
}

/* Walks all nodes; the body may remove `node` itself, nothing else. */
#define map_each(node, after, map)                                                     \
    for (node = (map)->first; node != NULL && (after = map_next(node), true);          \
         node = after)
