/* screen_tasks.c - tasks by function, as shares of their states. */
#include "tui/listing.h"
#include "tui/widget_meter.h"

static int64_t count_of(const struct summary_row *row, const char *state)
{
    int64_t sum = 0;

    for (size_t i = 0; i < row->state_counts.count; i++)
        if (slice_starts(row->state_counts.items[i].name, slice(state)))
            sum += row->state_counts.items[i].value;
    return sum;
}

static double failed(const void *row)
{
    return (double)count_of(row, "FAILED");
}

static double running(const void *row)
{
    return (double)count_of(row, "RUNNING");
}

static double pending(const void *row)
{
    return (double)count_of(row, "PENDING");
}

static void draw_count(struct canvas *canvas, struct spot spot, int64_t count)
{
    canvas_printf(canvas, spot, "%*lld", spot.width, (long long)count);
}

static void draw_failed(struct canvas *canvas, struct spot spot, const void *row)
{
    int64_t count = count_of(row, "FAILED");

    spot.style = count > 0 ? STYLE_BAD : STYLE_DIM;
    draw_count(canvas, spot, count);
}

static void draw_running(struct canvas *canvas, struct spot spot, const void *row)
{
    int64_t count = count_of(row, "RUNNING");

    spot.style = count > 0 ? STYLE_BUSY : STYLE_DIM;
    draw_count(canvas, spot, count);
}

static void draw_pending(struct canvas *canvas, struct spot spot, const void *row)
{
    int64_t count = count_of(row, "PENDING");

    spot.style = count > 0 ? STYLE_WAIT : STYLE_DIM;
    draw_count(canvas, spot, count);
}

static void draw_states(struct canvas *canvas, struct spot spot, const void *arg)
{
    const struct summary_row *row = arg;
    const struct shares shares = { row->state_counts.items, row->state_counts.count };

    shares_draw(canvas, spot, &shares);
}

/* Ray's words are long. */
static void append_type(struct buf *out, const void *arg)
{
    const struct summary_row *row = arg;
    const char *type = slice_is(row->type, "NORMAL_TASK")           ? "task"
                       : slice_is(row->type, "ACTOR_TASK")          ? "method"
                       : slice_is(row->type, "ACTOR_CREATION_TASK") ? "actor"
                                                                    : "";

    buf_printf(out, "%s", type);
}

static const struct table_column columns[] = {
    { .title = "FUNCTION", .field = "name", .width = 20 },
    { .title = "TYPE", .field = "type", .width = 6, .cell = append_type },
    { .title = "TOTAL", .field = "total", .width = 8 },
    { .title = "RUNNING", .width = 8, .draw = draw_running, .rank = running },
    { .title = "PENDING", .width = 8, .draw = draw_pending, .rank = pending },
    { .title = "FAILED", .width = 7, .draw = draw_failed, .rank = failed },
    { .title = "STATES", .draw = draw_states },
};

static const struct table_spec table = {
    .desc = &summary_row_desc,
    .columns = columns,
    .count = sizeof(columns) / sizeof(*columns),
    .keys = { "name", "type" },
    .sort = -1,
    .empty = "no task yet",
};

const struct screen screen_tasks = {
    .name = "Tasks",
    .questions = ASKS(groups),
    .table = &table,
    .rows = QUESTION_groups,
    .kind = TARGET_GROUP,
    LISTING,
};
