/* store.c - accounting for shared memory.
 *
 * Each segment is a descriptor, so objects that come back from disk share some: they
 * are placed behind each other, on pages of their own, in a segment that is a hole
 * where no object is.
 *
 * A segment that has a writer is charged whole, since the writer may fill it at any
 * time. One without is charged for the pages that its objects touch; the others are
 * given back to the system by punching holes, so that one small object of a process
 * that has ended does not hold a large segment. Holes work on pages: the few bytes
 * around the edges of objects are given back with the segment. */
#include "daemon/node/store.h"

#include "daemon/node/workers.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/stubs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SEGMENT_MAX = 64 * 1024 * 1024, SEGMENTS_MIN = 8, PAGE = 4096 };

static const struct id nobody;

static int64_t page_up(int64_t bytes)
{
    return (bytes + PAGE - 1) & ~(int64_t)(PAGE - 1);
}

static int64_t page_down(int64_t bytes)
{
    return bytes & ~(int64_t)(PAGE - 1);
}

/* ---- segments ---- */

struct segment *store_find_segment(struct store *store, int64_t number)
{
    struct map_node *node = map_find(&store->segments, &number, sizeof(number));
    return node != NULL ? container_of(node, struct segment, node) : NULL;
}

/* How large a segment to make for an object of `size`; 0 when there is no room. What a
 * writer gets beyond that spares it round trips, but must not be all that there is. */
static int64_t segment_size(const struct store *store, int64_t size, bool has_writer)
{
    int64_t room = page_down(store->limit - store->charged);
    int64_t spare = page_up(store->limit / SEGMENTS_MIN);

    if (size <= 0 || size > room)
        return 0;
    if (spare > SEGMENT_MAX)
        spare = SEGMENT_MAX;
    if (has_writer && size < spare)
        size = spare < room ? spare : room;
    return page_up(size);
}

bool store_has_room(const struct store *store, int64_t size)
{
    return segment_size(store, size, false) > 0;
}

static int open_memory(int64_t size, struct error *err)
{
    int fd = memfd_create("ray-store", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd >= 0 && ftruncate(fd, size) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0)
        return fd;
    fail(err, ERR_IO, "make a segment of %lld bytes: %s%s", (long long)size,
         strerror(errno),
         errno == EMFILE ? "; start the node with a higher limit of open files (ulimit "
                           "-n)"
                         : "");
    if (fd >= 0)
        close(fd);
    return -1;
}

static struct segment *add_segment(struct store *store, int fd, int64_t size)
{
    struct segment *segment = xcalloc(1, sizeof(*segment));

    segment->number = ++store->next_segment;
    segment->size = size;
    segment->fd = fd;
    map_add(&store->segments, &segment->node, &segment->number,
            sizeof(segment->number));
    return segment;
}

static int fail_full(const struct store *store, int64_t size, struct error *err)
{
    return fail(err, ERR_FULL,
                "object store has no room for %lld bytes: %lld of %lld bytes are "
                "reserved, %lld of them in %zu objects",
                (long long)size, (long long)store->charged, (long long)store->limit,
                (long long)store->used, map_count(&store->objects));
}

/* The one that is being filled, when `size` more bytes fit. */
static struct segment *shared_segment(struct store *store, int64_t size,
                                      struct error *err)
{
    struct segment *segment = store_find_segment(store, store->shared);
    int64_t whole = size > SEGMENT_MAX ? size : SEGMENT_MAX;
    int fd;

    if (segment != NULL && segment->size - store->shared_used >= size)
        return segment;
    fd = open_memory(whole, err);
    if (fd < 0)
        return NULL;
    segment = add_segment(store, fd, whole);
    segment->is_shared = true;
    store->shared = segment->number;
    store->shared_used = 0;
    return segment;
}

struct segment *store_reserve(struct store *store, int64_t size, int64_t *offset,
                              struct error *err)
{
    int64_t pages = page_up(size);
    struct segment *segment;

    if (pages > store->limit - store->charged) {
        fail_full(store, size, err);
        return NULL;
    }
    segment = shared_segment(store, pages, err);
    if (segment == NULL)
        return NULL;
    *offset = store->shared_used;
    store->shared_used += pages;
    segment->charged += pages;
    store->charged += pages;
    return segment;
}

struct segment *store_add_segment(struct store *store, int64_t size,
                                  const struct id *writer, struct error *err)
{
    int64_t whole = segment_size(store, size, id_is_set(writer));
    struct segment *segment;
    int fd;

    if (whole == 0) {
        fail_full(store, size, err);
        return NULL;
    }
    fd = open_memory(whole, err);
    if (fd < 0)
        return NULL;
    segment = add_segment(store, fd, whole);
    segment->writer = *writer;
    segment->charged = whole;
    store->charged += whole;
    return segment;
}

struct segment *store_add_file(struct store *store, int fd, int64_t size)
{
    struct segment *segment = add_segment(store, fd, size);

    segment->is_file = true;
    return segment;
}

