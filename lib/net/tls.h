/* tls.h - TLS 1.3 between two processes that know a key: bytes in, bytes out.
 *
 * There are no certificates: the key of a role (lib/net/auth.h) is an external
 * pre-shared key (RFC 8446, section 2.2) whose identity is the role's name, with an
 * ephemeral Diffie-Hellman exchange on top (psk_dhe_ke), so that a secret that leaks
 * later does not open what was recorded. Both ends have proven that they know the key
 * once tls_is_ready(); a peer that answers with a certificate instead is refused. No
 * socket here: lib/net/conn.c moves the bytes. Loop thread only. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>

struct identity;
struct tls;

/* One end of a connection. `role` is whom a client connects as (a literal or longer
 * lived than this); NULL makes a server, which knows the client's role after the
 * handshake. `self` is borrowed. NULL without memory. */
struct tls *tls_create(const struct identity *self, const char *role);
void tls_destroy(struct tls *tls); /* accepts NULL */

/* What came off the wire: takes all of it, appends what it meant to `plain`. It may
 * leave something to send. -ERR_REFUSED when the handshake fails, -ERR_CLOSED when the
 * other side has said goodbye, -ERR_PROTOCOL for what is no TLS. */
int tls_receive(struct tls *tls, struct slice wire, struct buf *plain,
                struct error *err);
/* Encrypts. Only when tls_is_ready(). */
int tls_send(struct tls *tls, struct slice plain, struct error *err);
/* Moves what is to be sent to the end of `wire`. */
void tls_take_output(struct tls *tls, struct buf *wire);
/* The handshake is over, and the other side knows the key. */
bool tls_is_ready(const struct tls *tls);
/* The role whose key was used; "" before tls_is_ready(). */
const char *tls_role(const struct tls *tls);
