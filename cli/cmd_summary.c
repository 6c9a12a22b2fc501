/* cmd_summary.c - counts by name and state. */
#include "cli/command.h"
#include "cli/kinds.h"

static int run(struct context *ctx, struct args *args, struct error *err)
{
    const struct kind *kind = kinds_find(args->items[0], err);
    struct engine_request asked;
    struct list_request rq = { .limit = 0 };
    const struct summary_rows *reply;
    struct print_rows rows;

    if (kind == NULL)
        return -(int)err->code;
    if (kind->summary == 0)
        return fail(err, ERR_USAGE, "there are summaries of tasks, actors and objects");
    asked = (struct engine_request){ proto_method((uint8_t)kind->summary), &rq,
                                     ctx->timeout_ms };
    reply = engine_wait(ctx->engine, &asked, &ctx->arena, err);
    if (reply == NULL)
        return wrap(err, "%s", kind->several);
    rows = (struct print_rows){ &summary_row_desc, reply->rows.items, reply->rows.count,
                                reply->total };
    context_print_rows(ctx, &rows);
    return 0;
}

const struct command cmd_summary = {
    .name = "summary",
    .args = "tasks|actors|objects",
    .summary = "count tasks, actors or objects by name and state",
    .needs = NEEDS_STATE,
    .args_min = 1,
    .args_max = 1,
    .run = run,
    .example = "rayctl summary tasks",
};
