/* history.h - the last samples of one quantity, for graphs.
 *
 * A ring: when it is full the oldest sample is forgotten. Pure; not thread-safe. */
#pragma once

#include "lib/base/mem.h"

#include <stddef.h>
#include <stdlib.h>

struct history {
    double *items; /* owned */
    size_t capacity, count;
    size_t next; /* where the next sample goes */
};

/* Keeps up to `capacity` > 0 samples. */
static inline void history_init(struct history *history, size_t capacity)
{
    *history = (struct history){ .capacity = capacity };
    history->items = xcalloc(capacity, sizeof(*history->items));
}

static inline void history_finish(struct history *history)
{
    free(history->items);
    *history = (struct history){ 0 };
}

static inline void history_add(struct history *history, double sample)
{
    history->items[history->next] = sample;
    history->next = (history->next + 1) % history->capacity;
    if (history->count < history->capacity)
        history->count++;
}

/* Sample number `age`, 0 is the newest; age < history->count. */
static inline double history_at(const struct history *history, size_t age)
{
    return history
        ->items[(history->next + history->capacity - age - 1) % history->capacity];
}

/* The largest of the newest `count` samples; 0 when there are none. */
static inline double history_max(const struct history *history, size_t count)
{
    double most = 0;

    for (size_t age = 0; age < count && age < history->count; age++)
        if (history_at(history, age) > most)
            most = history_at(history, age);
    return most;
}
