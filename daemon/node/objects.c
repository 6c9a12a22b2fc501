/* objects.c - what processes and other nodes ask of the store.
 *
 * The tables are in store.c, the making of room in pressure.c, copies between machines
 * in pull.c and push.c.
 *
 * A free may overtake the seal of its object, since the owner and the writer have
 * connections of their own: such ids wait in `early` for the seal, at most EARLY_MAX of
 * them. */
#include "daemon/node/objects.h"

#include "daemon/node/pressure.h"
#include "daemon/node/pull.h"
#include "daemon/node/push.h"
#include "daemon/node/relay.h"
#include "daemon/node/spill.h"
#include "daemon/node/store.h"
#include "daemon/node/workers.h"
#include "lib/base/arena.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/net/stubs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EARLY_MAX = 4096, CHUNK_MAX = 1 << 20 };

struct early {
    struct map_node node;
    struct list list;
    struct id id;
};

struct objects {
    struct store store;
    struct pressure *pressure;
    struct map early;
    struct list early_order; /* oldest first */
    struct pulls *pulls;
    struct pushes *pushes;
    struct relay *relay;
    char *chunk; /* CHUNK_MAX bytes, for those who read */
    void (*on_changed)(void *arg);
    void *arg;
};

static void early_destroy(struct objects *objects, struct early *early)
{
    map_remove(&objects->early, &early->node);
    list_remove(&early->list);
    free(early);
}

void objects_destroy(struct objects *objects)
{
    struct map_node *node, *after;

    store_finish(&objects->store);
    map_each(node, after, &objects->early)
        early_destroy(objects, container_of(node, struct early, node));
    pressure_destroy(objects->pressure);
    spill_destroy(objects->store.spill);
    pulls_destroy(objects->pulls);
    pushes_destroy(objects->pushes);
    relay_destroy(objects->relay);
    free(objects->chunk);
    free(objects);
}

int64_t objects_used(const struct objects *objects)
{
    return objects->store.used;
}

size_t objects_count(const struct objects *objects)
{
    return map_count(&objects->store.objects);
}

static void on_create_segment(void *self, const struct segment_request *rq,
                              struct call *call)
{
    struct objects *objects = self;
    struct worker *writer = workers_of_peer(objects->store.workers, call_peer(call));
    struct error err;

    if (writer != NULL) {
        pressure_ask_segment(objects->pressure, rq, &writer->id, call);
        return;
    }
    fail(&err, ERR_REFUSED, "create_segment: join first");
    call_fail(call, &err);
}

/* A second open of the same memory, read-only: the writer's descriptor stays its own.
 */
static int open_read_only(int fd)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void on_open_segment(void *self, const struct segment_ref *rq, struct call *call)
{
    struct objects *objects = self;
    struct segment *segment = store_find_segment(&objects->store, rq->segment);
    int fd = segment != NULL ? open_read_only(segment->fd) : -1;
    struct error err;

    if (fd >= 0) {
        store_reply_segment(call, segment, fd);
        return;
    }
    if (segment != NULL)
        fail(&err, ERR_IO, "open segment %lld: %s", (long long)rq->segment,
             strerror(errno));
    else
        fail(&err, ERR_OBJECT_LOST, "segment %lld is gone", (long long)rq->segment);
    call_fail(call, &err);
}

static void remove_object(struct objects *objects, struct object *object)
{
    pushes_on_freed(objects->pushes, &object->id);
    pressure_free(objects->pressure, object);
    objects->on_changed(objects->arg);
}

static bool was_freed_early(struct objects *objects, const struct id *id)
{
    struct map_node *node = map_find(&objects->early, ID_KEY(id));

    if (node == NULL)
        return false;
    early_destroy(objects, container_of(node, struct early, node));
    return true;
}

static void on_sealed(void *self, const struct object_sealed *rq, struct call *call)
{
    struct objects *objects = self;
    struct store *store = &objects->store;
    struct segment *segment = store_find_segment(store, rq->segment);
    struct worker *writer = workers_of_peer(store->workers, call_peer(call));
    struct object *object;
    struct error err;

    if (segment == NULL || writer == NULL || !id_equal(&segment->writer, &writer->id) ||
        rq->object_id.size != ID_OBJECT || rq->size <= 0 || rq->offset < 0 ||
        rq->offset >= segment->size - rq->size || /* and its terminator */
        store_find_object(store, &rq->object_id) != NULL) {
        fail(&err, ERR_INVALID, "sealed: not an object of that process");
        call_fail(call, &err);
        return;
    }
    object = store_add_object(store, &rq->object_id, &rq->owner, rq->size);
    store_enter(store, object, segment, rq->offset);
    if (was_freed_early(objects, &rq->object_id))
        remove_object(objects, object);
    call_done(call);
    pressure_on_added(objects->pressure);
    objects->on_changed(objects->arg);
}

