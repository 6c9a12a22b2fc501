/* desc.h - what a message looks like, as data.
 *
 * lib/proto/schema.def yields one `struct desc` a message. The codec, JSON, YAML,
 * tables, filters, sorting and the monitor's columns all walk it, so that a new field
 * is one line of the schema. */
#pragma once

#include "lib/base/id.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a field is held in memory, and how people see it. On the wire all integers are
 * msgpack integers. */
enum field_kind {
    KIND_BOOL,     /* bool */
    KIND_INT,      /* int64_t */
    KIND_FLOAT,    /* double */
    KIND_STRING,   /* struct slice, UTF-8 by convention */
    KIND_BYTES,    /* struct slice */
    KIND_ID,       /* struct id */
    KIND_TIME,     /* int64_t, nanoseconds since 1970 UTC; 0 is "not yet" */
    KIND_DURATION, /* int64_t, nanoseconds */
    KIND_SIZE,     /* int64_t, bytes */
    KIND_AMOUNT,   /* int64_t, resource amount in 1/10000 units */
    KIND_MESSAGE,  /* a struct of `sub`, embedded */
    KIND_LIST,     /* struct list_field of structs of `sub` */
    KIND_PAIRS,    /* as KIND_LIST; `sub` has a name and a value: an object in JSON */
};

enum field_flags {
    FIELD_DETAIL = 1, /* shown only with --detail and by get */
};

/* A repeated field. Every LIST of the schema has this layout. */
struct list_field {
    void *items; /* array of the sub-message's structs */
    size_t count;
};

struct desc;

struct field {
    uint8_t tag; /* on the wire; unique in its message, never reused */
    uint8_t kind;
    uint8_t flags;
    uint16_t offset; /* in the struct */
    const char *name;
    const struct desc *sub; /* KIND_MESSAGE, KIND_LIST, KIND_PAIRS; else NULL */
};

struct desc {
    const char *name;
    size_t size; /* bytes of the struct */
    const struct field *fields;
    size_t count;
};

/* The field of that name, NULL when there is none. */
const struct field *desc_find(const struct desc *desc, struct slice name);
/* Where `field` of `message` is. */
static inline void *desc_at(const struct field *field, const void *message)
{
    return (char *)(uintptr_t)message + field->offset;
}
