/* shm.h - large objects in shared memory: writing our own, reading those of others.
 *
 * We write into segments that our node made for us and nobody else may write; others
 * read them through read-only descriptors. A put inside a segment that we hold needs no
 * round trip: the node hears of it by a note. The allocator of a segment is here, in
 * its only writer; the node tells us when an object of ours was freed. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/list.h"
#include "lib/base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct block_ref;
struct node_link;
struct place;
struct runtime;
struct segment_refs;

struct shm {
    struct list written;  /* of struct segment: ours, writable */
    struct list mappings; /* of struct mapping: others', read-only */
    size_t unused;        /* mappings that nobody holds */
    int64_t released;     /* blocks that our node has given back to us */
    struct map owned;     /* of struct place, by object: large objects of ours */
};

void shm_init(struct shm *shm);
void shm_finish(struct shm *shm);

/* Room for `size` bytes and one more, for a terminator: *data is where to write, *place
 * where it is (caller frees). May ask the node, which may make room first, and so
 * blocks; not under the lock, not on the loop. -ERR_FULL. */
int shm_allocate(struct runtime *rt, size_t size, void **data, struct place **place,
                 struct error *err);
/* Tells the node what the bytes at `place` are: from now on they are object `id`, owned
 * by process `owner`, and may be read by others. Any thread, lock not held. */
void shm_seal(struct runtime *rt, const struct id *id, const struct id *owner,
              const struct place *place);
/* Takes back what was allocated and never sealed. */
void shm_discard(struct runtime *rt, struct place *place);
/* Where the bytes of `place` can be read, mapping them if needed (which blocks: not
 * under the lock, not on the loop). Holds place->mapping. NULL and -ERR_OBJECT_LOST
 * when its node is gone. */
const void *shm_map(struct runtime *rt, struct place *place, struct error *err);
/* The same when no call is needed; NULL else. Under the lock. */
const void *shm_find(struct runtime *rt, struct place *place);
/* The owner lets an object go: frees it at its node, and `place`. Under the lock. */
void shm_release(struct runtime *rt, const struct id *id, struct place *place);
/* A reader lets go of `place` without freeing the object. Lock held. */
void shm_unmap(struct runtime *rt, struct place *place);
/* A reader needs no mapping of `place` for now. Under the lock. */
void shm_let_go(struct runtime *rt, struct place *place);
/* (loop) our node needs memory: unmaps the segments in which nothing is, and names
 * them. */
void shm_trim(struct runtime *rt, struct segment_refs *back, struct arena *arena);
/* (loop) our node says that a block of ours is free again. */
void shm_on_release(struct runtime *rt, const struct block_ref *block);
