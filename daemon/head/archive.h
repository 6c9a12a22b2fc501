/* archive.h - attempts of tasks that have ended, on disk: what the table of events has
 * no room for, and what is left of it after a restart.
 *
 * A file of its own (SQLite), so that the head's tables never wait for it: batches are
 * written on a pool thread. Bounded: beyond the newest ARCHIVE_MAX attempts the oldest
 * are forgotten; a row takes about 300 bytes. Any thread. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive;

enum { ARCHIVE_MAX = 500000 };

/* One attempt. Numbers are 1 and up, in the order in which attempts ended. */
struct archive_item {
    uint64_t number;
    struct id task;
    int32_t attempt;
    struct slice row; /* packed, of the caller */
};

/* Opens or creates the file. NULL on error: -ERR_IO, with path and reason. */
struct archive *archive_open(const char *path, struct error *err);
void archive_close(struct archive *archive); /* accepts NULL */
const char *archive_path(const struct archive *archive);
/* The largest number that the file had when it was opened; 0: none. */
uint64_t archive_last(const struct archive *archive);
/* All of them are on disk when this returns 0, else none. An attempt that is there
 * already is replaced. -ERR_FULL no room on the disk, -ERR_IO, with the reason. */
int archive_add(struct archive *archive, const struct archive_item *items, size_t count,
                struct error *err);

/* Whether that attempt is there. One thread at a time. */
bool archive_has(struct archive *archive, const struct id *task, int32_t attempt);

/* Which: those with numbers below `below`, of tasks whose hex ids begin with `prefix`
 * ("": all). */
struct archive_range {
    uint64_t below;
    struct slice prefix;
};
/* Gets number and packed row, which lives until it returns; false ends the walk. */
typedef bool archive_fn(void *arg, uint64_t number, struct slice row);
/* Calls fn for each attempt of the range in the archive at `path`, newest first; it may
 * be closed meanwhile. -ERR_IO: not all could be read. */
int archive_each(const char *path, const struct archive_range *range, archive_fn *fn,
                 void *arg, struct error *err);