static void remember_early(struct objects *objects, const struct id *id)
{
    struct early *early;

    if (id->size != ID_OBJECT || map_find(&objects->early, ID_KEY(id)) != NULL)
        return;
    if (map_count(&objects->early) >= EARLY_MAX)
        early_destroy(objects,
                      container_of(objects->early_order.next, struct early, list));
    early = xcalloc(1, sizeof(*early));
    early->id = *id;
    list_add(&objects->early_order, &early->list);
    map_add(&objects->early, &early->node, ID_KEY(&early->id));
}

static void on_free(void *self, const struct object_refs *rq, struct call *call)
{
    struct objects *objects = self;

    for (size_t i = 0; i < rq->objects.count; i++) {
        const struct id *id = &rq->objects.items[i].object_id;
        struct object *object = store_find_object(&objects->store, id);
        if (object != NULL && object->state != OBJECT_ARRIVING)
            remove_object(objects, object);
        else /* not here yet */
            remember_early(objects, id);
    }
    call_done(call);
}

static void on_list(void *self, const struct nothing *rq, struct call *call)
{
    struct objects *objects = self;
    struct object_rows reply = { 0 };
    struct arena arena = { 0 };
    struct map_node *node, *after;

    (void)rq;
    reply.rows.items =
        arena_array(&arena, objects_count(objects), sizeof(*reply.rows.items));
    map_each(node, after, &objects->store.objects) {
        struct object *object = container_of(node, struct object, node);
        struct worker *owner = workers_find(objects->store.workers, &object->owner);
        struct object_row *row = &reply.rows.items[reply.rows.count];
        if (object->is_freed)
            continue;
        reply.rows.count++;
        *row = (struct object_row){
            .object_id = object->id,
            .object_size = object->size,
            .reference_type = slice("PINNED_IN_MEMORY"),
            .type = slice(owner != NULL && owner->proc == NULL ? "DRIVER" : "WORKER"),
            .pid = owner != NULL ? owner->pid : 0,
            .ip = slice(workers_ip(objects->store.workers)),
            .owner_id = object->owner,
            .segment = object->segment,
            .creation_time = object->created,
            .is_spilled = object->segment == 0,
        };
    }
    reply.total = (int64_t)reply.rows.count;
    call_reply(call, &reply);
    arena_finish(&arena);
}

void objects_on_ended(struct objects *objects, const struct id *process)
{
    struct map_node *node, *after;

    map_each(node, after, &objects->store.segments) {
        struct segment *segment = container_of(node, struct segment, node);
        if (id_equal(&segment->writer, process))
            store_orphan_segment(&objects->store, segment);
    }
    map_each(node, after, &objects->store.objects) {
        struct object *object = container_of(node, struct object, node);
        if (id_equal(&object->owner, process))
            remove_object(objects, object);
    }
    relay_on_ended(objects->relay, process);
    objects->on_changed(objects->arg);
}

/* ---- between owners and borrowers ---- */

static void on_ask(void *self, const struct object_ask *rq, struct call *call)
{
    relay_ask(((struct objects *)self)->relay, rq, call);
}

static void on_borrow(void *self, const struct object_borrow *rq, struct call *call)
{
    relay_borrow(((struct objects *)self)->relay, rq, call);
}

static void on_give_back(void *self, const struct object_return *rq, struct call *call)
{
    relay_give_back(((struct objects *)self)->relay, rq);
    call_done(call);
}

static void on_watch(void *self, const struct worker_ref *rq, struct call *call)
{
    relay_watch(((struct objects *)self)->relay, &rq->worker_id, call);
}

static void on_lending(void *self, const struct object_lending *rq, struct call *call)
{
    struct objects *objects = self;
    struct worker *worker = workers_of_peer(objects->store.workers, call_peer(call));

    if (worker != NULL)
        worker->is_lending = rq->is_lending;
    call_done(call);
}

/* ---- copies from, and for, other machines ---- */

/* Room for a copy, in a segment of its own: readers may hold its memory beyond its end.
 */
static int begin_copy(void *arg, const struct object_pull *rq,
                      struct pull_target *target, struct error *err)
{
    static const struct id nobody;
    struct objects *objects = arg;
    struct store *store = &objects->store;
    struct segment *segment;
    struct object *object;

    if (rq->object_id.size != ID_OBJECT ||
        store_find_object(store, &rq->object_id) != NULL)
        return fail(err, ERR_INVALID, "pull: no such object, or it is here");
    segment = store_add_segment(store, rq->place.size + 1, &nobody, err);
    if (segment == NULL)
        return -(int)err->code;
    object = store_add_object(store, &rq->object_id, &nobody, rq->place.size);
    object->holder = xslicedup(rq->place.address);
    object->state = OBJECT_ARRIVING;
    store_enter(store, object, segment, 0);
    *target = (struct pull_target){ segment->fd, segment->number };
    return 0;
}

