/* cmd_wait.c - until things are in a state: the server answers when they are. */
#include "cli/command.h"
#include "cli/kinds.h"
#include "lib/base/clock.h"
#include "lib/engine/ask.h"
#include "lib/text/filter.h"

#include <string.h>

static struct {
    struct option_list wanted;
    bool any;
} opt;

static const struct option options[] = {
    OPT_LIST(
        0, "for", &opt.wanted, "KEY=VALUE|deleted",
        "state=A[,B]: one of these states; other keys as list --filter; again: and"),
    OPT_FLAG(0, "any", &opt.any, "until the first is there, and print which"),
    OPT_END,
};

/* What is waited for, for messages: "state=RUNNING and pid!=0". */
static struct slice wanted_text(struct context *ctx)
{
    struct slice text = slice(opt.wanted.items[0]);

    for (size_t i = 1; i < opt.wanted.count; i++)
        text = arena_printf(&ctx->arena, "%.*s and %s", SLICE_ARGS(text),
                            opt.wanted.items[i]);
    return text;
}

static int take_wanted(struct wait_request *rq, struct filter *filters,
                       struct error *err)
{
    if (opt.wanted.count == 0)
        return fail(err, ERR_USAGE,
                    "say what for: --for state=STATE, --for KEY=VALUE, --for deleted");
    for (size_t i = 0; i < opt.wanted.count; i++) {
        struct filter_term term;
        if (strcmp(opt.wanted.items[i], "deleted") == 0) {
            rq->deleted = true;
            continue;
        }
        if (filter_parse(slice(opt.wanted.items[i]), &term, err) != 0)
            return fail(err, ERR_USAGE, "--for: %s", err->text);
        filters[rq->filters.count++] =
            (struct filter){ term.key, slice(term.op == FILTER_EQUAL ? "=" : "!="),
                             term.value };
    }
    rq->filters.items = filters;
    return rq->deleted && rq->filters.count > 0
               ? fail(err, ERR_USAGE, "--for deleted goes with no other --for")
               : 0;
}

/* "job/ID" */
static int take_thing(const char *arg, struct wait_thing *thing, struct arena *arena,
                      struct error *err)
{
    const char *id;
    const struct kind *kind = kinds_of_thing(arg, &id, arena, err);

    if (kind == NULL)
        return -(int)err->code;
    *thing = (struct wait_thing){ slice(kind->one), slice(id) };
    return 0;
}

static int take_things(struct context *ctx, const struct args *args,
                       struct wait_request *rq, struct error *err)
{
    size_t count = (size_t)args->count;
    struct wait_thing *things = arena_array(&ctx->arena, count, sizeof(*things));

    for (size_t i = 0; i < count; i++)
        if (take_thing(args->items[i], &things[i], &ctx->arena, err) != 0)
            return -(int)err->code;
    rq->things.items = things;
    rq->things.count = count;
    return 0;
}

/* ---- the outcome ---- */

static const struct wait_row *first_with(const struct wait_rows *reply,
                                         const char *outcome)
{
    for (size_t i = 0; i < reply->rows.count; i++)
        if (slice_is(reply->rows.items[i].outcome, outcome))
            return &reply->rows.items[i];
    return NULL;
}

static void print(struct context *ctx, const struct wait_rows *reply)
{
    const struct wait_row *first = first_with(reply, "REACHED");
    const struct print_rows rows = { &wait_row_desc, reply->rows.items,
                                     reply->rows.count, reply->total };
    struct slice line;

    if (ctx->print.format != PRINT_TABLE) {
        context_print_rows(ctx, &rows);
    } else if (opt.any && first != NULL) {
        line = arena_printf(&ctx->arena, "%.*s/%.*s\n", SLICE_ARGS(first->kind),
                            SLICE_ARGS(first->id));
        context_write(line.data, line.size);
    }
}

static int judge(struct context *ctx, const struct wait_rows *reply, struct error *err)
{
    const struct wait_row *reached = first_with(reply, "REACHED");
    const struct wait_row *waiting = first_with(reply, "WAITING");
    const struct wait_row *never = first_with(reply, "IMPOSSIBLE");
    struct slice wanted = wanted_text(ctx);

    if (opt.any && reached != NULL)
        return 0;
    if (never != NULL && !(opt.any && waiting != NULL))
        return fail(err, ERR_FAILED, "%.*s/%.*s is %.*s, so it never comes to %.*s",
                    SLICE_ARGS(never->kind), SLICE_ARGS(never->id),
                    SLICE_ARGS(never->state), SLICE_ARGS(wanted));
    if (waiting == NULL)
        return 0;
    return fail(err, ERR_TIMEOUT, "%.*s/%.*s is %.*s still, not %.*s",
                SLICE_ARGS(waiting->kind), SLICE_ARGS(waiting->id),
                SLICE_ARGS(waiting->state.size > 0 ? waiting->state : slice("there")),
                SLICE_ARGS(wanted));
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    struct filter filters[OPTION_LIST_MAX];
    struct wait_request rq = { .any = opt.any };
    const struct wait_rows *reply;

    if (ctx->has_timeout)
        rq.timeout = ctx->timeout_ms * NS_PER_MS;
    if (take_wanted(&rq, filters, err) != 0 || take_things(ctx, args, &rq, err) != 0)
        return -(int)err->code;
    reply = ask_query_wait(ctx->engine, &rq, 0, &ctx->arena, err);
    if (reply == NULL)
        return -(int)err->code;
    print(ctx, reply);
    return judge(ctx, reply, err);
}

const struct command cmd_wait = {
    .name = "wait",
    .args = "KIND/ID...",
    .summary = "wait until things are in a state",
    .options = options,
    .needs = NEEDS_STATE,
    .args_min = 1,
    .args_max = -1,
    .run = run,
    .example = "rayctl wait job/raysubmit_Ab3 --for state=SUCCEEDED --timeout 10m",
};
