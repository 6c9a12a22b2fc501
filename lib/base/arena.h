/* arena.h - memory that is freed all at once.
 *
 * One arena a frame, one a command: what is decoded or built for it lives there and
 * needs no free of its own. Not thread-safe. Zero-initialised is ready to use. */
#pragma once

#include "lib/base/slice.h"

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used;                /* bytes handed out of the newest block */
};

/* Zeroed memory, aligned for any type; dies when there is none. */
void *arena_alloc(struct arena *arena, size_t size);
/* `count` items of `size` bytes, zeroed; dies on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* Terminated copies. */
struct slice arena_copy(struct arena *arena, struct slice s);
char *arena_string(struct arena *arena, struct slice s);
struct slice arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Forgets all allocations and keeps one block for the next use. */
void arena_reset(struct arena *arena);
void arena_finish(struct arena *arena);
