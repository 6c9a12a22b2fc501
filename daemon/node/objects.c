/* objects.c - accounting for shared memory.
 *
 * The limit counts the bytes of sealed objects plus what writers may still fill: a
 * segment is made only as large as the room that is left. Segments are sparse files, so
 * what is not written costs nothing.
 *
 * A free may overtake the seal of its object, since the owner and the writer have
 * connections of their own: such ids wait in `early` for the seal, at most EARLY_MAX of
 * them. */
#include "daemon/node/objects.h"

#include "daemon/node/pull.h"
#include "daemon/node/push.h"
#include "daemon/node/workers.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
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
#include <sys/mman.h>
#include <unistd.h>

enum {
    EARLY_MAX = 4096,
    SEGMENT_MIN = 64 * 1024 * 1024,
    PAGE = 4096,
    CHUNK_MAX = 1 << 20
};

struct segment {
    struct map_node node;
    int64_t number, size, used; /* used: bytes of sealed objects */
    struct id writer;           /* no id: its writer has ended */
    size_t objects;
    int fd;
};

struct object {
    struct map_node node;
    struct id id, owner;
    int64_t segment, offset, size, created;
    char *holder;  /* of a copy: the address of the node that has the object; owned */
    bool is_whole; /* false: a copy on its way */
};

struct early {
    struct map_node node;
    struct list list;
    struct id id;
};

struct objects {
    struct workers *workers;
    struct map segments, table, early;
    struct list early_order; /* oldest first */
    struct pulls *pulls;
    struct pushes *pushes;
    char *chunk; /* CHUNK_MAX bytes, for those who read */
    int64_t limit, reserved, used, next_segment;
    void (*on_changed)(void *arg);
    void *arg;
};

static void segment_destroy(struct objects *objects, struct segment *segment)
{
    map_remove(&objects->segments, &segment->node);
    objects->reserved -= segment->size;
    close(segment->fd);
    free(segment);
}

static void early_destroy(struct objects *objects, struct early *early)
{
    map_remove(&objects->early, &early->node);
    list_remove(&early->list);
    free(early);
}

void objects_destroy(struct objects *objects)
{
    struct map_node *node, *after;

    map_each(node, after, &objects->table) {
        struct object *object = container_of(node, struct object, node);
        map_remove(&objects->table, node);
        free(object->holder);
        free(object);
    }
    map_each(node, after, &objects->segments)
        segment_destroy(objects, container_of(node, struct segment, node));
    map_each(node, after, &objects->early)
        early_destroy(objects, container_of(node, struct early, node));
    pulls_destroy(objects->pulls);
    pushes_destroy(objects->pushes);
    free(objects->chunk);
    free(objects);
}

int64_t objects_used(const struct objects *objects)
{
    return objects->used;
}

size_t objects_count(const struct objects *objects)
{
    return map_count(&objects->table);
}

static struct segment *find_segment(struct objects *objects, int64_t number)
{
    struct map_node *node = map_find(&objects->segments, &number, sizeof(number));
    return node != NULL ? container_of(node, struct segment, node) : NULL;
}

static struct object *find_object(struct objects *objects, const struct id *id)
{
    struct map_node *node = map_find(&objects->table, ID_KEY(id));
    return node != NULL ? container_of(node, struct object, node) : NULL;
}

/* How large a segment to make for an object of `size`, at least `least`; 0 when there
 * is no room. */
static int64_t segment_size(const struct objects *objects, int64_t size, int64_t least)
{
    int64_t room = objects->limit - objects->reserved;
    int64_t wanted = size > least ? size : least;

    if (size > room)
        return 0;
    if (wanted > room)
        wanted = room;
    return (wanted + PAGE - 1) & ~(int64_t)(PAGE - 1);
}

static int open_memory(int64_t size, struct error *err)
{
    int fd = memfd_create("ray-store", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0 && ftruncate(fd, size) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0)
        return fd;
    fail(err, ERR_FULL, "make a segment of %lld bytes: %s", (long long)size,
         strerror(errno));
    if (fd >= 0)
        close(fd);
    return -ERR_FULL;
}

