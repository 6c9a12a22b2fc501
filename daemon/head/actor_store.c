/* actor_store.c - one record an actor, under its id, until the head forgets it. What
 * cannot be read is left where it is: a head of another version may know better. */
#include "daemon/head/actor_store.h"

#include "daemon/head/actor_entry.h"
#include "daemon/head/store.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/proto/codec.h"

#include <stdlib.h>

struct loading {
    struct actor_entry **actors;
    size_t count;
};

static const char table[] = "actors";

static struct slice key_of(const struct actor_entry *actor)
{
    return slice_of(actor->id.bytes, actor->id.size);
}

void actor_store_save(struct store *store, const struct actor_entry *actor)
{
    struct actor_record record;
    struct buf packed;

    actor_entry_record(actor, &record);
    buf_init(&packed, 0);
    if (codec_pack(&packed, &actor_record_desc, &record) == 0)
        store_put(store, table, key_of(actor), buf_slice(&packed));
    buf_finish(&packed);
}

void actor_store_remove(struct store *store, const struct actor_entry *actor)
{
    store_remove(store, table, key_of(actor));
}

static void load_one(void *arg, struct slice key, struct slice value)
{
    struct loading *loading = arg;
    struct arena arena = { 0 };
    struct actor_record record;
    struct actor_entry *actor = NULL;

    (void)key;
    if (codec_unpack(value, &actor_record_desc, &record, &arena, NULL) == 0)
        actor = actor_entry_load(&record);
    if (actor != NULL) {
        loading->actors =
            xrealloc(loading->actors, (loading->count + 1) * sizeof(*loading->actors));
        loading->actors[loading->count++] = actor;
    } else {
        log_warn("actors", "an actor in the store cannot be read");
    }
    arena_finish(&arena);
}

static int by_creation(const void *a, const void *b)
{
    const struct actor_entry *x = *(struct actor_entry *const *)a;
    const struct actor_entry *y = *(struct actor_entry *const *)b;

    return (x->created > y->created) - (x->created < y->created);
}

void actor_store_load(struct store *store, actor_store_fn *fn, void *arg)
{
    struct loading loading = { 0 };

    store_each(store, table, slice(""), load_one, &loading);
    if (loading.count > 0)
        qsort(loading.actors, loading.count, sizeof(*loading.actors), by_creation);
    for (size_t i = 0; i < loading.count; i++)
        fn(arg, loading.actors[i]);
    free(loading.actors);
}
