/* nearest.h - "did you mean": the known name that a mistyped one most resembles. Pure.
 */
#pragma once

#include "lib/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/* The name among `names` (`count` terminated strings) with the smallest
 * optimal-string-alignment distance (insert, delete, replace, swap of neighbours; any
 * case), if that is at most a third of the longer one's length, rounded up, or if
 * `word` is a prefix of exactly one; else NULL. */
const char *nearest(struct slice word, const char *const *names, size_t count);
