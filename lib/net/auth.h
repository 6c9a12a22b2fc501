/* auth.h - who we are to a peer, and whether we believe who it says it is.
 *
 * The first frame each side sends is HELLO. A Unix socket's peer is believed when its
 * uid (SO_PEERCRED) is ours or root's. A TCP peer has proven by TLS (lib/net/tls.h)
 * that it knows the key of its role. The keys of the roles admin, node, worker and
 * viewer are derived from the cluster's secret by HKDF (RFC 5869), so that a process
 * which was given the worker's key cannot pass for a node. Another major version is
 * refused with a text that names both. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct hello;

enum { AUTH_SECRET_SIZE = 32, AUTH_KEY_SIZE = 32, AUTH_NAME_MAX = 64 };

struct identity {
    char cluster[AUTH_NAME_MAX]; /* cluster id; "" before it is known: any */
    char role[16];               /* admin, node, worker, viewer */
    struct id id;                /* own node or worker id, if any */
    bool has_secret;             /* then it knows the key of every role */
    bool has_worker_key;         /* that one at least */
    uint8_t secret[AUTH_SECRET_SIZE];
    uint8_t worker_key[AUTH_KEY_SIZE];
};

/* Reads `<folder>/secret` (32 raw bytes, mode 0600; -ERR_REFUSED when others can read
 * it) into the identity. -ERR_NOT_FOUND when there is none. */
int auth_load_secret(struct identity *self, const char *folder, struct error *err);
/* Makes a new one, never over an old one. */
int auth_create_secret(const char *folder, struct error *err);
/* Puts the secret of file `from` into `folder`, where there is none, or the same one.
 * -ERR_EXISTS when another is there; `from` as in auth_load_secret(). */
int auth_install_secret(const char *folder, const char *from, struct error *err);
/* Reads a secret from any file. */
int auth_load_file(struct identity *self, const char *path, struct error *err);
/* Whether auth_key() gives a key. */
int auth_has_key(const struct identity *self, struct slice role, struct error *err);
/* The key of a role. -ERR_REFUSED when this identity does not have it, or there is no
 * such role. */
int auth_key(const struct identity *self, struct slice role, uint8_t key[AUTH_KEY_SIZE],
             struct error *err);
/* Takes the worker's key from a node (AUTH_KEY_SIZE bytes; else it is ignored). */
void auth_take_worker_key(struct identity *self, struct slice key);
/* As whom this identity connects over TCP: its own role if it has that key, else
 * "worker". */
const char *auth_role(const struct identity *self);
/* Fills our HELLO for that role; its slices point into `self`, `role` and static text.
 */
void auth_hello(const struct identity *self, const char *role, struct hello *hello);

/* What the transport knows of the other side. */
struct auth_proof {
    int64_t uid;      /* of a Unix socket's peer; -1 for TCP */
    const char *role; /* TCP: that TLS has proven; NULL: the other side is the server */
};
/* Judges the peer's HELLO. */
int auth_check(const struct identity *self, const struct hello *hello,
               struct auth_proof proof, struct error *err);
