/* prefault.c - madvise(MADV_POPULATE_WRITE), of Linux 5.14; before that nothing. */
#include "lib/client/prefault.h"

#include "lib/base/mem.h"
#include "lib/client/runtime.h"
#include "lib/net/loop.h"

#include <stdlib.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* linux/mman.h */
#endif

enum { PAGE = 4096, AT_ONCE = 256 * 1024 };

struct stretch {
    struct loop *loop;
    char *memory;
    int64_t size;
};

/* In pieces, since each holds the lock of the address space. */
static void populate(void *arg)
{
    const struct stretch *stretch = arg;

    for (int64_t at = 0; at < stretch->size; at += AT_ONCE) {
        int64_t left = stretch->size - at;
        if (madvise(stretch->memory + at, (size_t)(left < AT_ONCE ? left : AT_ONCE),
                    MADV_POPULATE_WRITE) != 0)
            return; /* not of this kernel, or not mapped any more */
    }
}

static void begin(void *arg)
{
    struct stretch *stretch = arg;

    loop_work(stretch->loop, populate, free, stretch);
}

static int64_t window(int64_t filled)
{
    if (filled < PREFAULT_LEAST)
        return PREFAULT_LEAST;
    return filled < PREFAULT_MOST ? filled : PREFAULT_MOST;
}

bool prefault_next(struct prefault *prefault, int64_t size, int64_t end, int64_t *from,
                   int64_t *to)
{
    int64_t ahead = window(end);

    /* Not before half of what is ready is used: fewer and larger steps. */
    if (prefault->done - end > ahead / 2)
        return false;
    *from = prefault->done > end ? prefault->done : end;
    *from = (*from + PAGE - 1) / PAGE * PAGE;
    *to = (end + ahead) / PAGE * PAGE;
    if (*to > size)
        *to = size;
    if (*from >= *to)
        return false;
    prefault->done = *to;
    return true;
}

void prefault_ahead(struct runtime *rt, struct prefault *prefault, char *memory,
                    int64_t size, int64_t end)
{
    struct stretch *stretch;
    int64_t from, to;

    if (!prefault_next(prefault, size, end, &from, &to))
        return;
    stretch = xalloc(sizeof(*stretch));
    *stretch = (struct stretch){ rt->loop, memory + from, to - from };
    loop_post(rt->loop, begin, stretch);
}
