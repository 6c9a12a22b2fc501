/* spill_test.c - what is written together comes back one by one, and files go with what
 * is in them. */
#include "tests/harness.h"

#include "daemon/node/spill.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"
#include "lib/net/session.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, ITEMS = 3 };

struct outcome {
    struct loop *loop;
    enum error_code code;
    bool is_done;
};

static char parent[64];

static void on_done(void *arg, const struct error *err)
{
    struct outcome *outcome = arg;

    outcome->code = err != NULL ? err->code : ERR_OK;
    outcome->is_done = true;
}

static int await(struct outcome *outcome)
{
    loop_run_until(outcome->loop, &outcome->is_done, 0);
    assert_true(outcome->is_done);
    outcome->is_done = false;
    return (int)outcome->code;
}

/* Files in our folder in the parent; -1: there is none. */
static int count_files(void)
{
    DIR *folder = opendir(parent);
    char path[512] = "";
    struct dirent *entry;
    int count = 0;

    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.')
            snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name);
    closedir(folder);
    if (path[0] == '\0')
        return -1;
    folder = opendir(path);
    while ((entry = readdir(folder)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static int memory_of(char byte, size_t size)
{
    int fd = memfd_create("spill-test", MFD_CLOEXEC);
    char *memory;

    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    memset(memory, byte, size);
    munmap(memory, size);
    return fd;
}

static void fill(struct spill_item *items)
{
    for (int i = 0; i < ITEMS; i++)
        items[i] = (struct spill_item){ .fd = memory_of((char)('a' + i), 4 * PAGE),
                                        .offset = 64 * i,
                                        .size = PAGE + i };
}

static void close_all(struct spill_item *items)
{
    for (int i = 0; i < ITEMS; i++)
        close(items[i].fd);
}

static void assert_comes_back(struct spill *spill, struct outcome *outcome,
                              const struct spill_item *item, char byte)
{
    struct spill_item back = { .fd = memory_of('.', 4 * PAGE),
                               .offset = PAGE,
                               .size = item->size,
                               .where = item->where };
    char bytes[4 * PAGE];

    spill_read(spill, &back, on_done, outcome);
    assert_int_equal(await(outcome), ERR_OK);
    assert_int_equal(pread(back.fd, bytes, sizeof(bytes), 0), sizeof(bytes));
    for (int64_t i = 0; i < (int64_t)sizeof(bytes); i++)
        assert_int_equal(bytes[i], i >= PAGE && i < PAGE + item->size ? byte : '.');
    close(back.fd);
}

static void what_is_fused_comes_back_one_by_one(void **state)
{
    struct outcome outcome = { .loop = loop_create() };
    const struct spill_options options = { outcome.loop, parent, 0 };
    struct spill *spill = spill_create(&options);
    struct spill_item items[ITEMS];

    (void)state;
    assert_int_equal(count_files(), -1); /* nothing is made before it is needed */
    fill(items);
    spill_write(spill, items, ITEMS, on_done, &outcome);
    assert_int_equal(await(&outcome), ERR_OK);
    close_all(items);
    assert_int_equal(count_files(), 1);
    assert_int_equal(spill_used(spill), 3 * PAGE + 3);
    for (int i = 0; i < ITEMS; i++) {
        assert_comes_back(spill, &outcome, &items[i], (char)('a' + i));
        assert_int_equal(count_files(), 1);
        spill_drop(spill, &items[i].where);
        assert_null(items[i].where.file);
    }
    assert_int_equal(count_files(), 0);
    assert_int_equal(spill_used(spill), 0);
    spill_destroy(spill);
    assert_int_equal(count_files(), -1);
    loop_destroy(outcome.loop);
}

/* An object freed while it is read: the file stays until the reader is done. */
static void a_reader_holds_the_file(void **state)
{
    struct outcome outcome = { .loop = loop_create() };
    const struct spill_options options = { outcome.loop, parent, 0 };
    struct spill *spill = spill_create(&options);
    struct spill_item items[ITEMS], back;

    (void)state;
    fill(items);
    spill_write(spill, items, 1, on_done, &outcome);
    assert_int_equal(await(&outcome), ERR_OK);
    back = items[0];
    back.offset = 0;
    spill_read(spill, &back, on_done, &outcome);
    spill_drop(spill, &items[0].where);
    assert_int_equal(await(&outcome), ERR_OK);
    assert_int_equal(count_files(), 0);
    close_all(items);
    spill_destroy(spill);
    loop_destroy(outcome.loop);
}

static void what_cannot_be_written_is_nowhere(void **state)
{
    struct outcome outcome = { .loop = loop_create() };
    const struct spill_options options = { outcome.loop, "/proc/none", 0 };
    const struct spill_options good = { outcome.loop, parent, 100 };
    struct spill *spill = spill_create(&options);
    struct spill_item items[ITEMS];

    (void)state;
    fill(items);
    spill_write(spill, items, ITEMS, on_done, &outcome);
    assert_int_equal(await(&outcome), ERR_IO);
    assert_null(items[0].where.file);
    assert_int_equal(spill_used(spill), 0);
    spill_destroy(spill);
    spill = spill_create(&good);
    items[1].size = 5 * PAGE; /* more than there is */
    spill_write(spill, items, ITEMS, on_done, &outcome);
    assert_int_equal(await(&outcome), ERR_IO);
    assert_int_equal(count_files(), 0);
    assert_int_equal(spill_room(spill), 100);
    close_all(items);
    spill_destroy(spill);
    loop_destroy(outcome.loop);
}

int main(void)
{
    const char *base = getenv("TMPDIR");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_fused_comes_back_one_by_one),
        cmocka_unit_test(a_reader_holds_the_file),
        cmocka_unit_test(what_cannot_be_written_is_nowhere),
    };
    int failed;

    snprintf(parent, sizeof(parent), "%.40s/spill.XXXXXX",
             base != NULL ? base : "/tmp");
    if (mkdtemp(parent) == NULL)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(parent);
    return failed;
}
