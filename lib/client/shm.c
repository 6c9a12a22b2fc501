/* shm.c - segments we write, mappings we read.
 *
 * Blocks are aligned to 64 bytes. A mapping of another process's segment is made once
 * and shared by all places in it; up to UNUSED_MAX that nobody holds are kept, since
 * mapping costs a call to the node. */
#include "lib/client/shm.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/client/extents.h"
#include "lib/client/object.h"
#include "lib/client/prefault.h"
#include "lib/client/runtime.h"
#include "lib/net/loop.h"
#include "lib/net/stubs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCK_ALIGN = 64,
    UNUSED_MAX = 32,
    ROOM_MS = 60000 /* for which room that was made may be in too small pieces */
};

/* A segment of ours. */
struct segment {
    struct list list;
    int64_t number, size;
    char *memory;
    struct extents extents;
    struct prefault prefault;
};

struct mapping {
    struct list list;
    struct node_link *node;
    int64_t segment;
    char *memory;
    size_t size;
    unsigned users;
};

/* What travels to the loop thread and back. */
struct segment_call {
    struct mail mail;
    struct runtime *rt;
    struct node_link *node;
    int64_t wanted;   /* size, or number of the segment to open */
    int64_t released; /* as of segment_request */
    bool is_open;
    int64_t number, size;
    int fd;
};

void shm_init(struct shm *shm)
{
    list_init(&shm->written);
    list_init(&shm->mappings);
    shm->unused = 0;
}

static void mapping_destroy(struct mapping *mapping)
{
    list_remove(&mapping->list);
    munmap(mapping->memory, mapping->size);
    free(mapping);
}

static void segment_destroy(struct segment *segment)
{
    extents_finish(&segment->extents);
    munmap(segment->memory, (size_t)segment->size);
    list_remove(&segment->list);
    free(segment);
}

void shm_finish(struct shm *shm)
{
    struct list *at, *after;

    list_each_safe(at, after, &shm->mappings)
        mapping_destroy(container_of(at, struct mapping, list));
    list_each_safe(at, after, &shm->written)
        segment_destroy(container_of(at, struct segment, list));
}

/* Space for `size` bytes and the zero that terminates a string. */
static int64_t rounded(int64_t size)
{
    return (size + 1 + BLOCK_ALIGN - 1) & ~(int64_t)(BLOCK_ALIGN - 1);
}

static struct segment *find_written(struct runtime *rt, int64_t number)
{
    struct list *at;

    list_each(at, &rt->shm.written)
        if (container_of(at, struct segment, list)->number == number)
            return container_of(at, struct segment, list);
    return NULL;
}

/* Tries the segments we have. Under the lock. */
static char *take_anywhere(struct runtime *rt, size_t size, struct place *place)
{
    struct list *at;

    list_each(at, &rt->shm.written) {
        struct segment *segment = container_of(at, struct segment, list);
        int64_t offset = extents_take(&segment->extents, rounded((int64_t)size));
        if (offset < 0)
            continue;
        prefault_ahead(rt, &segment->prefault, segment->memory, segment->size,
                       offset + rounded((int64_t)size));
        *place = (struct place){ .node = rt->home,
                                 .segment = segment->number,
                                 .offset = offset,
                                 .size = (int64_t)size };
        return segment->memory + offset;
    }
    return NULL;
}

static void on_segment(void *arg, const struct error *err, const void *reply)
{
    struct segment_call *call = arg;
    const struct segment_reply *segment = reply;
    struct error lost;

    if (err == NULL && segment->segment == 0) {
        call->number = 0; /* look again: there is room in one that we have */
    } else if (err == NULL) {
        call->number = segment->segment;
        call->size = segment->size;
        call->fd = peer_take_fd(node_link_peer(call->node));
        if (call->fd < 0) {
            fail(&lost, ERR_PROTOCOL, "no descriptor came with segment %lld",
                 (long long)call->number);
            err = &lost;
        }
    }
    mailbox_finish(&call->mail, err);
}

