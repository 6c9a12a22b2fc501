/* job_envs.c - a small table by job; entries stay as long as jobs do, and are in the
 * store as those are. */
#include "daemon/head/job_envs.h"

#include "daemon/head/nodes.h"
#include "daemon/head/store.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/id.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/net/stubs.h"
#include "lib/proto/codec.h"
#include "lib/proto/overlay.h"
#include "lib/proto/pkg.h"

#include <stdlib.h>
#include <string.h>

struct job_envs {
    struct nodes *nodes;
    struct store *store;
    struct map all; /* of struct job_entry, by number */
    job_envs_asked *asked;
    void *asked_arg;
};

struct job_entry {
    struct map_node node;
    uint32_t number;
    struct arena arena;
    struct job_submit rq;   /* of its driver */
    struct runtime_env env; /* of its workers */
    bool is_made;           /* the folder of its driver is in use */
};

/* A folder on its way. */
struct making {
    struct job_envs *envs;
    uint32_t number;
    job_envs_ready *ready;
    void *arg;
};

static const char table[] = "job_envs";

static void load_one(void *arg, struct slice key, struct slice value);

struct job_envs *job_envs_create(struct nodes *nodes, struct store *store)
{
    struct job_envs *envs = xcalloc(1, sizeof(*envs));

    envs->nodes = nodes;
    envs->store = store;
    store_each(store, table, slice(""), load_one, envs);
    return envs;
}

static void entry_destroy(struct job_envs *envs, struct job_entry *entry)
{
    map_remove(&envs->all, &entry->node);
    arena_finish(&entry->arena);
    free(entry);
}

void job_envs_destroy(struct job_envs *envs)
{
    struct map_node *node, *after;

    map_each(node, after, &envs->all) {
        entry_destroy(envs, container_of(node, struct job_entry, node));
    }
    free(envs);
}

void job_envs_on_asked(struct job_envs *envs, job_envs_asked *fn, void *arg)
{
    envs->asked = fn;
    envs->asked_arg = arg;
}

static struct job_entry *find(struct job_envs *envs, uint32_t number)
{
    struct map_node *node = map_find(&envs->all, &number, sizeof(number));
    return node != NULL ? container_of(node, struct job_entry, node) : NULL;
}

static struct job_entry *entry_create(struct job_envs *envs, uint32_t number)
{
    struct job_entry *entry = xcalloc(1, sizeof(*entry));

    entry->number = number;
    map_add(&envs->all, &entry->node, &entry->number, sizeof(entry->number));
    return entry;
}

static void save(const struct job_envs *envs, const struct job_entry *entry)
{
    const struct job_env_record record = { entry->rq, entry->env, entry->is_made };
    struct buf packed;

    buf_init(&packed, 0);
    if (codec_pack(&packed, &job_env_record_desc, &record) == 0)
        store_put(envs->store, table, slice_of(&entry->number, sizeof(entry->number)),
                  buf_slice(&packed));
    buf_finish(&packed);
}

static void load_one(void *arg, struct slice key, struct slice value)
{
    struct job_envs *envs = arg;
    struct job_env_record record;
    struct job_entry *entry;
    struct arena arena = { 0 };
    uint32_t number;

    if (key.size == sizeof(number) &&
        codec_unpack(value, &job_env_record_desc, &record, &arena, NULL) == 0) {
        memcpy(&number, key.data, sizeof(number));
        entry = entry_create(envs, number);
        codec_copy(&entry->arena, &job_submit_desc, &entry->rq, &record.rq);
        codec_copy(&entry->arena, &runtime_env_desc, &entry->env, &record.env);
        entry->is_made = record.is_made;
    }
    arena_finish(&arena);
}

void job_envs_put(struct job_envs *envs, uint32_t number, const struct job_submit *rq)
{
    struct job_entry *entry;

    if (find(envs, number) != NULL ||
        (!pkg_is_uri(rq->working_dir) && rq->env.count == 0))
        return;
    entry = entry_create(envs, number);
    codec_copy(&entry->arena, &job_submit_desc, &entry->rq, rq);
    if (pkg_is_uri(rq->working_dir))
        entry->env.package = pkg_name_of(entry->rq.working_dir);
    entry->env.env.items = entry->rq.env.items;
    entry->env.env.count = entry->rq.env.count;
    save(envs, entry);
}

