/* cmd_logs.c - log files: which there are, and what is in them.
 *
 * Ray's forms and short ones: `logs actor ID`, `logs actor --id ID`, `logs actor/ID`.
 * The file of a worker is found by its name: worker-<12 digits of its id>-<job>-<pid>.
 */
#include "cli/command.h"
#include "cli/follow.h"
#include "cli/kinds.h"
#include "lib/base/clock.h"
#include "lib/engine/ask.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { TAIL = 1000, WORKER_DIGITS = 12 };

static struct {
    bool follow, err_too, raw;
    const char *id, *node;
    int64_t tail, pid;
} opt = { .tail = TAIL };

static const struct option options[] = {
    OPT_FLAG('f', "follow", &opt.follow,
             "go on as it grows, until the job, actor or worker has ended"),
    OPT_INT(0, "tail", &opt.tail, "N",
            "begin N lines before the end; -1: at the start (1000)"),
    OPT_FLAG(0, "err", &opt.err_too, "of a worker, actor or task: stderr, not stdout"),
    OPT_STRING(0, "id", &opt.id, "ID", "the job, actor, task, worker or node"),
    OPT_INT(0, "pid", &opt.pid, "PID", "the worker that is or was that process"),
    OPT_STRING(0, "node-id", &opt.node, "ID", "only files of that node"),
    OPT_FLAG(0, "raw", &opt.raw, "pass control characters on to a terminal, too"),
    OPT_END,
};

/* Which files are meant. */
struct wanted {
    const char *glob;
    struct id node; /* unset: of any */
};

static struct log_read read_of(struct slice name)
{
    return (struct log_read){ .id = name,
                              .follow = opt.follow,
                              .tail_lines = opt.tail > 0 ? opt.tail : 0 };
}

static int show(struct context *ctx, const struct log_file *file, struct error *err)
{
    struct log_read rq = read_of(file->name);

    rq.node_id = file->node_id;
    return follow_log(ctx, proto_method(METHOD_query_read_log), &rq, err);
}

static int take_node(struct context *ctx, struct wanted *wanted, struct error *err)
{
    const struct node_row *row;

    if (opt.node == NULL)
        return 0;
    row = kinds_get(ctx, kinds_find("node", err), opt.node, err);
    if (row == NULL)
        return -(int)err->code;
    wanted->node = row->node_id;
    return 0;
}

/* A pattern that fits several: the list. One file: its content. */
static int run_files(struct context *ctx, struct wanted wanted, struct error *err)
{
    const struct log_files *files;
    struct print_rows rows;
    struct log_list rq = { .glob = slice(wanted.glob) };

    if (take_node(ctx, &wanted, err) != 0)
        return -(int)err->code;
    rq.node_id = wanted.node;
    files = ask_query_logs(ctx->engine, &rq, ctx->timeout_ms, &ctx->arena, err);
    if (files == NULL)
        return -(int)err->code;
    if (files->rows.count == 0)
        return fail(err, ERR_NOT_FOUND, "no log file is called '%s'", wanted.glob);
    if (files->rows.count == 1)
        return show(ctx, files->rows.items, err);
    rows = (struct print_rows){ &log_file_desc, files->rows.items, files->rows.count,
                                files->total };
    context_print_rows(ctx, &rows);
    return 0;
}

/* ---- workers ---- */

static const char *suffix(void)
{
    return opt.err_too ? "err" : "out";
}

static int show_worker(struct context *ctx, const struct id *worker, struct error *err)
{
    char hex[ID_HEX_MAX], glob[64];

    if (!id_is_set(worker))
        return fail(err, ERR_NOT_FOUND, "it has not run yet, so it wrote nothing");
    snprintf(glob, sizeof(glob), "worker-%.*s-*.%s", WORKER_DIGITS, id_hex(worker, hex),
             suffix());
    return run_files(ctx, (struct wanted){ .glob = glob }, err);
}

