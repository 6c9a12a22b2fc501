/* kv.c - a key in the store is "<namespace>\0<key>": a namespace is a prefix. */
#include "daemon/head/kv.h"

#include "daemon/head/store.h"
#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/net/peer.h"
#include "lib/proto/proto.h"

#include <stdlib.h>

static const char table[] = "kv";

struct kv {
    struct store *store;
};

struct kv *kv_create(struct store *store)
{
    struct kv *kv = xcalloc(1, sizeof(*kv));
    kv->store = store;
    return kv;
}

void kv_destroy(struct kv *kv)
{
    free(kv);
}

static struct slice full_key(struct arena *arena, const struct kv_item *rq)
{
    return arena_printf(arena, "%.*s%c%.*s", SLICE_ARGS(rq->namespace_), '\0',
                        SLICE_ARGS(rq->key));
}

static int check(const struct kv_item *rq, bool needs_key, struct error *err)
{
    if (memchr(rq->namespace_.size > 0 ? rq->namespace_.data : "", '\0',
               rq->namespace_.size) != NULL ||
        rq->namespace_.size > KV_NAME_MAX || rq->key.size > KV_NAME_MAX)
        return fail(err, ERR_INVALID, "namespace and key have up to %d bytes each",
                    KV_NAME_MAX);
    if (needs_key && rq->key.size == 0)
        return fail(err, ERR_INVALID, "the key is empty");
    if (rq->value.size > KV_VALUE_MAX)
        return fail(err, ERR_INVALID, "value of %zu bytes is over the limit of %d",
                    rq->value.size, KV_VALUE_MAX);
    return 0;
}

static void ignore(void *arg, struct slice key, struct slice value)
{
    (void)arg;
    (void)key;
    (void)value;
}

static void on_put(void *self, const struct kv_item *rq, struct call *call)
{
    struct kv *kv = self;
    struct arena arena = { 0 };
    struct slice key = full_key(&arena, rq);
    struct error err;
    int status = check(rq, true, &err);

    if (status == 0 && !rq->overwrite &&
        store_find(kv->store, table, key, ignore, NULL))
        status =
            fail(&err, ERR_EXISTS, "key '%.*s' exists already", SLICE_ARGS(rq->key));
    if (status == 0)
        status = store_write(kv->store, table, key, rq->value, &err);
    if (status == 0)
        call_done(call);
    else
        call_fail(call, &err);
    arena_finish(&arena);
}

static void reply_value(void *arg, struct slice key, struct slice value)
{
    struct kv_item reply = { .value = value, .found = true };

    (void)key;
    call_reply(arg, &reply);
}

static void on_get(void *self, const struct kv_item *rq, struct call *call)
{
    struct kv *kv = self;
    struct arena arena = { 0 };
    struct kv_item none = { 0 };

    if (!store_find(kv->store, table, full_key(&arena, rq), reply_value, call))
        call_reply(call, &none);
    arena_finish(&arena);
}

static void on_remove(void *self, const struct kv_item *rq, struct call *call)
{
    struct kv *kv = self;
    struct arena arena = { 0 };
    struct slice key = full_key(&arena, rq);
    struct error err;

    if (store_find(kv->store, table, key, ignore, NULL)) {
        store_remove(kv->store, table, key);
        call_done(call);
    } else {
        fail(&err, ERR_NOT_FOUND, "no key '%.*s'", SLICE_ARGS(rq->key));
        call_fail(call, &err);
    }
    arena_finish(&arena);
}

struct keys {
    struct arena *arena;
    struct kv_item *items;
    size_t count, capacity;
    size_t skip; /* bytes of the namespace and its end */
};

static void add_key(void *arg, struct slice key, struct slice value)
{
    struct keys *keys = arg;

    (void)value;
    keys->items =
        xgrow(keys->items, &keys->capacity, keys->count + 1, sizeof(*keys->items));
    keys->items[keys->count++] =
        (struct kv_item){ .key =
                              arena_copy(keys->arena, slice_of(key.data + keys->skip,
                                                               key.size - keys->skip)),
                          .found = true };
}

static void on_keys(void *self, const struct kv_item *rq, struct call *call)
{
    struct kv *kv = self;
    struct arena arena = { 0 };
    struct keys keys = { .arena = &arena, .skip = rq->namespace_.size + 1 };
    struct kv_keys reply = { 0 };

    store_each(kv->store, table, full_key(&arena, rq), add_key, &keys);
    reply.items.items = keys.items;
    reply.items.count = keys.count;
    call_reply(call, &reply);
    free(keys.items);
    arena_finish(&arena);
}

static const struct kv_handlers handlers = {
    .put = on_put,
    .get = on_get,
    .remove = on_remove,
    .keys = on_keys,
};

void kv_serve(struct kv *kv, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &kv_methods, &handlers, sizeof(handlers), kv);
}
