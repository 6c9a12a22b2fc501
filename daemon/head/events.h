/* events.h - what became of tasks: the last row that was reported of each attempt.
 *
 * Bounded: beyond EVENTS_MAX attempts the oldest that has ended is forgotten (then the
 * oldest of all), and counted. Rows are kept packed, about 150 bytes each. Loop thread
 * only. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dispatch;
struct events;
struct peer;
struct task_row;

enum { EVENTS_MAX = 100000 };

struct events *events_create(void);
/* Calls fn(arg) whenever a row was put; never before this is called. */
void events_on_change(struct events *events, void (*fn)(void *arg), void *arg);
void events_destroy(struct events *events);
void events_serve(struct events *events, struct dispatch *dispatch);
/* Sets the row of its task and attempt; `owner` is who reports it, NULL: the head
 * itself. */
void events_put(struct events *events, const struct task_row *row,
                const struct peer *owner);
size_t events_count(const struct events *events);
int64_t events_dropped(
    const struct events *events); /* attempts that are not in the table */
/* Calls fn for all rows, newest first; the row lives until fn returns (false ends the
 * walk), in `arena` that fn may reset. */
typedef bool events_fn(void *arg, struct task_row *row);
void events_each(struct events *events, struct arena *arena, events_fn *fn, void *arg);
/* A job has ended: what had not ended of it never will. */
void events_on_job_ended(struct events *events, const struct id *job);
/* An owner has gone: how its tasks ended nobody will ever say. */
void events_on_peer_closed(struct events *events, const struct peer *peer);
