/* cmd_submit.c - a command run as a job of the cluster; its output here, its exit
 * status ours.
 *
 * Its runtime environment comes from --runtime-env, changed by --working-dir and --env.
 * A working folder is sent to the head as a package, once (upload.h). Without one the
 * command runs in the current folder when the cluster is on this machine. */
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/jobline.h"
#include "cli/upload.h"
#include "envs/env.h"
#include "lib/engine/ask.h"
#include "lib/proto/pkg.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    const char *working_dir, *runtime_env, *runtime_env_json, *submission_id;
    struct option_list env, metadata;
    bool no_wait;
} opt;

static const struct option options[] = {
    OPT_STRING(0, "working-dir", &opt.working_dir, "DIR",
               "its working folder, with what is in it"),
    OPT_STRING(0, "runtime-env", &opt.runtime_env, "FILE|JSON",
               "working_dir, env_vars and excludes, as YAML or JSON"),
    OPT_STRING(0, "runtime-env-json", &opt.runtime_env_json, "JSON",
               "the same, never a file"),
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

static int read_runtime_env(struct env_spec *spec, struct error *err)
{
    const char *text = opt.runtime_env_json;

    *spec = (struct env_spec){ 0 };
    if (opt.runtime_env != NULL && text != NULL)
        return fail(err, ERR_USAGE, "--runtime-env or --runtime-env-json, not both");
    if (text != NULL && text[0] != '{')
        return fail(err, ERR_USAGE, "--runtime-env-json: expected an object, {...}");
    if (text == NULL)
        text = opt.runtime_env;
    return text != NULL ? env_read(spec, text, err) : 0;
}

static bool is_named(const struct label *pairs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(pairs[i].name, slice(name)))
            return true;
    return false;
}

/* --env, then what it leaves of env_vars. */
static int set_env(struct context *ctx, const struct env_spec *spec,
                   struct job_submit *rq, struct error *err)
{
    size_t count = opt.env.count;
    struct label *pairs =
        arena_array(&ctx->arena, count + spec->vars_count, sizeof(*pairs));

    if (take_pairs("env", &opt.env, pairs, err) != 0)
        return -(int)err->code;
    for (size_t i = 0; i < spec->vars_count; i++)
        if (!is_named(pairs, opt.env.count, spec->vars[i].name))
            pairs[count++] = (struct label){
                arena_copy(&ctx->arena, slice(spec->vars[i].name)),
                arena_copy(&ctx->arena, slice(spec->vars[i].value)),
            };
    rq->env.items = pairs;
    rq->env.count = count;
    return 0;
}

static int set_current_folder(struct context *ctx, struct job_submit *rq,
                              struct error *err)
{
    char folder[PATH_MAX];

    if (strncmp(engine_address(ctx->engine), "unix:", 5) != 0)
        return 0; /* the head's own folder: ours may not be there */
    if (getcwd(folder, sizeof(folder)) == NULL)
        return fail(err, ERR_IO, "current folder: %s", strerror(errno));
    rq->working_dir = arena_copy(&ctx->arena, slice(folder));
    return 0;
}

static int check_package(struct context *ctx, struct slice uri, struct error *err)
{
    const struct package_ref rq = { .name = pkg_name_of(uri) };
    const struct package_state *state =
        ask_packages_find(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err);

    if (state == NULL)
        return -(int)err->code;
    return state->is_there ? 0
                           : fail(err, ERR_NOT_FOUND,
                                  "%.*s: the head has no such package; `rayctl env "
                                  "push` sends one",
                                  SLICE_ARGS(uri));
}

static int set_folder(struct context *ctx, const struct env_spec *spec,
                      struct job_submit *rq, struct error *err)
{
    const struct upload_options upload = { .excludes = spec->excludes,
                                           .excludes_count = spec->excludes_count,
                                           .max_size = UPLOAD_SIZE_MAX };
    const char *folder = opt.working_dir != NULL ? opt.working_dir : spec->working_dir;

    if (folder == NULL)
        return set_current_folder(ctx, rq, err);
    if (pkg_is_uri(slice(folder))) {
        rq->working_dir = arena_copy(&ctx->arena, slice(folder));
        return check_package(ctx, rq->working_dir, err);
    }
    if (strstr(folder, "://") != NULL)
        return fail(err, ERR_UNSUPPORTED,
                    "working_dir %s: expected a folder or pkg:<name>", folder);
    if (upload_folder(ctx, folder, &upload, &rq->working_dir, err) != 0)
        return wrap(err, "working_dir");
    return 0;
}

static int set_runtime_env(struct context *ctx, struct job_submit *rq,
                           struct error *err)
{
    struct env_spec spec;
    int status = read_runtime_env(&spec, err);

    if (status != 0)
        return status;
    status = set_env(ctx, &spec, rq, err);
    if (status == 0)
        status = set_folder(ctx, &spec, rq, err);
    env_finish(&spec);
    return status;
}

/* The job's own exit status. */
static int wait_for(struct context *ctx, struct slice id, struct error *err)
{
    const struct job_wait rq = { .id = id };
    const struct job_row *job;
    int64_t deadline = 0;

    do
        job = ask_jobs_wait(ctx->engine, &rq, 0, &ctx->arena, err);
    while (job == NULL && context_again(ctx, err, &deadline));
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
    struct label metadata[OPTION_LIST_MAX];
    struct job_submit rq = { .submission_id = slice(opt.submission_id) };
    const struct job_row *job;

    if (take_pairs("metadata", &opt.metadata, metadata, err) != 0 ||
        set_runtime_env(ctx, &rq, err) != 0)
        return -(int)err->code;
    rq.entrypoint = jobline_quote(&ctx->arena, args);
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
    .example = "rayctl submit --working-dir . --env SEED=7 -- ./train --fast",
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
