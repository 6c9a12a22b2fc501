/* glyph.c - widths are the C library's, which the terminal library asks, too. */
#include "tui/glyph.h"

#include "lib/text/cell.h"

#include <langinfo.h>
#include <locale.h>
#include <wchar.h>

enum { TAB = 8, COLUMNS_WIDE = 2 };

bool glyph_init(void)
{
    bool is_utf8 = setlocale(LC_CTYPE, "") != NULL &&
                   slice_is(slice(nl_langinfo(CODESET)), "UTF-8");

    if (!is_utf8)
        (void)setlocale(LC_CTYPE, "C.UTF-8"); /* for widths alone */
    return is_utf8;
}

/* The code point of a well-formed character of `size` bytes. */
static uint32_t decode(const char *text, size_t size)
{
    static const uint8_t lead[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    uint32_t point = (unsigned char)text[0] & lead[size];

    for (size_t i = 1; i < size; i++)
        point = point << 6 | ((unsigned char)text[i] & 0x3f);
    return point;
}

static bool is_between(uint32_t point, uint32_t first, uint32_t last)
{
    return point >= first && point <= last;
}

/* Controls (C0, DEL, C1), and what changes the order or the joining of others. */
static bool is_control(uint32_t point)
{
    return point < 0x20 || is_between(point, 0x7f, 0x9f) || point == 0xad ||
           point == 0x61c || is_between(point, 0x200b, 0x200f) ||
           is_between(point, 0x2028, 0x202e) || is_between(point, 0x2060, 0x206f) ||
           point == 0xfeff || is_between(point, 0xfff9, 0xfffb) ||
           is_between(point, 0xe0000, 0xe0fff);
}

/* Says which picture of a character is meant; terminals differ in its width. */
static bool is_selector(uint32_t point)
{
    return is_between(point, 0xfe00, 0xfe0f);
}

static int width_of(uint32_t point)
{
    int width;

    if (is_control(point))
        return -1;
    if (point < 0x7f)
        return 1;
    width = wcwidth((wchar_t)point);
    return width > COLUMNS_WIDE ? -1 : width;
}

static void set_dot(struct glyph *glyph)
{
    *glyph = (struct glyph){ .size = 2, .width = 1, .bytes = "\xc2\xb7" };
}

/* Adds the marks that follow; takes selectors away. */
static void take_marks(struct slice *text, struct glyph *glyph)
{
    int marks = 0;

    while (text->size > 0 && ((unsigned char)text->data[0] & 0x80) != 0) {
        size_t size = cell_character(text->data, text->size);
        uint32_t point = size > 0 ? decode(text->data, size) : 0;
        if (size == 0 || width_of(point) != 0)
            return;
        if (!is_selector(point) && marks < GLYPH_MARKS_MAX &&
            glyph->size + size <= GLYPH_BYTES) {
            memcpy(glyph->bytes + glyph->size, text->data, size);
            glyph->size += (uint8_t)size;
            marks++;
        }
        text->data += size;
        text->size -= size;
    }
}

bool glyph_next(struct slice *text, struct glyph *glyph)
{
    size_t size;
    int width;

    if (text->size == 0)
        return false;
    size = cell_character(text->data, text->size);
    width = size > 0 ? width_of(decode(text->data, size)) : -1;
    if (width > 0) {
        *glyph = (struct glyph){ .size = (uint8_t)size, .width = (uint8_t)width };
        memcpy(glyph->bytes, text->data, size);
    } else {
        set_dot(glyph);
    }
    text->data += size > 0 ? size : 1;
    text->size -= size > 0 ? size : 1;
    take_marks(text, glyph);
    return true;
}

int glyph_columns(struct slice text)
{
    struct glyph glyph;
    int columns = 0;

    while (glyph_next(&text, &glyph))
        columns += glyph.width;
    return columns;
}

void glyph_escape(struct buf *out, struct slice text)
{
    size_t begin = out->size;

    while (text.size > 0) {
        size_t size = cell_character(text.data, text.size);
        int width = size > 0 ? width_of(decode(text.data, size)) : -1;
        if (text.data[0] == '\t')
            buf_printf(out, "%*s", TAB - (int)((out->size - begin) % TAB), "");
        else if (width >= 0)
            buf_append(out, text.data, size);
        for (size_t i = 0; width < 0 && text.data[0] != '\t' && i < (size ? size : 1);
             i++)
            buf_printf(out, "\\x%02x", (unsigned char)text.data[i]);
        text.data += size > 0 ? size : 1;
        text.size -= size > 0 ? size : 1;
    }
}
