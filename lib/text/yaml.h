/* yaml.h - a YAML document as a tree with positions (libfyaml underneath).
 *
 * For configuration: whoever reads a file walks the tree and names the line and column
 * of what it does not like. Owns the text and the tree; nodes are borrowed from it. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yaml;
struct yaml_node;

enum yaml_kind { YAML_NULL, YAML_SCALAR, YAML_LIST, YAML_MAP };
enum { YAML_FILE_MAX = 16 * 1024 * 1024 };

/* NULL on error: -ERR_NOT_FOUND no such file, -ERR_IO, -ERR_INVALID "FILE:LINE:COLUMN:
 * what" for text that is no YAML, for a duplicate key, or when it is larger than
 * YAML_FILE_MAX. */
struct yaml *yaml_load(const char *path, struct error *err);
/* The same from memory (copied); `name` stands for the file in messages. */
struct yaml *yaml_parse(const char *name, struct slice text, struct error *err);
void yaml_destroy(struct yaml *yaml); /* accepts NULL */

/* The document; NULL when it is empty. A NULL node is of kind YAML_NULL everywhere. */
const struct yaml_node *yaml_root(const struct yaml *yaml);
enum yaml_kind yaml_kind(const struct yaml_node *node);
/* Items of a list, pairs of a map; 0 of others. */
size_t yaml_count(const struct yaml_node *node);
const struct yaml_node *yaml_item(const struct yaml_node *list, size_t index);
const struct yaml_node *yaml_key(const struct yaml_node *map, size_t index);
const struct yaml_node *yaml_value(const struct yaml_node *map, size_t index);
/* The value of a key, NULL when it is not there. */
const struct yaml_node *yaml_find(const struct yaml_node *map, const char *key);

/* Typed readings of a scalar. "FILE:LINE:COLUMN: <what>: expected ..., found ..." on
 * another kind. `what` names the setting in messages. A string is terminated and lives
 * as long as the document. */
int yaml_string(const struct yaml_node *node, const char *what, const char **value,
                struct error *err);
int yaml_int(const struct yaml_node *node, const char *what, int64_t *value,
             struct error *err);
int yaml_number(const struct yaml_node *node, const char *what, double *value,
                struct error *err);
int yaml_bool(const struct yaml_node *node, const char *what, bool *value,
              struct error *err);
/* Fills `err` with ERR_INVALID and "FILE:LINE:COLUMN: " before the formatted text;
 * returns -ERR_INVALID. */
int yaml_fail(const struct yaml_node *node, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends JSON text (valid) as a YAML document in block style. */
void yaml_append_json(struct buf *out, struct slice json);
