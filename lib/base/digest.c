/* digest.c - OpenSSL's one-shot functions; they fail only without memory. */
#include "lib/base/digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void digest_sha256(struct slice data, uint8_t digest[DIGEST_SIZE])
{
    if (EVP_Digest(data.data, data.size, digest, NULL, EVP_sha256(), NULL) != 1)
        abort();
}

void digest_init(struct digest *digest)
{
    digest->context = EVP_MD_CTX_new();
    if (digest->context == NULL ||
        EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1)
        abort();
}

void digest_add(struct digest *digest, const void *data, size_t size)
{
    if (EVP_DigestUpdate(digest->context, data, size) != 1)
        abort();
}

void digest_finish(struct digest *digest, uint8_t out[DIGEST_SIZE])
{
    if (EVP_DigestFinal_ex(digest->context, out, NULL) != 1)
        abort();
    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
}

void digest_hkdf(struct slice secret, struct slice info, uint8_t key[DIGEST_SIZE])
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    size_t size = DIGEST_SIZE;

    if (context == NULL || EVP_PKEY_derive_init(context) != 1 ||
        EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) != 1 ||
        EVP_PKEY_CTX_set1_hkdf_key(context, (const unsigned char *)secret.data,
                                   (int)secret.size) != 1 ||
        EVP_PKEY_CTX_add1_hkdf_info(context, (const unsigned char *)info.data,
                                    (int)info.size) != 1 ||
        EVP_PKEY_derive(context, key, &size) != 1)
        abort();
    EVP_PKEY_CTX_free(context);
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
