/* auth_test.c - secrets in files, and whom we believe. */
#include "tests/harness.h"

#include "lib/base/digest.h"
#include "lib/net/auth.h"
#include "lib/proto/proto.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct identity identity(const char *role, const char *cluster, int secret)
{
    struct identity self = { .has_secret = secret != 0 };

    snprintf(self.role, sizeof(self.role), "%s", role);
    snprintf(self.cluster, sizeof(self.cluster), "%s", cluster);
    memset(self.secret, secret, sizeof(self.secret));
    return self;
}

static void put_secret(const char *path, size_t size, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (size_t i = 0; i < size; i++)
        fputc('s', file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void a_secret_is_made_once(void **state)
{
    struct identity first = { 0 }, second = { 0 };
    static const uint8_t zeros[AUTH_SECRET_SIZE];
    char path[512];
    struct error err;
    struct stat about;

    (void)state;
    assert_int_equal(auth_load_secret(&first, harness_dir(), &err), -ERR_NOT_FOUND);
    assert_false(first.has_secret);
    assert_ok(auth_create_secret(harness_dir(), &err), &err);
    assert_int_equal(auth_create_secret(harness_dir(), &err), -ERR_EXISTS);
    assert_ok(auth_load_secret(&first, harness_dir(), &err), &err);
    assert_ok(auth_load_secret(&second, harness_dir(), &err), &err);
    assert_true(first.has_secret);
    assert_memory_equal(first.secret, second.secret, AUTH_SECRET_SIZE);
    assert_memory_not_equal(first.secret, zeros, AUTH_SECRET_SIZE);
    snprintf(path, sizeof(path), "%s/secret", harness_dir());
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_size, AUTH_SECRET_SIZE);
    unlink(path);
}

static void secrets_that_others_see_are_refused(void **state)
{
    static const mode_t modes[] = { 0640, 0604, 0620, 0666, 0601 };
    struct identity self = { 0 };
    char path[512];
    struct error err;

    (void)state;
    snprintf(path, sizeof(path), "%s/secret", harness_dir());
    for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
        put_secret(path, AUTH_SECRET_SIZE, modes[i]);
        assert_int_equal(auth_load_secret(&self, harness_dir(), &err), -ERR_REFUSED);
        assert_false(self.has_secret);
    }
    put_secret(path, AUTH_SECRET_SIZE, 0400);
    assert_ok(auth_load_secret(&self, harness_dir(), &err), &err);
    unlink(path);
}

static void damaged_secrets_are_refused(void **state)
{
    struct identity self = { .has_secret = true };
    char path[512], longer[5000];
    struct error err;

    (void)state;
    snprintf(path, sizeof(path), "%s/secret", harness_dir());
    put_secret(path, 0, 0600);
    assert_int_equal(auth_load_secret(&self, harness_dir(), &err), -ERR_INVALID);
    assert_false(self.has_secret);
    put_secret(path, AUTH_SECRET_SIZE - 1, 0600);
    assert_int_equal(auth_load_secret(&self, harness_dir(), &err), -ERR_INVALID);
    put_secret(path, AUTH_SECRET_SIZE + 1, 0600);
    assert_int_equal(auth_load_secret(&self, harness_dir(), &err), -ERR_INVALID);
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(auth_load_secret(&self, longer, &err), -ERR_INVALID);
    assert_int_equal(auth_create_secret(longer, &err), -ERR_INVALID);
    assert_int_equal(auth_create_secret("/nonexistent", &err), -ERR_IO);
    unlink(path);
}

static void a_token_proves_role_and_secret(void **state)
{
    static const char *const roles[] = { "admin", "node", "worker", "viewer" };
    struct identity here = identity("node", "c", 7),
                    stranger = identity("node", "c", 8);
    uint8_t token[AUTH_TOKEN_SIZE];
    struct hello hello;
    struct error err;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct identity there = identity(roles[i], "c", 7);
        auth_hello(&there, token, &hello);
        assert_int_equal(hello.token.size, AUTH_TOKEN_SIZE);
        assert_memory_not_equal(token, here.secret, AUTH_TOKEN_SIZE);
        assert_ok(auth_check(&here, &hello, -1, &err), &err);
        assert_int_equal(auth_check(&stranger, &hello, -1, &err), -ERR_REFUSED);
        /* The token of one role is none for another. */
        hello.role = slice(roles[(i + 1) % 4]);
        assert_int_equal(auth_check(&here, &hello, -1, &err), -ERR_REFUSED);
    }
}

