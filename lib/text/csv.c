/* csv.c - a field is quoted when it holds a comma, a quote or the end of a line. */
#include "lib/text/csv.h"

#include "lib/text/cell.h"

static void append_field(struct buf *out, struct slice text)
{
    bool quote = false;

    for (size_t i = 0; i < text.size && !quote; i++)
        quote = strchr(",\"\r\n", text.data[i]) != NULL;
    if (!quote) {
        buf_append(out, text.data, text.size);
        return;
    }
    buf_append(out, "\"", 1);
    for (size_t i = 0; i < text.size; i++)
        buf_append(out, text.data[i] == '"' ? "\"\"" : &text.data[i],
                   text.data[i] == '"' ? 2 : 1);
    buf_append(out, "\"", 1);
}

void csv_append(struct buf *out, const struct print_rows *rows)
{
    const struct desc *desc = rows->desc;
    struct buf cell;

    buf_init(&cell, 0);
    for (size_t f = 0; f < desc->count; f++)
        buf_printf(out, "%s%s", f > 0 ? "," : "", desc->fields[f].name);
    buf_append(out, "\n", 1);
    for (size_t i = 0; i < rows->count; i++) {
        const char *row = (const char *)rows->items + i * desc->size;
        for (size_t f = 0; f < desc->count; f++) {
            const struct field *field = &desc->fields[f];
            buf_clear(&cell);
            if (cell_is_set(field, desc_at(field, row)))
                cell_append(&cell, field, desc_at(field, row), CELL_RAW);
            if (f > 0)
                buf_append(out, ",", 1);
            append_field(out, buf_slice(&cell));
        }
        buf_append(out, "\n", 1);
    }
    buf_finish(&cell);
}
