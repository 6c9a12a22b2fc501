/* store.h - the head's tables on disk: bytes under a key in a table.
 *
 * One interface; SQLite is behind it (store_sqlite.c). Writes of one turn of the loop
 * are one transaction, committed at its end: a crash loses at most that turn. When that
 * fails (disk full) they stay pending, in memory, where reads find them, and are tried
 * again with the next turn that writes, and every second: the head goes on, and says so
 * once. Whoever must not promise what may be lost uses store_write() or store_sync().
 * Loop thread only. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>

struct loop;
struct store;

/* Opens or creates the file. NULL on error: -ERR_IO, with path and reason. */
struct store *store_open(struct loop *loop, const char *path, struct error *err);
void store_close(struct store *store); /* commits; accepts NULL */

/* Sets or replaces. The slices are copied. */
void store_put(struct store *store, const char *table, struct slice key,
               struct slice value);
void store_remove(struct store *store, const char *table, struct slice key);
/* The same, on disk before this returns. -ERR_FULL no room on the disk, -ERR_IO, with
 * the reason: then nothing was written and nothing is pending of it. */
int store_write(struct store *store, const char *table, struct slice key,
                struct slice value, struct error *err);
/* What was put and removed up to now is on disk when this returns 0; errors as
 * store_write(), all stays pending. */
int store_sync(struct store *store, struct error *err);
typedef void store_fn(void *arg, struct slice key, struct slice value);
/* Calls fn for the value of a key; returns whether there is one. */
bool store_find(struct store *store, const char *table, struct slice key, store_fn *fn,
                void *arg);
/* Calls fn for each key of a table that begins with `prefix`, in order of keys. fn must
 * not write. */
void store_each(struct store *store, const char *table, struct slice prefix,
                store_fn *fn, void *arg);
