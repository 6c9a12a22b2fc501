/* expand.h - ${NAME} in a text, as Ray replaces it in the values of env_vars. Pure. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/slice.h"

/* The value of a variable; NULL: none, which stands for "". */
typedef const char *expand_value(const char *name);

/* Appends `text` to `out`, each ${NAME} (letters, digits, '_') replaced. What is no
 * such reference stays as it is. */
void expand_append(struct buf *out, struct slice text, expand_value *value);