static struct segment *segment_create(struct objects *objects, int64_t wanted,
                                      const struct id *writer, struct error *err)
{
    /* Nobody fills up the segment of a copy. */
    int64_t least = id_is_set(writer) ? SEGMENT_MIN : 0;
    int64_t size = wanted > 0 ? segment_size(objects, wanted, least) : 0;
    struct segment *segment;
    int fd;

    if (size == 0) {
        fail(
            err, ERR_FULL,
            "object store has no room for %lld bytes: %lld of %lld bytes are reserved, "
            "%lld of them in %zu objects",
            (long long)wanted, (long long)objects->reserved, (long long)objects->limit,
            (long long)objects->used, map_count(&objects->table));
        return NULL;
    }
    fd = open_memory(size, err);
    if (fd < 0)
        return NULL;
    segment = xcalloc(1, sizeof(*segment));
    segment->number = ++objects->next_segment;
    segment->size = size;
    segment->writer = *writer;
    segment->fd = fd;
    objects->reserved += size;
    map_add(&objects->segments, &segment->node, &segment->number,
            sizeof(segment->number));
    return segment;
}

static void reply_segment(struct call *call, const struct segment *segment, int fd)
{
    struct segment_reply reply = { .segment = segment->number, .size = segment->size };

    call_give_fd(call, fd);
    call_reply(call, &reply);
}

static void on_create_segment(void *self, const struct segment_request *rq,
                              struct call *call)
{
    struct objects *objects = self;
    struct worker *writer = workers_of_peer(objects->workers, call_peer(call));
    struct segment *segment = NULL;
    struct error err;

    if (writer == NULL)
        fail(&err, ERR_REFUSED, "create_segment: join first");
    else
        segment = segment_create(objects, rq->size, &writer->id, &err);
    if (segment == NULL) {
        call_fail(call, &err);
        return;
    }
    reply_segment(call, segment, fcntl(segment->fd, F_DUPFD_CLOEXEC, 0));
    objects->on_changed(objects->arg);
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
    struct segment *segment = find_segment(self, rq->segment);
    int fd = segment != NULL ? open_read_only(segment->fd) : -1;
    struct error err;

    if (fd >= 0) {
        reply_segment(call, segment, fd);
        return;
    }
    fail(&err, ERR_OBJECT_LOST, "segment %lld is gone", (long long)rq->segment);
    call_fail(call, &err);
}

