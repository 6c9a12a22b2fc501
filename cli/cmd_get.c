/* cmd_get.c - one thing, by its id or a unique prefix of it, with all fields. */
#include "cli/command.h"
#include "cli/kinds.h"

static int run(struct context *ctx, struct args *args, struct error *err)
{
    const char *id = args->count > 1 ? args->items[1] : NULL;
    const struct kind *kind =
        id != NULL ? kinds_find(args->items[0], err)
                   : kinds_of_thing(args->items[0], &id, &ctx->arena, err);
    const void *row = kind != NULL ? kinds_get(ctx, kind, id, err) : NULL;

    if (row == NULL)
        return -(int)err->code;
    context_print_message(ctx, kind->row, row);
    return 0;
}

const struct command cmd_get = {
    .name = "get",
    .args = "nodes|actors|tasks|jobs|workers|objects ID",
    .summary = "show all of one thing",
    .needs = NEEDS_STATE,
    .args_min = 1,
    .args_max = 2,
    .run = run,
    .example = "rayctl get actors 3f2a --format yaml",
};
