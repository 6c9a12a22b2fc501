/* events_table.h - the table of attempts, as events.c (what is reported) and
 * events_save.c (what goes to the archive) share it. */
#pragma once

#include "daemon/head/events.h"
#include "lib/base/buf.h"
#include "lib/base/list.h"
#include "lib/base/map.h"

struct archive;

struct attempt_key {
    struct id task;
    int32_t attempt; /* set after a memset: padding is part of the key */
};

struct event {
    struct map_node node;
    struct list age; /* in one of the lists of struct events, oldest first */
    struct attempt_key key;
    struct id job;
    const struct peer *owner; /* only compared; NULL: the head, or it has gone */
    bool has_ended;
    uint64_t number;   /* order of the first report */
    uint64_t archived; /* its number in the archive; 0: not given to it yet */
    uint32_t size;
    uint8_t *packed;
};

struct events {
    struct map all;
    struct list living;
    struct list unsaved; /* have ended, not on disk yet; in order of archived, then 0 */
    struct list saved;   /* have ended and are on disk; in order of archived */
    uint64_t next_number;
    int64_t dropped;
    struct buf scratch;
    void (*on_change)(void *arg); /* may be NULL */
    void *on_change_arg;
    struct events_save *save; /* NULL: nothing is kept on disk */
};

/* One has ended, and is to be saved before long. */
void events_save_soon(struct events *events);
/* Whether it is in the archive. */
bool events_save_has(const struct events *events, const struct attempt_key *key);
void events_save_destroy(struct events_save *save); /* saves the rest; accepts NULL */
