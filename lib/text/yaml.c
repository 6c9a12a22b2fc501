/* yaml.c - libfyaml's tree behind our own nodes.
 *
 * The tree is converted once: kinds, text and positions are all that users ask for.
 * Anchors and aliases are resolved by the parser; a document that grows by them beyond
 * NODES_MAX nodes is refused ("billion laughs"). Only plain scalars that say null or ~
 * (YAML 1.2 core schema) are null. */
#include "lib/text/yaml.h"

#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/base/nearest.h"
#include "lib/text/cell.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NODES_MAX = 1000000, DEPTH_MAX = 100 };

struct yaml_node {
    const struct yaml *yaml;
    enum yaml_kind kind;
    struct slice text;                 /* of a scalar, terminated */
    int line, column;                  /* 1 and up */
    struct yaml_node **keys, **values; /* keys of maps only */
    size_t count;
};

struct yaml {
    struct arena arena;
    char *name;
    struct yaml_node *root;
    size_t nodes;
};

static int fail_at(const struct yaml *yaml, int line, int column, struct error *err,
                   const char *text)
{
    return fail(err, ERR_INVALID, "%s:%d:%d: %s", yaml->name, line, column, text);
}

static bool is_null(struct fy_node *node, struct slice text)
{
    return fy_node_get_style(node) == FYNS_PLAIN &&
           (text.size == 0 || slice_is(text, "~") || slice_is(text, "null") ||
            slice_is(text, "Null") || slice_is(text, "NULL"));
}

static struct yaml_node *convert(struct yaml *yaml, struct fy_node *node, int depth,
                                 struct error *err);

static void position(struct yaml_node *own, struct fy_node *node)
{
    struct fy_token *token =
        fy_node_is_scalar(node) ? fy_node_get_scalar_token(node) : NULL;
    const struct fy_mark *mark = NULL;

    if (token != NULL)
        mark = fy_token_start_mark(token);
    own->line = mark != NULL ? mark->line + 1 : 1;
    own->column = mark != NULL ? mark->column + 1 : 1;
}

static int convert_list(struct yaml *yaml, struct fy_node *node, struct yaml_node *own,
                        int depth, struct error *err)
{
    struct fy_node *item;
    void *at = NULL;

    own->kind = YAML_LIST;
    own->values =
        arena_array(&yaml->arena, (size_t)fy_node_sequence_item_count(node) + 1,
                    sizeof(*own->values));
    while ((item = fy_node_sequence_iterate(node, &at)) != NULL) {
        own->values[own->count] = convert(yaml, item, depth, err);
        if (own->values[own->count++] == NULL)
            return -(int)err->code;
    }
    return 0;
}

static int convert_map(struct yaml *yaml, struct fy_node *node, struct yaml_node *own,
                       int depth, struct error *err)
{
    size_t room = (size_t)fy_node_mapping_item_count(node) + 1;
    struct fy_node_pair *pair;
    void *at = NULL;

    own->kind = YAML_MAP;
    own->keys = arena_array(&yaml->arena, room, sizeof(*own->keys));
    own->values = arena_array(&yaml->arena, room, sizeof(*own->values));
    while ((pair = fy_node_mapping_iterate(node, &at)) != NULL) {
        struct yaml_node *key = convert(yaml, fy_node_pair_key(pair), depth, err);
        struct yaml_node *value;
        if (key == NULL)
            return -(int)err->code;
        if (key->kind != YAML_SCALAR)
            return yaml_fail(key, err, "a key must be plain text");
        value = convert(yaml, fy_node_pair_value(pair), depth, err);
        if (value == NULL)
            return -(int)err->code;
        /* What has no text has no position. */
        if (value->kind == YAML_NULL ||
            (value->kind != YAML_SCALAR && value->count == 0)) {
            value->line = key->line;
            value->column = key->column;
        }
        own->keys[own->count] = key;
        own->values[own->count++] = value;
    }
    return 0;
}

/* Maps and lists begin where their first scalar does. */
static void take_position(struct yaml_node *own)
{
    const struct yaml_node *first = own->count == 0     ? NULL
                                    : own->keys != NULL ? own->keys[0]
                                                        : own->values[0];

    if (first != NULL) {
        own->line = first->line;
        own->column = first->column;
    }
}

static struct yaml_node *convert(struct yaml *yaml, struct fy_node *node, int depth,
                                 struct error *err)
{
    struct yaml_node *own = arena_alloc(&yaml->arena, sizeof(*own));
    const char *text;
    size_t size = 0;
    int status = 0;

