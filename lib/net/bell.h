/* bell.h - waking a process that sleeps on shared memory.
 *
 * Every process has one bell page (a memfd) and one eventfd, and hands descriptors of
 * both to its peers through its node. The page holds two bells: `work` for what others
 * ask of the process, `reply` for answers to what it asked. A bell's owner says how it
 * sleeps; a peer that has written to a ring calls bell_ring(), which costs a fence
 * and a load while the owner is awake and one system call when it sleeps.
 *
 * Protocol (no lost wake-up): the owner announces its sleep, then looks at its
 * rings once more, then sleeps; the peer publishes its record, then looks at the bell.
 * Both have a sequentially consistent fence between their two steps. One thread at a
 * time acts for the owner of a bell. A hostile peer can wake the owner needlessly, or
 * fail to wake it; it cannot make it read or write anything else. */
#pragma once

#include "lib/base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum bell_state {
    BELL_AWAKE,   /* nobody needs waking */
    BELL_FUTEX,   /* a thread sleeps in bell_wait() */
    BELL_EVENTFD, /* an event loop waits for the eventfd to be readable */
};

struct bell {
    _Alignas(64) _Atomic uint32_t state; /* enum bell_state; a futex word */
};

struct bell_page {
    struct bell work;
    struct bell reply;
};

struct bells {
    struct bell_page *page;
    int memfd, eventfd; /* owned */
};

/* A new page and eventfd of this process, mapped; both bells AWAKE. */
int bells_create(struct bells *bells, struct error *err);
/* A peer's, from descriptors received of it: takes both, also on error. Checks size and
 * seals of the memfd, so that a truncated one cannot raise SIGBUS later, and that
 * the other is an eventfd that does not block. */
int bells_open(struct bells *bells, int memfd, int eventfd, struct error *err);
/* Harmless after a failed bells_create or bells_open. */
void bells_finish(struct bells *bells);

/* Peer's side, after publishing: wakes the owner if it sleeps. */
void bell_ring(struct bell *bell, int eventfd);

/* Owner's side. The pattern is
 *     bell_announce(bell, BELL_FUTEX);
 *     if (there is something) bell_cancel(bell); else bell_wait(bell, timeout_ns);
 * With BELL_EVENTFD the loop just returns to its poll. */
void bell_announce(struct bell *bell, enum bell_state how);
/* Back to AWAKE. A ring that came between leaves the eventfd readable. */
void bell_cancel(struct bell *bell);
/* Sleeps until rung or `timeout_ns` (negative: for ever) is over; AWAKE after it. May
 * return early, and does so every few seconds: a peer that is killed while it rings
 * must not leave us asleep. Look at the rings whatever it returns. True when it was
 * rung. */
bool bell_wait(struct bell *bell, int64_t timeout_ns);
