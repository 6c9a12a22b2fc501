/* widget_text.c - a line takes as many rows as it needs; scrolling goes by lines. */
#include "tui/widget_text.h"

#include "lib/base/mem.h"
#include "tui/keys.h"

#include <stdlib.h>
#include <strings.h>

enum { PAGE = 10, WHEEL = 3 };

void text_init(struct text *text, bool is_following)
{
    *text = (struct text){ .is_following = is_following, .page = PAGE };
}

void text_finish(struct text *text)
{
    text_clear(text);
    free(text->lines);
    text->lines = NULL;
}

static struct text_line *line_at(const struct text *text, size_t index)
{
    return &text->lines[(text->first + index) % text->capacity];
}

void text_clear(struct text *text)
{
    for (size_t i = 0; i < text->count; i++)
        free(line_at(text, i)->text);
    text->first = text->count = 0;
}

void text_add(struct text *text, enum style style, struct slice line)
{
    if (line.size > TEXT_LINE_MAX)
        line.size = TEXT_LINE_MAX;
    if (text->count < TEXT_LINES_MAX) {
        /* Not a ring yet: the array grows at its end. */
        text->lines =
            xgrow(text->lines, &text->capacity, text->count + 1, sizeof(*text->lines));
        text->capacity =
            text->capacity > TEXT_LINES_MAX ? TEXT_LINES_MAX : text->capacity;
        text->count++;
    } else {
        free(line_at(text, 0)->text);
        text->first = (text->first + 1) % text->capacity;
        text->top -= text->top > 0;
    }
    *line_at(text, text->count - 1) = (struct text_line){ xslicedup(line), style };
}

static bool is_shown(const struct text *text, size_t index)
{
    const char *at = line_at(text, index)->text;
    size_t size = strlen(text->filter);

    for (; size > 0 && *at != '\0'; at++)
        if (strncasecmp(at, text->filter, size) == 0)
            return true;
    return size == 0;
}

/* The part of `rest` that fits into `width` columns, taken off its front. */
static struct slice take_row(struct slice *rest, int width)
{
    struct slice before = *rest, row = { rest->data, 0 };
    struct glyph glyph;
    int used = 0;

    while (glyph_next(rest, &glyph)) {
        if (used + glyph.width > width && row.size > 0) {
            *rest = before;
            break;
        }
        used += glyph.width;
        row.size = (size_t)(rest->data - row.data);
        before = *rest;
    }
    return row;
}

static int rows_of(const struct text_line *line, int width)
{
    struct slice rest = slice(line->text);
    int rows = 0;

    do
        take_row(&rest, width);
    while (++rows > 0 && rest.size > 0);
    return rows;
}

/* Where to begin so that the last line is the last row. */
static size_t top_of_end(const struct text *text, struct area area)
{
    size_t top = text->count;
    int left = area.height;

    while (top > 0) {
        int rows =
            is_shown(text, top - 1) ? rows_of(line_at(text, top - 1), area.width) : 0;
        if (rows > left)
            break;
        left -= rows;
        top--;
    }
    return top < text->count || text->count == 0 ? top : text->count - 1;
}

void text_draw(struct text *text, struct canvas *canvas, struct area area)
{
    size_t end = top_of_end(text, area), at;
    int y = 0;

    text->page = area.height > 1 ? area.height - 1 : 1;
    text->is_at_end = text->is_following || text->top >= end;
    at = text->is_at_end ? end : text->top;
    text->top = text->last_top = at;
    for (; at < text->count && y < area.height; at++) {
        const struct text_line *line = line_at(text, at);
        struct slice rest = slice(line->text);
        if (!is_shown(text, at))
            continue;
        do
            canvas_put(canvas,
                       (struct spot){ area.x, area.y + y, area.width, line->style },
                       take_row(&rest, area.width));
        while (++y < area.height && rest.size > 0);
    }
}

/* Lines that the filter hides do not count. */
static unsigned move(struct text *text, int64_t lines)
{
    size_t at = text->last_top;

    for (; lines < 0 && at > 0; lines += is_shown(text, at))
        at--;
    for (; lines > 0 && at + 1 < text->count; lines -= is_shown(text, at))
        at++;
    text->top = at;
    text->is_following = false;
    return SCREEN_REDRAW;
}

unsigned text_input(struct text *text, const struct input *input)
{
    bool follows = text->is_following || text->is_at_end;

    if (input->key == INPUT_WHEEL_UP)
        return move(text, -WHEEL);
    if (input->key == INPUT_WHEEL_DOWN)
        return follows ? 0 : move(text, WHEEL);
    switch ((int)keys_action(input->key)) {
    case ACTION_UP:
        return move(text, -1);
    case ACTION_DOWN:
        return follows ? 0 : move(text, 1);
    case ACTION_PAGE_UP:
        return move(text, -text->page);
    case ACTION_PAGE_DOWN:
        return follows ? 0 : move(text, text->page);
    case ACTION_HOME:
        return move(text, -(int64_t)text->count);
    case ACTION_END:
        text->is_following = true;
        return SCREEN_REDRAW;
    default:
        return 0;
    }
}
