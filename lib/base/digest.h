/* digest.h - SHA-256 (FIPS 180-4), HKDF (RFC 5869) and random bytes, by OpenSSL. */
#pragma once

#include "lib/base/slice.h"

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_SIZE = 32, DIGEST_HEX_MAX = 2 * DIGEST_SIZE + 1 };

void digest_sha256(struct slice data, uint8_t digest[DIGEST_SIZE]);
/* SHA-256 of what comes in pieces: init, any number of adds, and finish, which also
 * frees. */
struct digest {
    void *context;
};
void digest_init(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t size);
void digest_finish(struct digest *digest, uint8_t out[DIGEST_SIZE]);
/* A key of DIGEST_SIZE bytes from `secret` for the purpose that `info` names; HKDF with
 * SHA-256 and no salt. */
void digest_hkdf(struct slice secret, struct slice info, uint8_t key[DIGEST_SIZE]);
/* Lower-case hex of `size` bytes, terminated; `text` holds 2*size+1. */
void digest_hex(const uint8_t *bytes, size_t size, char *text);
/* Compares in constant time. */
int digest_equal(const uint8_t *a, const uint8_t *b, size_t size);
/* Fills `out` from getrandom(2); dies when the kernel has none. */
void digest_random(void *out, size_t size);
