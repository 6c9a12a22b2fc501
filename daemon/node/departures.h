/* departures.h - objects leave memory for the disk, some at a time.
 *
 * Loop thread only. Calls down: store, spill, evict, workers. Events up by ops. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct departures;
struct error;
struct id;
struct store;

struct departures_ops {
    /* Somebody waits for that object: it stays. */
    bool (*is_wanted)(void *arg, const struct id *object);
    /* What was begun has ended, well or not. */
    void (*on_ended)(void *arg);
    void *arg;
};

/* `threshold`: percent of the store's limit that objects may fill in peace. */
struct departures *departures_create(struct store *store, int64_t threshold,
                                     const struct departures_ops *ops);
void departures_destroy(struct departures *departures);
/* Begins to send away what is too much, or so much that somebody has room for `missing`
 * bytes (0: nobody waits). False when nothing is under way: none may leave. */
bool departures_begin(struct departures *departures, int64_t missing);
/* Why the last writing failed; code 0: it did not. */
const struct error *departures_failure(const struct departures *departures);
