/* filter.h - "state=ALIVE": which rows a list shall show.
 *
 * Pure. A key is a field of the row's descriptor; a value is compared with what JSON
 * would show of the field as text: strings and states in any case, ids by a prefix of
 * their hex form, numbers by value ("0.5" and "0.50" are one), booleans as
 * true|false|1|0. A field of name-value pairs is reached by "labels.zone=a". */
#pragma once

#include "lib/base/desc.h"
#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdbool.h>

enum filter_op { FILTER_EQUAL, FILTER_NOT_EQUAL };

struct filter_term {
    struct slice key, value;
    enum filter_op op;
};

/* Splits "key=value" or "key!=value" (spaces around the parts do not count); the slices
 * point into `text`. -ERR_INVALID. */
int filter_parse(struct slice text, struct filter_term *term, struct error *err);
/* Checks that rows of `desc` have such a field; the error names the nearest one that
 * they have. */
int filter_check(const struct desc *desc, const struct filter_term *term,
                 struct error *err);
bool filter_matches(const struct desc *desc, const void *row,
                    const struct filter_term *term);