/* By its files, since these outlive the worker's row. */
static int run_worker(struct context *ctx, const char *id, struct error *err)
{
    char glob[64];

    if (opt.pid != 0) {
        snprintf(glob, sizeof(glob), "worker-*-%lld.%s", (long long)opt.pid, suffix());
        return run_files(ctx, (struct wanted){ .glob = glob }, err);
    }
    if (strspn(id, "0123456789abcdefABCDEF") != strlen(id))
        return fail(err, ERR_NOT_FOUND, "no worker has the id %s", id);
    snprintf(glob, sizeof(glob), "worker-%.*s*.%s", WORKER_DIGITS, id, suffix());
    for (char *at = glob + 7; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    return run_files(ctx, (struct wanted){ .glob = glob }, err);
}

/* ---- other things ---- */

static int run_job(struct context *ctx, const char *id, struct error *err)
{
    struct log_read rq = read_of(slice(id));

    return follow_log(ctx, proto_method(METHOD_jobs_read_log), &rq, err);
}

static int run_node(struct context *ctx, const char *id, struct error *err)
{
    const struct node_row *row = kinds_get(ctx, kinds_find("node", err), id, err);
    struct log_file file = { 0 };

    if (row == NULL)
        return -(int)err->code;
    file.node_id = row->node_id;
    file.name = arena_printf(&ctx->arena, "node-%.*s.log", SLICE_ARGS(row->node_name));
    return show(ctx, &file, err);
}

static int run_task(struct context *ctx, const char *id, struct error *err)
{
    const struct task_row *row = kinds_get(ctx, kinds_find("task", err), id, err);

    if (row == NULL)
        return -(int)err->code;
    if (id_is_set(&row->worker_id))
        context_say(ctx,
                    "all lines of its worker, pid %lld: other tasks may have "
                    "written some",
                    (long long)row->worker_pid);
    return show_worker(ctx, &row->worker_id, err);
}

/* ---- actors: one file a life ---- */

enum { PATIENCE_S = 1 }; /* until Ctrl-C is looked for */

/* Waits until the actor is alive in another worker than `row` says. False when it never
 * will be, after Ctrl-C, and on error. */
static bool await_life(struct context *ctx, const struct actor_row *row,
                       struct error *err)
{
    char actor[ID_HEX_MAX], worker[ID_HEX_MAX];
    struct wait_thing thing = { slice("actor"), slice(id_hex(&row->actor_id, actor)) };
    struct filter filters[] = {
        { slice("state"), slice("="), slice("ALIVE") },
        { slice("worker_id"), slice("!="), slice(id_hex(&row->worker_id, worker)) },
    };
    const struct wait_request rq = { .things = { &thing, 1 },
                                     .filters = { filters, 2 },
                                     .timeout = PATIENCE_S * NS_PER_S };
    const struct wait_rows *reply;

    do {
        struct arena arena = { 0 };
        reply = ask_query_wait(ctx->engine, &rq, 0, &arena, err);
        if (reply != NULL && slice_is(reply->rows.items[0].outcome, "REACHED")) {
            arena_finish(&arena);
            return true;
        }
        if (reply != NULL && !slice_is(reply->rows.items[0].outcome, "WAITING"))
            reply = NULL;
        arena_finish(&arena);
        context_check_reader();
    } while (reply != NULL && !follow_is_interrupted(ctx));
    return false;
}

static const struct actor_row *find_actor(struct context *ctx, const char *id,
                                          struct error *err)
{
    return kinds_get(ctx, kinds_find("actor", err), id, err);
}

/* Follows from worker to worker, as it is started again. */
static int run_actor(struct context *ctx, const char *id, struct error *err)
{
    const struct actor_row *row = find_actor(ctx, id, err);
    char hex[ID_HEX_MAX];
    int status = row != NULL ? 0 : -(int)err->code;

    while (status == 0) {
        id_hex(&row->actor_id, hex);
        if (id_is_set(&row->worker_id) || !opt.follow)
            status = show_worker(ctx, &row->worker_id, err);
        if (status != 0 || !opt.follow || follow_is_interrupted(ctx))
            return status;
        opt.tail = 0; /* all of the next */
        if (!await_life(ctx, row, err))
            return -(int)err->code;
        row = find_actor(ctx, hex, err);
        status = row != NULL ? 0 : -(int)err->code;
    }
    return status;
}

/* ---- the command line ---- */

static const struct what {
    const char *kind;
    int (*run)(struct context *ctx, const char *id, struct error *err);
} whats[] = {
    { "job", run_job },       { "actor", run_actor }, { "task", run_task },
    { "worker", run_worker }, { "node", run_node },
};

static const struct what *find_what(const char *word, size_t size)
{
    for (size_t i = 0; i < sizeof(whats) / sizeof(*whats); i++)
        if (slice_is(slice_of(word, size), whats[i].kind))
            return &whats[i];
    return NULL;
}

/* ID of `logs KIND ID`, `logs KIND --id ID`. */
static int run_what(struct context *ctx, const struct what *what, const char *id,
                    struct error *err)
{
    if (id == NULL)
        id = opt.id;
    if (what->run == run_worker && opt.pid != 0)
        return run_worker(ctx, "", err);
    if (id == NULL)
        return fail(err, ERR_USAGE, "which %s? say its ID", what->kind);
    return id[0] == '\0' ? fail(err, ERR_USAGE, "the id is empty")
                         : what->run(ctx, id, err);
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    const char *first = args->count > 0 ? args->items[0] : "cluster";
    const char *second = args->count > 1 ? args->items[1] : NULL;
    const char *slash = strchr(first, '/');
    size_t size = slash != NULL ? (size_t)(slash - first) : strlen(first);
    const struct what *what = find_what(first, size);

    ctx->raw = opt.raw;
    if (opt.pid < 0)
        return fail(err, ERR_USAGE, "--pid: expected a number above 0");
    if (what != NULL && slash != NULL && second != NULL)
        return fail(err, ERR_USAGE, "one thing at a time: %s", first);
    if (what != NULL)
        return run_what(ctx, what, slash != NULL ? slash + 1 : second, err);
    if (opt.id != NULL || opt.pid != 0)
        return fail(err, ERR_USAGE, "--id and --pid need a kind: logs actor --id ID");
    if (strcmp(first, "cluster") == 0)
        return run_files(ctx, (struct wanted){ .glob = second != NULL ? second : "*" },
                         err);
    if (second == NULL)
        return run_files(ctx, (struct wanted){ .glob = first }, err);
    return fail(err, ERR_USAGE,
                "logs of what? cluster, job, actor, task, worker, node; not '%s'",
                first);
}

const struct command cmd_logs = {
    .name = "logs",
    .args = "[cluster|job|actor|task|worker|node] [ID|GLOB]",
    .summary = "list log files, or show one",
    .options = options,
    .needs = NEEDS_LOGS,
    .args_max = 2,
    .run = run,
    .example = "rayctl logs actor 3f2a --follow",
};
