/* cmd_get.c - one thing, by its id or a unique prefix of it, with all fields. */
#include "cli/command.h"
#include "cli/kinds.h"

enum { MATCHES = 2 }; /* more than one is enough to know */

static int run(struct context *ctx, struct args *args, struct error *err)
{
    const struct kind *kind = kinds_find(args->items[0], err);
    struct engine_request asked;
    struct list_request rq = { .id = slice(args->items[1]), .limit = MATCHES };
    const struct kind_rows *reply;

    if (kind == NULL)
        return -(int)err->code;
    if (rq.id.size == 0)
        return fail(err, ERR_USAGE, "the id is empty");
    asked = (struct engine_request){ proto_method((uint8_t)kind->list), &rq,
                                     ctx->timeout_ms };
    reply = engine_wait(ctx->engine, &asked, &ctx->arena, err);
    if (reply == NULL)
        return wrap(err, "%s", kind->one);
    if (reply->total == 0)
        return fail(err, ERR_NOT_FOUND, "no %s has the id %s", kind->one,
                    args->items[1]);
    /* Attempts of one task share its id: the newest is first. */
    if (reply->total > 1 && kind->list != METHOD_query_tasks)
        return fail(err, ERR_INVALID,
                    "%lld %s have ids that begin with %s: give more of it",
                    (long long)reply->total, kind->several, args->items[1]);
    context_print_message(ctx, kind->row, reply->rows.items);
    return 0;
}

const struct command cmd_get = {
    .name = "get",
    .args = "nodes|actors|tasks|jobs|workers|objects ID",
    .summary = "show all of one thing",
    .needs = NEEDS_STATE,
    .args_min = 2,
    .args_max = 2,
    .run = run,
    .example = "rayctl get actors 3f2a --format yaml",
};