    own->yaml = yaml;
    own->line = own->column = 1;
    if (++yaml->nodes > NODES_MAX || depth > DEPTH_MAX) {
        fail_at(yaml, 1, 1, err, "the document is too large or too deep");
        return NULL;
    }
    if (node == NULL)
        return own;
    if (fy_node_is_sequence(node)) {
        status = convert_list(yaml, node, own, depth + 1, err);
        take_position(own);
    } else if (fy_node_is_mapping(node)) {
        status = convert_map(yaml, node, own, depth + 1, err);
        take_position(own);
    } else {
        position(own, node);
        text = fy_node_get_scalar(node, &size);
        own->text = arena_copy(&yaml->arena, slice_of(text, size));
        own->kind = is_null(node, own->text) ? YAML_NULL : YAML_SCALAR;
    }
    return status == 0 ? own : NULL;
}

/* The parser's first complaint. */
static void explain(struct yaml *yaml, struct fy_diag *diag, struct error *err)
{
    struct fy_diag_error *error;
    void *at = NULL;

    error = fy_diag_errors_iterate(diag, &at);
    if (error != NULL)
        fail_at(yaml, error->line > 0 ? error->line : 1,
                error->column > 0 ? error->column : 1, err, error->msg);
    else
        fail_at(yaml, 1, 1, err, "this is not YAML");
}

static int build(struct yaml *yaml, struct slice text, struct error *err)
{
    struct fy_diag_cfg diag_cfg;
    struct fy_diag *diag;
    struct fy_parse_cfg cfg = { .flags = FYPCF_RESOLVE_DOCUMENT | FYPCF_QUIET };
    struct fy_document *document;
    struct fy_node *root;

    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag = fy_diag_create(&diag_cfg);
    if (diag == NULL)
        abort(); /* no memory */
    fy_diag_set_collect_errors(diag, true);
    cfg.diag = diag;
    document =
        fy_document_build_from_string(&cfg, text.size > 0 ? text.data : "", text.size);
    root = document != NULL ? fy_document_root(document) : NULL;
    if (root != NULL)
        yaml->root = convert(yaml, root, 0, err);
    else if (fy_diag_got_error(diag))
        explain(yaml, diag, err);
    else
        err->code = ERR_OK; /* nothing but space and comments */
    if (root != NULL && yaml->root != NULL)
        err->code = ERR_OK;
    fy_document_destroy(document);
    fy_diag_destroy(diag);
    return -(int)err->code;
}

static bool is_blank(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\0' || strchr(" \t\r\n", text.data[i]) == NULL)
            return false;
    return true;
}

/* YAML is text in Unicode without control characters below space (YAML 1.2, nb-json in
 * 5.1: quoted text may have the others). We judge that before the parser sees it:
 * libfyaml 0.7 waits for ever for the rest of a character that is cut short in a
 * directive. */
static int check_characters(const struct yaml *yaml, struct slice text,
                            struct error *err)
{
    int line = 1, column = 1;

    for (size_t i = 0; i < text.size; column++) {
        unsigned char c = (unsigned char)text.data[i];
        size_t size = cell_character(text.data + i, text.size - i);
        if (size == 0)
            return fail_at(yaml, line, column, err, "this is not text in UTF-8");
        if (c == 0 || (c < 0x20 && strchr("\t\r\n", c) == NULL))
            return fail_at(yaml, line, column, err, "a control character");
        if (c == '\n') {
            line++;
            column = 0;
        }
        i += size;
    }
    return 0;
}

struct yaml *yaml_parse(const char *name, struct slice text, struct error *err)
{
    struct yaml *yaml = xcalloc(1, sizeof(*yaml));
    struct error own;

    yaml->name = xstrdup(name);
    if (is_blank(text))
        return yaml;
    if (check_characters(yaml, text, &own) == 0 && build(yaml, text, &own) == 0)
        return yaml;
    error_copy(err, &own);
    yaml_destroy(yaml);
    return NULL;
}

struct yaml *yaml_load(const char *path, struct error *err)
{
    FILE *file = fopen(path, "re");
    struct yaml *yaml = NULL;
    struct buf text;
    size_t got = 1;

