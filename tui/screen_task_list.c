/* screen_task_list.c - the tasks of one function, one a line.
 *
 * There may be very many: the head is asked for the newest alone, and does the
 * filtering by KEY=VALUE itself, so that what is rare is found. */
#include "lib/base/arena.h"
#include "lib/text/filter.h"
#include "lib/text/units.h"
#include "tui/listing.h"

struct task_list {
    struct listing listing; /* first: the functions of listings take it */
    struct arena arena;
    struct slice function, type;
};

static void append_took(struct buf *out, const void *arg)
{
    const struct task_row *row = arg;
    char text[UNITS_TEXT_MAX];

    if (row->start_time > 0 && row->end_time > 0)
        buf_printf(out, "%s",
                   units_format_duration(row->end_time - row->start_time, text));
}

static double took(const void *arg)
{
    const struct task_row *row = arg;
    return row->start_time > 0 && row->end_time > 0
               ? (double)(row->end_time - row->start_time)
               : 0;
}

static void append_why(struct buf *out, const void *arg)
{
    const struct task_row *row = arg;
    struct slice why =
        row->pending_reason.size > 0 ? row->pending_reason : row->error_message;

    buf_append(out, why.data, why.size);
}

static const struct table_column columns[] = {
    { .title = "TASK", .field = "task_id", .width = 8 },
    { .title = "NAME", .field = "name", .width = 18 },
    { .title = "STATE", .field = "state", .width = 23 },
    { .title = "TRY", .field = "attempt_number", .width = 4 },
    { .title = "NODE", .field = "node_id", .width = 8 },
    { .title = "PID", .field = "worker_pid", .width = 8 },
    { .title = "TOOK", .width = 10, .cell = append_took, .rank = took },
    { .title = "CREATED", .field = "creation_time", .width = 19 },
    { .title = "ERROR", .field = "error_type", .width = 14 },
    { .title = "WHY", .cell = append_why },
};

static const struct table_spec table = {
    .desc = &task_row_desc,
    .columns = columns,
    .count = sizeof(columns) / sizeof(*columns),
    .keys = { "task_id", "attempt_number" },
    .sort = -1,
    .empty = "no such task",
};

static void open_tasks(void *self, const struct screen *screen,
                       const struct target *target,
                       const struct screen_context *context)
{
    struct task_list *list = self;
    const struct summary_row *group = target->row;

    listing_open(self, screen, target, context);
    list->function = arena_copy(&list->arena, group->name);
    list->type = arena_copy(&list->arena, group->type);
}

static void close_tasks(void *self)
{
    struct task_list *list = self;

    listing_close(self);
    arena_finish(&list->arena);
}

static void choose_tasks(void *self, struct list_request *rq, struct arena *arena)
{
    struct task_list *list = self;
    struct filter *filters = arena_array(arena, 3, sizeof(*filters));
    struct filter_term term;

    filters[0] = (struct filter){ .key = slice("func_or_class_name"),
                                  .op = slice("="),
                                  .value = list->function };
    filters[1] =
        (struct filter){ .key = slice("type"), .op = slice("="), .value = list->type };
    rq->filters.items = filters;
    rq->filters.count = 2;
    if (filter_parse(slice(list->listing.table.filter), &term, NULL) == 0 &&
        filter_check(&task_row_desc, &term, NULL) == 0) {
        filters[2] = (struct filter){ .key = arena_copy(arena, term.key),
                                      .op = slice(term.op == FILTER_EQUAL ? "=" : "!="),
                                      .value = arena_copy(arena, term.value) };
        rq->filters.count = 3;
    }
}

static void draw_tasks(void *self, struct canvas *canvas, struct area area,
                       const struct snapshot *snapshot)
{
    struct task_list *list = self;
    struct spot spot = { area.x, area.y, area.width, STYLE_BOLD };

    canvas_printf(canvas, spot, "%.*s", SLICE_ARGS(list->function));
    area.y++;
    area.height--;
    listing_draw(self, canvas, area, snapshot);
}

const struct screen screen_task_list = {
    .name = "Tasks of the function",
    .questions = ASKS(tasks),
    .size = sizeof(struct task_list),
    .table = &table,
    .rows = QUESTION_tasks,
    .kind = TARGET_TASK,
    .open = open_tasks,
    .close = close_tasks,
    .draw = draw_tasks,
    .input = listing_input,
    .target = listing_target,
    .filter = listing_filter,
    .choose_tasks = choose_tasks,
};
