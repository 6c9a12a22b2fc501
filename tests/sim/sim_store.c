/* sim_store.c - daemon/head/store.h in memory that outlives the head.
 *
 * Keyed by path. As the real one it keeps a turn's writes until the turn has ended: a
 * head that is killed before loses them. */
#include "tests/sim/sim_store.h"

#include "daemon/head/store.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "tests/sim/sim.h"

struct row {
    struct map_node node;
    char *key; /* "table/key" */
    size_t key_size;
    char *value;
    size_t value_size;
};

/* One write of this turn. */
struct change {
    struct list list;
    struct row *row;
    bool is_removal;
};

struct store {
    struct loop *loop;
    struct list changes;
    bool is_scheduled;
};

/* What is on the one disk of this world. */
static struct map disk;

static void row_free(struct row *row)
{
    free(row->key);
    free(row->value);
    free(row);
}

static void apply(struct change *change)
{
    struct map_node *old = map_find(&disk, change->row->key, change->row->key_size);

    if (old != NULL) {
        map_remove(&disk, old);
        row_free(container_of(old, struct row, node));
    }
    if (change->is_removal)
        row_free(change->row);
    else
        map_add(&disk, &change->row->node, change->row->key, change->row->key_size);
}

static void commit(void *arg)
{
    struct store *store = arg;
    struct list *at;

    store->is_scheduled = false;
    while ((at = list_take_first(&store->changes)) != NULL) {
        struct change *change = container_of(at, struct change, list);
        if (store->loop->is_dead)
            row_free(change->row);
        else
            apply(change);
        free(change);
    }
}

struct store *store_open(struct loop *loop, const char *path, struct error *err)
{
    struct store *store = xcalloc(1, sizeof(*store));

    (void)path;
    (void)err;
    store->loop = loop;
    list_init(&store->changes);
    return store;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    commit(store);
    free(store);
}

static char *full_key(const char *table, struct slice key, size_t *size)
{
    size_t table_size = strlen(table);
    char *full = xalloc(table_size + 1 + key.size);

    memcpy(full, table, table_size);
    full[table_size] = '/';
    if (key.size > 0)
        memcpy(full + table_size + 1, key.data, key.size);
    *size = table_size + 1 + key.size;
    return full;
}

static void add_change(struct store *store, const char *table, struct slice key,
                       const struct slice *value)
{
    struct change *change = xcalloc(1, sizeof(*change));

    change->row = xcalloc(1, sizeof(*change->row));
    change->row->key = full_key(table, key, &change->row->key_size);
    change->is_removal = value == NULL;
    if (value != NULL) {
        change->row->value = xslicedup(*value);
        change->row->value_size = value->size;
    }
    list_add(&store->changes, &change->list);
    if (!store->is_scheduled && !store->loop->is_dead)
        loop_defer(store->loop, commit, store);
    store->is_scheduled = true;
}

void store_put(struct store *store, const char *table, struct slice key,
               struct slice value)
{
    add_change(store, table, key, &value);
}

void store_remove(struct store *store, const char *table, struct slice key)
{
    add_change(store, table, key, NULL);
}

int store_write(struct store *store, const char *table, struct slice key,
                struct slice value, struct error *err)
{
    store_put(store, table, key, value);
    return store_sync(store, err);
}

/* The disk of this world is never full. */
int store_sync(struct store *store, struct error *err)
{
    (void)err;
    commit(store);
    return 0;
}

/* As the real one: what this turn has written is there to be read. */
bool store_find(struct store *store, const char *table, struct slice key, store_fn *fn,
                void *arg)
{
    size_t size;
    char *full = full_key(table, key, &size);
    struct map_node *node;

    commit(store);
    node = map_find(&disk, full, size);
    free(full);
    if (node == NULL)
        return false;
    fn(arg, key,
       slice_of(container_of(node, struct row, node)->value,
                container_of(node, struct row, node)->value_size));
    return true;
}

void store_each(struct store *store, const char *table, struct slice prefix,
                store_fn *fn, void *arg)
{
    size_t size, table_size = strlen(table) + 1;
    char *full = full_key(table, prefix, &size);
    struct map_node *node, *after;

    commit(store);
    map_each(node, after, &disk) {
        struct row *row = container_of(node, struct row, node);
        if (row->key_size >= size && memcmp(row->key, full, size) == 0)
            fn(arg, slice_of(row->key + table_size, row->key_size - table_size),
               slice_of(row->value, row->value_size));
    }
    free(full);
}

void sim_store_wipe(void)
{
    struct map_node *node, *after;

    map_each(node, after, &disk) {
        map_remove(&disk, node);
        row_free(container_of(node, struct row, node));
    }
}
