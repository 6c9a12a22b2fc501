/* past.h - the attempts of tasks that only the archive has: those that the table of
 * events has no room for, and those of before the head was started again. Loop thread
 * only, but for what it says. */
#pragma once

#include "lib/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct events;
struct loop;

/* Gets a struct task_row that lives until it returns. */
typedef void past_fn(void *arg, const void *row);

struct past_ops {
    /* These run on a pool thread, while nothing else of the same walk runs. */
    past_fn *on_row; /* newest first */
    /* Asked before each row: true: it is enough to count it; on_counted runs instead
     * of on_row. */
    bool (*counts_only)(void *arg);
    void (*on_counted)(void *arg);
    /* A page was told, and this is the `before` with which the next begins. */
    void (*on_more)(void *arg, int64_t before);
    void (*on_done)(void *arg); /* once, last, never before past_ask() returns */
    void *arg;
};

/* Attempts of tasks whose ids begin with `prefix` (hex; "": all), from `before` on (0:
 * from the newest), as many as have `page` bytes (0: all) when they are packed. */
struct past_range {
    struct slice prefix;
    int64_t before, page;
};

/* Calls on_row for each attempt of the range that is not in the table now. */
void past_ask(struct loop *loop, const struct events *events,
              const struct past_range *range, const struct past_ops *ops);
/* The same at once, for the few attempts of one task: it takes a millisecond. */
void past_find(const struct events *events, struct slice prefix, past_fn *fn,
               void *arg);
