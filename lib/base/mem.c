/* mem.c - allocation that succeeds or ends the process with a line that says how much
 * was asked for. */
#include "lib/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void *need(void *p, size_t size)
{
    if (p != NULL)
        return p;
    fprintf(stderr, "out of memory: %zu bytes\n", size);
    abort();
}

void *xalloc(size_t size)
{
    return need(malloc(size > 0 ? size : 1), size);
}

void *xcalloc(size_t count, size_t size)
{
    bool empty = count == 0 || size == 0;
    return need(calloc(empty ? 1 : count, empty ? 1 : size), size);
}

void *xrealloc(void *p, size_t size)
{
    return need(realloc(p, size > 0 ? size : 1), size);
}

void *xgrow(void *p, size_t *capacity, size_t wanted, size_t item)
{
    size_t grown = *capacity > 0 ? *capacity : 8;

    if (wanted <= *capacity)
        return p;
    while (grown < wanted && grown <= SIZE_MAX / 2)
        grown *= 2;
    if (grown < wanted || grown > SIZE_MAX / item)
        return need(NULL, wanted);
    *capacity = grown;
    return xrealloc(p, grown * item);
}

char *xslicedup(struct slice s)
{
    char *copy = xalloc(s.size + 1);

    if (s.size > 0)
        memcpy(copy, s.data, s.size);
    copy[s.size] = '\0';
    return copy;
}

char *xstrdup(const char *text)
{
    return xslicedup(slice(text));
}

char *xprintf(const char *format, ...)
{
    va_list args;
    char *text;
    int size;

    va_start(args, format);
    size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text = xalloc((size_t)(size > 0 ? size : 0) + 1);
    text[0] = '\0';
    va_start(args, format);
    vsnprintf(text, (size_t)(size > 0 ? size : 0) + 1, format, args);
    va_end(args);
    return text;
}
