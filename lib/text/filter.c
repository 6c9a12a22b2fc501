/* filter.c - comparison of a field with text, by kind of field. */
#include "lib/text/filter.h"

#include "lib/base/nearest.h"
#include "lib/base/resources.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

enum { NUMBER_MAX = 64, NAMES_MAX = 64 };

static struct slice trim(struct slice text)
{
    while (text.size > 0 && isspace((unsigned char)text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && isspace((unsigned char)text.data[text.size - 1]))
        text.size--;
    return text;
}

int filter_parse(struct slice text, struct filter_term *term, struct error *err)
{
    const char *equals = text.size > 0 ? memchr(text.data, '=', text.size) : NULL;
    size_t key_size;

    if (equals == NULL)
        return fail(err, ERR_INVALID, "filter '%.*s': expected KEY=VALUE or KEY!=VALUE",
                    SLICE_ARGS(text));
    key_size = (size_t)(equals - text.data);
    term->op = FILTER_EQUAL;
    term->value = trim(slice_of(equals + 1, text.size - key_size - 1));
    if (key_size > 0 && text.data[key_size - 1] == '!') {
        term->op = FILTER_NOT_EQUAL;
        key_size--;
    }
    term->key = trim(slice_of(text.data, key_size));
    if (term->key.size == 0)
        return fail(err, ERR_INVALID, "filter '%.*s' has no key", SLICE_ARGS(text));
    return 0;
}

/* The field of a key, and what is behind its first dot. */
static const struct field *find_field(const struct desc *desc, struct slice key,
                                      struct slice *inner)
{
    const char *dot = key.size > 0 ? memchr(key.data, '.', key.size) : NULL;
    const struct field *field = desc_find(desc, key);

    *inner = (struct slice){ NULL, 0 };
    if (field != NULL || dot == NULL)
        return field;
    field = desc_find(desc, slice_of(key.data, (size_t)(dot - key.data)));
    if (field == NULL || field->kind != KIND_PAIRS)
        return NULL;
    *inner = slice_of(dot + 1, key.size - (size_t)(dot - key.data) - 1);
    return field;
}

int filter_check(const struct desc *desc, const struct filter_term *term,
                 struct error *err)
{
    const char *names[NAMES_MAX], *close;
    struct slice inner;
    size_t count = 0;

    if (find_field(desc, term->key, &inner) != NULL)
        return 0;
    for (size_t i = 0; i < desc->count && count < NAMES_MAX; i++)
        names[count++] = desc->fields[i].name;
    close = nearest(term->key, names, count);
    return fail(err, ERR_INVALID, "there is no key '%.*s'%s%s%s", SLICE_ARGS(term->key),
                close != NULL ? "; did you mean '" : "", close != NULL ? close : "",
                close != NULL ? "'?" : "");
}

static bool same_text(struct slice a, struct slice b)
{
    return a.size == b.size &&
           (a.size == 0 || strncasecmp(a.data, b.data, a.size) == 0);
}

static bool same_number(double number, struct slice text)
{
    char copy[NUMBER_MAX], *end;
    double wanted;

    if (text.size == 0 || text.size >= sizeof(copy))
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    wanted = strtod(copy, &end);
    return *end == '\0' && wanted <= number && wanted >= number; /* never for NaN */
}

static bool same_integer(int64_t number, struct slice text)
{
    char copy[NUMBER_MAX], *end;
    long long wanted;

    if (text.size == 0 || text.size >= sizeof(copy))
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    wanted = strtoll(copy, &end, 10);
    return *end == '\0' ? wanted == number : same_number((double)number, text);
}

static bool same_bool(bool value, struct slice text)
{
    return same_text(text, slice(value ? "true" : "false")) ||
           slice_is(text, value ? "1" : "0");
}

static bool same_value(const struct field *field, const void *at, struct slice text)
{
    switch ((enum field_kind)field->kind) {
    case KIND_BOOL:
        return same_bool(*(const bool *)at, text);
    case KIND_STRING:
    case KIND_BYTES:
        return same_text(*(const struct slice *)at, text);
    case KIND_ID:
        return text.size == 0 ? !id_is_set(at)
                              : id_is_set(at) && id_has_prefix(at, text);
    case KIND_FLOAT:
        return same_number(*(const double *)at, text);
    case KIND_AMOUNT:
        return same_number(resources_to_double(*(const int64_t *)at), text);
    case KIND_INT:
    case KIND_TIME:
    case KIND_DURATION:
    case KIND_SIZE:
        return same_integer(*(const int64_t *)at, text);
    case KIND_MESSAGE:
    case KIND_LIST:
    case KIND_PAIRS:
        break;
    }
    return false;
}

/* {name, value} messages: the name is the first field, the value the second. */
static bool pair_matches(const struct field *field, const void *at, struct slice name,
                         struct slice value)
{
    const struct list_field *list = at;
    const struct desc *pair = field->sub;

    for (size_t i = 0; i < list->count; i++) {
        const char *item = (const char *)list->items + i * pair->size;
        if (slice_equal(*(const struct slice *)desc_at(&pair->fields[0], item), name))
            return same_value(&pair->fields[1], desc_at(&pair->fields[1], item), value);
    }
    return false;
}

bool filter_matches(const struct desc *desc, const void *row,
                    const struct filter_term *term)
{
    struct slice inner;
    const struct field *field = find_field(desc, term->key, &inner);
    bool same;

    if (field == NULL)
        return false;
    same = inner.data != NULL
               ? pair_matches(field, desc_at(field, row), inner, term->value)
               : same_value(field, desc_at(field, row), term->value);
    return same == (term->op == FILTER_EQUAL);
}
