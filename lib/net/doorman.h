/* doorman.h - asks a new TCP connection whom it wants, by its first bytes.
 *
 * TLS begins with byte 0x16 (RFC 8446, section 5.1) and is for this process. A `route`
 * frame, whose length begins with a zero, names a worker; it is read, and nothing after
 * it. All else, and silence, is sent away. Loop thread only. */
#pragma once

#include "lib/base/id.h"

struct doorman;
struct loop;

/* Both take `fd`. */
struct doorman_events {
    void (*on_here)(void *arg, int fd);
    void (*on_elsewhere)(void *arg, const struct id *worker, int fd);
    void *arg;
};

struct doorman *doorman_create(struct loop *loop, const struct doorman_events *events);
/* Takes `fd`, a connected, non-blocking socket. */
void doorman_ask(struct doorman *doorman, int fd);
/* Sends away those who wait. Accepts NULL. */
void doorman_destroy(struct doorman *doorman);
