/* cell.c - one case a kind of field. */
#include "lib/text/cell.h"

#include "lib/base/resources.h"
#include "lib/text/units.h"

#include <inttypes.h>

static void append_id(struct buf *out, const struct id *id, enum cell_style style)
{
    char hex[ID_HEX_MAX];

    id_hex(id, hex);
    /* What tells a job's short ids apart is at their end. */
    if (style == CELL_SHORT && id->size > ID_JOB)
        hex[CELL_ID_DIGITS] = '\0';
    buf_printf(out, "%s", hex);
}

static void append_quantity(struct buf *out, enum field_kind kind, int64_t value,
                            enum cell_style style)
{
    char text[UNITS_TEXT_MAX];

    if (style == CELL_RAW)
        buf_printf(out, "%" PRId64, value);
    else if (kind == KIND_TIME)
        buf_printf(out, "%s", units_format_time(value, text));
    else if (kind == KIND_DURATION)
        buf_printf(out, "%s", units_format_duration(value, text));
    else
        buf_printf(out, "%s", units_format_size(value, text));
}

/* Memory is an amount in bytes. */
static bool is_memory(const struct desc *pair, const void *item)
{
    const struct slice *name = desc_at(&pair->fields[0], item);
    return slice_is(*name, "memory") || slice_is(*name, "object_store_memory");
}

static void append_pairs(struct buf *out, const struct field *field,
                         const struct list_field *list, enum cell_style style)
{
    const struct desc *pair = field->sub;

    for (size_t i = 0; i < list->count; i++) {
        const char *item = (const char *)list->items + i * pair->size;
        const struct field *value = &pair->fields[1];
        if (i > 0)
            buf_printf(out, " ");
        cell_append(out, &pair->fields[0], desc_at(&pair->fields[0], item), style);
        buf_printf(out, "=");
        if (style != CELL_RAW && value->kind == KIND_AMOUNT && is_memory(pair, item))
            append_quantity(out, KIND_SIZE,
                            *(const int64_t *)desc_at(value, item) / RESOURCE_UNIT,
                            style);
        else
            cell_append(out, value, desc_at(value, item), style);
    }
}

void cell_append(struct buf *out, const struct field *field, const void *at,
                 enum cell_style style)
{
    const struct slice *text = at;

    switch ((enum field_kind)field->kind) {
    case KIND_BOOL:
        buf_printf(out, "%s", *(const bool *)at ? "true" : "false");
        break;
    case KIND_INT:
        buf_printf(out, "%" PRId64, *(const int64_t *)at);
        break;
    case KIND_FLOAT:
        buf_printf(out, style == CELL_RAW ? "%.17g" : "%g", *(const double *)at);
        break;
    case KIND_STRING:
    case KIND_BYTES:
        buf_append(out, text->data, text->size);
        break;
    case KIND_ID:
        append_id(out, at, style);
        break;
    case KIND_TIME:
    case KIND_DURATION:
    case KIND_SIZE:
        append_quantity(out, field->kind, *(const int64_t *)at, style);
        break;
    case KIND_AMOUNT:
        buf_printf(out, "%.15g", resources_to_double(*(const int64_t *)at));
        break;
    case KIND_PAIRS:
        append_pairs(out, field, at, style);
        break;
    case KIND_LIST:
        buf_printf(out, "%zu", ((const struct list_field *)at)->count);
        break;
    case KIND_MESSAGE:
        break;
    }
}

bool cell_is_set(const struct field *field, const void *at)
{
    switch ((enum field_kind)field->kind) {
    case KIND_STRING:
    case KIND_BYTES:
        return ((const struct slice *)at)->size > 0;
    case KIND_ID:
        return id_is_set(at);
    case KIND_TIME:
        return *(const int64_t *)at != 0;
    case KIND_LIST:
    case KIND_PAIRS:
        return ((const struct list_field *)at)->count > 0;
    case KIND_BOOL:
    case KIND_INT:
    case KIND_FLOAT:
    case KIND_DURATION:
    case KIND_SIZE:
    case KIND_AMOUNT:
    case KIND_MESSAGE:
        break;
    }
    return true;
}

size_t cell_character(const char *text, size_t size)
{
    const unsigned char *data = (const unsigned char *)text;
    size_t length = data[0] < 0x80   ? 1
                    : data[0] < 0xc2 ? 0
                    : data[0] < 0xe0 ? 2
                    : data[0] < 0xf0 ? 3
                    : data[0] < 0xf5 ? 4
                                     : 0;

    if (length == 0 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((data[i] & 0xc0) != 0x80)
            return 0;
    if ((data[0] == 0xe0 && data[1] < 0xa0) || (data[0] == 0xed && data[1] > 0x9f) ||
        (data[0] == 0xf0 && data[1] < 0x90) || (data[0] == 0xf4 && data[1] > 0x8f))
        return 0;
    return length;
}
