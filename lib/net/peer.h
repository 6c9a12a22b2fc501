/* peer.h - the other end of a connection, with calls in both directions.
 *
 * A peer is a connection (Unix socket or TCP), its handshake, the calls we wait for and
 * the calls it waits for. Loop thread only. Calls may be made at once after
 * peer_connect(): they are sent when the handshake is over. When the connection ends,
 * all outstanding calls fail with ERR_CLOSED (or why it could not be opened), then
 * on_close runs, then the peer is gone. No callback ever runs before the function that
 * started it has returned. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/net/dispatch.h"
#include "lib/proto/proto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct identity;
struct loop;
struct peer;
struct call;

enum { PEER_FDS_MAX = 4 };

struct peer_options {
    const struct identity *self;                   /* borrowed for the peer's life */
    const struct dispatch *dispatch;               /* NULL: we answer nothing */
    void (*on_open)(void *arg, struct peer *peer); /* handshake done; may be NULL */
    /* Gone for good; `why` is never NULL. The peer is freed after it. May be NULL. */
    void (*on_close)(void *arg, struct peer *peer, const struct error *why);
    void *arg;
    int64_t connect_timeout_ms; /* 0: 5,000 */
    /* peer_connect() over TCP: the worker behind the node at that address. */
    struct id route;
    /* Of servers: a connection that is meant for a worker (its end of `route`); takes
     * `fd`. NULL: there are none behind this server. */
    void (*on_route)(void *arg, const struct id *worker, int fd);
};

/* Opens "unix:/path" or "host:port"; never NULL: errors come through on_close. */
struct peer *peer_connect(struct loop *loop, const char *address,
                          const struct peer_options *options);
/* A connection that was accepted (lib/net/server.c). Takes `fd`. */
struct peer *peer_accept(struct loop *loop, int fd, const struct peer_options *options);
/* Sends what is queued, then closes. Harmless when it is closing already. */
void peer_close(struct peer *peer);

/* The peer's role ("" before the handshake), id, process, and name for messages
 * ("unix:/tmp/...", "10.0.0.1:4711"). pid is the kernel's word on Unix sockets. */
const char *peer_role(const struct peer *peer);
struct id peer_id(const struct peer *peer);
int64_t peer_pid(const struct peer *peer);
const char *peer_name(const struct peer *peer);
bool peer_is_open(const struct peer *peer);
/* An open one: writes what is queued now, not at the end of this turn, as far as the
 * kernel takes it.
 */
void peer_flush(struct peer *peer);
/* Bytes queued and not yet taken by the kernel: for senders that want to slow down. */
size_t peer_backlog(const struct peer *peer);
/* One pointer for whoever owns the peer. */
void peer_set_data(struct peer *peer, void *data);
void *peer_data(const struct peer *peer);

/* The outcome of a call: `err` or `reply` (a struct of the method's reply type, which
 * lives until the callback returns) is NULL. */
typedef void peer_done(void *arg, const struct error *err, const void *reply);

struct call_options {
    int64_t timeout_ms; /* 0: none */
    const int *fds;     /* sent along; duplicated, so they stay the caller's */
    int fds_count;
};

/* A method and its request, a struct of the method's request type. */
struct peer_request {
    const struct method *method;
    const void *message;
};

/* Calls a method; `options` may be NULL. Use the typed stubs of lib/net/stubs.h. */
void peer_call(struct peer *peer, struct peer_request rq,
               const struct call_options *options, peer_done *done, void *arg);
/* The same without an answer. */
void peer_note(struct peer *peer, const struct method *method, const void *request,
               const struct call_options *options);
/* Drops the callbacks of all outstanding calls with this `arg`: done is not called for
 * them. */
void peer_forget(struct peer *peer, const void *arg);
/* Inside a handler or a done callback: the next descriptor that came with the message,
 * now the caller's (close-on-exec), or -1. What is not taken is closed. */
int peer_take_fd(struct peer *peer);

/* The side that answers. Each call is finished exactly once by one of these two, during
 * the handler or later; both free it, and both do nothing more for a note or when the
 * asker has gone. */
void call_reply(struct call *call, const void *reply);
void call_fail(struct call *call, const struct error *err);
/* Replies `nothing`. */
void call_done(struct call *call);
/* Sends a descriptor with the reply; takes it. At most PEER_FDS_MAX. */
void call_give_fd(struct call *call, int fd);
/* Who asked; NULL when it has gone since. Always set inside the handler. */
struct peer *call_peer(const struct call *call);
bool call_is_note(const struct call *call);
