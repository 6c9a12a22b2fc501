/* evict.h - which objects leave memory, and how much of them: pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct evict_candidate {
    int64_t last_use; /* any clock */
    int64_t size;
    void *object; /* the caller's */
};

struct evict_need {
    int64_t limit, charged; /* of the store; charged: what nobody else may have */
    int64_t used;           /* by objects */
    int64_t asked;          /* by who waits for room; 0: nobody does */
    int64_t threshold;      /* percent of the limit that objects may use in peace */
};

/* How many bytes should leave; 0: none. */
int64_t evict_wanted(const struct evict_need *need);
/* Moves to the front those to take so that at least `wanted` bytes leave, least
 * recently used first, and none that is not needed; returns how many. All of them when
 * they do not suffice. */
size_t evict_choose(struct evict_candidate *candidates, size_t count, int64_t wanted);
