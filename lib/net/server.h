/* server.h - accepts connections at one address and makes peers of them.
 *
 * All its peers share one identity and one dispatch table. A peer appears through
 * on_open after its handshake and leaves through on_close (struct peer_options). */
#pragma once

#include "lib/base/error.h"
#include "lib/net/peer.h"

struct loop;
struct server;

/* Listens on "unix:/path" (mode 0600; a stale socket file is replaced, a live one is
 * -ERR_EXISTS) or "host:port" (port 0: a free one; in use: -ERR_EXISTS). Copies
 * the options; their identity and dispatch are borrowed. NULL on error. */
struct server *server_listen(struct loop *loop, const char *address,
                             const struct peer_options *options, struct error *err);
/* Where it listens, with the real port. */
const char *server_address(const struct server *server);
/* Stops accepting, closes all its peers; on_close of each runs before the server is
 * gone. Accepts NULL. */
void server_close(struct server *server);
