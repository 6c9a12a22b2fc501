/* past.c - a walk over the archive on a pool thread: a million rows take a second,
 * which the loop has not. What cannot be read is left out, and said in the log. */
#include "daemon/head/past.h"

#include "daemon/head/archive.h"
#include "daemon/head/events.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"
#include "lib/proto/codec.h"
#include "lib/proto/proto.h"

#include <stdlib.h>

struct past {
    struct past_ops ops;
    struct arena arena; /* of path and prefix */
    struct arena scratch;
    const char *path; /* NULL: there is no archive */
    struct archive_range range;
    int64_t page, told; /* bytes */
    int status;
    struct error err;
};

static bool tell(void *arg, uint64_t number, struct slice packed)
{
    struct past *past = arg;
    struct task_row row;

    if (past->page > 0 && past->told >= past->page) {
        past->ops.on_more(past->ops.arg, (int64_t)number + 1);
        return false;
    }
    past->told += (int64_t)packed.size;
    if (past->ops.counts_only != NULL && past->ops.counts_only(past->ops.arg))
        past->ops.on_counted(past->ops.arg);
    else if (codec_unpack(packed, &task_row_desc, &row, &past->scratch, NULL) == 0)
        past->ops.on_row(past->ops.arg, &row);
    arena_reset(&past->scratch);
    return true;
}

static void work(void *arg)
{
    struct past *past = arg;

    if (past->path != NULL)
        past->status = archive_each(past->path, &past->range, tell, past, &past->err);
}

static void done(void *arg)
{
    struct past *past = arg;

    if (past->status != 0)
        log_error("past", "%s", past->err.text);
    past->ops.on_done(past->ops.arg);
    arena_finish(&past->scratch);
    arena_finish(&past->arena);
    free(past);
}

void past_ask(struct loop *loop, const struct events *events,
              const struct past_range *range, const struct past_ops *ops)
{
    struct past *past = xcalloc(1, sizeof(*past));
    const char *path = events_archive(events, &past->range.below);

    past->ops = *ops;
    past->range.prefix = arena_copy(&past->arena, range->prefix);
    past->page = range->page;
    if (range->before > 0 && (uint64_t)range->before < past->range.below)
        past->range.below = (uint64_t)range->before;
    if (path != NULL)
        past->path = arena_string(&past->arena, slice(path));
    loop_work(loop, work, done, past);
}

void past_find(const struct events *events, struct slice prefix, past_fn *fn, void *arg)
{
    struct past past = { .ops = { .on_row = fn, .arg = arg } };

    past.path = events_archive(events, &past.range.below);
    past.range.prefix = prefix;
    work(&past);
    if (past.status != 0)
        log_error("past", "%s", past.err.text);
    arena_finish(&past.scratch);
}
