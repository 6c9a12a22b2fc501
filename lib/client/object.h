/* object.h - the objects that this process owns: a `struct ray_ref` is one of them.
 *
 * (Or has borrowed: lib/client/borrow.h.)
 *
 * An object is PENDING until its task ends, then READY with a value or FAILED with a
 * failure. It lives while it has handles (`refs`, the programmer's) or pins (tasks in
 * flight that use or produce it), or borrowers, or is kept for tasks that could run
 * again. Small
 * values are in our memory, large ones (over OBJECT_INLINE_MAX) in shared memory at
 * `place` (lib/client/shm.h). The runtime's lock protects all of it. */
#pragma once

#include "lib/base/id.h"
#include "lib/base/map.h"
#include "lib/proto/proto.h"
#include "lib/ray.h"

#include <stddef.h>
#include <stdint.h>

struct inside;
struct mapping;
struct node_link;
struct runtime;
struct shared;
struct task;

enum { OBJECT_INLINE_MAX = 100 * 1024 }; /* bytes; Ray's limit for inline values */

enum object_state {
    OBJECT_PENDING,
    OBJECT_READY,
    OBJECT_FAILED,
    OBJECT_RELEASED /* its bytes are let go; tasks that could run again name it */
};

/* Where a large object's bytes are. */
struct place {
    struct node_link *node;
    struct id object; /* whose bytes they are */
    int64_t segment, offset, size;
    struct mapping *mapping; /* held; NULL until it is read here */
    int64_t copy;            /* segment of our node's copy; 0: none, or not needed */
    /* Of objects that we own (lib/client/away.h): */
    struct map_node owned; /* in rt->shm.owned, by `object` */
    struct ray_ref *owner; /* NULL: not in it */
    bool is_away;          /* its node may have put it on disk */
    bool is_lost;          /* its node has it no more */
};

struct ray_ref {
    struct id id;
    uint8_t state; /* enum object_state */
    uint8_t type;  /* enum ray_type, when READY */
    bool is_read;  /* the program has a pointer to bytes at `place` */
    uint32_t refs, pins;
    uint32_t kept; /* by tasks that could run again (lib/client/lineage.h) */
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct {
            void *data; /* owned, terminated; or in place->mapping */
            size_t size;
        } bytes;
        struct failure *failure; /* FAILED; owned */
    } as;
    struct place *place;      /* large objects; owned */
    struct inside *inside;    /* refs in its value; owned; NULL: none */
    struct shared *shared;    /* others know it (lib/client/refs.h); NULL: nobody */
    struct task *maker;       /* that makes it, or could again; NULL: none */
    struct task **dependents; /* tasks that wait for it; owned */
    uint32_t dependents_count, dependents_capacity;
};

/* A PENDING object with no handle and no pin. */
struct ray_ref *object_create(struct id id);
/* Takes away a handle or a pin; frees the object with the last of both, and lets its
 * bytes in the store go. */
void object_unref(struct runtime *rt, struct ray_ref *object);
void object_unpin(struct runtime *rt, struct ray_ref *object);
/* A pin becomes a hold that lets large bytes go; and that a pin again, or nothing. */
void object_keep(struct runtime *rt, struct ray_ref *object);
void object_take_kept(struct ray_ref *object);
void object_unkeep(struct runtime *rt, struct ray_ref *object);
/* Frees it unless somebody holds it. */
void object_let_go(struct runtime *rt, struct ray_ref *object);
/* Its bytes are gone, or out of reach. A program that has a pointer to them keeps it.
 */
void object_drop_place(struct runtime *rt, struct ray_ref *object);
/* Makes it READY: copies an inline value (no ref), or takes `place` and a type. */
void object_set_value(struct ray_ref *object, const struct ray_value *value);
void object_set_place(struct runtime *rt, struct ray_ref *object, enum ray_type type,
                      struct place *place);
/* Makes it FAILED with a copy. */
void object_set_failure(struct ray_ref *object, const struct failure *failure);
/* Lets `task` wait for it. */
void object_add_dependent(struct ray_ref *object, struct task *task);
/* It waits no more, if it did. */
void object_remove_dependent(struct ray_ref *object, const struct task *task);
