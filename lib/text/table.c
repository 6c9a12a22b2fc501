/* table.c - cells are made once, measured, then laid out. A character counts as one
 * column, which is wrong for wide scripts by one column each: the cut then comes early,
 * never late. */
#include "lib/text/table.h"

#include "lib/base/arena.h"
#include "lib/text/cell.h"

#include <ctype.h>

enum { GAP = 2, CELL_MAX = 200 };

struct grid {
    const struct print_options *options;
    const struct print_rows *rows;
    struct arena arena;
    const struct field **fields; /* the columns */
    size_t columns;
    struct slice *cells; /* rows x columns */
    size_t *widths;
};

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t width_of(struct slice text)
{
    size_t width = 0;

    for (size_t i = 0; i < text.size; i++)
        width += !is_continuation(text.data[i]);
    return width;
}

/* The first `columns` characters. */
static struct slice cut(struct slice text, size_t columns)
{
    size_t i = 0;

    for (; i < text.size; i++)
        if (!is_continuation(text.data[i]) && columns-- == 0)
            break;
    return slice_of(text.data, i);
}

/* What is safe to send to a terminal. */
static struct slice clean(struct arena *arena, struct slice text)
{
    struct slice copy = arena_copy(arena, text);
    char *data = (char *)(uintptr_t)copy.data;

    for (size_t i = 0, length; i < copy.size; i += length) {
        unsigned char c = (unsigned char)data[i];
        length = cell_character(data + i, copy.size - i);
        if (c < 0x20 || c == 0x7f || length == 0) { /* C0, DEL, no UTF-8 */
            data[i] = c == '\n' || c == '\t' ? ' ' : '?';
            length = 1;
        } else if (c == 0xc2 && (unsigned char)data[i + 1] < 0xa0) { /* C1 */
            data[i] = data[i + 1] = '?';
        }
    }
    return cut(copy, CELL_MAX);
}

static void fill(struct grid *grid)
{
    const struct desc *desc = grid->rows->desc;
    struct buf text;

    buf_init(&text, 0);
    for (size_t r = 0; r < grid->rows->count; r++) {
        const char *row = (const char *)grid->rows->items + r * desc->size;
        for (size_t c = 0; c < grid->columns; c++) {
            const struct field *field = grid->fields[c];
            struct slice *cell = &grid->cells[r * grid->columns + c];
            buf_clear(&text);
            if (cell_is_set(field, desc_at(field, row)))
                cell_append(&text, field, desc_at(field, row), CELL_SHORT);
            *cell = clean(&grid->arena, buf_slice(&text));
            if (width_of(*cell) > grid->widths[c])
                grid->widths[c] = width_of(*cell);
        }
    }
    buf_finish(&text);
}

static void choose_columns(struct grid *grid)
{
    const struct desc *desc = grid->rows->desc;

    grid->fields = arena_array(&grid->arena, desc->count, sizeof(*grid->fields));
    grid->widths = arena_array(&grid->arena, desc->count, sizeof(*grid->widths));
    for (size_t i = 0; i < desc->count; i++) {
        const struct field *field = &desc->fields[i];
        if ((field->flags & FIELD_DETAIL) != 0 && !grid->options->detail)
            continue;
        grid->widths[grid->columns] = strlen(field->name);
        grid->fields[grid->columns++] = field;
    }
    grid->cells = arena_array(&grid->arena, grid->rows->count * grid->columns + 1,
                              sizeof(*grid->cells));
}

static bool is_number(const struct field *field)
{
    return field->kind == KIND_INT || field->kind == KIND_FLOAT ||
           field->kind == KIND_SIZE || field->kind == KIND_AMOUNT ||
           field->kind == KIND_DURATION;
}

/* States and the like, as every operator reads them. */
static const char *colour_of(struct slice text)
{
    static const struct {
        const char *word, *colour;
    } words[] = {
        { "ALIVE", "32" },     { "RUNNING", "36" },    { "FINISHED", "32" },
        { "SUCCEEDED", "32" }, { "FAILED", "31" },     { "DEAD", "31" },
        { "STOPPED", "33" },   { "RESTARTING", "33" },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (slice_is(text, words[i].word))
            return words[i].colour;
    return slice_starts(text, slice("PENDING")) ? "33" : NULL;
}

/* One line of cells; `upper` for the header. */
static void append_line(struct buf *out, const struct grid *grid,
                        const struct slice *cells)
{
    size_t left = grid->options->width > 0 ? (size_t)grid->options->width : SIZE_MAX;

    for (size_t c = 0; c < grid->columns && left > 0; c++) {
        struct slice text = cut(cells[c], left);
        size_t width = width_of(text), pad = grid->widths[c] - width;
        const char *colour = grid->options->colour ? colour_of(text) : NULL;
        if (pad > left - width)
            pad = left - width;
        if (is_number(grid->fields[c]))
            buf_printf(out, "%*s", (int)pad, "");
        if (colour != NULL)
            buf_printf(out, "\033[%sm%.*s\033[0m", colour, SLICE_ARGS(text));
        else
            buf_append(out, text.data, text.size);
        if (!is_number(grid->fields[c]) && c + 1 < grid->columns)
            buf_printf(out, "%*s", (int)pad, "");
        left -= width + pad;
        if (c + 1 < grid->columns && left > GAP) {
            buf_printf(out, "%*s", GAP, "");
            left -= GAP;
        } else {
            left = 0;
        }
    }
    while (out->size > 0 && out->data[out->size - 1] == ' ')
        out->size--;
    buf_append(out, "\n", 1);
}

static struct slice upper(struct arena *arena, const char *name)
{
    struct slice copy = arena_copy(arena, slice(name));
    char *data = (char *)(uintptr_t)copy.data;

    for (size_t i = 0; i < copy.size; i++)
        data[i] = (char)toupper((unsigned char)data[i]);
    return copy;
}

void table_append(struct buf *out, const struct print_options *options,
                  const struct print_rows *rows)
{
    struct grid grid = { .options = options, .rows = rows };
    struct slice *header;

    choose_columns(&grid);
    fill(&grid);
    header = arena_array(&grid.arena, grid.columns + 1, sizeof(*header));
    for (size_t c = 0; c < grid.columns; c++)
        header[c] = upper(&grid.arena, grid.fields[c]->name);
    append_line(out, &grid, header);
    for (size_t r = 0; r < rows->count; r++)
        append_line(out, &grid, &grid.cells[r * grid.columns]);
    if (rows->total > (int64_t)rows->count)
        buf_printf(out, "(%zu of %lld shown; --limit 0 shows all)\n", rows->count,
                   (long long)rows->total);
    arena_finish(&grid.arena);
}

void table_append_message(struct buf *out, const struct print_options *options,
                          const struct desc *desc, const void *message)
{
    struct arena arena = { 0 };
    struct buf text;
    size_t widest = 0;

    (void)options;
    buf_init(&text, 0);
    for (size_t i = 0; i < desc->count; i++)
        if (strlen(desc->fields[i].name) > widest)
            widest = strlen(desc->fields[i].name);
    for (size_t i = 0; i < desc->count; i++) {
        const struct field *field = &desc->fields[i];
        struct slice line;
        if (!cell_is_set(field, desc_at(field, message)))
            continue;
        buf_clear(&text);
        cell_append(&text, field, desc_at(field, message), CELL_LONG);
        line = clean(&arena, buf_slice(&text));
        buf_printf(out, "%s:%*s%.*s\n", field->name,
                   (int)(widest - strlen(field->name) + GAP), "", SLICE_ARGS(line));
    }
    buf_finish(&text);
    arena_finish(&arena);
}
