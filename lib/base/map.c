/* map.c - uthash with a hash of its own.
 *
 * Keys are mostly ids, whose bytes are random or count up somewhere in the middle:
 * eight bytes at a time through a multiply and a shift mix well enough and cost a few
 * nanoseconds (the multiplier is that of splitmix64, Steele et al., OOPSLA 2014). */
#include "lib/base/map.h"

#include "lib/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash_bytes(const void *key, size_t size)
{
    const unsigned char *at = key;
    uint64_t hash = size * UINT64_C(0x9e3779b97f4a7c15), part;

    for (; size >= sizeof(part); size -= sizeof(part), at += sizeof(part)) {
        memcpy(&part, at, sizeof(part));
        hash = (hash ^ part) * UINT64_C(0xbf58476d1ce4e5b9);
        hash ^= hash >> 29;
    }
    part = 0;
    memcpy(&part, at, size);
    hash = (hash ^ part) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(hash ^ hash >> 32);
}

#undef HASH_FUNCTION
#define HASH_FUNCTION(key, size, hash) (hash) = hash_bytes(key, size)
#undef uthash_malloc
#define uthash_malloc(size) xalloc(size)
#undef uthash_fatal
#define uthash_fatal(text) abort()

void map_add(struct map *map, struct map_node *node, const void *key, size_t key_size)
{
    HASH_ADD_KEYPTR(handle, map->first, key, key_size, node);
}

struct map_node *map_find(const struct map *map, const void *key, size_t key_size)
{
    struct map_node *found = NULL;
    HASH_FIND(handle, map->first, key, key_size, found);
    return found;
}

void map_remove(struct map *map, struct map_node *node)
{
    HASH_DELETE(handle, map->first, node);
}

size_t map_count(const struct map *map)
{
    return HASH_CNT(handle, map->first);
}
