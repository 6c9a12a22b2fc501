/* events.h - what became of tasks: the last row that was reported of each attempt.
 *
 * Attempts that have ended go to an archive on disk (archive.h), in batches. The table
 * is bounded: beyond EVENTS_MAX attempts it forgets the oldest that is on disk (then
 * the oldest that has ended, then the oldest of all, and counts these). Rows are kept
 * packed, about 150 bytes each. Loop thread only. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dispatch;
struct error;
struct events;
struct loop;
struct peer;
struct task_row;

enum { EVENTS_MAX = 100000 };

struct events *events_create(void); /* in memory alone */
/* Saves what is not saved yet and closes the archive. */
void events_destroy(struct events *events);
/* From now on what ends is saved in the archive at `path` (made when there is none).
 * -ERR_IO: the table goes on in memory alone. */
int events_open_archive(struct events *events, struct loop *loop, const char *path,
                        struct error *err);
/* The archive's path (NULL: none), and *below: what it has under smaller numbers is not
 * in the table. */
const char *events_archive(const struct events *events, uint64_t *below);
/* Calls fn(arg) whenever a row is new or another. */
void events_on_change(struct events *events, void (*fn)(void *arg), void *arg);
void events_serve(struct events *events, struct dispatch *dispatch);
/* Sets the row of its task and attempt; `owner` is who reports it, NULL: the head
 * itself. */
void events_put(struct events *events, const struct task_row *row,
                const struct peer *owner);
size_t events_count(const struct events *events);
int64_t events_dropped(
    const struct events *events); /* attempts that are not in the table */
/* Attempts that have ended and are not in the archive yet. */
size_t events_unsaved(const struct events *events);
/* Calls fn for all rows, newest first; the row lives until fn returns (false ends the
 * walk), in `arena` that fn may reset. */
typedef bool events_fn(void *arg, struct task_row *row);
void events_each(struct events *events, struct arena *arena, events_fn *fn, void *arg);
/* A job has ended: what had not ended of it never will. */
void events_on_job_ended(struct events *events, const struct id *job);
/* An owner has gone: how its tasks ended nobody will ever say. */
void events_on_peer_closed(struct events *events, const struct peer *peer);
