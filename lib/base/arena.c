/* arena.c - a chain of blocks, each at least twice as large as what it was made for.
 *
 * Allocation moves a mark in the newest block. A reset keeps the newest, which tends to
 * be the largest, so that a loop over frames soon stops calling malloc. */
#include "lib/base/arena.h"

#include "lib/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_MIN = 1024, ALIGN = _Alignof(max_align_t) };

struct arena_block {
    struct arena_block *older;
    size_t size;
    _Alignas(max_align_t) char bytes[];
};

static void add_block(struct arena *arena, size_t size)
{
    size_t wanted = arena->blocks != NULL ? arena->blocks->size * 2 : BLOCK_MIN;
    struct arena_block *block;

    if (wanted > 1024 * 1024)
        wanted = 1024 * 1024;
    if (wanted < size)
        wanted = size;
    if (wanted > SIZE_MAX - sizeof(*block))
        abort();
    block = xalloc(sizeof(*block) + wanted);
    block->older = arena->blocks;
    block->size = wanted;
    arena->blocks = block;
    arena->used = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *p;

    if (size > SIZE_MAX - ALIGN)
        abort();
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (arena->blocks == NULL || arena->blocks->size - arena->used < size)
        add_block(arena, size);
    p = arena->blocks->bytes + arena->used;
    arena->used += size;
    return memset(p, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        abort();
    return arena_alloc(arena, count * size);
}

char *arena_string(struct arena *arena, struct slice s)
{
    char *copy = arena_alloc(arena, s.size + 1);

    if (s.size > 0)
        memcpy(copy, s.data, s.size);
    return copy;
}

struct slice arena_copy(struct arena *arena, struct slice s)
{
    return slice_of(arena_string(arena, s), s.size);
}

struct slice arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;
    int size;

    va_start(args, format);
    size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size < 0)
        return slice("");
    text = arena_alloc(arena, (size_t)size + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)size + 1, format, args);
    va_end(args);
    return slice_of(text, (size_t)size);
}

static void free_older(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
}

void arena_reset(struct arena *arena)
{
    if (arena->blocks != NULL) {
        free_older(arena->blocks->older);
        arena->blocks->older = NULL;
    }
    arena->used = 0;
}

void arena_finish(struct arena *arena)
{
    free_older(arena->blocks);
    arena->blocks = NULL;
    arena->used = 0;
}
