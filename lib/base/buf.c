/* buf.c - doubling growth under a ceiling. */
#include "lib/base/buf.h"

#include "lib/base/error.h"
#include "lib/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_init(struct buf *buf, size_t ceiling)
{
    *buf = (struct buf){ .ceiling = ceiling };
}

void buf_finish(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){ .ceiling = buf->ceiling };
}

int buf_reserve(struct buf *buf, size_t more)
{
    if (more <= buf->capacity - buf->size &&
        (buf->ceiling == 0 || more <= buf->ceiling - buf->size))
        return 0;
    if (more > SIZE_MAX - buf->size)
        return -ERR_FULL;
    if (buf->ceiling != 0 && buf->size + more > buf->ceiling)
        return -ERR_FULL;
    buf->data = xgrow(buf->data, &buf->capacity, buf->size + more, 1);
    return 0;
}

int buf_append(struct buf *buf, const void *data, size_t size)
{
    int status = buf_reserve(buf, size);

    if (status != 0)
        return status;
    if (size > 0)
        memcpy(buf->data + buf->size, data, size);
    buf->size += size;
    return 0;
}

int buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    int size, status;

    va_start(args, format);
    size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size < 0)
        return -ERR_INVALID;
    /* vsnprintf also writes a terminator, which is not part of the content. */
    status = buf_reserve(buf, (size_t)size);
    if (status != 0)
        return status;
    buf->data = xgrow(buf->data, &buf->capacity, buf->size + (size_t)size + 1, 1);
    va_start(args, format);
    vsnprintf((char *)buf->data + buf->size, (size_t)size + 1, format, args);
    va_end(args);
    buf->size += (size_t)size;
    return 0;
}

void buf_consume(struct buf *buf, size_t size)
{
    if (size >= buf->size) {
        buf->size = 0;
        return;
    }
    if (size > 0)
        memmove(buf->data, buf->data + size, buf->size - size);
    buf->size -= size;
}

void buf_clear(struct buf *buf)
{
    buf->size = 0;
}

char *buf_take(struct buf *buf)
{
    char *text = xslicedup(buf_slice(buf));
    buf_finish(buf);
    return text;
}
