/* ignore.h - which files of a folder are left out: gitignore(5) patterns. Pure.
 *
 * Rules are kept in the order in which they are added; the last one that matches
 * decides, and `!pattern` takes a path in again. A rule counts from the folder whose
 * file it stands in. A folder that is left out is not looked into. */
#pragma once

#include "lib/base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct ignore_rule;

struct ignore {
    struct ignore_rule *rules; /* owned */
    size_t count, capacity;
};

void ignore_init(struct ignore *ignore);
void ignore_finish(struct ignore *ignore);
/* One pattern, as of a file in folder `base` (relative to the root, "" for the root
 * itself). Empty lines and comments are no patterns. */
void ignore_add(struct ignore *ignore, const char *base, struct slice pattern);
/* The lines of a .gitignore. */
void ignore_add_lines(struct ignore *ignore, const char *base, struct slice text);
/* Whether `path` (relative to the root, no leading slash) is left out. */
bool ignore_matches(const struct ignore *ignore, const char *path, bool is_folder);
