/* claim_test.c - session folders, by one at a time. */
#include "tests/harness.h"

#include "autoscale/claim.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool exists(const struct claim *claim, const char *name)
{
    char path[SESSION_PATH_MAX + 64];

    snprintf(path, sizeof(path), "%s/%s", claim->path, name);
    return access(path, F_OK) == 0;
}

/* Whether a stranger would get the lock at once. */
static bool is_free(const struct claim *claim, int lock)
{
    int fd = open(claim->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is = fd >= 0 && flock(fd, lock | LOCK_NB) == 0;

    if (fd >= 0)
        close(fd);
    return is;
}

static void one_at_a_time(void **state)
{
    struct claim claim;
    struct error err;

    (void)state;
    assert_int_equal(claim_init(&claim, "c", CLAIM_ALONE, &err), -ERR_NOT_FOUND);
    assert_int_equal(claim_init(&claim, "c", CLAIM_SHARE, &err), -ERR_NOT_FOUND);
    assert_int_equal(claim_init(&claim, "a/b", CLAIM_MAKE, &err), -ERR_INVALID);
    assert_ok(claim_init(&claim, "c", CLAIM_MAKE, &err), &err);
    assert_true(exists(&claim, "logs"));
    assert_false(is_free(&claim, LOCK_SH));
    claim_finish(&claim);
    claim_finish(&claim); /* again: harmless */
    assert_true(is_free(&claim, LOCK_EX));
    assert_ok(claim_init(&claim, "c", CLAIM_SHARE, &err), &err);
    assert_true(is_free(&claim, LOCK_SH));
    assert_false(is_free(&claim, LOCK_EX));
    claim_finish(&claim);
}

static bool has_ended(void *arg)
{
    return waitpid(*(pid_t *)arg, NULL, WNOHANG) != 0;
}

/* Who waited for a folder that its holder then removed makes a new one. */
static void a_removed_folder_is_made_again(void **state)
{
    struct claim claim, after;
    struct error err;
    struct stat about;
    pid_t child;

    (void)state;
    assert_ok(claim_init(&claim, "c", CLAIM_MAKE, &err), &err);
    child = fork();
    if (child == 0) {
        claim_finish(&claim); /* its copy of the lock */
        _exit(claim_init(&after, "c", CLAIM_MAKE, &err) == 0 && exists(&after, "logs")
                  ? 0
                  : 1);
    }
    assert_true(child > 0);
    assert_false(harness_wait(has_ended, &child, 100)); /* it waits */
    assert_ok(session_remove(claim.path, &err), &err);
    claim_finish(&claim);
    assert_true(harness_wait(has_ended, &child, 5000));
    assert_int_equal(stat(claim.path, &about), 0);
    assert_ok(claim_init(&claim, "c", CLAIM_ALONE, &err), &err);
    assert_ok(session_remove(claim.path, &err), &err);
    claim_finish(&claim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(a_removed_folder_is_made_again),
    };
    char base[512];

    snprintf(base, sizeof(base), "%s/s", harness_dir());
    setenv("RAYCTL_TMPDIR", base, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
