/* cmd_job.c - jobs: list, status, logs, stop, wait. `job submit` is in cmd_submit.c. */
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/jobline.h"
#include "cli/kinds.h"
#include "lib/base/clock.h"
#include "lib/engine/ask.h"

static struct {
    bool follow, no_wait, raw;
    int64_t tail, wait;
} opt;

/* The server takes "" for the first job that has no submission id. */
static int check_id(const char *id, struct error *err)
{
    return id[0] == '\0' ? fail(err, ERR_USAGE, "the id is empty") : 0;
}

/* ---- list ---- */

static int run_list(struct context *ctx, struct args *args, struct error *err)
{
    const struct list_request rq = { .limit = 0 };
    const struct job_rows *reply =
        ask_query_jobs(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err);
    struct print_rows rows;

    (void)args;
    if (reply == NULL)
        return -(int)err->code;
    rows = (struct print_rows){ &job_row_desc, reply->rows.items, reply->rows.count,
                                reply->total };
    context_print_rows(ctx, &rows);
    return 0;
}

const struct command cmd_job_list = {
    .name = "job list",
    .summary = "list all jobs",
    .needs = NEEDS_JOBS,
    .run = run_list,
    .example = "rayctl job list",
};

/* ---- status ---- */

static int run_status(struct context *ctx, struct args *args, struct error *err)
{
    const struct job_row *job =
        kinds_get(ctx, kinds_find("job", err), args->items[0], err);

    if (job == NULL)
        return -(int)err->code;
    context_print_message(ctx, &job_row_desc, job);
    return 0;
}

const struct command cmd_job_status = {
    .name = "job status",
    .args = "ID",
    .summary = "show one job",
    .needs = NEEDS_JOBS,
    .args_min = 1,
    .args_max = 1,
    .run = run_status,
    .example = "rayctl job status raysubmit_Ab3",
};

/* ---- wait ---- */

static const struct option wait_options[] = {
    OPT_DURATION(0, "for", &opt.wait, "TIME", "give up after TIME (exit status 4)"),
    OPT_END,
};

/* Waits for its end; exits as it did. */
static int wait_for(struct context *ctx, const char *id, struct error *err)
{
    const struct job_wait rq = { .id = slice(id), .timeout = opt.wait };
    const struct job_row *job;
    int64_t deadline = 0;

    do
        job = ask_jobs_wait(ctx->engine, &rq, 0, &ctx->arena, err);
    while (job == NULL && context_again(ctx, err, &deadline));
    if (job == NULL)
        return -(int)err->code;
    if (job->end_time == 0)
        return fail(err, ERR_TIMEOUT, "job %s is %.*s still", id,
                    SLICE_ARGS(job->status));
    jobline_say(ctx, job);
    ctx->exit_status = jobline_exit_status(job);
    return 0;
}

static int run_wait(struct context *ctx, struct args *args, struct error *err)
{
    int status = check_id(args->items[0], err);

    return status == 0 ? wait_for(ctx, args->items[0], err) : status;
}

const struct command cmd_job_wait = {
    .name = "job wait",
    .args = "ID",
    .summary = "wait for the end of a job; exit as it does",
    .options = wait_options,
    .needs = NEEDS_JOBS,
    .args_min = 1,
    .args_max = 1,
    .run = run_wait,
    .example = "rayctl job wait raysubmit_Ab3 --for 10m",
};

/* ---- logs ---- */

static const struct option logs_options[] = {
    OPT_FLAG('f', "follow", &opt.follow, "go on until the job ends; exit as it does"),
    OPT_INT(0, "tail", &opt.tail, "N", "begin N lines before the end"),
    OPT_FLAG(0, "raw", &opt.raw, "pass control characters on to a terminal, too"),
    OPT_END,
};

static int run_logs(struct context *ctx, struct args *args, struct error *err)
{
    struct log_read rq = { .id = slice(args->items[0]),
                           .follow = opt.follow,
                           .tail_lines = opt.tail };
    int status = check_id(args->items[0], err);

    ctx->raw = opt.raw;
    if (status == 0)
        status = follow_log(ctx, proto_method(METHOD_jobs_read_log), &rq, err);
    if (status != 0 || !opt.follow || ctx->exit_status == EXIT_INTERRUPTED)
        return status;
    return wait_for(ctx, args->items[0], err);
}

const struct command cmd_job_logs = {
    .name = "job logs",
    .args = "ID",
    .summary = "show what a job wrote",
    .options = logs_options,
    .needs = NEEDS_JOBS,
    .args_min = 1,
    .args_max = 1,
    .run = run_logs,
    .example = "rayctl job logs raysubmit_Ab3 --follow",
};

/* ---- delete ---- */

static int run_delete(struct context *ctx, struct args *args, struct error *err)
{
    const struct job_ref rq = { .id = slice(args->items[0]) };

    if (check_id(args->items[0], err) != 0 ||
        ask_jobs_remove(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err) == NULL)
        return -(int)err->code;
    context_say(ctx, "job %s deleted", args->items[0]);
    return 0;
}

const struct command cmd_job_delete = {
    .name = "job delete",
    .args = "ID",
    .summary = "forget a job that has ended, and its log",
    .needs = NEEDS_JOBS,
    .args_min = 1,
    .args_max = 1,
    .run = run_delete,
    .example = "rayctl job delete raysubmit_Ab3",
};

/* ---- stop ---- */

static const struct option stop_options[] = {
    OPT_FLAG(0, "no-wait", &opt.no_wait, "do not wait until it has ended"),
    OPT_END,
};

static int run_stop(struct context *ctx, struct args *args, struct error *err)
{
    const struct job_ref rq = { .id = slice(args->items[0]) };
    const struct job_wait wait = { .id = rq.id,
                                   .timeout = ctx->timeout_ms * NS_PER_MS };
    const struct job_row *job;

    if (check_id(args->items[0], err) != 0)
        return -(int)err->code;
    job = ask_jobs_stop(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err);
    if (job != NULL && !opt.no_wait)
        job = ask_jobs_wait(ctx->engine, &wait, 0, &ctx->arena, err);
    if (job == NULL)
        return -(int)err->code;
    jobline_say(ctx, job);
    return 0;
}

const struct command cmd_job_stop = {
    .name = "job stop",
    .args = "ID",
    .summary = "end a job: SIGTERM, after 3 s SIGKILL",
    .options = stop_options,
    .needs = NEEDS_JOBS,
    .args_min = 1,
    .args_max = 1,
    .run = run_stop,
    .example = "rayctl job stop raysubmit_Ab3",
};