static void segment_destroy(struct store *store, struct segment *segment)
{
    map_remove(&store->segments, &segment->node);
    store->charged -= segment->charged;
    close(segment->fd);
    free(segment);
}

/* Gives the whole pages from `begin` to `end` back to the system. */
static void punch(struct store *store, struct segment *segment, int64_t begin,
                  int64_t end)
{
    begin = page_up(begin);
    end = end == segment->size ? end : page_down(end);
    if (begin >= end || segment->is_file)
        return;
    if (fallocate(segment->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, begin,
                  end - begin) != 0) {
        log_warn("store", "give back memory of segment=%lld: %s",
                 (long long)segment->number, strerror(errno));
        return;
    }
    segment->charged -= end - begin;
    store->charged -= end - begin;
}

void store_drop_segment(struct store *store, struct segment *segment)
{
    /* Readers keep mappings for later: closing our descriptor alone frees nothing. */
    if (!segment->is_file)
        (void)fallocate(segment->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                        segment->size);
    segment_destroy(store, segment);
    store->on_room(store->arg);
}

static int by_offset(const void *a, const void *b)
{
    const struct object *const *x = a, *const *y = b;
    return ((*x)->offset > (*y)->offset) - ((*x)->offset < (*y)->offset);
}

static void punch_gaps(struct store *store, struct segment *segment)
{
    struct object **inside = xcalloc(segment->objects, sizeof(struct object *));
    struct map_node *node, *after;
    size_t count = 0;
    int64_t at = 0;

    map_each(node, after, &store->objects) {
        struct object *object = container_of(node, struct object, node);
        if (object->segment == segment->number)
            inside[count++] = object;
    }
    qsort(inside, count, sizeof(struct object *), by_offset);
    for (size_t i = 0; i < count; i++) {
        punch(store, segment, at, inside[i]->offset);
        at = inside[i]->offset + inside[i]->size + 1; /* and its terminator */
    }
    punch(store, segment, at, segment->size);
    free(inside);
}

void store_orphan_segment(struct store *store, struct segment *segment)
{
    segment->writer = nobody;
    if (segment->objects == 0) {
        store_drop_segment(store, segment);
        return;
    }
    punch_gaps(store, segment);
    store->on_room(store->arg);
}

void store_reply_segment(struct call *call, const struct segment *segment, int fd)
{
    struct segment_reply reply = { .segment = segment->number, .size = segment->size };

    call_give_fd(call, fd);
    call_reply(call, &reply);
}

/* ---- objects ---- */

struct object *store_find_object(struct store *store, const struct id *id)
{
    struct map_node *node = map_find(&store->objects, ID_KEY(id));
    return node != NULL ? container_of(node, struct object, node) : NULL;
}

struct object *store_add_object(struct store *store, const struct id *id,
                                const struct id *owner, int64_t size)
{
    struct object *object = xcalloc(1, sizeof(*object));

    object->id = *id;
    object->owner = *owner;
    object->size = size;
    object->created = clock_wall();
    map_add(&store->objects, &object->node, ID_KEY(&object->id));
    return object;
}

void store_enter(struct store *store, struct object *object, struct segment *segment,
                 int64_t offset)
{
    object->segment = segment->number;
    object->offset = offset;
    object->last_use = clock_now();
    segment->objects++;
    segment->is_asked = false;
    if (!segment->is_file)
        store->used += object->size;
}

/* Where its pages end. Those of a segment that never had a writer are its own. */
static int64_t end_of(const struct segment *segment, const struct object *object)
{
    int64_t end = object->offset + object->size + 1;
    return segment->is_shared ? page_up(end) : end;
}

void store_leave(struct store *store, struct object *object)
{
    struct segment *segment = store_find_segment(store, object->segment);
    struct block_ref block = { object->segment, object->offset, object->size };
    struct worker *writer;

    if (segment == NULL)
        return;
    object->segment = 0;
    if (!segment->is_file)
        store->used -= object->size;
    segment->objects--;
    segment->is_asked = false;
    if (id_is_set(&segment->writer)) {
        writer = workers_find(store->workers, &segment->writer);
        if (writer != NULL && writer->peer != NULL) {
            note_client_release_block(writer->peer, &block, NULL);
            writer->blocks_released++;
        }
        store->on_room(store->arg);
    } else if (segment->objects == 0) {
        store_drop_segment(store, segment);
    } else {
        punch(store, segment, object->offset, end_of(segment, object));
        store->on_room(store->arg);
    }
}

static void object_destroy(struct store *store, struct object *object)
{
    map_remove(&store->objects, &object->node);
    free(object->holder);
    free(object);
}

void store_remove_object(struct store *store, struct object *object)
{
    store_leave(store, object);
    spill_drop(store->spill, &object->where);
    object_destroy(store, object);
}

void store_finish(struct store *store)
{
    struct map_node *node, *after;

    map_each(node, after, &store->objects)
        object_destroy(store, container_of(node, struct object, node));
    map_each(node, after, &store->segments)
        segment_destroy(store, container_of(node, struct segment, node));
}
