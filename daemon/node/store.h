/* store.h - the tables of this node's object store: segments, and the objects in them.
 *
 * Owns: the memfds of all segments, and the table of large objects, in memory or on
 * disk. Does the accounting: what is `charged` never exceeds `limit`, to the byte.
 * Decides nothing: objects.c serves, pressure.c makes room. Loop thread only. */
#pragma once

#include "daemon/node/spill.h"
#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct workers;

struct segment {
    struct map_node node;
    int64_t number, size;
    int64_t charged;  /* bytes of it that count: all while it has a writer */
    struct id writer; /* no id: nobody writes it, or its writer has ended */
    size_t objects;
    int fd;
    bool is_file;   /* not memory, but a file of spilled objects, read where it is */
    bool is_shared; /* filled by store_reserve() */
    bool is_asked;  /* its writer was asked to give it back since it last changed */
};

enum object_state {
    OBJECT_HERE,
    OBJECT_ARRIVING, /* a copy on its way from another machine */
    OBJECT_LEAVING,  /* in memory, being written to disk */
    OBJECT_AWAY,     /* on disk alone */
    OBJECT_RETURNING /* being read from disk */
};

struct object {
    struct map_node node;
    struct id id, owner;
    int64_t segment, offset, size; /* segment 0: not in memory */
    int64_t created;               /* clock_wall() */
    int64_t last_use, asked;       /* clock_now(); asked: when its owner last was */
    enum object_state state;
    bool is_freed;        /* as soon as what is under way has ended */
    struct spilled where; /* on disk; stays when it has come back */
    char *holder; /* of a copy: the address of the node that has the object; owned */
};

struct store {
    struct workers *workers;
    struct spill *spill;
    struct map segments, objects;
    int64_t limit, charged, used; /* used: bytes of objects in memory */
    int64_t next_segment;
    int64_t shared, shared_used; /* number of the segment that store_reserve() fills */
    void (*on_room)(void *arg);  /* memory was given back, to its writer or to all */
    void *arg;
};

/* Frees all that is in the tables. */
void store_finish(struct store *store);

struct segment *store_find_segment(struct store *store, int64_t number);
/* A segment for an object of `size`, and more for a writer. -ERR_FULL when there is no
 * room, which is expected; -ERR_IO when the system gives no memory. */
struct segment *store_add_segment(struct store *store, int64_t size,
                                  const struct id *writer, struct error *err);
/* Where an object that comes back goes: `size` bytes at *offset of a segment that it
 * shares with others of its kind, and is charged for its pages alone. -ERR_FULL. */
struct segment *store_reserve(struct store *store, int64_t size, int64_t *offset,
                              struct error *err);
/* Whether store_add_segment() would find room now. */
bool store_has_room(const struct store *store, int64_t size);
/* One that is a file: takes `fd`, and counts for nothing. */
struct segment *store_add_file(struct store *store, int fd, int64_t size);
/* Gives its memory back, also where others still have it mapped. */
void store_drop_segment(struct store *store, struct segment *segment);
/* Its writer has ended: what is in no object is given back at once, each object when it
 * goes. */
void store_orphan_segment(struct store *store, struct segment *segment);
/* Answers with the number and a descriptor, which it takes. */
void store_reply_segment(struct call *call, const struct segment *segment, int fd);

struct object *store_find_object(struct store *store, const struct id *id);
struct object *store_add_object(struct store *store, const struct id *id,
                                const struct id *owner, int64_t size);
/* Its bytes are in memory from now on. */
void store_enter(struct store *store, struct object *object, struct segment *segment,
                 int64_t offset);
/* Its bytes are not in memory any more. */
void store_leave(struct store *store, struct object *object);
void store_remove_object(struct store *store, struct object *object);
