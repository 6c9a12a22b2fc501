/* kinds.h - the kinds of things that list, get and summary know. */
#pragma once

#include "lib/base/error.h"
#include "lib/proto/proto.h"

struct kind {
    const char *one, *several; /* "actor", "actors" */
    const struct desc *row;
    int list, summary; /* enum method_number; summary 0: there is none */
};

/* By either name, any case. -ERR_USAGE names the nearest; -ERR_UNSUPPORTED for kinds of
 * Ray's that are not there yet. NULL on error. */
const struct kind *kinds_find(const char *name, struct error *err);

/* A reply of rows: all *_rows messages have this layout. */
struct kind_rows {
    struct list_field rows;
    int64_t total;
};
