/* resources.c - a small sorted array: nodes have a handful of resources, demands one or
 * two, so linear search beats anything cleverer. */
#include "lib/base/resources.h"

#include "lib/base/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void resources_finish(struct resources *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->items[i].name);
    free(set->items);
    *set = (struct resources){ 0 };
}

void resources_copy(struct resources *to, const struct resources *from)
{
    struct resources copy = { 0 };

    if (from->count > 0)
        copy.items = xcalloc(from->count, sizeof(*copy.items));
    for (copy.count = 0; copy.count < from->count; copy.count++) {
        copy.items[copy.count].name = xstrdup(from->items[copy.count].name);
        copy.items[copy.count].amount = from->items[copy.count].amount;
    }
    *to = copy;
}

/* The first item whose name is not before `name`. */
static size_t position(const struct resources *set, struct slice name)
{
    size_t at = 0;

    while (at < set->count && slice_compare(slice(set->items[at].name), name) < 0)
        at++;
    return at;
}

static bool is_at(const struct resources *set, size_t at, struct slice name)
{
    return at < set->count && slice_is(name, set->items[at].name);
}

int resources_set(struct resources *set, struct slice name, int64_t amount)
{
    size_t at = position(set, name);

    if (name.size == 0 || name.size > RESOURCE_NAME_MAX ||
        memchr(name.data, '\0', name.size) != NULL)
        return -ERR_INVALID;
    if (is_at(set, at, name)) {
        set->items[at].amount = amount;
        return 0;
    }
    if (set->count >= RESOURCE_KINDS_MAX)
        return -ERR_INVALID;
    set->items = xrealloc(set->items, (set->count + 1) * sizeof(*set->items));
    memmove(set->items + at + 1, set->items + at,
            (set->count - at) * sizeof(*set->items));
    set->items[at].name = xslicedup(name);
    set->items[at].amount = amount;
    set->count++;
    return 0;
}

int64_t resources_get(const struct resources *set, const char *name)
{
    size_t at = position(set, slice(name));
    return is_at(set, at, slice(name)) ? set->items[at].amount : 0;
}

bool resources_is_empty(const struct resources *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i].amount > 0)
            return false;
    return true;
}

const char *resources_lacking(const struct resources *available,
                              const struct resources *demand)
{
    for (size_t i = 0; i < demand->count; i++)
        if (demand->items[i].amount > 0 &&
            resources_get(available, demand->items[i].name) < demand->items[i].amount)
            return demand->items[i].name;
    return NULL;
}

bool resources_fit(const struct resources *available, const struct resources *demand)
{
    return resources_lacking(available, demand) == NULL;
}

static void change(struct resources *set, const struct resources *by, int sign)
{
    for (size_t i = 0; i < by->count; i++) {
        const char *name = by->items[i].name;
        int64_t amount = resources_get(set, name) + sign * by->items[i].amount;
        (void)resources_set(set, slice(name), amount); /* the name was valid in `by` */
    }
}

void resources_add(struct resources *set, const struct resources *more)
{
    change(set, more, 1);
}

void resources_subtract(struct resources *set, const struct resources *less)
{
    change(set, less, -1);
}

bool resources_equal(const struct resources *a, const struct resources *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (resources_get(b, a->items[i].name) != a->items[i].amount)
            return false;
    for (size_t i = 0; i < b->count; i++)
        if (resources_get(a, b->items[i].name) != b->items[i].amount)
            return false;
    return true;
}

double resources_to_double(int64_t amount)
{
    return (double)amount / RESOURCE_UNIT;
}

size_t resources_format(const struct resources *set, char *text, size_t size)
{
    size_t used = 0;

    if (size > 0)
        text[0] = '\0';
    for (size_t i = 0; i < set->count; i++) {
        int wrote;
        if (set->items[i].amount == 0 || used + 1 >= size)
            continue;
        wrote = snprintf(text + used, size - used, "%s%s=%.15g", used > 0 ? " " : "",
                         set->items[i].name, resources_to_double(set->items[i].amount));
        used += (size_t)wrote < size - used ? (size_t)wrote : size - used - 1;
    }
    return used;
}

int resources_from_double(double value, int64_t *amount, struct error *err)
{
    if (!isfinite(value) || value < 0 || value > 1e14)
        return fail(err, ERR_INVALID, "amount %g is not a number from 0 to 1e14",
                    value);
    *amount = (int64_t)llround(value * RESOURCE_UNIT);
    return 0;
}

int resources_parse_amount(struct slice text, int64_t *amount, struct error *err)
{
    int64_t whole = 0, part = 0, unit = RESOURCE_UNIT;
    bool dot = false, digits = false;

    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '.' && !dot) {
            dot = true;
        } else if (c < '0' || c > '9' || (dot && unit == 1) ||
                   whole > INT64_C(1) << 46) {
            digits = false;
            break;
        } else if (dot) {
            unit /= 10;
            part += (c - '0') * unit;
            digits = true;
        } else {
            whole = whole * 10 + (c - '0');
            digits = true;
        }
    }
    if (!digits)
        return fail(err, ERR_INVALID,
                    "amount '%.*s' is not a number with at most 4 decimals",
                    SLICE_ARGS(text));
    *amount = whole * RESOURCE_UNIT + part;
    return 0;
}
