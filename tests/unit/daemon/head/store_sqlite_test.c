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

static size_t sizes_of(struct store *store, const char *prefix)
{
    size_t sum = 0;

    store_each(store, "d", slice(prefix), count, &sum);
    return sum;
}

static void set_file_limit(rlim_t limit)
{
    struct rlimit now;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
    now.rlim_cur = limit;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

/* No file may grow beyond what it is: writes stay pending, where reads find them, and
 * are made as soon as there is room; what was refused is not there. */
static void a_full_disk_is_survived(void **state)
{
    struct loop *loop = loop_create();
    struct store *store = store_open(loop, path, NULL);
    static char value[100000];
    struct error err;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    memset(value, 'v', sizeof(value));
    store_put(store, "d", slice("1 first"), slice("1"));
    store_put(store, "d", slice("5 last"), slice("1"));
    turn(loop);
    set_file_limit(0);
    assert_true(store_write(store, "d", slice("9"), slice("1"), &err) < 0);
    assert_non_null(strstr(err.text, path));
    store_put(store, "d", slice("2 big"), slice_of(value, sizeof(value)));
    store_remove(store, "d", slice("5 last"));
    turn(loop);
    store_put(store, "d", slice("1 first"), slice("22"));
    turn(loop);
    assert_true(store_sync(store, &err) < 0);
    assert_int_equal(sizes_of(store, ""), 7000 + 2 + 5000 + sizeof(value));
    assert_int_equal(sizes_of(store, "5"), 0);
    assert_int_equal(sizes_of(store, "9"), 0);
    set_file_limit(RLIM_INFINITY);
    assert_int_equal(store_write(store, "d", slice("3"), slice("333"), &err), 0);
    store_close(store);
    turn(loop);
    store = store_open(loop, path, NULL);
    assert_int_equal(sizes_of(store, ""), 7000 + 2 + 5000 + sizeof(value) + 1003);
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
