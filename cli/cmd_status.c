/* cmd_status.c - the cluster on one screen: nodes, usage, what waits and why. */
#include "cli/command.h"
#include "lib/base/resources.h"
#include "lib/engine/ask.h"
#include "lib/text/units.h"

#include <string.h>

static void append_amount(struct buf *out, struct slice name, int64_t amount)
{
    char text[UNITS_TEXT_MAX];

    if (slice_is(name, "memory") || slice_is(name, "object_store_memory"))
        buf_printf(out, "%s", units_format_size(amount / RESOURCE_UNIT, text));
    else
        buf_printf(out, "%.15g", resources_to_double(amount));
}

static void append_usage(struct buf *out, const struct cluster_status *status)
{
    buf_printf(out, "\nResources\n");
    for (size_t i = 0; i < status->usage.count; i++) {
        const struct usage *usage = &status->usage.items[i];
        buf_printf(out, "  ");
        append_amount(out, usage->name, usage->used);
        buf_printf(out, "/");
        append_amount(out, usage->name, usage->total);
        buf_printf(out, " %.*s\n", SLICE_ARGS(usage->name));
    }
}

static void append_demands(struct buf *out, const struct cluster_status *status)
{
    buf_printf(out, "\nPending\n");
    if (status->demands.count == 0)
        buf_printf(out, "  nothing waits\n");
    for (size_t i = 0; i < status->demands.count; i++) {
        const struct demand_row *row = &status->demands.items[i];
        buf_printf(out, "  %lld %.*s of {%.*s}: %.*s\n", (long long)row->count,
                   SLICE_ARGS(row->what), SLICE_ARGS(row->shape),
                   SLICE_ARGS(row->reason));
    }
}

static void append_counts(struct buf *out, const char *what, const struct count *items,
                          size_t count)
{
    buf_printf(out, "  %-8s", what);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%lld %.*s", i > 0 ? ", " : "", (long long)items[i].value,
                   SLICE_ARGS(items[i].name));
    buf_printf(out, "%s\n", count == 0 ? "none" : "");
}

static void append_status(struct buf *out, const struct cluster_status *status)
{
    char since[UNITS_TEXT_MAX];

    buf_printf(out, "Cluster %.*s, head pid %lld at %.*s, up since %s\n",
               SLICE_ARGS(status->cluster), (long long)status->head_pid,
               SLICE_ARGS(status->address),
               units_format_time(status->start_time, since));
    buf_printf(out, "\nNodes\n  %lld alive, %lld dead\n",
               (long long)status->nodes_alive, (long long)status->nodes_dead);
    append_usage(out, status);
    append_demands(out, status);
    buf_printf(out, "\nState\n");
    append_counts(out, "tasks", status->tasks.items, status->tasks.count);
    append_counts(out, "actors", status->actors.items, status->actors.count);
    append_counts(out, "jobs", status->jobs.items, status->jobs.count);
}

static int run(struct context *ctx, struct args *args, struct error *err)
{
    static const struct nothing nothing;
    const struct cluster_status *status =
        ask_nodes_status(ctx->engine, &nothing, ctx->timeout_ms, &ctx->arena, err);
    struct buf out;

    (void)args;
    if (status == NULL)
        return -(int)err->code;
    if (ctx->print.format != PRINT_TABLE) {
        context_print_message(ctx, &cluster_status_desc, status);
        return 0;
    }
    buf_init(&out, 0);
    append_status(&out, status);
    context_write(out.data, out.size);
    buf_finish(&out);
    return 0;
}

const struct command cmd_status = {
    .name = "status",
    .summary = "show nodes, resources in use, and what waits",
    .needs = NEEDS_STATE,
    .run = run,
    .example = "rayctl status --format json | jq .usage",
};
