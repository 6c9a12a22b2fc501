/* glyph.h - text as what a terminal shows: characters with their marks and widths.
 *
 * Text comes from strangers: names, messages, log lines. Nothing that would drive a
 * terminal or change the order of what it shows comes out of here: control characters,
 * malformed UTF-8 and characters without a picture become a dot. Pure, once
 * glyph_init() has set the process's character type locale to UTF-8. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { GLYPH_BYTES = 14, GLYPH_MARKS_MAX = 3 };

struct glyph {
    uint8_t size;  /* bytes in use; 0: the right half of the wide glyph before it */
    uint8_t width; /* columns: 1 or 2; 0 for a right half */
    char bytes[GLYPH_BYTES]; /* a character and the marks that combine with it */
};

/* Prepares widths. Whether the user's locale speaks UTF-8. */
bool glyph_init(void);
/* Takes the next glyph off the front of *text; false at its end. */
bool glyph_next(struct slice *text, struct glyph *glyph);
/* Columns of the whole text. */
int glyph_columns(struct slice text);
/* Appends `text` with tabs as spaces and what is not safe as \x1b: for log lines, where
 * it matters what there was. */
void glyph_escape(struct buf *out, struct slice text);
