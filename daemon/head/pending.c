/* pending.c - a map; a table's name ends with a zero, so names are distinct. */
#include "daemon/head/pending.h"

#include "lib/base/arena.h"
#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

static char *name_of(const char *table, struct slice key, size_t *size)
{
    size_t table_size = strlen(table) + 1;
    char *name = xalloc(table_size + key.size);

    memcpy(name, table, table_size);
    if (key.size > 0)
        memcpy(name + table_size, key.data, key.size);
    *size = table_size + key.size;
    return name;
}

static void write_free(struct pending_write *write)
{
    free(write->name);
    free(write->value);
    free(write);
}

/* The entry of a key, with no value. */
static struct pending_write *entry(struct pending *pending, const char *table,
                                   struct slice key)
{
    size_t size, table_size = strlen(table) + 1;
    char *name = name_of(table, key, &size);
    struct map_node *node = map_find(&pending->all, name, size);
    struct pending_write *write;

    if (node != NULL) {
        write = container_of(node, struct pending_write, node);
        free(name);
        free(write->value);
        write->value = NULL;
        write->value_size = 0;
        return write;
    }
    write = xcalloc(1, sizeof(*write));
    write->name = name;
    write->name_size = size;
    write->table = slice_of(name, table_size - 1);
    write->key = slice_of(name + table_size, key.size);
    map_add(&pending->all, &write->node, name, size);
    return write;
}

void pending_put(struct pending *pending, const char *table, struct slice key,
                 struct slice value)
{
    struct pending_write *write = entry(pending, table, key);

    write->is_removal = false;
    write->value = xslicedup(value);
    write->value_size = value.size;
}

void pending_remove(struct pending *pending, const char *table, struct slice key)
{
    entry(pending, table, key)->is_removal = true;
}

const struct pending_write *pending_find(const struct pending *pending,
                                         const char *table, struct slice key)
{
    struct map_node *node;
    size_t size;
    char *name;

    if (pending_is_empty(pending))
        return NULL;
    name = name_of(table, key, &size);
    node = map_find(&pending->all, name, size);
    free(name);
    return node != NULL ? container_of(node, struct pending_write, node) : NULL;
}

static int by_key(const void *a, const void *b)
{
    const struct pending_write *const *x = a, *const *y = b;
    return slice_compare((*x)->key, (*y)->key);
}

const struct pending_write **pending_list(const struct pending *pending,
                                          const char *table, struct slice prefix,
                                          struct arena *arena, size_t *count)
{
    const struct pending_write **list =
        arena_array(arena, map_count(&pending->all), sizeof(*list));
    struct map_node *node, *after;

    *count = 0;
    map_each(node, after, &pending->all) {
        const struct pending_write *write =
            container_of(node, struct pending_write, node);
        if (slice_is(write->table, table) && slice_starts(write->key, prefix))
            list[(*count)++] = write;
    }
    if (*count > 1)
        qsort(list, *count, sizeof(*list), by_key);
    return list;
}

bool pending_is_empty(const struct pending *pending)
{
    return pending->all.first == NULL;
}

void pending_clear(struct pending *pending)
{
    struct map_node *node, *after;

    map_each(node, after, &pending->all) {
        map_remove(&pending->all, node);
        write_free(container_of(node, struct pending_write, node));
    }
}