static void object_destroy(struct objects *objects, struct object *object)
{
    struct segment *segment = find_segment(objects, object->segment);

    map_remove(&objects->table, &object->node);
    pushes_on_freed(objects->pushes, &object->id);
    objects->used -= object->size;
    if (segment != NULL) {
        struct worker *writer = workers_find(objects->workers, &segment->writer);
        struct block_ref block = { object->segment, object->offset, object->size };
        segment->used -= object->size;
        segment->objects--;
        if (writer != NULL && writer->peer != NULL)
            note_client_release_block(writer->peer, &block, NULL);
        else if (segment->objects == 0)
            segment_destroy(objects, segment);
    }
    free(object->holder);
    free(object);
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

static struct object *object_create(struct objects *objects,
                                    const struct object_sealed *rq)
{
    struct object *object = xcalloc(1, sizeof(*object));
    struct segment *segment = find_segment(objects, rq->segment);

    object->id = rq->object_id;
    object->owner = rq->owner;
    object->segment = rq->segment;
    object->offset = rq->offset;
    object->size = rq->size;
    object->created = clock_wall();
    object->is_whole = true;
    map_add(&objects->table, &object->node, ID_KEY(&object->id));
    objects->used += object->size;
    segment->used += object->size;
    segment->objects++;
    return object;
}

static void on_sealed(void *self, const struct object_sealed *rq, struct call *call)
{
    struct objects *objects = self;
    struct segment *segment = find_segment(objects, rq->segment);
    struct worker *writer = workers_of_peer(objects->workers, call_peer(call));
    struct error err;

    if (segment == NULL || writer == NULL || !id_equal(&segment->writer, &writer->id) ||
        rq->object_id.size != ID_OBJECT || rq->size <= 0 || rq->offset < 0 ||
        rq->offset > segment->size - rq->size ||
        find_object(objects, &rq->object_id) != NULL) {
        fail(&err, ERR_INVALID, "sealed: not an object of that process");
        call_fail(call, &err);
        return;
    }
    object_create(objects, rq);
    if (was_freed_early(objects, &rq->object_id))
        object_destroy(objects, find_object(objects, &rq->object_id));
    call_done(call);
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
        struct object *object = find_object(objects, id);
        if (object != NULL && object->is_whole)
            object_destroy(objects, object);
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
        arena_array(&arena, map_count(&objects->table), sizeof(*reply.rows.items));
    map_each(node, after, &objects->table) {
        struct object *object = container_of(node, struct object, node);
        struct worker *owner = workers_find(objects->workers, &object->owner);
        struct object_row *row = &reply.rows.items[reply.rows.count++];
        *row = (struct object_row){
            .object_id = object->id,
            .object_size = object->size,
            .reference_type = slice("PINNED_IN_MEMORY"),
            .type = slice(owner != NULL && owner->proc == NULL ? "DRIVER" : "WORKER"),
            .pid = owner != NULL ? owner->pid : 0,
            .ip = slice(workers_ip(objects->workers)),
            .owner_id = object->owner,
            .segment = object->segment,
            .creation_time = object->created,
        };
    }
    reply.total = (int64_t)reply.rows.count;
    call_reply(call, &reply);
    arena_finish(&arena);
}

void objects_on_ended(struct objects *objects, const struct id *process)
{
    struct map_node *node, *after;

    map_each(node, after, &objects->table) {
        struct object *object = container_of(node, struct object, node);
        if (id_equal(&object->owner, process))
            object_destroy(objects, object);
    }
    map_each(node, after, &objects->segments) {
        struct segment *segment = container_of(node, struct segment, node);
        if (!id_equal(&segment->writer, process))
            continue;
        segment->writer = (struct id){ 0 };
        if (segment->objects == 0)
            segment_destroy(objects, segment);
    }
    objects->on_changed(objects->arg);
}

/* ---- copies from, and for, other machines ---- */

/* Room for a copy, in a segment of its own: readers may hold its memory beyond its end.
 */
static int begin_copy(void *arg, const struct object_pull *rq,
                      struct pull_target *target, struct error *err)
{
    static const struct id nobody;
    struct objects *objects = arg;
    struct segment *segment;
    struct object *object;

    if (rq->object_id.size != ID_OBJECT || find_object(objects, &rq->object_id) != NULL)
        return fail(err, ERR_INVALID, "pull: no such object, or it is here");
    segment = segment_create(objects, rq->place.size, &nobody, err);
    if (segment == NULL)
        return -(int)err->code;
    object = object_create(objects, &(struct object_sealed){ .object_id = rq->object_id,
                                                             .segment = segment->number,
                                                             .size = rq->place.size });
    object->holder = xslicedup(rq->place.address);
    object->is_whole = false;
    *target = (struct pull_target){ segment->fd, segment->number };
    return 0;
}

static void end_copy(void *arg, const struct id *id, bool is_whole)
{
    struct objects *objects = arg;
    struct object *object = find_object(objects, id);

    if (object == NULL)
        return;
    object->is_whole = true;
    if (was_freed_early(objects, id) || !is_whole)
        object_destroy(objects, object);
    objects->on_changed(objects->arg);
}

static void on_holder_lost(void *arg, const char *address)
{
    struct objects *objects = arg;
    struct map_node *node, *after;

    map_each(node, after, &objects->table) {
        struct object *object = container_of(node, struct object, node);
        if (object->is_whole && object->holder != NULL &&
            strcmp(object->holder, address) == 0)
            object_destroy(objects, object);
    }
}

static void on_pull(void *self, const struct object_pull *rq, struct call *call)
{
    struct objects *objects = self;
    struct object *object = find_object(objects, &rq->object_id);
    struct object_place reply;

    if (object == NULL || !object->is_whole) {
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
    struct segment *segment = find_segment(objects, rq->segment);
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

void objects_on_peer_closed(struct objects *objects, const struct peer *peer)
{
    pushes_on_peer_closed(objects->pushes, peer);
}

/* ---- life ---- */

struct objects *objects_create(const struct objects_options *options)
{
    struct objects *objects = xcalloc(1, sizeof(*objects));
    const struct pull_ops ops = { begin_copy, end_copy, on_holder_lost, objects };

    objects->workers = options->workers;
    objects->limit = options->limit;
    objects->on_changed = options->on_changed;
    objects->arg = options->arg;
    list_init(&objects->early_order);
    objects->pushes = pushes_create();
    objects->pulls =
        pulls_create(options->loop, options->self, options->dispatch, &ops);
    objects->chunk = xalloc(CHUNK_MAX);
    return objects;
}

void objects_close(struct objects *objects)
{
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
};

void objects_serve(struct objects *objects, struct dispatch *dispatch)
{
    dispatch_add(dispatch, &objects_methods, &handlers, sizeof(handlers), objects);
}
