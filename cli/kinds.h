/* kinds.h - the kinds of things that list, get and summary know. */
#pragma once

#include "lib/base/error.h"
#include "lib/proto/proto.h"

struct arena;
struct context;

struct kind {
    const char *one, *several; /* "actor", "actors" */
    const struct desc *row;
    int list, summary; /* enum method_number; summary 0: there is none */
};

/* By either name, any case. -ERR_USAGE names the nearest; -ERR_UNSUPPORTED for kinds of
 * Ray's that are not there yet. NULL on error. */
const struct kind *kinds_find(const char *name, struct error *err);
/* The kind of "job/ID"; *id points into `arg`. -ERR_USAGE. NULL on error. */
const struct kind *kinds_of_thing(const char *arg, const char **id, struct arena *arena,
                                  struct error *err);
/* The one row of that kind whose id is or begins with `id`. A submission id, or the
 * name of a living actor or node, that is given whole is not a prefix of others. The
 * newest of several attempts of a task. NULL on error: -ERR_NOT_FOUND, -ERR_INVALID
 * when several begin so, -ERR_USAGE when `id` is empty. */
const void *kinds_get(struct context *ctx, const struct kind *kind, const char *id,
                      struct error *err);

/* A reply of rows: all *_rows messages have this layout. */
struct kind_rows {
    struct list_field rows;
    int64_t total, next;
};
