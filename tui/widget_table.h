/* widget_table.h - rows in columns, with a cursor: sorted, filtered, scrolled.
 *
 * Rows stay the snapshot's; the table keeps their order, and the key of the row under
 * the cursor, so that the cursor stays on its row when the rows change. Pure. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/desc.h"
#include "tui/canvas.h"
#include "tui/screen_flags.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input;

enum { TABLE_FILTER_MAX = 128, TABLE_COLUMNS_MAX = 16 };

/* One column: a field of the row, or what the functions make of it. */
struct table_column {
    const char *title;
    const char *field; /* NULL: there is none of that name */
    int width;         /* 0: what is left; of the last column */
    void (*cell)(struct buf *out, const void *row);
    void (*draw)(struct canvas *canvas, struct spot spot, const void *row);
    double (*rank)(const void *row); /* to sort by, instead of the field */
};

struct table_spec {
    const struct desc *desc;
    const struct table_column *columns;
    size_t count;
    const char *keys[2]; /* fields that tell rows apart; the second may be NULL */
    int sort;            /* column at first; -1: as the rows come */
    bool is_descending;
    const char *empty; /* what to say when there is no row at all */
};

/* The rows as they are now; `serial` is another whenever they are. */
struct table_rows {
    const void *items;
    size_t count;
    uint64_t serial;
};

struct table {
    const struct table_spec *spec;
    struct table_rows rows;
    char filter[TABLE_FILTER_MAX];
    char applied[TABLE_FILTER_MAX]; /* the filter that `order` was made with */
    int sort;
    bool is_descending, is_dirty;
    uint32_t *order; /* rows that are shown */
    size_t count, capacity;
    size_t selected, top; /* in `order` */
    uint64_t key;         /* of the selected row; 0: none yet */
    int page;             /* lines that the last drawing had */
    int first_y;          /* where its first row was */
};

void table_init(struct table *table, const struct table_spec *spec);
void table_finish(struct table *table);
/* To be called before drawing and before keys. */
void table_update(struct table *table, const struct table_rows *rows);
void table_draw(struct table *table, struct canvas *canvas, struct area area);
/* Moves the cursor, sorts; flags of screen_flags.h. */
unsigned table_input(struct table *table, const struct input *input);
/* The row under the cursor, NULL when there is none. */
const void *table_selected(const struct table *table);
