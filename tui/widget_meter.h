/* widget_meter.h - how much of a whole is used, as a bar; and shares of a whole, by
 * state. Drawn on a canvas; pure. */
#pragma once

#include "tui/canvas.h"

struct count;

struct meter {
    const char *label;
    double value, total; /* total 0: not known */
    const char *text;    /* at the right end, in the bar's place */
};

/* "CPU    ██████          1.2 of 2": one line. */
void meter_draw(struct canvas *canvas, struct spot spot, const struct meter *meter);
/* The bar alone, as wide as the spot. */
void meter_draw_bar(struct canvas *canvas, struct spot spot, const struct meter *meter);

struct shares {
    const struct count *items; /* of schema.def: state and number */
    size_t count;
};

/* A bar with a part for each state, at least a column wide while there is room. */
void shares_draw(struct canvas *canvas, struct spot spot, const struct shares *shares);
