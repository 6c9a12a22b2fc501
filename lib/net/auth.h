/* auth.h - who we are to a peer, and whether we believe who it says it is.
 *
 * The first frame each side sends is HELLO. A Unix socket's peer is believed when its
 * uid (SO_PEERCRED) is ours or root's. A TCP peer proves that it knows the
 * cluster's secret by the token of its role: HMAC-SHA256(secret, "rayctl-1 " + role),
 * so that a process with a worker's token cannot pass for a node. Another major version
 * is refused with a text that names both. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"

#include <stdbool.h>
#include <stdint.h>

struct hello;

enum { AUTH_SECRET_SIZE = 32, AUTH_TOKEN_SIZE = 32, AUTH_NAME_MAX = 64 };

struct identity {
    char cluster[AUTH_NAME_MAX]; /* cluster id; "" before it is known: any */
    char role[16];               /* admin, node, worker, viewer */
    struct id id;                /* own node or worker id, if any */
    bool has_secret;
    uint8_t secret[AUTH_SECRET_SIZE];
};

/* Reads `<folder>/secret` (32 raw bytes, mode 0600; -ERR_REFUSED when others can read
 * it) into the identity. -ERR_NOT_FOUND when there is none. */
int auth_load_secret(struct identity *self, const char *folder, struct error *err);
/* Makes a new one, never over an old one. */
int auth_create_secret(const char *folder, struct error *err);
/* Fills our HELLO; its slices point into `self` and `token` and static text. */
void auth_hello(const struct identity *self, uint8_t token[AUTH_TOKEN_SIZE],
                struct hello *hello);
/* Judges the peer's HELLO. `local_uid` is the uid of a Unix socket's peer, -1 for TCP.
 */
int auth_check(const struct identity *self, const struct hello *hello,
               int64_t local_uid, struct error *err);
