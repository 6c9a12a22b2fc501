/* cmd_logs.c - log files: which there are, and what is in them. */
#include "cli/command.h"
#include "cli/follow.h"
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

static int run_actor(struct context *ctx, const struct list_request *rq,
                     struct error *err)
{
    const struct actor_rows *rows =
        ask_query_actors(ctx->engine, rq, ctx->timeout_ms, &ctx->arena, err);

    if (rows == NULL)
        return -(int)err->code;
    if (rows->total != 1)
        return fail(err, ERR_NOT_FOUND, "%lld actors have that id",
                    (long long)rows->total);
    return run_worker(ctx, &rows->rows.items->worker_id, err);
}

static int run_task(struct context *ctx, const struct list_request *rq,
                    struct error *err)
{
    const struct task_rows *rows =
        ask_query_tasks(ctx->engine, rq, ctx->timeout_ms, &ctx->arena, err);

    if (rows == NULL)
        return -(int)err->code;
    if (rows->total < 1)
        return fail(err, ERR_NOT_FOUND, "no task has that id");
    return run_worker(ctx, &rows->rows.items->worker_id, err);
}

static int run_worker_id(struct context *ctx, const struct list_request *rq,
                         struct error *err)
{
    const struct worker_rows *rows =
        ask_query_workers(ctx->engine, rq, ctx->timeout_ms, &ctx->arena, err);

    if (rows == NULL)
        return -(int)err->code;
    if (rows->total != 1)
        return fail(err, ERR_NOT_FOUND, "%lld workers have that id",
                    (long long)rows->total);
    return run_worker(ctx, &rows->rows.items->worker_id, err);
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    const char *kind = args->count > 0 ? args->items[0] : "*";
    const struct list_request rq = { .id =
                                         slice(args->count > 1 ? args->items[1] : NULL),
                                     .limit = 2 };

    if (args->count < 2)
        return run_files(ctx, kind, err);
    if (strcmp(kind, "cluster") == 0)
        return run_files(ctx, args->items[1], err);
    if (strcmp(kind, "job") == 0)
        return run_job(ctx, args->items[1], err);
    if (strcmp(kind, "actor") == 0)
        return run_actor(ctx, &rq, err);
    if (strcmp(kind, "task") == 0)
        return run_task(ctx, &rq, err);
    if (strcmp(kind, "worker") == 0)
        return run_worker_id(ctx, &rq, err);
    return fail(err, ERR_USAGE,
                "logs of what? cluster, job, actor, task, worker; not '%s'", kind);
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
