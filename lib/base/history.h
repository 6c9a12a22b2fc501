/* history.h - the last samples of one quantity, for graphs.
 *
 * A ring: when it is full the oldest sample is forgotten. Pure; not thread-safe. */
#pragma once

#include <stddef.h>

struct history {
    double *items; /* owned */
    size_t capacity, count, next;
};

/* Keeps up to `capacity` > 0 samples. */
void history_init(struct history *history, size_t capacity);
void history_finish(struct history *history);
void history_add(struct history *history, double sample);
/* Sample number `age`, 0 is the newest; age < history->count. */
double history_at(const struct history *history, size_t age);
/* The largest of the newest `count` samples; 0 when there are none. */
double history_max(const struct history *history, size_t count);
