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

static void every_role_has_its_own_key(void **state)
{
    static const char *const roles[] = { "admin", "node", "worker", "viewer" };
    struct identity self = identity("node", "c", 7), other = identity("node", "c", 8);
    uint8_t keys[4][AUTH_KEY_SIZE], expected[DIGEST_SIZE];
    struct error err;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_ok(auth_key(&self, slice(roles[i]), keys[i], &err), &err);
        assert_memory_not_equal(keys[i], self.secret, AUTH_KEY_SIZE);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(keys[i], keys[k], AUTH_KEY_SIZE);
        assert_ok(auth_key(&other, slice(roles[i]), expected, &err), &err);
        assert_memory_not_equal(keys[i], expected, AUTH_KEY_SIZE);
    }
    /* The rule of auth.h, computed apart. */
    digest_hkdf(slice_of(self.secret, AUTH_SECRET_SIZE), slice("rayctl-1 worker"),
                expected);
    assert_memory_equal(keys[2], expected, AUTH_KEY_SIZE);
    assert_int_equal(auth_key(&self, slice("nobody"), expected, &err), -ERR_REFUSED);
}

static void a_worker_has_one_key(void **state)
{
    struct identity self = identity("admin", "c", 0), all = identity("node", "c", 7);
    uint8_t key[AUTH_KEY_SIZE], given[AUTH_KEY_SIZE];
    struct error err;

    (void)state;
    assert_int_equal(auth_key(&self, slice("worker"), key, &err), -ERR_REFUSED);
    assert_ok(auth_key(&all, slice("worker"), given, &err), &err);
    auth_take_worker_key(&self, slice_of(given, AUTH_KEY_SIZE - 1)); /* ignored */
    assert_int_equal(auth_key(&self, slice("worker"), key, &err), -ERR_REFUSED);
    auth_take_worker_key(&self, slice_of(given, AUTH_KEY_SIZE));
    assert_ok(auth_key(&self, slice("worker"), key, &err), &err);
    assert_memory_equal(key, given, AUTH_KEY_SIZE);
    assert_int_equal(auth_key(&self, slice("node"), key, &err), -ERR_REFUSED);
    assert_string_equal(auth_role(&self), "worker");
    assert_string_equal(auth_role(&all), "node");
}

/* On TCP, HELLO must name the role whose key was used. */
static void a_role_must_be_proven(void **state)
{
    struct identity self = identity("node", "c", 7);
    struct hello hello;
    struct error err;

    (void)state;
    auth_hello(&self, "worker", &hello);
    assert_ok(auth_check(&self, &hello, (struct auth_proof){ -1, "worker" }, &err),
              &err);
    assert_int_equal(auth_check(&self, &hello, (struct auth_proof){ -1, "node" }, &err),
                     -ERR_REFUSED);
    assert_int_equal(auth_check(&self, &hello, (struct auth_proof){ -1, "" }, &err),
                     -ERR_REFUSED);
    assert_int_equal(hello.pid, getpid());
    assert_int_equal(hello.major, PROTO_MAJOR);
    assert_int_equal(hello.minor, PROTO_MINOR);
}

static void versions_clusters_and_roles(void **state)
{
    struct identity self = identity("node", "mine", 7), any = identity("node", "", 7);
    struct hello hello;
    struct error err;

    (void)state;
    auth_hello(&self, self.role, &hello);
    hello.minor = PROTO_MINOR + 5; /* may differ */
    assert_ok(auth_check(&self, &hello, (struct auth_proof){ -1, "node" }, &err), &err);
    hello.major = PROTO_MAJOR + 1;
    hello.release = slice("9.8.7");
    assert_int_equal(auth_check(&self, &hello, (struct auth_proof){ -1, "node" }, &err),
                     -ERR_VERSION);
    assert_non_null(strstr(err.text, "9.8.7"));
    assert_non_null(strstr(err.text, PROTO_RELEASE));
    hello.major = PROTO_MAJOR;
    hello.cluster = slice("theirs");
    assert_int_equal(auth_check(&self, &hello, (struct auth_proof){ -1, "node" }, &err),
                     -ERR_REFUSED);
    assert_string_equal(err.text, "belongs to cluster 'theirs', not to 'mine'");
    assert_ok(auth_check(&any, &hello, (struct auth_proof){ -1, "node" }, &err), &err);
    hello.cluster = slice("");
    assert_ok(auth_check(&self, &hello, (struct auth_proof){ -1, "node" }, &err), &err);
    hello.role = slice("nod");
    assert_int_equal(auth_check(&self, &hello, (struct auth_proof){ -1, "node" }, &err),
                     -ERR_REFUSED);
    hello.role = (struct slice){ NULL, 0 };
    assert_int_equal(
        auth_check(&self, &hello, (struct auth_proof){ geteuid(), NULL }, &err),
        -ERR_REFUSED);
}

static void local_users_are_believed_by_uid(void **state)
{
    struct identity self = identity("worker", "c", 0);
    struct hello hello;
    struct error err;

    (void)state;
    auth_hello(&self, self.role, &hello);
    assert_ok(auth_check(&self, &hello, (struct auth_proof){ geteuid(), NULL }, &err),
              &err);
    assert_ok(auth_check(&self, &hello, (struct auth_proof){ 0, NULL }, &err), &err);
    assert_int_equal(auth_check(&self, &hello,
                                (struct auth_proof){ (int64_t)geteuid() + 1, NULL },
                                &err),
                     -ERR_REFUSED);
    hello.cluster = slice("d"); /* their cluster counts all the same */
    assert_int_equal(
        auth_check(&self, &hello, (struct auth_proof){ geteuid(), NULL }, &err),
        -ERR_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_made_once),
        cmocka_unit_test(secrets_that_others_see_are_refused),
        cmocka_unit_test(damaged_secrets_are_refused),
        cmocka_unit_test(every_role_has_its_own_key),
        cmocka_unit_test(a_worker_has_one_key),
        cmocka_unit_test(a_role_must_be_proven),
        cmocka_unit_test(versions_clusters_and_roles),
        cmocka_unit_test(local_users_are_believed_by_uid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
