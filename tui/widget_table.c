/* widget_table.c - the order is made anew when rows, filter or sorting change; a frame
 * then formats only the rows that it shows. */
#include "tui/widget_table.h"

#include "lib/base/mem.h"
#include "lib/text/cell.h"
#include "lib/text/filter.h"
#include "tui/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { GAP = 1, WHEEL = 3, PAGE = 10 };

void table_init(struct table *table, const struct table_spec *spec)
{
    *table = (struct table){ .spec = spec,
                             .sort = spec->sort,
                             .is_descending = spec->is_descending,
                             .is_dirty = true,
                             .page = PAGE };
}

void table_finish(struct table *table)
{
    free(table->order);
    table->order = NULL;
}

static const void *row_at(const struct table *table, size_t index)
{
    return (const char *)table->rows.items + index * table->spec->desc->size;
}

static const struct field *field_of(const struct table *table, const char *name)
{
    return name != NULL ? desc_find(table->spec->desc, slice(name)) : NULL;
}

static void append_cell(const struct table *table, const struct table_column *column,
                        const void *row, struct buf *out)
{
    const struct field *field = field_of(table, column->field);

    if (column->cell != NULL)
        column->cell(out, row);
    else if (field != NULL && cell_is_set(field, desc_at(field, row)))
        cell_append(out, field, desc_at(field, row), CELL_SHORT);
}

/* FNV-1a (Fowler, Noll, Vo) over the text of the key fields; never 0. */
static uint64_t key_of(const struct table *table, const void *row)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    struct buf text;

    buf_init(&text, 0);
    for (int i = 0; i < 2; i++) {
        const struct field *field = field_of(table, table->spec->keys[i]);
        if (field != NULL)
            cell_append(&text, field, desc_at(field, row), CELL_RAW);
        buf_append(&text, "\n", 1);
    }
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ text.data[i]) * UINT64_C(0x100000001b3);
    buf_finish(&text);
    return hash | 1;
}

/* ---- which rows, in which order ---- */

static bool contains(struct slice text, struct slice part)
{
    for (size_t i = 0; i + part.size <= text.size; i++)
        if (strncasecmp(text.data + i, part.data, part.size) == 0)
            return true;
    return false;
}

static bool has_text(const struct table *table, const void *row, struct slice part)
{
    struct buf text;
    bool found = false;

    buf_init(&text, 0);
    for (size_t c = 0; c < table->spec->count && !found; c++) {
        buf_clear(&text);
        append_cell(table, &table->spec->columns[c], row, &text);
        found = contains(buf_slice(&text), part);
    }
    buf_finish(&text);
    return found;
}

/* KEY=VALUE of a field; anything else is a text to look for. */
static bool is_term(const struct table *table, struct filter_term *term)
{
    return filter_parse(slice(table->filter), term, NULL) == 0 &&
           filter_check(table->spec->desc, term, NULL) == 0;
}

static void choose_rows(struct table *table)
{
    struct filter_term term;
    bool by_term = is_term(table, &term), all = table->filter[0] == '\0';

    table->count = 0;
    table->order = xgrow(table->order, &table->capacity, table->rows.count + 1,
                         sizeof(*table->order));
    for (size_t i = 0; i < table->rows.count; i++) {
        const void *row = row_at(table, i);
        if (all || (by_term ? filter_matches(table->spec->desc, row, &term)
                            : has_text(table, row, slice(table->filter))))
            table->order[table->count++] = (uint32_t)i;
    }
}

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_integers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_fields(const struct field *field, const void *a, const void *b)
{
    switch ((enum field_kind)field->kind) {
    case KIND_BOOL:
        return *(const bool *)a - *(const bool *)b;
    case KIND_STRING:
    case KIND_BYTES:
        return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
    case KIND_ID:
        return memcmp(((const struct id *)a)->bytes, ((const struct id *)b)->bytes,
                      ID_BYTES_MAX);
    case KIND_FLOAT:
        return compare_numbers(*(const double *)a, *(const double *)b);
    case KIND_INT:
    case KIND_TIME:
    case KIND_DURATION:
    case KIND_SIZE:
    case KIND_AMOUNT:
        return compare_integers(*(const int64_t *)a, *(const int64_t *)b);
    case KIND_MESSAGE:
    case KIND_LIST:
    case KIND_PAIRS:
        break;
    }
    return 0;
}

