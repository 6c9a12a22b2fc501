/* screen_detail.c - all fields of one row; kept up to date while the row is there. */
#include "lib/base/arena.h"
#include "lib/proto/codec.h"
#include "lib/text/cell.h"
#include "tui/keys.h"
#include "tui/listing.h"
#include "tui/widget_text.h"

enum { NAME_GAP = 2 };

struct detail {
    struct arena arena; /* of `row` */
    struct target target;
    int question; /* whose answer has its newer versions; -1: none */
    uint64_t serial;
    bool is_gone;
    struct text text;
};

static int question_of(enum target_kind kind)
{
    switch (kind) {
    case TARGET_NODE:
        return QUESTION_nodes;
    case TARGET_JOB:
        return QUESTION_jobs;
    case TARGET_ACTOR:
        return QUESTION_actors;
    case TARGET_TASK:
        return QUESTION_tasks;
    case TARGET_FILE:
        return QUESTION_files;
    case TARGET_GROUP:
    case TARGET_NONE:
        break;
    }
    return -1;
}

static void keep(struct detail *detail, const void *row)
{
    struct arena arena = { 0 };
    void *copy = arena_alloc(&arena, detail->target.desc->size);

    codec_copy(&arena, detail->target.desc, copy, row);
    arena_finish(&detail->arena);
    detail->arena = arena;
    detail->target.row = copy;
}

static void open_detail(void *self, const struct screen *screen,
                        const struct target *target,
                        const struct screen_context *context)
{
    struct detail *detail = self;

    (void)screen;
    (void)context;
    detail->target = *target;
    detail->question = question_of(target->kind);
    keep(detail, target->row);
    text_init(&detail->text, false);
}

static void close_detail(void *self)
{
    struct detail *detail = self;

    text_finish(&detail->text);
    arena_finish(&detail->arena);
}

/* Rows are the same when their first two fields are, or the first, when that is an id.
 */
static bool is_same_row(const struct desc *desc, const void *a, const void *b)
{
    struct buf left, right;
    bool same;

    buf_init(&left, 0);
    buf_init(&right, 0);
    for (size_t i = 0; i < 2 && i < desc->count; i++) {
        const struct field *field = &desc->fields[i];
        cell_append(&left, field, desc_at(field, a), CELL_RAW);
        cell_append(&right, field, desc_at(field, b), CELL_RAW);
        if (field->kind == KIND_ID && id_is_set(desc_at(field, a)) &&
            desc != &task_row_desc)
            break;
    }
    same = slice_equal(buf_slice(&left), buf_slice(&right));
    buf_finish(&left);
    buf_finish(&right);
    return same;
}

static void update(struct detail *detail, const struct snapshot *snapshot)
{
    const struct desc *desc = detail->target.desc;
    const struct listing_rows *reply;

    if (detail->question < 0 || snapshot->serials[detail->question] == detail->serial)
        return;
    detail->serial = snapshot->serials[detail->question];
    reply = listing_rows(snapshot, detail->question);
    detail->is_gone = reply != NULL;
    for (size_t i = 0; reply != NULL && i < reply->rows.count; i++) {
        const void *row = (const char *)reply->rows.items + i * desc->size;
        if (is_same_row(desc, detail->target.row, row)) {
            keep(detail, row);
            detail->is_gone = false;
            return;
        }
    }
}

static void add_fields(struct detail *detail)
{
    const struct desc *desc = detail->target.desc;
    size_t widest = 0;
    struct buf line;

    buf_init(&line, 0);
    for (size_t i = 0; i < desc->count; i++)
        if (strlen(desc->fields[i].name) > widest)
            widest = strlen(desc->fields[i].name);
    for (size_t i = 0; i < desc->count; i++) {
        const struct field *field = &desc->fields[i];
        const void *value = desc_at(field, detail->target.row);
        if (!cell_is_set(field, value))
            continue;
        buf_clear(&line);
        buf_printf(&line, "%s:%*s", field->name,
                   (int)(widest - strlen(field->name)) + NAME_GAP, "");
        cell_append(&line, field, value, CELL_LONG);
        text_add(&detail->text,
                 field->kind == KIND_STRING ? theme_state(*(const struct slice *)value)
                                            : STYLE_PLAIN,
                 buf_slice(&line));
    }
    buf_finish(&line);
}

static void draw_detail(void *self, struct canvas *canvas, struct area area,
                        const struct snapshot *snapshot)
{
    struct detail *detail = self;
    const struct area body = { area.x, area.y + 1, area.width, area.height - 1 };
    struct spot spot = { area.x, area.y, area.width, STYLE_BOLD };
    const char *name = detail->target.desc->name;

    update(detail, snapshot);
    text_clear(&detail->text);
    add_fields(detail);
    canvas_printf(canvas, spot, "%.*s%s", (int)strcspn(name, "_"), name,
                  detail->is_gone ? " (not listed any more)" : "");
    text_draw(&detail->text, canvas, body);
}

static unsigned detail_input(void *self, const struct input *input,
                             const struct snapshot *snapshot)
{
    struct detail *detail = self;

    (void)snapshot;
    switch ((int)keys_action(input->key)) {
    case ACTION_BACK:
        return SCREEN_BACK;
    case ACTION_LOGS:
        return SCREEN_LOGS;
    case ACTION_KILL:
        return SCREEN_KILL;
    default:
        return text_input(&detail->text, input);
    }
}

static struct target detail_target(void *self, const struct snapshot *snapshot)
{
    struct detail *detail = self;

    (void)snapshot;
    return detail->target;
}

const struct screen screen_detail = {
    .name = "Details",
    .size = sizeof(struct detail),
    .open = open_detail,
    .close = close_detail,
    .draw = draw_detail,
    .input = detail_input,
    .target = detail_target,
};
