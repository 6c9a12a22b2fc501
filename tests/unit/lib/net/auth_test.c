/* auth_test.c - secrets in files, and the judgement of a HELLO. */
#include "tests/harness.h"

#include "lib/net/auth.h"
#include "lib/proto/proto.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t tcp = -1;

/* What `peer` says of itself, judged by `self`. */
static int judge(const struct identity *self, const struct identity *peer, int64_t uid,
                 struct error *err)
{
    uint8_t token[AUTH_TOKEN_SIZE];
    struct hello hello;

    auth_hello(peer, token, &hello);
    return auth_check(self, &hello, uid, err);
}

static struct identity identity(const char *role, uint8_t secret)
{
    struct identity self = { .has_secret = true };

    snprintf(self.role, sizeof(self.role), "%s", role);
    memset(self.secret, secret, sizeof(self.secret));
    return self;
}

static void another_major_version_is_refused_by_name(void **state)
{
    struct identity self = identity("node", 1);
    uint8_t token[AUTH_TOKEN_SIZE];
    struct hello hello;
    struct error err;

    (void)state;
    auth_hello(&self, token, &hello);
    hello.major = PROTO_MAJOR + 1;
    hello.release = slice("9.9.9");
    assert_int_equal(auth_check(&self, &hello, geteuid(), &err), -ERR_VERSION);
    assert_non_null(strstr(err.text, "9.9.9"));
    assert_non_null(strstr(err.text, PROTO_RELEASE));
}

static void a_token_is_of_one_role(void **state)
{
    struct identity self = identity("node", 1), worker = identity("worker", 1);
    uint8_t token[AUTH_TOKEN_SIZE];
    struct hello hello;
    struct error err;

    (void)state;
    assert_ok(judge(&self, &worker, tcp, &err), &err);
    auth_hello(&worker, token, &hello);
    hello.role = slice("admin"); /* with a worker's token */
    assert_int_equal(auth_check(&self, &hello, tcp, &err), -ERR_REFUSED);
    hello.role = slice("emperor");
    assert_true(auth_check(&self, &hello, tcp, &err) < 0);
    hello.role = slice("worker");
    hello.token = slice("");
    assert_int_equal(auth_check(&self, &hello, tcp, &err), -ERR_REFUSED);
}

static void sockets_of_others_are_refused(void **state)
{
    struct identity self = identity("node", 1), peer = identity("admin", 2);
    struct error err;

    (void)state;
    assert_ok(judge(&self, &peer, geteuid(), &err), &err); /* the kernel vouches */
    assert_ok(judge(&self, &peer, 0, &err), &err);
    assert_int_equal(judge(&self, &peer, 12345, &err), -ERR_REFUSED);
    assert_int_equal(judge(&self, &peer, tcp, &err), -ERR_REFUSED);
}

static void a_secret_is_for_us_alone(void **state)
{
    struct identity self = { .has_secret = false };
    struct error err;
    char path[512];

    (void)state;
    assert_int_equal(auth_load_secret(&self, harness_dir(), &err), -ERR_NOT_FOUND);
    assert_ok(auth_create_secret(harness_dir(), &err), &err);
    assert_ok(auth_load_secret(&self, harness_dir(), &err), &err);
    assert_true(self.has_secret);
    snprintf(path, sizeof(path), "%s/secret", harness_dir());
    assert_int_equal(auth_create_secret(harness_dir(), &err) < 0,
                     1); /* never over one */
    chmod(path, 0644);
    assert_int_equal(auth_load_secret(&self, harness_dir(), &err), -ERR_REFUSED);
    chmod(path, 0600);
    assert_int_equal(truncate(path, 31), 0);
    assert_true(auth_load_secret(&self, harness_dir(), &err) < 0);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_major_version_is_refused_by_name),
        cmocka_unit_test(a_token_is_of_one_role),
        cmocka_unit_test(sockets_of_others_are_refused),
        cmocka_unit_test(a_secret_is_for_us_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