/* Rows that are equal keep the order in which they came. */
static int compare(const void *a, const void *b, void *arg)
{
    const struct table *table = arg;
    const struct table_column *column = &table->spec->columns[table->sort];
    const struct field *field = field_of(table, column->field);
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    const void *x = row_at(table, left), *y = row_at(table, right);
    int order = 0;

    if (column->rank != NULL)
        order = compare_numbers(column->rank(x), column->rank(y));
    else if (field != NULL)
        order = compare_fields(field, desc_at(field, x), desc_at(field, y));
    if (order == 0)
        return (left > right) - (left < right);
    return table->is_descending ? -order : order;
}

static void select_row(struct table *table, size_t index)
{
    table->selected = table->count == 0       ? 0
                      : index >= table->count ? table->count - 1
                                              : index;
    table->key = table->count > 0
                     ? key_of(table, row_at(table, table->order[table->selected]))
                     : table->key;
}

/* The row that was under the cursor, else the line that it was on. */
static void find_selected(struct table *table)
{
    for (size_t i = 0; table->key != 0 && i < table->count; i++) {
        if (key_of(table, row_at(table, table->order[i])) == table->key) {
            table->selected = i;
            return;
        }
    }
    select_row(table, table->selected);
}

void table_update(struct table *table, const struct table_rows *rows)
{
    if (!table->is_dirty && rows->serial == table->rows.serial &&
        rows->items == table->rows.items && rows->count == table->rows.count &&
        strcmp(table->filter, table->applied) == 0)
        return;
    table->rows = *rows;
    table->is_dirty = false;
    memcpy(table->applied, table->filter, sizeof(table->applied));
    choose_rows(table);
    if (table->sort >= 0 && table->count > 1)
        qsort_r(table->order, table->count, sizeof(*table->order), compare, table);
    find_selected(table);
}

const void *table_selected(const struct table *table)
{
    return table->count > 0 ? row_at(table, table->order[table->selected]) : NULL;
}

/* ---- drawing ---- */

static bool is_number(const struct table *table, const struct table_column *column)
{
    const struct field *field = field_of(table, column->field);

    return column->cell == NULL && field != NULL &&
           (field->kind == KIND_INT || field->kind == KIND_FLOAT ||
            field->kind == KIND_SIZE || field->kind == KIND_AMOUNT ||
            field->kind == KIND_DURATION);
}

static void draw_head(const struct table *table, struct canvas *canvas,
                      struct spot spot)
{
    int end = spot.x + spot.width;

    canvas_fill(canvas, spot, " ");
    for (size_t c = 0; c < table->spec->count && spot.x < end; c++) {
        const struct table_column *column = &table->spec->columns[c];
        char title[64];
        spot.width = column->width > 0 && column->width < end - spot.x ? column->width
                                                                       : end - spot.x;
        snprintf(title, sizeof(title), "%s%s", column->title,
                 (int)c != table->sort  ? ""
                 : table->is_descending ? "▼"
                                        : "▲");
        if (is_number(table, column))
            canvas_put_right(canvas, spot, slice(title));
        else
            canvas_put(canvas, spot, slice(title));
        spot.x += spot.width + GAP;
    }
}

static void draw_cell(const struct table *table, const struct table_column *column,
                      struct canvas *canvas, struct spot spot, const void *row)
{
    struct buf text;

    if (column->draw != NULL) {
        column->draw(canvas, spot, row);
        return;
    }
    buf_init(&text, 0);
    append_cell(table, column, row, &text);
    spot.style = theme_state(buf_slice(&text));
    if (is_number(table, column))
        canvas_put_right(canvas, spot, buf_slice(&text));
    else
        canvas_put(canvas, spot, buf_slice(&text));
    buf_finish(&text);
}

static void draw_row(const struct table *table, struct canvas *canvas, struct spot spot,
                     const void *row)
{
    int end = spot.x + spot.width;

    for (size_t c = 0; c < table->spec->count && spot.x < end; c++) {
        const struct table_column *column = &table->spec->columns[c];
        spot.width = column->width > 0 && column->width < end - spot.x ? column->width
                                                                       : end - spot.x;
        draw_cell(table, column, canvas, spot, row);
        spot.x += spot.width + GAP;
    }
}

