/* conn.h - one socket that carries frames and, on Unix sockets, descriptors.
 *
 * Used by peer.c alone. Owns the socket, what was read and not parsed, what was packed
 * and not written. Loop thread only. on_frame gets frames whose body lives until it
 * returns; on_end runs exactly once, from the loop, and nothing runs after it. */
#pragma once

#include "lib/base/error.h"
#include "lib/net/frame.h"

#include <stdbool.h>
#include <stddef.h>

struct conn;
struct loop;
struct tls;

struct conn_events {
    void (*on_connected)(void *arg); /* a socket that was connecting is through */
    void (*on_frame)(void *arg, const struct frame *frame);
    void (*on_end)(void *arg, const struct error *why);
    void *arg;
};

/* Takes `fd`, non-blocking, connected or `connecting`. */
struct conn *conn_create(struct loop *loop, int fd, bool connecting,
                         const struct conn_events *events);
/* Largest frame accepted from now on (small before the handshake). */
void conn_set_limit(struct conn *conn, size_t most);
/* Encrypts from the first byte on; right after conn_create(). Takes `tls`. `preface` is
 * sent before, as it is. */
void conn_set_tls(struct conn *conn, struct tls *tls, struct slice preface);
/* The role that TLS has proven, "" before the handshake and on Unix sockets. */
const char *conn_role(const struct conn *conn);
/* Queues a frame and duplicates of its descriptors (frame->fds of them). Sent at the
 * end of this turn. -ERR_FULL for a message over the limit, -ERR_IO when descriptors
 * cannot be duplicated. */
int conn_send(struct conn *conn, const struct frame *frame, const struct desc *desc,
              const void *message, const int *fds);
/* Writes what is queued now, as far as the socket takes it. */
void conn_flush(struct conn *conn);
/* In on_frame: the frame's next descriptor; -1 when there is none. What it leaves is
 * closed. */
int conn_take_fd(struct conn *conn);
size_t conn_backlog(const struct conn *conn);
/* Writes what is queued (for at most a second), then ends with on_end(why). Reads no
 * more. */
void conn_end(struct conn *conn, const struct error *why);
/* Frees it; only in or after on_end. */
void conn_destroy(struct conn *conn);
/* Credentials of a Unix socket's peer; -1 on TCP. */
void conn_credentials(const struct conn *conn, int64_t *pid, int64_t *uid);
