/* widget_text.h - lines to read: wrapped, scrolled, filtered, following their end.
 *
 * Keeps the last TEXT_LINES_MAX lines. Pure. */
#pragma once

#include "lib/base/slice.h"
#include "tui/canvas.h"
#include "tui/screen_flags.h"

#include <stdbool.h>
#include <stddef.h>

struct input;

enum { TEXT_LINES_MAX = 10000, TEXT_LINE_MAX = 4096, TEXT_FILTER_MAX = 128 };

struct text_line {
    char *text; /* owned, terminated */
    enum style style;
};

struct text {
    struct text_line *lines; /* a ring once it is full */
    size_t first, count, capacity;
    size_t top;        /* the first line in sight, when not following */
    size_t last_top;   /* where the last drawing began */
    bool is_following; /* the end stays in sight */
    bool is_at_end;    /* the last drawing showed the last line */
    int page;
    char filter[TEXT_FILTER_MAX];
};

void text_init(struct text *text, bool is_following);
void text_finish(struct text *text);
/* Forgets the lines; keeps the place. */
void text_clear(struct text *text);
/* Copied, cut to TEXT_LINE_MAX bytes. */
void text_add(struct text *text, enum style style, struct slice line);
void text_draw(struct text *text, struct canvas *canvas, struct area area);
unsigned text_input(struct text *text, const struct input *input);
