/* cell.h - one field of a row as text. Pure. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/desc.h"

enum cell_style {
    CELL_RAW,   /* for programs: plain numbers, full ids */
    CELL_SHORT, /* for tables: units, ids cut to CELL_ID_DIGITS */
    CELL_LONG,  /* for one message: units, full ids */
};

enum { CELL_ID_DIGITS = 8 };

/* Appends the field's value; nothing when it is not set. `at` is where it is (desc_at).
 * Lists become "a=1 b=2" (pairs) or their count. Text is passed on as it is. */
void cell_append(struct buf *out, const struct field *field, const void *at,
                 enum cell_style style);
/* Whether the field has a value to show: a set id, a non-empty string or list, a
 * non-zero time. */
bool cell_is_set(const struct field *field, const void *at);
/* Bytes of the UTF-8 character at `text`, of which there are `size` > 0 bytes; 0 when
 * it is malformed (RFC 3629). */
size_t cell_character(const char *text, size_t size);
