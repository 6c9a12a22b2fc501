/* print.c - a format is a function. */
#include "lib/text/print.h"

#include "lib/text/csv.h"
#include "lib/text/json.h"
#include "lib/text/table.h"
#include "lib/text/yaml.h"

#include <strings.h>

static const char *const names[] = {
    [PRINT_TABLE] = "table", [PRINT_JSON] = "json", [PRINT_JSONL] = "jsonl",
    [PRINT_YAML] = "yaml",   [PRINT_CSV] = "csv",
};

int print_parse_format(const char *text, enum print_format *format, struct error *err)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcasecmp(names[i], text) == 0) {
            *format = (enum print_format)i;
            return 0;
        }
    }
    return fail(err, ERR_INVALID,
                "no such format: '%s'; choose table, json, jsonl, yaml or csv", text);
}

static void append_yaml(struct buf *out, const struct buf *json)
{
    yaml_append_json(out, buf_slice(json));
}

void print_rows(struct buf *out, const struct print_options *options,
                const struct print_rows *rows)
{
    struct buf json;

    buf_init(&json, 0);
    switch (options->format) {
    case PRINT_TABLE:
        table_append(out, options, rows);
        break;
    case PRINT_JSON:
        json_append_rows(out, rows, true);
        buf_append(out, "\n", 1);
        break;
    case PRINT_JSONL:
        for (size_t i = 0; i < rows->count; i++) {
            json_append(out, rows->desc,
                        (const char *)rows->items + i * rows->desc->size, false);
            buf_append(out, "\n", 1);
        }
        break;
    case PRINT_YAML:
        json_append_rows(&json, rows, false);
        append_yaml(out, &json);
        break;
    case PRINT_CSV:
        csv_append(out, rows);
        break;
    }
    buf_finish(&json);
}

void print_one(struct buf *out, const struct print_options *options,
               const struct desc *desc, const void *message)
{
    const struct print_rows one = { desc, message, 1, 1 };
    struct buf json;

    buf_init(&json, 0);
    switch (options->format) {
    case PRINT_TABLE:
        table_append_message(out, options, desc, message);
        break;
    case PRINT_JSON:
    case PRINT_JSONL:
        json_append(out, desc, message, options->format == PRINT_JSON);
        buf_append(out, "\n", 1);
        break;
    case PRINT_YAML:
        json_append(&json, desc, message, false);
        append_yaml(out, &json);
        break;
    case PRINT_CSV:
        csv_append(out, &one);
        break;
    }
    buf_finish(&json);
}
