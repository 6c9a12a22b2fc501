/* canvas.h - what screens draw on: a grid of cells; and the terminal that shows it.
 *
 * A canvas is memory: drawing never touches the terminal, so that screens can be tested
 * and printed as text. The terminal (ncurses, of which there is one a process) compares
 * a canvas with what it shows and writes the difference. Text outside the canvas, or
 * beyond the width of its spot, is cut; only what glyph.h lets through is drawn. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/error.h"
#include "tui/glyph.h"
#include "tui/theme.h"

#include <stdbool.h>

struct input;
struct terminal;

struct canvas_cell {
    struct glyph glyph;
    uint8_t style; /* enum style */
};

struct canvas {
    int width, height;
    bool is_ascii; /* pictures are replaced by signs */
    struct canvas_cell *cells;
};

/* Part of a canvas. */
struct area {
    int x, y, width, height;
};

/* Where to write, how far at most, and how it looks. */
struct spot {
    int x, y, width;
    enum style style;
};

void canvas_init(struct canvas *canvas, int width, int height);
void canvas_finish(struct canvas *canvas);
/* Empties it; the size may be another. */
void canvas_reset(struct canvas *canvas, int width, int height);
/* Draws from the left; returns the columns used. */
int canvas_put(struct canvas *canvas, struct spot spot, struct slice text);
/* The same, ending at the right end of the spot. */
void canvas_put_right(struct canvas *canvas, struct spot spot, struct slice text);
int canvas_printf(struct canvas *canvas, struct spot spot, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Fills the spot with one character. */
void canvas_fill(struct canvas *canvas, struct spot spot, const char *character);
/* Gives what is in the spot another look. */
void canvas_restyle(struct canvas *canvas, struct spot spot);
/* Appends the lines, without spaces at their ends. */
void canvas_text(const struct canvas *canvas, struct buf *out);

/* Whether stdin and stdout are a terminal that can be used. -ERR_USAGE when they are
 * none, or when its type is unknown or too simple. */
int terminal_check(struct error *err);
/* Takes over the terminal. NULL on error, those of terminal_check() among them. */
struct terminal *terminal_open(struct error *err);
/* Gives it back as it was. Accepts NULL. */
void terminal_close(struct terminal *terminal);
/* Asks for the present size. */
void terminal_size(struct terminal *terminal, int *width, int *height);
/* `anew`: everything, whatever is believed to be there. */
void terminal_show(struct terminal *terminal, const struct canvas *canvas, bool anew);
/* The next key that waits; false when there is none. */
bool terminal_read(struct terminal *terminal, struct input *input);