static void ask_segment(void *arg)
{
    struct segment_call *call = arg;
    struct peer *peer = node_link_peer(call->node);
    struct error err;

    if (peer == NULL) {
        fail(&err, ERR_OBJECT_LOST, "node %s is gone", call->node->address);
        mailbox_finish(&call->mail, &err);
    } else if (call->is_open) {
        struct segment_ref rq = { .segment = call->wanted };
        call_objects_open_segment(peer, &rq, NULL, on_segment, call);
    } else {
        struct segment_request rq = { .size = call->wanted,
                                      .released = call->released };
        call_objects_create_segment(peer, &rq, NULL, on_segment, call);
    }
}

/* Checks what came, then maps it: a short memfd would raise SIGBUS later. */
static char *map_segment(struct segment_call *call, int protection, struct error *err)
{
    struct stat about;
    void *memory = MAP_FAILED;

    if (fstat(call->fd, &about) != 0 || call->size <= 0 || about.st_size < call->size)
        fail(err, ERR_PROTOCOL, "segment %lld is smaller than said",
             (long long)call->number);
    else {
        memory = mmap(NULL, (size_t)call->size, protection, MAP_SHARED, call->fd, 0);
        if (memory == MAP_FAILED)
            fail(err, ERR_FULL, "map segment of %lld bytes: %s", (long long)call->size,
                 strerror(errno));
    }
    close(call->fd);
    return memory != MAP_FAILED ? memory : NULL;
}

static int add_segment(struct runtime *rt, size_t size, int64_t released,
                       struct error *err)
{
    struct segment_call call = { .rt = rt,
                                 .node = rt->home,
                                 .wanted = rounded((int64_t)size),
                                 .released = released };
    struct segment *segment;
    char *memory;

    mailbox_wait(rt, ask_segment, &call, &call.mail);
    if (call.mail.err.code != ERR_OK)
        return error_copy(err, &call.mail.err);
    if (call.number == 0)
        return 0;
    memory = map_segment(&call, PROT_READ | PROT_WRITE, err);
    if (memory == NULL)
        return -ERR_FULL;
    segment = xcalloc(1, sizeof(*segment));
    segment->number = call.number;
    segment->size = call.size;
    segment->memory = memory;
    extents_init(&segment->extents, call.size);
    pthread_mutex_lock(&rt->lock);
    list_add_first(&rt->shm.written, &segment->list);
    pthread_mutex_unlock(&rt->lock);
    return 0;
}

int shm_allocate(struct runtime *rt, size_t size, void **data, struct place **place,
                 struct error *err)
{
    const int64_t deadline = clock_now() + ROOM_MS * NS_PER_MS;
    int64_t released;
    int status = 0;

    *place = xcalloc(1, sizeof(**place));
    while (status == 0) {
        pthread_mutex_lock(&rt->lock);
        *data = take_anywhere(rt, size, *place);
        released = rt->shm.released;
        pthread_mutex_unlock(&rt->lock);
        if (*data != NULL)
            return 0;
        if (clock_now() > deadline)
            status = fail(err, ERR_FULL,
                          "object store has no %lld bytes in one piece after %d s",
                          (long long)size, ROOM_MS / 1000);
        else
            status = add_segment(rt, size, released, err);
    }
    free(*place);
    *place = NULL;
    return status;
}

struct seal {
    struct runtime *rt;
    struct object_sealed sealed;
};

static void send_seal(void *arg)
{
    struct seal *seal = arg;
    struct peer *peer = node_link_peer(seal->rt->home);

    if (peer != NULL)
        note_objects_sealed(peer, &seal->sealed, NULL);
    free(seal);
}

void shm_seal(struct runtime *rt, const struct id *id, const struct id *owner,
              const struct place *place)
{
    struct seal *seal = xalloc(sizeof(*seal));

    seal->rt = rt;
    seal->sealed = (struct object_sealed){ .object_id = *id,
                                           .owner = *owner,
                                           .segment = place->segment,
                                           .offset = place->offset,
                                           .size = place->size };
    loop_post(rt->loop, send_seal, seal);
}

void shm_discard(struct runtime *rt, struct place *place)
{
    struct segment *segment;

    pthread_mutex_lock(&rt->lock);
    segment = find_written(rt, place->segment);
    if (segment != NULL)
        extents_give(&segment->extents, place->offset, rounded(place->size));
    pthread_mutex_unlock(&rt->lock);
    free(place);
}

