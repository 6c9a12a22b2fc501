/* slice.h - borrowed bytes: a pointer and a size, not terminated.
 *
 * A slice owns nothing. Strings on the wire, names in tables and pieces of buffers are
 * slices; whoever keeps one longer than its source copies it. Print one with
 * printf("%.*s", SLICE_ARGS(s)). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *data; /* may be NULL when size is 0 */
    size_t size;      /* bytes */
};

#define SLICE_ARGS(s) (int)(s).size, (s).data != NULL ? (s).data : ""

/* The slice of a terminated string; NULL gives the empty slice. */
static inline struct slice slice(const char *text)
{
    return (struct slice){ text, text != NULL ? strlen(text) : 0 };
}

static inline struct slice slice_of(const void *data, size_t size)
{
    return (struct slice){ data, size };
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice(text));
}

static inline bool slice_starts(struct slice a, struct slice prefix)
{
    return a.size >= prefix.size &&
           (prefix.size == 0 || memcmp(a.data, prefix.data, prefix.size) == 0);
}

/* Orders by bytes, then by size, as strcmp does. */
static inline int slice_compare(struct slice a, struct slice b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}
