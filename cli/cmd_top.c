/* cmd_top.c - the live monitor, or one screen of it as text. */
#include "cli/command.h"
#include "tui/tui.h"

#include <stdlib.h>

enum { WIDTH = 120, HEIGHT = 40, SIZE_MAX_SANE = 1000 };

static struct {
    const char *screen;
    bool once;
} opt;

static const struct option options[] = {
    OPT_FLAG(0, "once", &opt.once, "print one screen as text (COLUMNS x LINES), leave"),
    OPT_STRING(0, "screen", &opt.screen, "overview|nodes|jobs|actors|tasks|logs",
               "the one to begin with"),
    OPT_END,
};

/* A size from the environment, as other programs take it. */
static int size_of(const char *name, int otherwise)
{
    const char *text = getenv(name);
    long size = text != NULL ? strtol(text, NULL, 10) : 0;

    return size > 0 && size <= SIZE_MAX_SANE ? (int)size : otherwise;
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    const struct tui_options how = {
        .screen = opt.screen,
        .timeout_ms = ctx->timeout_ms,
        .width = size_of("COLUMNS", ctx->print.width > 0 ? ctx->print.width : WIDTH),
        .height = size_of("LINES", HEIGHT),
    };
    struct buf out;
    int status;

    (void)args;
    if (!opt.once)
        return tui_run(ctx->loop, ctx->engine, &how, err);
    buf_init(&out, 0);
    status = tui_once(ctx->loop, ctx->engine, &how, &out, err);
    if (status == 0)
        context_write(out.data, out.size);
    buf_finish(&out);
    return status;
}

const struct command cmd_top = {
    .name = "top",
    .summary = "watch the cluster live: nodes, jobs, actors, tasks, logs",
    .options = options,
    .needs = NEEDS_STATE | ENGINE_LOGS,
    .run = run,
    .example = "rayctl top --once --screen nodes",
};