    if (file == NULL) {
        fail(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
             strerror(errno));
        return NULL;
    }
    buf_init(&text, YAML_FILE_MAX);
    while (got > 0 && buf_reserve(&text, 65536) == 0) {
        got = fread(text.data + text.size, 1, 65536, file);
        text.size += got;
    }
    if (ferror(file) != 0)
        fail(err, ERR_IO, "%s: %s", path, strerror(errno));
    else if (got > 0)
        fail(err, ERR_INVALID, "%s:1:1: larger than %d bytes", path, YAML_FILE_MAX);
    else
        yaml = yaml_parse(path, buf_slice(&text), err);
    fclose(file);
    buf_finish(&text);
    return yaml;
}

void yaml_destroy(struct yaml *yaml)
{
    if (yaml == NULL)
        return;
    arena_finish(&yaml->arena);
    free(yaml->name);
    free(yaml);
}

const struct yaml_node *yaml_root(const struct yaml *yaml)
{
    return yaml->root;
}

enum yaml_kind yaml_kind(const struct yaml_node *node)
{
    return node != NULL ? node->kind : YAML_NULL;
}

size_t yaml_count(const struct yaml_node *node)
{
    return node != NULL ? node->count : 0;
}

const struct yaml_node *yaml_item(const struct yaml_node *list, size_t index)
{
    return list->values[index];
}

const struct yaml_node *yaml_key(const struct yaml_node *map, size_t index)
{
    return map->keys[index];
}

const struct yaml_node *yaml_value(const struct yaml_node *map, size_t index)
{
    return map->values[index];
}

const struct yaml_node *yaml_find(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; map != NULL && map->keys != NULL && i < map->count; i++)
        if (slice_is(map->keys[i]->text, key))
            return map->values[i];
    return NULL;
}

/* ---- typed readings ---- */

int yaml_fail(const struct yaml_node *node, struct error *err, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (node == NULL)
        return fail(err, ERR_INVALID, "%s", text);
    return fail_at(node->yaml, node->line, node->column, err, text);
}

static int unexpected(const struct yaml_node *node, const char *what,
                      const char *wanted, struct error *err)
{
    static const char *const kinds[] = {
        [YAML_NULL] = "nothing", [YAML_LIST] = "a list", [YAML_MAP] = "a map"
    };

    if (yaml_kind(node) == YAML_SCALAR)
        return yaml_fail(node, err, "%s: expected %s, found '%.100s'", what, wanted,
                         node->text.data);
    return yaml_fail(node, err, "%s: expected %s, found %s", what, wanted,
                     kinds[yaml_kind(node)]);
}

int yaml_string(const struct yaml_node *node, const char *what, const char **value,
                struct error *err)
{
    if (yaml_kind(node) != YAML_SCALAR)
        return unexpected(node, what, "text", err);
    *value = node->text.data;
    return 0;
}

int yaml_int(const struct yaml_node *node, const char *what, int64_t *value,
             struct error *err)
{
    char *end;

    if (yaml_kind(node) != YAML_SCALAR)
        return unexpected(node, what, "a whole number", err);
    errno = 0;
    *value = strtoll(node->text.data, &end, 10);
    if (errno != 0 || end == node->text.data || *end != '\0')
        return unexpected(node, what, "a whole number", err);
    return 0;
}

int yaml_number(const struct yaml_node *node, const char *what, double *value,
                struct error *err)
{
    char *end;

    if (yaml_kind(node) != YAML_SCALAR)
        return unexpected(node, what, "a number", err);
    *value = strtod(node->text.data, &end);
    if (end == node->text.data || *end != '\0')
        return unexpected(node, what, "a number", err);
    return 0;
}

int yaml_bool(const struct yaml_node *node, const char *what, bool *value,
              struct error *err)
{
    static const char *const words[] = { "false", "true",  "False",
                                         "True",  "FALSE", "TRUE" };

    for (size_t i = 0; yaml_kind(node) == YAML_SCALAR && i < 6; i++) {
        if (slice_is(node->text, words[i])) {
            *value = i % 2 == 1;
            return 0;
        }
    }
    return unexpected(node, what, "true or false", err);
}

void yaml_append_json(struct buf *out, struct slice json)
{
    struct fy_parse_cfg cfg = { .flags = FYPCF_QUIET | FYPCF_JSON_FORCE };
    struct fy_document *document =
        fy_document_build_from_string(&cfg, json.data, json.size);
    char *text =
        document != NULL
            ? fy_emit_document_to_string(document, FYECF_MODE_BLOCK | FYECF_WIDTH_INF)
            : NULL;

    if (text == NULL)
        abort(); /* JSON is YAML: only memory can be missing */
    buf_append(out, text, strlen(text));
    free(text);
    fy_document_destroy(document);
}
