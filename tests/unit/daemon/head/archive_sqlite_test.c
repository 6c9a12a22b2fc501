/* archive_sqlite_test.c - what has ended is read newest first, by id, after a restart,
 * and is bounded. */
#include "tests/harness.h"

#include "daemon/head/archive.h"
#include "lib/base/mem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static char *path;

/* The texts of the rows, with a space after each. */
struct seen {
    char text[256];
    size_t count, most; /* most: the walk ends there; 0: never */
};

static bool look(void *arg, uint64_t number, struct slice row)
{
    struct seen *seen = arg;
    size_t used = strlen(seen->text);

    assert_true(number > 0);

    snprintf(seen->text + used, sizeof(seen->text) - used, "%.*s ", SLICE_ARGS(row));
    return ++seen->count != seen->most;
}

static struct seen walk(uint64_t below, const char *prefix, size_t most)
{
    const struct archive_range range = { below, slice(prefix) };
    struct seen seen = { .most = most };

    assert_int_equal(archive_each(path, &range, look, &seen, NULL), 0);
    return seen;
}

static void add(struct archive *archive, uint64_t number, uint64_t task,
                int32_t attempt, const char *row)
{
    const struct archive_item item = { number, id_task(id_job(1), task), attempt,
                                       slice(row) };
    struct error err;

    assert_int_equal(archive_add(archive, &item, 1, &err), 0);
}

static void begin(void)
{
    unlink(path);
}

static void rows_are_read_newest_first(void **state)
{
    struct archive *archive;
    struct seen seen;

    (void)state;
    begin();
    archive = archive_open(path, NULL);
    assert_int_equal(archive_last(archive), 0);
    assert_int_equal(walk(10, "", 0).count, 0);
    add(archive, 1, 7, 0, "a");
    add(archive, 2, 8, 0, "b");
    add(archive, 3, 7, 1, "c");
    assert_true(archive_has(archive, &(struct id[]){ id_task(id_job(1), 7) }[0], 1));
    assert_false(archive_has(archive, &(struct id[]){ id_task(id_job(1), 7) }[0], 2));
    seen = walk(10, "", 0);
    assert_string_equal(seen.text, "c b a ");
    seen = walk(3, "", 0);
    assert_string_equal(seen.text, "b a ");
    seen = walk(10, "", 2);
    assert_string_equal(seen.text, "c b ");
    archive_close(archive);
}

static void an_attempt_is_there_once_also_after_a_restart(void **state)
{
    struct archive *archive;
    struct seen seen;

    (void)state;
    begin();
    archive = archive_open(path, NULL);
    add(archive, 1, 7, 0, "old");
    add(archive, 2, 8, 0, "b");
    archive_close(archive);
    archive = archive_open(path, NULL);
    assert_int_equal(archive_last(archive), 2);
    add(archive, 3, 7, 0, "new");
    seen = walk(10, "", 0);
    assert_string_equal(seen.text, "new b ");
    archive_close(archive);
}

static void ids_are_found_by_any_prefix(void **state)
{
    struct id one = { .size = ID_TASK }, two = { .size = ID_TASK };
    struct archive_item items[] = { { 1, one, 0, slice("one") },
                                    { 2, two, 0, slice("two") } };
    struct archive *archive;
    char hex[ID_HEX_MAX], longer[ID_HEX_MAX + 1];

    (void)state;
    begin();
    memset(items[0].task.bytes, 0xab, ID_TASK);
    memset(items[1].task.bytes, 0xab, ID_TASK);
    items[1].task.bytes[2] = 0xac;
    archive = archive_open(path, NULL);
    assert_int_equal(archive_add(archive, items, 2, NULL), 0);
    assert_int_equal(walk(10, "a", 0).count, 2);
    assert_int_equal(walk(10, "AbAb", 0).count, 2);
    assert_string_equal(walk(10, "ababa", 0).text, "two one ");
    assert_string_equal(walk(10, "ababac", 0).text, "two ");
    assert_string_equal(walk(10, id_hex(&items[0].task, hex), 0).text, "one ");
    assert_int_equal(walk(10, "b", 0).count, 0);
    assert_int_equal(walk(10, "abx", 0).count, 0);
    snprintf(longer, sizeof(longer), "%sa", id_hex(&items[0].task, hex));
    assert_int_equal(walk(10, longer, 0).count, 0);
    archive_close(archive);
}

static void the_oldest_are_forgotten(void **state)
{
    struct archive *archive;

    (void)state;
    begin();
    archive = archive_open(path, NULL);
    add(archive, 1, 1, 0, "a");
    add(archive, 2, 2, 0, "b");
    add(archive, (uint64_t)ARCHIVE_MAX + 1, 3, 0, "c");
    assert_string_equal(walk(UINT32_MAX, "", 0).text, "c b ");
    archive_close(archive);
}

/* A file may not grow: as good as a disk that is full. */
static void a_full_disk_is_said_and_loses_nothing(void **state)
{
    const struct rlimit none = { 64 * 1024, RLIM_INFINITY };
    const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
    static char large[1 << 20];
    struct archive_item items[] = { { 2, id_task(id_job(1), 2), 0, slice("b") },
                                    { 3, id_task(id_job(1), 3), 0,
                                      slice_of(large, sizeof(large)) } };
    struct archive *archive;
    struct error err;

    (void)state;
    begin();
    signal(SIGXFSZ, SIG_IGN);
    archive = archive_open(path, NULL);
    add(archive, 1, 1, 0, "a");
    setrlimit(RLIMIT_FSIZE, &none);
    assert_true(archive_add(archive, items, 2, &err) < 0);
    setrlimit(RLIMIT_FSIZE, &unlimited);
    assert_non_null(strstr(err.text, path));
    assert_string_equal(walk(10, "", 0).text, "a ");
    assert_int_equal(archive_add(archive, items, 1, &err), 0);
    assert_string_equal(walk(10, "", 0).text, "b a ");
    archive_close(archive);
}

static void a_file_of_another_kind_is_refused(void **state)
{
    FILE *file;
    struct error err;

    (void)state;
    begin();
    file = fopen(path, "we");
    fputs("this is no table at all, but a letter to nobody in particular\n", file);
    fclose(file);
    assert_null(archive_open(path, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read_newest_first),
        cmocka_unit_test(an_attempt_is_there_once_also_after_a_restart),
        cmocka_unit_test(ids_are_found_by_any_prefix),
        cmocka_unit_test(the_oldest_are_forgotten),
        cmocka_unit_test(a_full_disk_is_said_and_loses_nothing),
        cmocka_unit_test(a_file_of_another_kind_is_refused),
    };
    int failed;

    path = xprintf("%s/history.db", harness_dir());
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(path);
    return failed;
}
