/* cmd_logs.c - log files: which there are, and what is in them. */
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/kinds.h"
#include "lib/engine/ask.h"

#include <stdio.h>
#include <string.h>

enum { TAIL = 1000 };

static struct {
    bool follow, err_too;
    int64_t tail;
} opt = { .tail = TAIL };

static const struct option options[] = {
    OPT_FLAG('f', "follow", &opt.follow, "go on as it grows"),
    OPT_INT(0, "tail", &opt.tail, "N",
            "begin N lines before the end; -1: at the start (1000)"),
    OPT_FLAG(0, "err", &opt.err_too, "of a worker, actor or task: stderr, not stdout"),
    OPT_END,
};

static const struct log_files *list(struct context *ctx, const char *glob,
                                    struct error *err)
{
    const struct log_list rq = { .glob = slice(glob) };
    return ask_query_logs(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err);
}

static int show(struct context *ctx, const struct log_file *file, struct error *err)
{
    struct log_read rq = { .id = file->name,
                           .node_id = file->node_id,
                           .follow = opt.follow,
                           .tail_lines = opt.tail > 0 ? opt.tail : 0 };
    return follow_log(ctx, proto_method(METHOD_query_read_log), &rq, err);
}

/* No argument or a pattern that fits several: the list. One file: its content. */
static int run_files(struct context *ctx, const char *glob, struct error *err)
{
    const struct log_files *files = list(ctx, glob, err);
    struct print_rows rows;

    if (files == NULL)
        return -(int)err->code;
    if (files->rows.count == 0)
        return fail(err, ERR_NOT_FOUND, "no log file is called '%s'", glob);
    if (files->rows.count == 1)
        return show(ctx, files->rows.items, err);
    rows = (struct print_rows){ &log_file_desc, files->rows.items, files->rows.count,
                                files->total };
    context_print_rows(ctx, &rows);
    return 0;
}

/* The file of a worker: worker-<12 digits of its id>-<job>-<pid>.out */
static int run_worker(struct context *ctx, const struct id *worker, struct error *err)
{
    char hex[ID_HEX_MAX], glob[64];

    if (!id_is_set(worker))
        return fail(err, ERR_NOT_FOUND, "it has not run yet, so it wrote nothing");
    snprintf(glob, sizeof(glob), "worker-%.12s-*.%s", id_hex(worker, hex),
             opt.err_too ? "err" : "out");
    return run_files(ctx, glob, err);
}

static int run_job(struct context *ctx, const char *id, struct error *err)
{
    struct log_read rq = { .id = slice(id),
                           .follow = opt.follow,
                           .tail_lines = opt.tail > 0 ? opt.tail : 0 };
    return follow_log(ctx, proto_method(METHOD_jobs_read_log), &rq, err);
}

/* The worker that a row tells of. */
static const struct id *worker_of(const struct kind *kind, const void *row)
{
    const struct field *field = desc_find(kind->row, slice("worker_id"));
    return desc_at(field, row);
}

static int run_of(struct context *ctx, const char *what, const char *id,
                  struct error *err)
{
    const struct kind *kind = kinds_find(what, err);
    const void *row = kind != NULL ? kinds_get(ctx, kind, id, err) : NULL;

    return row != NULL ? run_worker(ctx, worker_of(kind, row), err) : -(int)err->code;
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    const char *what = args->count > 0 ? args->items[0] : "*";

    if (args->count < 2)
        return run_files(ctx, what, err);
    if (strcmp(what, "cluster") == 0)
        return run_files(ctx, args->items[1], err);
    if (args->items[1][0] == '\0')
        return fail(err, ERR_USAGE, "the id is empty");
    if (strcmp(what, "job") == 0)
        return run_job(ctx, args->items[1], err);
    if (strcmp(what, "actor") == 0 || strcmp(what, "task") == 0 ||
        strcmp(what, "worker") == 0)
        return run_of(ctx, what, args->items[1], err);
    return fail(err, ERR_USAGE,
                "logs of what? cluster, job, actor, task, worker; not '%s'", what);
}

const struct command cmd_logs = {
    .name = "logs",
    .args = "[GLOB | cluster GLOB | job|actor|task|worker ID]",
    .summary = "list log files, or show one",
    .options = options,
    .needs = NEEDS_LOGS,
    .args_max = 2,
    .run = run,
    .example = "rayctl logs actor 3f2a --follow",
};