/* The rule of auth.h, computed apart. */
static void a_token_is_the_documented_one(void **state)
{
    struct identity self = identity("worker", "", 9);
    uint8_t token[AUTH_TOKEN_SIZE], expected[DIGEST_SIZE];
    struct hello hello;

    (void)state;
    auth_hello(&self, token, &hello);
    digest_hmac(slice_of(self.secret, AUTH_SECRET_SIZE), slice("rayctl-1 worker"),
                expected);
    assert_memory_equal(token, expected, AUTH_TOKEN_SIZE);
    assert_ptr_equal(hello.token.data, token);
    assert_int_equal(hello.pid, getpid());
    assert_int_equal(hello.major, PROTO_MAJOR);
    assert_int_equal(hello.minor, PROTO_MINOR);
}

static void damaged_tokens_are_refused(void **state)
{
    struct identity self = identity("node", "c", 7), open = identity("node", "c", 0);
    uint8_t token[AUTH_TOKEN_SIZE];
    struct hello hello;
    struct error err;

    (void)state;
    auth_hello(&self, token, &hello);
    for (size_t i = 0; i < AUTH_TOKEN_SIZE; i++) {
        token[i] ^= 1;
        assert_int_equal(auth_check(&self, &hello, -1, &err), -ERR_REFUSED);
        token[i] ^= 1;
    }
    hello.token.size--;
    assert_int_equal(auth_check(&self, &hello, -1, &err), -ERR_REFUSED);
    hello.token = (struct slice){ NULL, 0 };
    assert_int_equal(auth_check(&self, &hello, -1, &err), -ERR_REFUSED);
    /* Without a secret, nobody is believed, with a token or without. */
    assert_int_equal(auth_check(&open, &hello, -1, &err), -ERR_REFUSED);
    auth_hello(&self, token, &hello);
    assert_int_equal(auth_check(&open, &hello, -1, &err), -ERR_REFUSED);
    auth_hello(&open, token, &hello);
    assert_int_equal(hello.token.size, 0);
}

static void versions_clusters_and_roles(void **state)
{
    struct identity self = identity("node", "mine", 7), any = identity("node", "", 7);
    uint8_t token[AUTH_TOKEN_SIZE];
    struct hello hello;
    struct error err;

    (void)state;
    auth_hello(&self, token, &hello);
    hello.minor = PROTO_MINOR + 5; /* may differ */
    assert_ok(auth_check(&self, &hello, -1, &err), &err);
    hello.major = PROTO_MAJOR + 1;
    hello.release = slice("9.8.7");
    assert_int_equal(auth_check(&self, &hello, -1, &err), -ERR_VERSION);
    assert_non_null(strstr(err.text, "9.8.7"));
    assert_non_null(strstr(err.text, PROTO_RELEASE));
    hello.major = PROTO_MAJOR;
    hello.cluster = slice("theirs");
    assert_int_equal(auth_check(&self, &hello, -1, &err), -ERR_REFUSED);
    assert_string_equal(err.text, "belongs to cluster 'theirs', not to 'mine'");
    assert_ok(auth_check(&any, &hello, -1, &err), &err);
    hello.cluster = slice("");
    assert_ok(auth_check(&self, &hello, -1, &err), &err);
    hello.role = slice("nod");
    assert_int_equal(auth_check(&self, &hello, -1, &err), -ERR_REFUSED);
    hello.role = (struct slice){ NULL, 0 };
    assert_int_equal(auth_check(&self, &hello, geteuid(), &err), -ERR_REFUSED);
}

static void local_users_are_believed_by_uid(void **state)
{
    struct identity self = identity("worker", "c", 0);
    uint8_t token[AUTH_TOKEN_SIZE];
    struct hello hello;
    struct error err;

    (void)state;
    auth_hello(&self, token, &hello);
    assert_ok(auth_check(&self, &hello, geteuid(), &err), &err);
    assert_ok(auth_check(&self, &hello, 0, &err), &err);
    assert_int_equal(auth_check(&self, &hello, (int64_t)geteuid() + 1, &err),
                     -ERR_REFUSED);
    hello.cluster = slice("d"); /* their cluster counts all the same */
    assert_int_equal(auth_check(&self, &hello, geteuid(), &err), -ERR_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_made_once),
        cmocka_unit_test(secrets_that_others_see_are_refused),
        cmocka_unit_test(damaged_secrets_are_refused),
        cmocka_unit_test(a_token_proves_role_and_secret),
        cmocka_unit_test(a_token_is_the_documented_one),
        cmocka_unit_test(damaged_tokens_are_refused),
        cmocka_unit_test(versions_clusters_and_roles),
        cmocka_unit_test(local_users_are_believed_by_uid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
