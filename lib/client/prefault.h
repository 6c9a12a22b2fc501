/* prefault.h - memory that is written soon is touched before, on a pool thread.
 *
 * The first touch of a page of shared memory costs more than the copy that follows (on
 * virtual machines five times). Ahead of who fills a segment from its begin to its end
 * pages are made while he does other things: as many as he has filled so far, at least
 * PREFAULT_LEAST, at most PREFAULT_MOST bytes, so that one small object does not make a
 * whole segment real. Puts one after the other into a new segment are 1.7 times as fast
 * with it (measured on 2 cores), those with work between them up to five. Under the
 * runtime's lock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct runtime;

enum { PREFAULT_LEAST = 1 << 20, PREFAULT_MOST = 16 << 20 };

/* What of a segment is real, or is being made so. Zero-initialised is ready to use. */
struct prefault {
    int64_t done;
};

/* Of a segment of `size` bytes those up to `end` have just been given out: what to make
 * real now is [*from, *to), whole pages; false: nothing. Pure. */
bool prefault_next(struct prefault *prefault, int64_t size, int64_t end, int64_t *from,
                   int64_t *to);
/* `memory` has `size` bytes, of which those up to `end` have just been given out. It
 * may be unmapped at any time: whatever lies there then is not changed. */
void prefault_ahead(struct runtime *rt, struct prefault *prefault, char *memory,
                    int64_t size, int64_t end);
