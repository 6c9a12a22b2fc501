/* digest.c - OpenSSL's one-shot functions; they fail only without memory. */
#include "lib/base/digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void digest_sha256(struct slice data, uint8_t digest[DIGEST_SIZE])
{
    if (EVP_Digest(data.data, data.size, digest, NULL, EVP_sha256(), NULL) != 1)
        abort();
}

void digest_hmac(struct slice key, struct slice data, uint8_t mac[DIGEST_SIZE])
{
    if (HMAC(EVP_sha256(), key.data, (int)key.size, (const unsigned char *)data.data,
             data.size, mac, NULL) == NULL)
        abort();
}

void digest_hex(const uint8_t *bytes, size_t size, char *text)
{
    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    text[2 * size] = '\0';
}

int digest_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}

void digest_random(void *out, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = getrandom((char *)out + done, size - done, 0);
        if (got < 0 && errno != EINTR)
            abort();
        done += got > 0 ? (size_t)got : 0;
    }
}