void job_envs_remove(struct job_envs *envs, uint32_t number)
{
    struct job_entry *entry = find(envs, number);

    if (entry == NULL)
        return;
    store_remove(envs->store, table, slice_of(&number, sizeof(number)));
    entry_destroy(envs, entry);
}

int job_envs_check(struct slice own, struct error *err)
{
    struct runtime_env env;
    struct arena arena = { 0 };
    int status = 0;

    if (own.size > 0)
        status = codec_unpack(own, &runtime_env_desc, &env, &arena, err);
    arena_finish(&arena);
    return status == 0 ? 0 : wrap(err, "runtime environment");
}

void job_envs_attach(struct job_envs *envs, uint32_t number, struct slice own)
{
    struct job_entry *entry = find(envs, number);
    struct runtime_env env, all;
    struct arena arena = { 0 };

    if (own.size > 0 && codec_unpack(own, &runtime_env_desc, &env, &arena, NULL) == 0) {
        if (entry == NULL)
            entry = entry_create(envs, number);
        all = overlay(&env, &entry->env, &arena);
        codec_copy(&entry->arena, &runtime_env_desc, &entry->env, &all);
        save(envs, entry);
    }
    arena_finish(&arena);
}

void job_envs_inherit(struct job_envs *envs, uint32_t number, uint32_t of)
{
    struct job_entry *entry = find(envs, of), *heir;

    if (entry == NULL || find(envs, number) != NULL)
        return;
    heir = entry_create(envs, number);
    codec_copy(&heir->arena, &runtime_env_desc, &heir->env, &entry->env);
    save(envs, heir);
}

static void on_made(void *arg, const struct error *err, const void *reply)
{
    struct making *making = arg;
    struct job_entry *entry = find(making->envs, making->number);
    struct job_submit rq = entry->rq;

    entry->is_made = err == NULL;
    save(making->envs, entry);
    if (err == NULL)
        rq.working_dir = ((const struct env_folder *)reply)->folder;
    making->ready(making->arg, making->number, err == NULL ? &rq : NULL, err);
    free(making);
}

/* The node that shares our session. */
static struct peer *node_here(struct job_envs *envs)
{
    struct map_node *node, *after;

    map_each(node, after, nodes_all(envs->nodes)) {
        struct member *member = container_of(node, struct member, node);
        if (member->peer != NULL && member->info.is_head)
            return member->peer;
    }
    return NULL;
}

void job_envs_make(struct job_envs *envs, uint32_t number, job_envs_ready *ready,
                   void *arg)
{
    struct job_entry *entry = find(envs, number);
    struct peer *peer = node_here(envs);
    struct package_ref rq = { 0 };
    struct making *making;
    struct error err;

    if (peer == NULL || entry == NULL) {
        fail(&err, ERR_UNREACHABLE, "no node beside the head to make it");
        ready(arg, number, NULL, &err);
        return;
    }
    making = xalloc(sizeof(*making));
    *making = (struct making){ envs, number, ready, arg };
    rq.name = pkg_name_of(entry->rq.working_dir);
    call_envs_make(peer, &rq, NULL, on_made, making);
}

void job_envs_leave(struct job_envs *envs, uint32_t number)
{
    struct job_entry *entry = find(envs, number);
    struct peer *peer = node_here(envs);
    struct package_ref rq = { 0 };

    if (entry == NULL || !entry->is_made)
        return;
    entry->is_made = false;
    save(envs, entry);
    rq.name = pkg_name_of(entry->rq.working_dir);
    if (peer != NULL)
        note_envs_leave(peer, &rq, NULL);
}

static void on_find(void *self, const struct job_binding *rq, struct call *call)
{
    static const struct runtime_env none;
    struct job_envs *envs = self;
    struct job_entry *entry = find(envs, id_job_number(rq->job_id));
    struct peer *peer = call_peer(call);

    call_reply(call, entry != NULL ? &entry->env : &none);
    envs->asked(envs->asked_arg, peer, &rq->job_id);
}

static const struct job_envs_handlers handlers = { .find = on_find };

void job_envs_serve(struct job_envs *envs, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &job_envs_methods, &handlers, sizeof(handlers), envs);
}
