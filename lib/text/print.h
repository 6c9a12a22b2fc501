/* print.h - rows and messages for people and for programs, all from descriptors.
 *
 * A table is for people: one row a line, cut to the terminal, never wrapped, raw
 * control characters never passed on; it may change. json, jsonl, yaml and csv are
 * stable: raw numbers (bytes, seconds, nanoseconds since 1970; resource amounts as
 * decimal numbers), ids as full hex ("" is null), PAIRS fields as objects, and every
 * field of the row, also DETAIL ones. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/desc.h"
#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum print_format { PRINT_TABLE, PRINT_JSON, PRINT_JSONL, PRINT_YAML, PRINT_CSV };

struct print_options {
    enum print_format format;
    bool detail; /* tables show DETAIL fields too */
    int width;   /* of a table, columns; 0: not cut */
    bool colour; /* of states, in tables */
};

/* Rows of one kind. */
struct print_rows {
    const struct desc *desc;
    const void *items; /* array of desc's structs */
    size_t count;
    int64_t total; /* that matched, before a limit cut the list */
};

/* "table", "json", "jsonl", "yaml", "csv". -ERR_INVALID names the choices. */
int print_parse_format(const char *text, enum print_format *format, struct error *err);

/* Appends all rows to `out`. json and yaml: {"total": N, "truncated": BOOL, "rows":
 * [...]}; jsonl: an object a line; csv (RFC 4180, header line first, PAIRS as "a=1
 * b=2"); table: header in capitals, columns as wide as needed, ids cut to 8 hex digits,
 * sizes with units, "N of M shown" at the end when the list was cut. */
void print_rows(struct buf *out, const struct print_options *options,
                const struct print_rows *rows);
/* One message. table: a field a line ("node_id:  ..."), unset ones left out, ids in
 * full; json, yaml: an object; jsonl: one line; csv: header and one line. */
void print_one(struct buf *out, const struct print_options *options,
               const struct desc *desc, const void *message);
