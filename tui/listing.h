/* listing.h - screens that are one table of a question's rows.
 *
 * Their descriptors name the table, the question and these functions. */
#pragma once

#include "tui/screen.h"
#include "tui/widget_table.h"

struct listing {
    const struct screen *screen;
    struct table table;
};

void listing_open(void *self, const struct screen *screen, const struct target *target,
                  const struct screen_context *context);
void listing_close(void *self);
void listing_draw(void *self, struct canvas *canvas, struct area area,
                  const struct snapshot *snapshot);
unsigned listing_input(void *self, const struct input *input,
                       const struct snapshot *snapshot);
struct target listing_target(void *self, const struct snapshot *snapshot);
char *listing_filter(void *self);

/* What most listings have in common. */
#define LISTING                                                                        \
    .size = sizeof(struct listing), .open = listing_open, .close = listing_close,      \
    .draw = listing_draw, .input = listing_input, .target = listing_target,            \
    .filter = listing_filter

/* The rows of an answer: all *_rows messages begin with their list and total. */
struct listing_rows {
    struct list_field rows;
    int64_t total;
};
const struct listing_rows *listing_rows(const struct snapshot *snapshot, int question);