/* Where the bytes can be mapped: at their node, or in our node's copy of them. */
struct spot {
    struct node_link *node;
    int64_t segment, offset;
};

static struct spot spot_of(struct runtime *rt, const struct place *place)
{
    if (place->copy != 0)
        return (struct spot){ rt->home, place->copy, 0 };
    return (struct spot){ place->node, place->segment, place->offset };
}

static struct mapping *find_mapping(struct runtime *rt, const struct spot *spot)
{
    struct list *at;

    list_each(at, &rt->shm.mappings) {
        struct mapping *mapping = container_of(at, struct mapping, list);
        if (mapping->segment == spot->segment && mapping->node == spot->node)
            return mapping;
    }
    return NULL;
}

static bool is_inside(const struct place *place, const struct spot *spot, size_t size)
{
    return spot->offset >= 0 && place->size >= 0 && (size_t)spot->offset <= size &&
           (size_t)place->size <= size - (size_t)spot->offset;
}

const void *shm_find(struct runtime *rt, struct place *place)
{
    const struct spot spot = spot_of(rt, place);
    struct segment *own = spot.node == rt->home ? find_written(rt, spot.segment) : NULL;
    struct mapping *mapping = place->mapping;

    if (own != NULL)
        return is_inside(place, &spot, (size_t)own->size) ? own->memory + spot.offset
                                                          : NULL;
    if (mapping == NULL)
        mapping = find_mapping(rt, &spot);
    if (mapping == NULL || !is_inside(place, &spot, mapping->size))
        return NULL;
    if (place->mapping == NULL) {
        place->mapping = mapping;
        if (mapping->users++ == 0)
            rt->shm.unused--;
    }
    return mapping->memory + spot.offset;
}

struct pull_call {
    struct mail mail;
    struct runtime *rt;
    const struct place *place;
    int64_t segment; /* of the copy */
};

static void on_pulled(void *arg, const struct error *err, const void *reply)
{
    struct pull_call *call = arg;

    if (err == NULL)
        call->segment = ((const struct object_place *)reply)->segment;
    mailbox_finish(&call->mail, err);
}

static void ask_pull(void *arg)
{
    struct pull_call *call = arg;
    const struct place *place = call->place;
    struct node_link *home = call->rt->home;
    struct peer *peer = home != NULL ? node_link_peer(home) : NULL;
    struct object_pull rq = { .object_id = place->object };
    struct error err;

    if (peer == NULL || home->is_remote) {
        fail(&err, ERR_UNSUPPORTED,
             "no node on this machine through which to read what is at %s",
             place->node->address);
        mailbox_finish(&call->mail, &err);
        return;
    }
    rq.place = (struct object_place){ .node_id = place->node->node_id,
                                      .address = slice(place->node->address),
                                      .segment = place->segment,
                                      .offset = place->offset,
                                      .size = place->size };
    call_objects_pull(peer, &rq, NULL, on_pulled, call);
}

/* Bytes on another machine: our node gets a copy first. */
static int pull(struct runtime *rt, struct place *place, struct error *err)
{
    struct pull_call call = { .rt = rt, .place = place };

    mailbox_wait(rt, ask_pull, &call, &call.mail);
    if (call.mail.err.code != ERR_OK)
        return error_copy(err, &call.mail.err);
    pthread_mutex_lock(&rt->lock);
    place->copy = call.segment;
    pthread_mutex_unlock(&rt->lock);
    return 0;
}

static int add_mapping(struct runtime *rt, const struct place *place, struct error *err)
{
    const struct spot spot = spot_of(rt, place);
    struct segment_call call = {
        .rt = rt, .node = spot.node, .wanted = spot.segment, .is_open = true
    };
    struct mapping *mapping;
    char *memory;

    mailbox_wait(rt, ask_segment, &call, &call.mail);
    if (call.mail.err.code != ERR_OK)
        return error_copy(err, &call.mail.err);
    memory = map_segment(&call, PROT_READ, err);
    if (memory == NULL)
        return -ERR_OBJECT_LOST;
    mapping = xcalloc(1, sizeof(*mapping));
    mapping->node = spot.node;
    mapping->segment = spot.segment;
    mapping->memory = memory;
    mapping->size = (size_t)call.size;
    pthread_mutex_lock(&rt->lock);
    list_add(&rt->shm.mappings, &mapping->list);
    rt->shm.unused++;
    pthread_mutex_unlock(&rt->lock);
    return 0;
}

