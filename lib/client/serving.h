/* serving.h - the worker's end of a lane: a pair of rings to one process that sends
 * tasks.
 *
 * The executor's lock protects it. A process that has gone is noted (`has_gone`); the
 * rings stay until no task of its runs any more. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/list.h"
#include "lib/base/slice.h"
#include "lib/net/bell.h"
#include "lib/net/ring.h"

#include <stdbool.h>

struct serving {
    struct list list;
    struct channel_memory memory;
    struct bells bells; /* the owner's */
    struct id peer;
    struct id owner;  /* the process that sends tasks, and the address of its node: */
    char *address;    /* owned; from its first record */
    unsigned running; /* tasks of it that were taken and are not answered */
    bool has_gone;    /* the owner has ended, or wants no more */
};

/* Takes the descriptors, also on error. */
struct serving *serving_create(const struct id *peer, const int fds[3],
                               struct error *err);
void serving_destroy(struct serving *serving);
/* A copy of the next record (but the first, which is read here), which the caller
 * frees; NULL when there is none. It counts as running from now on. */
char *serving_take(struct serving *serving, struct slice *record);
/* Writes a record to the owner and rings its bell. -ERR_FULL: no room now. Nothing
 * happens when the owner has gone. */
int serving_write(struct serving *serving, uint8_t kind, struct slice body);
/* One that was taken is answered; frees what was waiting for that. */
void serving_end(struct serving *serving);
/* The owner has gone. */
void serving_drop(struct serving *serving);
