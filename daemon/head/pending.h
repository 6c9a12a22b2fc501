/* pending.h - writes that are not in the store yet, by table and key. Pure.
 *
 * The last write of a key is the one that counts. */
#pragma once

#include "lib/base/map.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct pending_write {
    struct map_node node;
    char *name; /* the table, a zero, the key */
    size_t name_size;
    struct slice table, key; /* in `name` */
    char *value;
    size_t value_size;
    bool is_removal;
};

struct pending {
    struct map all; /* of struct pending_write */
};

/* Copies all. */
void pending_put(struct pending *pending, const char *table, struct slice key,
                 struct slice value);
void pending_remove(struct pending *pending, const char *table, struct slice key);
/* NULL: nothing of this key is pending. */
const struct pending_write *pending_find(const struct pending *pending,
                                         const char *table, struct slice key);
/* Those of a table whose keys begin with `prefix`, in order of keys; the array is the
 * arena's. */
const struct pending_write **pending_list(const struct pending *pending,
                                          const char *table, struct slice prefix,
                                          struct arena *arena, size_t *count);
bool pending_is_empty(const struct pending *pending);
void pending_clear(struct pending *pending);