static void scroll(struct table *table)
{
    size_t page = (size_t)table->page;

    if (table->selected < table->top)
        table->top = table->selected;
    if (table->selected >= table->top + page)
        table->top = table->selected - page + 1;
    if (table->top + page > table->count)
        table->top = table->count > page ? table->count - page : 0;
}

void table_draw(struct table *table, struct canvas *canvas, struct area area)
{
    struct spot spot = { area.x, area.y, area.width, STYLE_HEAD };

    draw_head(table, canvas, spot);
    table->first_y = area.y + 1;
    table->page = area.height > 2 ? area.height - 1 : 1;
    scroll(table);
    spot.style = STYLE_PLAIN;
    for (int line = 0; line < table->page; line++) {
        size_t at = table->top + (size_t)line;
        spot.y = table->first_y + line;
        if (at >= table->count)
            break;
        draw_row(table, canvas, spot, row_at(table, table->order[at]));
        if (at == table->selected) {
            spot.style = STYLE_CHOSEN;
            canvas_restyle(canvas, spot);
            spot.style = STYLE_PLAIN;
        }
    }
    spot.y = table->first_y;
    spot.style = STYLE_DIM;
    if (table->rows.count == 0)
        canvas_put(canvas, spot, slice(table->spec->empty));
    else if (table->count == 0)
        canvas_printf(canvas, spot, "none of %zu rows fits the filter",
                      table->rows.count);
}

/* ---- keys ---- */

static unsigned move(struct table *table, int64_t lines)
{
    int64_t to = (int64_t)table->selected + lines;

    select_row(table, to < 0 ? 0 : (size_t)to);
    return SCREEN_REDRAW;
}

static unsigned sort_by(struct table *table, int column)
{
    int last = (int)table->spec->count - 1;

    table->sort = column < 0 ? 0 : column > last ? last : column;
    table->is_dirty = true;
    return SCREEN_REDRAW;
}

/* Which column is at `x`. */
static int column_at(const struct table *table, int x)
{
    int end = 0;

    for (size_t c = 0; c < table->spec->count; c++) {
        int width = table->spec->columns[c].width;
        end += width + GAP;
        if (width == 0 || x < end)
            return (int)c;
    }
    return -1;
}

static unsigned click(struct table *table, const struct input *input)
{
    size_t at = table->top + (size_t)(input->y - table->first_y);
    int column = column_at(table, input->x);

    if (input->y == table->first_y - 1 && column >= 0) {
        table->is_descending = column == table->sort && !table->is_descending;
        return sort_by(table, column);
    }
    if (input->y < table->first_y || input->y >= table->first_y + table->page ||
        at >= table->count)
        return 0;
    if (at == table->selected)
        return SCREEN_OPEN;
    select_row(table, at);
    return SCREEN_REDRAW;
}

static unsigned mouse(struct table *table, const struct input *input)
{
    if (input->key == INPUT_CLICK)
        return click(table, input);
    if (input->key == INPUT_WHEEL_UP)
        return move(table, -WHEEL);
    return input->key == INPUT_WHEEL_DOWN ? move(table, WHEEL) : 0;
}

unsigned table_input(struct table *table, const struct input *input)
{
    enum action action = keys_action(input->key);

    if (action == ACTION_UP || action == ACTION_DOWN)
        return move(table, action == ACTION_UP ? -1 : 1);
    if (action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN)
        return move(table, action == ACTION_PAGE_UP ? -table->page : table->page);
    if (action == ACTION_HOME || action == ACTION_END)
        return move(table, action == ACTION_HOME ? INT32_MIN : INT32_MAX);
    if (action == ACTION_SORT_LEFT || action == ACTION_SORT_RIGHT)
        return sort_by(table, table->sort + (action == ACTION_SORT_LEFT ? -1 : 1));
    if (action == ACTION_INVERT) {
        table->is_descending = !table->is_descending;
        return sort_by(table, table->sort);
    }
    return mouse(table, input);
}
