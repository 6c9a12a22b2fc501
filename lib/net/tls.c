/* tls.c - OpenSSL over two memory BIOs.
 *
 * The suite's hash must be the key's: TLS_AES_128_GCM_SHA256 with SHA-256. A context a
 * connection costs about 0.1 ms and keeps this module without state of its own. A
 * server that does not know an identity has nothing to fall back to and refuses. */
#include "lib/net/tls.h"

#include "lib/base/mem.h"
#include "lib/net/auth.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

enum { READ_SIZE = 16 * 1024 }; /* the most that one TLS record holds */

struct tls {
    const struct identity *self;
    const char *offered; /* a client's role; NULL: server */
    char role[16];       /* that both agreed on */
    SSL *ssl;
    BIO *in, *out; /* the SSL owns them */
    bool ready;
};

static SSL_SESSION *make_session(SSL *ssl, const uint8_t key[AUTH_KEY_SIZE])
{
    static const unsigned char suite[] = { 0x13, 0x01 }; /* RFC 8446, appendix B.4 */
    const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, suite);
    SSL_SESSION *session = SSL_SESSION_new();

    if (session != NULL && cipher != NULL &&
        SSL_SESSION_set1_master_key(session, key, AUTH_KEY_SIZE) == 1 &&
        SSL_SESSION_set_cipher(session, cipher) == 1 &&
        SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1)
        return session;
    SSL_SESSION_free(session);
    return NULL;
}

static int on_client_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id,
                         size_t *size, SSL_SESSION **session)
{
    struct tls *tls = SSL_get_app_data(ssl);
    uint8_t key[AUTH_KEY_SIZE];

    *session = NULL;
    if (md != NULL && EVP_MD_type(md) != NID_sha256)
        return 1; /* no key for that hash */
    if (auth_key(tls->self, slice(tls->offered), key, NULL) != 0)
        return 0;
    *id = (const unsigned char *)tls->offered;
    *size = strlen(tls->offered);
    *session = make_session(ssl, key);
    OPENSSL_cleanse(key, sizeof(key));
    return *session != NULL;
}

static int on_server_psk(SSL *ssl, const unsigned char *id, size_t size,
                         SSL_SESSION **session)
{
    struct tls *tls = SSL_get_app_data(ssl);
    uint8_t key[AUTH_KEY_SIZE];

    *session = NULL;
    if (size >= sizeof(tls->role) ||
        auth_key(tls->self, slice_of(id, size), key, NULL) != 0)
        return 1; /* unknown: the handshake finds no other way and fails */
    *session = make_session(ssl, key);
    OPENSSL_cleanse(key, sizeof(key));
    memcpy(tls->role, id, size);
    tls->role[size] = '\0';
    return *session != NULL;
}

static SSL_CTX *make_context(bool is_server)
{
    SSL_CTX *context =
        SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());

    if (context == NULL ||
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") != 1 ||
        SSL_CTX_set_num_tickets(context, 0) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    /* A client believes whoever used the key, see tls_receive(). */
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    if (is_server)
        SSL_CTX_set_psk_find_session_callback(context, on_server_psk);
    else
        SSL_CTX_set_psk_use_session_callback(context, on_client_psk);
    return context;
}

struct tls *tls_create(const struct identity *self, const char *role)
{
    struct tls *tls = xcalloc(1, sizeof(*tls));
    SSL_CTX *context = make_context(role == NULL);

    tls->self = self;
    tls->offered = role;
    tls->ssl = context != NULL ? SSL_new(context) : NULL;
    SSL_CTX_free(context); /* the SSL holds it */
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL) {
        BIO_free(tls->in);
        BIO_free(tls->out);
        SSL_free(tls->ssl);
        free(tls);
        return NULL;
    }
    SSL_set_app_data(tls->ssl, tls);
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    if (role == NULL)
        SSL_set_accept_state(tls->ssl);
    else
        SSL_set_connect_state(tls->ssl);
    (void)SSL_do_handshake(tls->ssl); /* a client's first words; a server waits */
    ERR_clear_error();
    return tls;
}

void tls_destroy(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    free(tls);
}

/* Why the last operation failed, for people. */
static const char *reason(void)
{
    unsigned long number = ERR_peek_last_error();
    const char *text = number != 0 ? ERR_reason_error_string(number) : NULL;

    return text != NULL ? text : "unknown reason";
}

static int shake_hands(struct tls *tls, struct error *err)
{
    int done = SSL_do_handshake(tls->ssl), status = SSL_get_error(tls->ssl, done);

    if (done == 1 && SSL_session_reused(tls->ssl) == 1) {
        if (tls->offered != NULL)
            memcpy(tls->role, tls->offered, strlen(tls->offered) + 1);
        tls->ready = true;
        return 0;
    }
    if (done != 1 && (status == SSL_ERROR_WANT_READ || status == SSL_ERROR_WANT_WRITE))
        return 0;
    fail(err, ERR_REFUSED,
         "TLS handshake: not the same cluster secret on both sides (%s)",
         done == 1 ? "a certificate instead of the key" : reason());
    ERR_clear_error();
    return -ERR_REFUSED;
}

static int read_plain(struct tls *tls, struct buf *plain, struct error *err)
{
    for (;;) {
        int got, status;
        if (buf_reserve(plain, READ_SIZE) != 0)
            return fail(err, ERR_FULL, "more than can be read at once");
        got = SSL_read(tls->ssl, plain->data + plain->size, READ_SIZE);
        if (got > 0) {
            plain->size += (size_t)got;
            continue;
        }
        status = SSL_get_error(tls->ssl, got);
        if (status == SSL_ERROR_WANT_READ || status == SSL_ERROR_WANT_WRITE)
            return 0;
        if (status == SSL_ERROR_ZERO_RETURN)
            return fail(err, ERR_CLOSED, "connection closed by the other side");
        fail(err, ERR_PROTOCOL, "TLS: %s", reason());
        ERR_clear_error();
        return -ERR_PROTOCOL;
    }
}

int tls_receive(struct tls *tls, struct slice wire, struct buf *plain,
                struct error *err)
{
    int status = 0;

    if (BIO_write(tls->in, wire.data, (int)wire.size) != (int)wire.size)
        return fail(err, ERR_FULL, "no memory for %zu bytes", wire.size);
    if (!tls->ready)
        status = shake_hands(tls, err);
    if (status == 0 && tls->ready)
        status = read_plain(tls, plain, err);
    return status;
}

int tls_send(struct tls *tls, struct slice plain, struct error *err)
{
    if (plain.size == 0 || SSL_write(tls->ssl, plain.data, (int)plain.size) > 0)
        return 0;
    fail(err, ERR_CLOSED, "TLS: %s", reason());
    ERR_clear_error();
    return -ERR_CLOSED;
}

void tls_take_output(struct tls *tls, struct buf *wire)
{
    char *data;
    long size = BIO_get_mem_data(tls->out, &data);

    if (size <= 0)
        return;
    (void)buf_append(wire, data, (size_t)size); /* it has no ceiling */
    (void)BIO_reset(tls->out);
}

bool tls_is_ready(const struct tls *tls)
{
    return tls->ready;
}

const char *tls_role(const struct tls *tls)
{
    return tls->ready ? tls->role : "";
}
