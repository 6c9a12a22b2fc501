/* inside.h - the refs inside a value: a handle of each.
 *
 * They belong to the object whose value they are in, or to the running task that got or
 * returns it. Under the runtime's lock. */
#pragma once

#include "lib/proto/proto.h"

#include <stddef.h>

struct arena;
struct ray_ref;
struct ray_value;
struct runtime;

struct inside {
    size_t count;
    struct ray_ref *refs[];
};

/* Takes a handle of each; NULL when there are none. */
struct inside *inside_create(struct ray_ref *const *refs, size_t count);
/* From the wire, with the loans that were made for it. */
struct inside *inside_receive(struct runtime *rt, const struct held_ref *refs,
                              size_t count);
/* Releases them. Accepts NULL. */
void inside_destroy(struct runtime *rt, struct inside *inside);
/* As the wire has them, without loans: `value` borrows from `arena`. */
void inside_describe(struct runtime *rt, struct ray_ref *const *refs, size_t count,
                     struct task_value *value, struct arena *arena);
/* The first that is NULL, or `count`. */
size_t inside_find_null(const struct ray_value *value);
