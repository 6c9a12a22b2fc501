/* ring.h - a one-way queue of records in memory that two processes share.
 *
 * One process writes, one reads; each end is used by one thread at a time. Records are
 * byte strings up to ring_record_max(). The writer can take a record back as long as the reader
 * has not claimed it (compare-and-swap on the record's state), so that a queued task
 * never has to wait behind a long one. A channel is a pair of rings in one memfd.
 *
 * The peer may be hostile or half-dead: positions and sizes read from shared memory are
 * checked against the mapping before use, and a ring that breaks the rules reports
 * -ERR_PROTOCOL for good. Indices that this end alone decides are kept in private memory. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_shared; /* layout in ring.c: header on its own cache lines, then the data */

enum { RING_SIZE = 256 * 1024, RING_RECORD_MAX = 120 * 1024 };

/* One end of one ring. */
struct ring {
    struct ring_shared *shared;
    uint64_t head;   /* reader: next to read. writer: last seen of the reader's */
    uint64_t tail;   /* writer: next to write. reader: last seen of the writer's */
    bool broken;     /* the peer broke the rules; all calls fail from now on */
};

/* Two rings in one mapping. */
struct channel_memory {
    void *mapping;
    size_t size;
    struct ring out, in; /* as seen from this end */
};

/* A new memfd that holds a pair of empty rings, sealed against shrinking and growing;
 * returns the descriptor (close-on-exec), or an error. */
int channel_memory_create(struct error *err);
/* Maps a pair; `side` 0 and 1 see each other's rings swapped. Takes `memfd` (closes it, also on
 * error; the mapping stays). Checks size, seals and header. */
int channel_memory_open(struct channel_memory *memory, int memfd, int side,
                        struct error *err);
void channel_memory_finish(struct channel_memory *memory);

/* Writer. Publishes one record made of `a` followed by `b` (b may be empty), and gives its position for the calls
 * below. -ERR_FULL: no room now (or ever, when larger than RING_RECORD_MAX:
 * -ERR_INVALID). The caller rings the peer's bell after it (see bell.h). */
int ring_write(struct ring *ring, struct slice a, struct slice b, uint64_t *position);
/* Takes an unclaimed record back: true, and the reader will never see it. False: the
 * reader has claimed it. `position` must come from ring_write on this ring and its record not have
 * been answered yet (the ring may have wrapped otherwise). */
bool ring_take_back(struct ring *ring, uint64_t position);
/* Whether the reader has claimed that record. Same rule for `position`. */
bool ring_is_claimed(struct ring *ring, uint64_t position);

/* Reader. Claims the next record that was not taken back; *record points into
 * shared memory and stays valid until ring_release(). The peer can scribble on it: copy it before
 * decoding. 1 when there is one, 0 when the ring is empty, -ERR_PROTOCOL when broken. */
int ring_claim(struct ring *ring, struct slice *record);
/* Gives the space of the claimed record (and of those before it) back to the writer. */
void ring_release(struct ring *ring);
/* Whether ring_claim would look at something (it may turn out to be taken back). */
bool ring_has_records(struct ring *ring);
