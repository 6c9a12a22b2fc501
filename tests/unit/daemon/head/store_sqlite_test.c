/* store_sqlite_test.c - what was put is there after the process is gone, and a full
 * disk is survived. */
#include "tests/harness.h"

#include "daemon/head/store.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char *path;

static void count(void *arg, struct slice key, struct slice value)
{
    size_t *sum = arg;
    *sum += key.size * 1000 + value.size;
}

static void turn(struct loop *loop)
{
    bool never = false;
    loop_run_until(loop, &never, 0);
}

static void tables_are_kept(void **state)
{
    struct loop *loop = loop_create();
    struct error err;
    struct store *store = store_open(loop, path, &err);
    size_t sum = 0;

    (void)state;
    store_put(store, "t", slice_of("a\0b", 3), slice("value"));
    store_put(store, "t", slice("ac"), slice("longer value"));
    store_put(store, "t", slice("ac"), slice("x"));
    store_put(store, "other", slice("a"), slice(""));
    store_each(store, "t", slice("a"), count, &sum);
    assert_int_equal(sum, 5006);
    store_remove(store, "t", slice("ac"));
    store_close(store);
    turn(loop);
    store = store_open(loop, path, &err);
    sum = 0;
    assert_false(store_find(store, "t", slice("ac"), count, &sum));
    assert_true(store_find(store, "t", slice_of("a\0b", 3), count, &sum));
    assert_int_equal(sum, 3005);
    store_close(store);
    turn(loop);
    loop_destroy(loop);
}

static void a_killed_process_loses_one_turn_at_most(void **state)
{
    pid_t child = fork();
    struct loop *loop;
    struct store *store;
    size_t sum = 0;

    (void)state;
    if (child == 0) {
        loop = loop_create();
        store = store_open(loop, path, NULL);
        store_put(store, "k", slice("kept"), slice("1"));
        turn(loop);
        store_put(store, "k", slice("lost"), slice("1"));
        raise(SIGKILL);
    }
    waitpid(child, NULL, 0);
    loop = loop_create();
    store = store_open(loop, path, NULL);
    assert_true(store_find(store, "k", slice("kept"), count, &sum));
    assert_false(store_find(store, "k", slice("lost"), count, &sum));
    store_close(store);
    turn(loop);
    loop_destroy(loop);
}

/* No file may grow beyond what it is: writes fail, reads go on, later writes work. */
static void a_full_disk_is_survived(void **state)
{
    struct loop *loop = loop_create();
    struct store *store = store_open(loop, path, NULL);
    struct rlimit before, none = { 0, 0 };
    char value[100000];
    size_t sum = 0;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    memset(value, 'v', sizeof(value));
    store_put(store, "d", slice("first"), slice("1"));
    turn(loop);
    getrlimit(RLIMIT_FSIZE, &before);
    none.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &none);
    store_put(store, "d", slice("big"), slice_of(value, sizeof(value)));
    turn(loop);
    assert_true(store_find(store, "d", slice("first"), count, &sum));
    setrlimit(RLIMIT_FSIZE, &before);
    store_put(store, "d", slice("after"), slice("1"));
    turn(loop);
    store_close(store);
    turn(loop);
    store = store_open(loop, path, NULL);
    assert_true(store_find(store, "d", slice("after"), count, &sum));
    store_close(store);
    turn(loop);
    loop_destroy(loop);
}

static void what_is_no_database_is_refused(void **state)
{
    struct loop *loop = loop_create();
    struct error err;

    (void)state;
    assert_null(store_open(loop, "/nowhere/store.db", &err));
    assert_non_null(strstr(err.text, "/nowhere/store.db"));
    assert_null(store_open(loop, "/proc/self/exe", &err));
    turn(loop);
    loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_kept),
        cmocka_unit_test(a_killed_process_loses_one_turn_at_most),
        cmocka_unit_test(a_full_disk_is_survived),
        cmocka_unit_test(what_is_no_database_is_refused),
    };
    int failed;

    path = xprintf("%s/store.db", harness_dir());
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(path);
    return failed;
}
