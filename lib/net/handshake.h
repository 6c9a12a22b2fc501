/* handshake.h - the first words on a new connection: route, TLS, HELLO. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"

#include <stdbool.h>

struct conn;
struct identity;

struct handshake {
    const struct identity *self; /* borrowed for the life of the connection */
    struct id route;             /* a client's: the worker behind that node, if any */
    bool is_server;
};

/* Queues them. On TCP everything but the route is encrypted. -ERR_FULL without memory
 * for TLS. */
int handshake_begin(struct conn *conn, const struct handshake *shake, bool is_tcp,
                    struct error *err);
