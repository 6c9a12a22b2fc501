/* tls_test.c - two ends in one process: who gets through, and what passes. */
#include "tests/harness.h"

#include "lib/net/auth.h"
#include "lib/net/tls.h"

#include <stdlib.h>
#include <string.h>

enum { BULK = 3 * 1024 * 1024, ROUNDS = 20 };

struct ends {
    struct identity client_self, server_self;
    struct tls *client, *server;
    struct buf client_in, server_in; /* plain text that arrived */
    struct buf wire;
    struct error err;
};

static int set_up(void **state)
{
    static struct ends ends;

    ends = (struct ends){ .client_self = { .role = "admin", .has_secret = true },
                          .server_self = { .role = "node", .has_secret = true } };
    memset(ends.client_self.secret, 7, AUTH_SECRET_SIZE);
    memset(ends.server_self.secret, 7, AUTH_SECRET_SIZE);
    *state = &ends;
    return 0;
}

static int tear_down(void **state)
{
    struct ends *ends = *state;

    tls_destroy(ends->client);
    tls_destroy(ends->server);
    buf_finish(&ends->client_in);
    buf_finish(&ends->server_in);
    buf_finish(&ends->wire);
    return 0;
}

static int carry(struct ends *ends, struct tls *from, struct tls *to, struct buf *plain)
{
    int status = 0;

    buf_clear(&ends->wire);
    tls_take_output(from, &ends->wire);
    if (ends->wire.size > 0)
        status = tls_receive(to, buf_slice(&ends->wire), plain, &ends->err);
    return status;
}

/* Until both are ready or one refuses. */
static int shake(struct ends *ends, const char *role)
{
    int status = 0;

    ends->client = tls_create(&ends->client_self, role);
    ends->server = tls_create(&ends->server_self, NULL);
    for (int i = 0; i < ROUNDS && status == 0; i++) {
        status = carry(ends, ends->client, ends->server, &ends->server_in);
        if (status == 0)
            status = carry(ends, ends->server, ends->client, &ends->client_in);
    }
    return status;
}

static void the_same_secret_gets_through(void **state)
{
    struct ends *ends = *state;

    assert_ok(shake(ends, "admin"), &ends->err);
    assert_true(tls_is_ready(ends->client));
    assert_true(tls_is_ready(ends->server));
    assert_string_equal(tls_role(ends->server), "admin");
    assert_ok(tls_send(ends->client, slice("hello"), &ends->err), &ends->err);
    tls_take_output(ends->client, &ends->wire);
    assert_null(memmem(ends->wire.data, ends->wire.size, "hello", 5));
    assert_ok(
        tls_receive(ends->server, buf_slice(&ends->wire), &ends->server_in, &ends->err),
        &ends->err);
    assert_int_equal(ends->server_in.size, 5);
    assert_memory_equal(ends->server_in.data, "hello", 5);
}

static void much_passes_unchanged(void **state)
{
    struct ends *ends = *state;
    char *bulk = malloc(BULK);

    assert_non_null(bulk);
    for (size_t i = 0; i < BULK; i++)
        bulk[i] = (char)(i * 31 + i / 997);
    assert_ok(shake(ends, "admin"), &ends->err);
    assert_ok(tls_send(ends->server, slice_of(bulk, BULK), &ends->err), &ends->err);
    assert_ok(carry(ends, ends->server, ends->client, &ends->client_in), &ends->err);
    assert_int_equal(ends->client_in.size, BULK);
    assert_memory_equal(ends->client_in.data, bulk, BULK);
    free(bulk);
}

static void a_worker_key_is_enough_for_workers(void **state)
{
    struct ends *ends = *state;
    uint8_t key[AUTH_KEY_SIZE];

    assert_ok(auth_key(&ends->client_self, slice("worker"), key, &ends->err),
              &ends->err);
    ends->client_self = (struct identity){ .role = "worker" };
    auth_take_worker_key(&ends->client_self, slice_of(key, sizeof(key)));
    assert_ok(shake(ends, "worker"), &ends->err);
    assert_string_equal(tls_role(ends->server), "worker");
}

static void another_secret_is_refused(void **state)
{
    struct ends *ends = *state;

    ends->client_self.secret[31] = 8;
    assert_int_equal(shake(ends, "admin"), -ERR_REFUSED);
    assert_false(tls_is_ready(ends->server));
    assert_false(tls_is_ready(ends->client));
    assert_non_null(strstr(ends->err.text, "secret"));
}

/* The worker's key does not open what the admin's does. */
static void another_role_is_refused(void **state)
{
    struct ends *ends = *state;

    ends->client_self.has_secret = false;
    ends->client_self.has_worker_key = true;
    assert_int_equal(shake(ends, "admin"), -ERR_REFUSED);
    assert_false(tls_is_ready(ends->server));
}

static void noise_is_refused(void **state)
{
    struct ends *ends = *state;
    char noise[512];

    memset(noise, 'x', sizeof(noise));
    ends->server = tls_create(&ends->server_self, NULL);
    assert_int_equal(tls_receive(ends->server, slice_of(noise, sizeof(noise)),
                                 &ends->server_in, &ends->err),
                     -ERR_REFUSED);
}

static void damage_is_noticed(void **state)
{
    struct ends *ends = *state;

    assert_ok(shake(ends, "admin"), &ends->err);
    assert_ok(tls_send(ends->client, slice("hello"), &ends->err), &ends->err);
    buf_clear(&ends->wire);
    tls_take_output(ends->client, &ends->wire);
    ends->wire.data[ends->wire.size - 1] ^= 1;
    assert_int_equal(
        tls_receive(ends->server, buf_slice(&ends->wire), &ends->server_in, &ends->err),
        -ERR_PROTOCOL);
    assert_int_equal(ends->server_in.size, 0);
}

#define EACH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(the_same_secret_gets_through),
        EACH(much_passes_unchanged),
        EACH(a_worker_key_is_enough_for_workers),
        EACH(another_secret_is_refused),
        EACH(another_role_is_refused),
        EACH(noise_is_refused),
        EACH(damage_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
