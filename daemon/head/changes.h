/* changes.h - which tables are other than they were, and who waits to hear of it.
 *
 * Owns a version of each table and the calls of those who wait (changes.wait). Whatever
 * changes within CHANGES_GATHER_MS is one answer, so that nobody hears more often than
 * that. Reads no table and asks no node. Loop thread only. */
#pragma once

#include <stdint.h>

struct changes;
struct dispatch;
struct loop;

enum changes_table {
    CHANGES_NODES,
    CHANGES_JOBS,
    CHANGES_ACTORS,
    CHANGES_TASKS,
    CHANGES_TABLES /* how many */
};

enum { CHANGES_GATHER_MS = 250 };

/* Somebody waits: what is measured for those who look on alone is worth measuring for
 * `duration` ns from now. Called again in good time while somebody goes on waiting. */
typedef void changes_watched(void *arg, int64_t duration);

struct changes *changes_create(struct loop *loop, changes_watched *on_watched,
                               void *arg);
void changes_destroy(struct changes *changes); /* answers those who wait */
void changes_serve(struct changes *changes, struct dispatch *dispatch);
/* Cheap: to be called for each row. */
void changes_touch(struct changes *changes, enum changes_table table);
