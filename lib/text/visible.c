/* visible.c - a character is judged when all its bytes are there; "\r\n" is a line's
 * end, so that a '\r' waits for what follows. */
#include "lib/text/visible.h"

#include "lib/text/cell.h"

#include <string.h>

/* How many bytes the character that begins with `first` has; 1 for what cannot begin
 * one. */
static size_t expected(unsigned char first)
{
    if (first == '\r')
        return 2;
    if (first < 0xc2 || first > 0xf4)
        return 1;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static bool is_control(const char *character, size_t size)
{
    unsigned char c = (unsigned char)character[0];

    if (size == 1)
        return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
    return c == 0xc2 && (unsigned char)character[1] < 0xa0; /* C1 */
}

/* Appends the character at `data`; returns how many bytes it took. */
static size_t append_one(struct buf *out, const char *data, size_t size)
{
    size_t length = cell_character(data, size);

    if (size > 1 && data[0] == '\r' && data[1] == '\n') {
        buf_append(out, "\n", 1);
        return 2;
    }
    if (length == 0 || is_control(data, length)) {
        buf_append(out, "?", 1);
        return length > 0 ? length : 1;
    }
    buf_append(out, data, length);
    return length;
}

/* What is held grows by the next byte until it is a character, or cannot be one. */
static void hold(struct buf *out, struct visible *visible, char byte)
{
    size_t taken = 0;

    visible->held[visible->count++] = byte;
    while (taken < visible->count &&
           visible->count - taken >= expected((unsigned char)visible->held[taken]))
        taken += append_one(out, visible->held + taken, visible->count - taken);
    visible->count -= taken;
    memmove(visible->held, visible->held + taken, visible->count);
}

void visible_append(struct buf *out, struct visible *visible, struct slice piece)
{
    for (size_t i = 0; i < piece.size; i++)
        hold(out, visible, piece.data[i]);
}

void visible_end(struct buf *out, struct visible *visible)
{
    size_t taken = 0;

    while (taken < visible->count)
        taken += append_one(out, visible->held + taken, visible->count - taken);
    visible->count = 0;
}
