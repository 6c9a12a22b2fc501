/* sim_archive.c - no daemon/head/archive.h: heads of these stories keep the history of
 * tasks in memory alone. */
#include "daemon/head/archive.h"

struct archive *archive_open(const char *path, struct error *err)
{
    fail(err, ERR_UNSUPPORTED, "%s: there are no files in this world", path);
    return NULL;
}

void archive_close(struct archive *archive)
{
    (void)archive;
}

const char *archive_path(const struct archive *archive)
{
    (void)archive;
    return NULL;
}

uint64_t archive_last(const struct archive *archive)
{
    (void)archive;
    return 0;
}

int archive_add(struct archive *archive, const struct archive_item *items, size_t count,
                struct error *err)
{
    (void)archive;
    (void)items;
    (void)count;
    return fail(err, ERR_UNSUPPORTED, "no archive");
}

bool archive_has(struct archive *archive, const struct id *task, int32_t attempt)
{
    (void)archive;
    (void)task;
    (void)attempt;
    return false;
}

int archive_each(const char *path, const struct archive_range *range, archive_fn *fn,
                 void *arg, struct error *err)
{
    (void)range;
    (void)fn;
    (void)arg;
    return fail(err, ERR_UNSUPPORTED, "%s: no archive", path);
}
