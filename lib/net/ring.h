/* ring.h - a one-way queue of records in memory that two processes share.
 *
 * One process writes, one reads; each end is used by one thread at a time. Records are
 * byte strings up to RING_RECORD_MAX. The writer can take a record back as long as the
 * reader has not claimed it (compare-and-swap on the record's state), so that a queued
 * task never has to wait behind a long one. A channel is a pair of rings in one memfd.
 *
 * The peer may be hostile or half-dead: positions and sizes read from shared memory are
 * checked against the mapping before use, and a ring that breaks the rules reports
 * -ERR_PROTOCOL for good. Indices that this end alone decides are kept in private
 * memory. A peer that breaks the rules can lose or repeat its own records, nothing
 * else. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_shared; /* layout in ring.c: header on its own cache lines, then the data */

enum { RING_SIZE = 512 * 1024, RING_RECORD_MAX = 240 * 1024 };

/* One end of one ring. Positions only grow; a position's place is position % RING_SIZE.
 */
struct ring {
    struct ring_shared *shared;
    uint64_t next;  /* what this end writes or reads next */
    uint64_t freed; /* space before it is the writer's again (writer: as last seen) */
    bool holding;   /* reader: a claimed record is not released yet */
    bool broken;    /* the peer broke the rules; all calls fail from now on */
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
/* Maps a pair; `side` 0 and 1 see each other's rings swapped; each side is opened once.
 * Takes `memfd` (closes it, also on error; the mapping stays). Checks size, seals and
 * header. */
int channel_memory_open(struct channel_memory *memory, int memfd, int side,
                        struct error *err);
/* Harmless on a zero-initialised one and after a failed open. */
void channel_memory_finish(struct channel_memory *memory);

/* Writer. Publishes one record made of `a` followed by `b` (b may be empty), and gives
 * its position for the calls below. -ERR_FULL: no room now; -ERR_INVALID: larger than
 * RING_RECORD_MAX; -ERR_PROTOCOL: broken. The caller rings the peer's bell after it
 * (see bell.h). */
int ring_write(struct ring *ring, struct slice a, struct slice b, uint64_t *position);
/* Takes an unclaimed record back: true, and the reader will never see it. False: the
 * reader has claimed it, perhaps long ago, or it was taken back before. `position` must
 * come from ring_write on this ring. The space comes back when the reader gets there.
 */
bool ring_take_back(struct ring *ring, uint64_t position);
/* Whether the reader has claimed that record, which was not taken back. */
bool ring_is_claimed(struct ring *ring, uint64_t position);

/* Reader. Claims the next record that was not taken back; *record points into shared
 * memory, is aligned to 8 bytes and stays valid until ring_release(). The peer can
 * scribble on it: copy it before decoding. 1 when there is one, 0 when the ring is
 * empty, -ERR_PROTOCOL when broken. Several records may be claimed before one release.
 */
int ring_claim(struct ring *ring, struct slice *record);
/* Gives the space of the claimed record (and of those before it) back to the writer. */
void ring_release(struct ring *ring);
/* Whether ring_claim would look at something (it may turn out to be taken back, or to
 * be against the rules). False once the ring is known to be broken, so that a loop
 * "until there is nothing" ends. */
bool ring_has_records(struct ring *ring);

/* The memory that processes share, for rings and bells: `size` zero bytes that can
 * neither shrink nor grow. Returns the descriptor (close-on-exec), or an error. */
int ring_memfd_create(const char *name, size_t size, struct error *err);
/* Maps it to read and write; *mapping is for munmap. Refuses what could fault later:
 * another size, missing seals, huge pages. Does not close `memfd`. */
int ring_memfd_map(int memfd, size_t size, void **mapping, struct error *err);
