/* mem.h - allocation of control data: it succeeds or the process dies.
 *
 * For tables, messages and strings a process without memory has nothing better to do
 * than to say so and end. Object-store memory never comes from here: it is budgeted
 * and reports ERR_FULL. */
#pragma once

#include "lib/base/slice.h"

#include <stddef.h>

/* As malloc, calloc, realloc; never NULL. A size of 0 gives a pointer to free. */
void *xalloc(size_t size) __attribute__((malloc, warn_unused_result));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, warn_unused_result));
void *xrealloc(void *p, size_t size) __attribute__((warn_unused_result));

/* Grows an array of `item` bytes each so that `wanted` items fit; doubles
 * *capacity. Dies on overflow. */
void *xgrow(void *p, size_t *capacity, size_t wanted, size_t item)
    __attribute__((warn_unused_result));

/* A terminated copy; the caller frees it. */
char *xstrdup(const char *text) __attribute__((malloc, warn_unused_result));
char *xslicedup(struct slice s) __attribute__((malloc, warn_unused_result));
/* A formatted string; the caller frees it. */
char *xprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
