/* cache.c - a list in the order of last use. */
#include "envs/cache.h"

#include "lib/base/map.h"

#include <stddef.h>

void cache_init(struct cache *cache, int64_t limit)
{
    list_init(&cache->unused);
    cache->size = 0;
    cache->limit = limit;
}

void cache_add(struct cache *cache, struct cache_item *item, int64_t size)
{
    list_init(&item->list);
    item->size = size;
    item->users = 1;
    cache->size += size;
}

void cache_use(struct cache_item *item)
{
    list_remove(&item->list);
    item->users++;
}

void cache_leave(struct cache *cache, struct cache_item *item)
{
    if (--item->users == 0)
        list_add(&cache->unused, &item->list);
}

struct cache_item *cache_evict(struct cache *cache)
{
    struct list *first;

    if (cache->size <= cache->limit)
        return NULL;
    first = list_take_first(&cache->unused);
    if (first == NULL)
        return NULL;
    cache->size -= container_of(first, struct cache_item, list)->size;
    return container_of(first, struct cache_item, list);
}
