/* json.c - a jansson tree from a message, and its text. A tree that cannot be made has
 * no memory to be made in, which ends the process as everywhere (lib/base/mem.h). */
#include "lib/text/json.h"

#include "lib/base/mem.h"
#include "lib/base/resources.h"
#include "lib/text/cell.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { AMOUNT_DIGITS = 15 };

static json_t *must(json_t *json)
{
    if (json == NULL)
        abort();
    return json;
}

static json_t *text(struct slice s)
{
    json_t *json;
    struct buf clean;

    if (s.size == 0)
        return must(json_string(""));
    json = json_stringn(s.data, s.size);
    if (json != NULL)
        return json;
    buf_init(&clean, 0);
    for (size_t at = 0; at < s.size;) {
        size_t length = cell_character(s.data + at, s.size - at);
        if (length == 0)
            buf_append(&clean, "\xef\xbf\xbd", 3);
        else
            buf_append(&clean, s.data + at, length);
        at += length > 0 ? length : 1;
    }
    json = must(json_stringn((const char *)clean.data, clean.size));
    buf_finish(&clean);
    return json;
}

static json_t *amount(int64_t value)
{
    if (value % RESOURCE_UNIT == 0)
        return must(json_integer(value / RESOURCE_UNIT));
    return must(json_real(resources_to_double(value)));
}

static json_t *id(const struct id *value)
{
    char hex[ID_HEX_MAX];
    return must(id_is_set(value) ? json_string(id_hex(value, hex)) : json_null());
}

static json_t *object(const struct desc *desc, const void *message);
static json_t *value_of(const struct field *field, const void *at);

static json_t *list(const struct field *field, const struct list_field *items)
{
    json_t *json = must(json_array());

    for (size_t i = 0; i < items->count; i++)
        json_array_append_new(json, object(field->sub, (const char *)items->items +
                                                           i * field->sub->size));
    return json;
}

static json_t *pairs(const struct field *field, const struct list_field *items)
{
    const struct desc *pair = field->sub;
    json_t *json = must(json_object());

    for (size_t i = 0; i < items->count; i++) {
        const char *item = (const char *)items->items + i * pair->size;
        json_t *name = text(*(const struct slice *)desc_at(&pair->fields[0], item));
        json_object_set_new(
            json, json_string_value(name),
            value_of(&pair->fields[1], desc_at(&pair->fields[1], item)));
        json_decref(name);
    }
    return json;
}

static json_t *value_of(const struct field *field, const void *at)
{
    switch ((enum field_kind)field->kind) {
    case KIND_BOOL:
        return must(json_boolean(*(const bool *)at));
    case KIND_TIME:
        return must(*(const int64_t *)at == 0 ? json_null()
                                              : json_integer(*(const int64_t *)at));
    case KIND_INT:
    case KIND_DURATION:
    case KIND_SIZE:
        return must(json_integer(*(const int64_t *)at));
    case KIND_FLOAT:
        return must(json_real(*(const double *)at));
    case KIND_STRING:
    case KIND_BYTES:
        return text(*(const struct slice *)at);
    case KIND_ID:
        return id(at);
    case KIND_AMOUNT:
        return amount(*(const int64_t *)at);
    case KIND_MESSAGE:
        return object(field->sub, at);
    case KIND_LIST:
        return list(field, at);
    case KIND_PAIRS:
        return pairs(field, at);
    }
    return must(json_null());
}

static json_t *object(const struct desc *desc, const void *message)
{
    json_t *json = must(json_object());

    for (size_t i = 0; i < desc->count; i++)
        json_object_set_new(
            json, desc->fields[i].name,
            value_of(&desc->fields[i], desc_at(&desc->fields[i], message)));
    return json;
}

static int append(const char *data, size_t size, void *arg)
{
    return buf_append(arg, data, size);
}

static void dump(struct buf *out, json_t *json, bool pretty)
{
    size_t flags = JSON_REAL_PRECISION(AMOUNT_DIGITS) | (pretty ? JSON_INDENT(2) : 0);

    if (json_dump_callback(json, append, out, flags) != 0)
        abort(); /* buf grows or dies; a tree of ours can be written */
    json_decref(json);
}

void json_append(struct buf *out, const struct desc *desc, const void *message,
                 bool pretty)
{
    dump(out, object(desc, message), pretty);
}

/* Lines but the first begin with `margin`. */
static void append_shifted(struct buf *out, struct slice text, const char *margin)
{
    size_t from = 0;

    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\n') {
            buf_append(out, text.data + from, i + 1 - from);
            buf_append(out, margin, strlen(margin));
            from = i + 1;
        }
    buf_append(out, text.data + from, text.size - from);
}

/* The text that a tree of all would have, with a tree of one row at a time: there may
 * be half a million. */
void json_append_rows(struct buf *out, const struct print_rows *rows, bool pretty)
{
    const char *truncated = rows->total > (int64_t)rows->count ? "true" : "false";
    struct buf row;

    buf_init(&row, 0);
    buf_printf(out,
               pretty ? "{\n  \"total\": %lld,\n  \"truncated\": %s,\n  \"rows\": ["
                      : "{\"total\": %lld, \"truncated\": %s, \"rows\": [",
               (long long)rows->total, truncated);
    for (size_t i = 0; i < rows->count; i++) {
        const char *item = (const char *)rows->items + i * rows->desc->size;
        buf_clear(&row);
        json_append(&row, rows->desc, item, pretty);
        buf_printf(out, "%s%s", i > 0 ? "," : "", pretty ? "\n    " : i > 0 ? " " : "");
        append_shifted(out, buf_slice(&row), "    ");
    }
    buf_printf(out, "%s", !pretty ? "]}" : rows->count > 0 ? "\n  ]\n}" : "]\n}");
    buf_finish(&row);
}
