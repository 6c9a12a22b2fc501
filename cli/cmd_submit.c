/* cmd_submit.c - a command run as a job of the cluster; its output here, its exit
 * status ours. */
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/jobline.h"
#include "lib/engine/ask.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    const char *working_dir, *submission_id;
    struct option_list env, metadata;
    bool no_wait;
} opt;

static const struct option options[] = {
    OPT_STRING(0, "working-dir", &opt.working_dir, "DIR",
               "run the command there (default: here)"),
    OPT_LIST(0, "env", &opt.env, "NAME=VALUE", "set in its environment"),
    OPT_LIST(0, "metadata", &opt.metadata, "KEY=VALUE", "kept with the job"),
    OPT_STRING(0, "submission-id", &opt.submission_id, "ID",
               "its id (default: made up)"),
    OPT_FLAG(0, "no-wait", &opt.no_wait, "print the id and leave it running"),
    OPT_END,
};

static int take_pairs(const char *option, const struct option_list *list,
                      struct label *pairs, struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *equals = strchr(list->items[i], '=');
        if (equals == NULL || equals == list->items[i])
            return fail(err, ERR_USAGE, "--%s %s: expected NAME=VALUE", option,
                        list->items[i]);
        pairs[i].name = slice_of(list->items[i], (size_t)(equals - list->items[i]));
        pairs[i].value = slice(equals + 1);
    }
    return 0;
}

static int find_folder(char folder[PATH_MAX], struct error *err)
{
    if (realpath(opt.working_dir != NULL ? opt.working_dir : ".", folder) == NULL)
        return fail(err, ERR_USAGE, "--working-dir %s: no such folder",
                    opt.working_dir != NULL ? opt.working_dir : ".");
    return 0;
}

/* The job's own exit status. */
static int wait_for(struct context *ctx, struct slice id, struct error *err)
{
    const struct job_wait rq = { .id = id };
    const struct job_row *job = ask_jobs_wait(ctx->engine, &rq, 0, &ctx->arena, err);

    if (job == NULL)
        return wrap(err, "wait for job %.*s", SLICE_ARGS(id));
    jobline_say(ctx, job);
    ctx->exit_status = jobline_exit_status(job);
    return 0;
}

static int follow(struct context *ctx, const struct job_row *job, struct error *err)
{
    struct log_read rq = { .id = job->submission_id, .follow = true };
    int status;

    status = follow_log(ctx, proto_method(METHOD_jobs_read_log), &rq, err);
    if (ctx->exit_status == EXIT_INTERRUPTED) {
        context_say(ctx, "job %.*s goes on; `rayctl job stop` ends it",
                    SLICE_ARGS(job->submission_id));
        return 0;
    }
    return status == 0 ? wait_for(ctx, job->submission_id, err) : status;
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    struct label env[OPTION_LIST_MAX], metadata[OPTION_LIST_MAX];
    char folder[PATH_MAX];
    struct job_submit rq = { .submission_id = slice(opt.submission_id) };
    const struct job_row *job;

    if (take_pairs("env", &opt.env, env, err) != 0 ||
        take_pairs("metadata", &opt.metadata, metadata, err) != 0 ||
        find_folder(folder, err) != 0)
        return -(int)err->code;
    rq.entrypoint = jobline_quote(&ctx->arena, args);
    rq.working_dir = slice(folder);
    rq.env.items = env;
    rq.env.count = opt.env.count;
    rq.metadata.items = metadata;
    rq.metadata.count = opt.metadata.count;
    job = ask_jobs_submit(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err);
    if (job == NULL)
        return -(int)err->code;
    if (opt.no_wait) {
        context_write(job->submission_id.data, job->submission_id.size);
        context_write("\n", 1);
        return 0;
    }
    context_say(ctx, "job %.*s submitted", SLICE_ARGS(job->submission_id));
    return follow(ctx, job, err);
}

const struct command cmd_submit = {
    .name = "submit",
    .args = "-- COMMAND [ARGUMENT...]",
    .summary = "run a command as a job; show its output, exit as it does",
    .options = options,
    .needs = NEEDS_JOBS | RUNS_COMMAND,
    .args_min = 1,
    .args_max = -1,
    .run = run,
    .example = "rayctl submit --env SEED=7 -- ./train --fast",
};

const struct command cmd_job_submit = {
    .name = "job submit",
    .args = "-- COMMAND [ARGUMENT...]",
    .summary = "the same as submit",
    .options = options,
    .needs = NEEDS_JOBS | RUNS_COMMAND,
    .args_min = 1,
    .args_max = -1,
    .run = run,
    .example = "rayctl job submit --no-wait -- ./train",
};