/* Whatever kept us from its node, the object is lost to us; unless it is we who are cut
 * off. */
static void not_mapped(struct runtime *rt, const struct place *place, struct error *err)
{
    pthread_mutex_lock(&rt->lock);
    if (!rt->is_down && (err->code == ERR_CLOSED || err->code == ERR_UNREACHABLE))
        err->code = ERR_OBJECT_LOST;
    pthread_mutex_unlock(&rt->lock);
    wrap(err, "read object of %lld bytes", (long long)place->size);
}

const void *shm_map(struct runtime *rt, struct place *place, struct error *err)
{
    const void *data;

    pthread_mutex_lock(&rt->lock);
    data = shm_find(rt, place);
    pthread_mutex_unlock(&rt->lock);
    if (data != NULL)
        return data;
    if ((place->node->is_remote && place->copy == 0 && pull(rt, place, err) != 0) ||
        add_mapping(rt, place, err) != 0) {
        not_mapped(rt, place, err);
        return NULL;
    }
    pthread_mutex_lock(&rt->lock);
    data = shm_find(rt, place);
    pthread_mutex_unlock(&rt->lock);
    if (data == NULL)
        fail(err, ERR_OBJECT_LOST, "object of %lld bytes is outside its segment",
             (long long)place->size);
    return data;
}

void shm_let_go(struct runtime *rt, struct place *place)
{
    struct mapping *mapping = place->mapping;
    struct list *at;

    place->mapping = NULL;
    if (mapping == NULL || --mapping->users > 0)
        return;
    rt->shm.unused++;
    if (rt->shm.unused <= UNUSED_MAX)
        return;
    list_each(at, &rt->shm.mappings)
        if (container_of(at, struct mapping, list)->users == 0)
            break;
    mapping_destroy(container_of(at, struct mapping, list));
    rt->shm.unused--;
}

struct free_note {
    struct node_link *node;
    struct object_ref object;
};

static void send_free(void *arg)
{
    struct free_note *note = arg;
    struct peer *peer = node_link_peer(note->node);
    struct object_refs refs = { .objects = { &note->object, 1 } };

    if (peer != NULL)
        note_objects_free(peer, &refs, NULL);
    free(note);
}

void shm_release(struct runtime *rt, const struct id *id, struct place *place)
{
    struct free_note *note = xalloc(sizeof(*note));

    note->node = place->node;
    note->object.object_id = *id;
    shm_unmap(rt, place);
    loop_post(rt->loop, send_free, note);
}

void shm_unmap(struct runtime *rt, struct place *place)
{
    shm_let_go(rt, place);
    if (place->owner != NULL)
        map_remove(&rt->shm.owned, &place->owned);
    free(place);
}

void shm_trim(struct runtime *rt, struct segment_refs *back, struct arena *arena)
{
    struct list *at, *after;
    size_t count = 0;

    pthread_mutex_lock(&rt->lock);
    list_each(at, &rt->shm.written)
        count++;
    back->segments.items = arena_array(arena, count, sizeof(*back->segments.items));
    list_each_safe(at, after, &rt->shm.written) {
        struct segment *segment = container_of(at, struct segment, list);
        if (!extents_is_all(&segment->extents, segment->size))
            continue;
        back->segments.items[back->segments.count++].segment = segment->number;
        segment_destroy(segment);
    }
    pthread_mutex_unlock(&rt->lock);
}

void shm_on_release(struct runtime *rt, const struct block_ref *block)
{
    struct segment *segment;

    pthread_mutex_lock(&rt->lock);
    segment = find_written(rt, block->segment);
    if (segment != NULL && block->offset >= 0 && block->size > 0 &&
        block->offset + rounded(block->size) <= segment->size)
        extents_give(&segment->extents, block->offset, rounded(block->size));
    rt->shm.released++;
    pthread_mutex_unlock(&rt->lock);
}
