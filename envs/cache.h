/* cache.h - what of a cache is in use, and what goes first when it is too large: the
 * one that has not been used for longest. Pure bookkeeping. */
#pragma once

#include "lib/base/list.h"

#include <stdint.h>

struct cache_item {
    struct list list; /* in cache->unused, the longest unused first */
    int64_t size;     /* bytes */
    unsigned users;
};

struct cache {
    struct list unused;
    int64_t size, limit; /* bytes; of all items, in use or not */
};

void cache_init(struct cache *cache, int64_t limit);
/* A new item with one user. */
void cache_add(struct cache *cache, struct cache_item *item, int64_t size);
void cache_use(struct cache_item *item);
/* One user less. */
void cache_leave(struct cache *cache, struct cache_item *item);
/* Takes out the item that has to go; NULL when there is room, or all are in use. */
struct cache_item *cache_evict(struct cache *cache);
