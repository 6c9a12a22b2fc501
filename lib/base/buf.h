/* buf.h - a growing byte buffer with a ceiling.
 *
 * The ceiling bounds what a peer, a file or a bug can make us hold: an append beyond it
 * changes nothing and returns -ERR_FULL. Data moves when it grows. */
#pragma once

#include "lib/base/slice.h"

#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *data;
    size_t size;     /* bytes in use */
    size_t capacity; /* bytes allocated */
    size_t ceiling;  /* most bytes ever in use; 0 means no ceiling */
};

void buf_init(struct buf *buf, size_t ceiling);
void buf_finish(struct buf *buf);
/* Room for `more` bytes behind data+size, which the caller then fills and adds to
 * `size`. -ERR_FULL beyond the ceiling. */
int buf_reserve(struct buf *buf, size_t more);
int buf_append(struct buf *buf, const void *data, size_t size);
int buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Drops the first `size` bytes (at most all). */
void buf_consume(struct buf *buf, size_t size);
/* Empties it and keeps the memory. */
void buf_clear(struct buf *buf);
static inline struct slice buf_slice(const struct buf *buf)
{
    return slice_of(buf->data, buf->size);
}
/* The content as a terminated string that the caller frees; the buffer is empty
 * after it. */
char *buf_take(struct buf *buf);
