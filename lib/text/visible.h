/* visible.h - text of others on its way to a terminal: what could command the terminal
 * becomes '?', as ls(1) does.
 *
 * Lines and tabs stay, and all of UTF-8 (RFC 3629) but its control characters. The text
 * may come in pieces that are cut anywhere. Pure. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/slice.h"

/* Zeroed at the beginning of a text. */
struct visible {
    char held[4]; /* the beginning of a character whose rest has not come yet */
    size_t count;
};

void visible_append(struct buf *out, struct visible *visible, struct slice piece);
/* The text has ended. */
void visible_end(struct buf *out, struct visible *visible);