static void end_copy(void *arg, const struct id *id, bool is_whole)
{
    struct objects *objects = arg;
    struct object *object = store_find_object(&objects->store, id);

    if (object == NULL)
        return;
    object->state = OBJECT_HERE;
    if (was_freed_early(objects, id) || !is_whole)
        remove_object(objects, object);
    objects->on_changed(objects->arg);
}

static void on_holder_lost(void *arg, const char *address)
{
    struct objects *objects = arg;
    struct map_node *node, *after;

    map_each(node, after, &objects->store.objects) {
        struct object *object = container_of(node, struct object, node);
        if (object->state == OBJECT_HERE && object->holder != NULL &&
            strcmp(object->holder, address) == 0)
            remove_object(objects, object);
    }
}

static void on_pull(void *self, const struct object_pull *rq, struct call *call)
{
    struct objects *objects = self;
    struct object *object = store_find_object(&objects->store, &rq->object_id);
    struct object_place reply;

    if (object == NULL && !store_has_room(&objects->store, rq->place.size + 1)) {
        pressure_ask_copy(objects->pressure, rq, call);
        return;
    }
    if (object == NULL || object->state == OBJECT_ARRIVING) {
        pulls_ask(objects->pulls, rq, call);
        return;
    }
    reply = (struct object_place){ .segment = object->segment,
                                   .offset = object->offset,
                                   .size = object->size };
    call_reply(call, &reply);
}

/* By its place, not by its id: the seal of an object may still be on its way here. */
static void on_read(void *self, const struct object_read *rq, struct call *call)
{
    struct objects *objects = self;
    struct segment *segment = store_find_segment(&objects->store, rq->segment);
    struct object_chunk reply = { .data = { objects->chunk, (size_t)rq->size } };
    struct error err = { 0 };

    if (segment == NULL || rq->size <= 0 || rq->size > CHUNK_MAX || rq->offset < 0 ||
        rq->offset > segment->size - rq->size)
        fail(&err, ERR_OBJECT_LOST, "segment %lld is gone", (long long)rq->segment);
    else if (pread(segment->fd, objects->chunk, (size_t)rq->size, rq->offset) !=
             rq->size)
        fail(&err, ERR_IO, "read segment %lld: %s", (long long)rq->segment,
             strerror(errno));
    if (err.code != ERR_OK) {
        call_fail(call, &err);
        return;
    }
    pushes_note(objects->pushes, &rq->object_id, call_peer(call));
    call_reply(call, &reply);
}

static void on_restore(void *self, const struct object_ref *rq, struct call *call)
{
    struct objects *objects = self;
    pressure_restore(objects->pressure, &rq->object_id, call);
}

void objects_on_peer_closed(struct objects *objects, const struct peer *peer)
{
    pushes_on_peer_closed(objects->pushes, peer);
}

/* ---- life ---- */

/* Others may have begun the same copy meanwhile. */
static void on_room_for(void *arg, const struct object_pull *rq, struct call *call)
{
    on_pull(arg, rq, call);
}

static void on_room(void *arg)
{
    struct objects *objects = arg;
    pressure_on_room(objects->pressure);
}

struct objects *objects_create(const struct objects_options *options)
{
    struct objects *objects = xcalloc(1, sizeof(*objects));
    const struct pull_ops ops = { begin_copy, end_copy, on_holder_lost, objects };

    objects->store.workers = options->workers;
    objects->store.limit = options->limit;
    objects->relay = relay_create(options->workers);
    objects->store.spill = spill_create(&options->spill);
    objects->store.on_room = on_room;
    objects->store.arg = objects;
    objects->pressure =
        pressure_create(&(struct pressure_options){ .loop = options->spill.loop,
                                                    .store = &objects->store,
                                                    .threshold = options->threshold,
                                                    .on_room_for = on_room_for,
                                                    .arg = objects });
    objects->on_changed = options->on_changed;
    objects->arg = options->arg;
    list_init(&objects->early_order);
    objects->pushes = pushes_create();
    objects->pulls =
        pulls_create(options->spill.loop, options->self, options->dispatch, &ops);
    objects->chunk = xalloc(CHUNK_MAX);
    return objects;
}

void objects_close(struct objects *objects)
{
    pressure_close(objects->pressure);
    pulls_close(objects->pulls);
}

static const struct objects_handlers handlers = {
    .create_segment = on_create_segment,
    .open_segment = on_open_segment,
    .sealed = on_sealed,
    .free = on_free,
    .list = on_list,
    .pull = on_pull,
    .read = on_read,
    .restore = on_restore,
    .ask = on_ask,
    .borrow = on_borrow,
    .give_back = on_give_back,
    .watch = on_watch,
    .lending = on_lending,
};

void objects_serve(struct objects *objects, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &objects_methods, &handlers, sizeof(handlers), objects);
}
