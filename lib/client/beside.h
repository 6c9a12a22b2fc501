/* beside.h - where the programs are that belong to this library. */
#pragma once

#include <limits.h>

/* The program of that name: in $RAYCTL_BIN_DIR, beside this library (../bin, or its own
 * folder), else the bare name, for PATH. Returns `path` or `name`. */
const char *beside_find(const char *name, char path[PATH_MAX]);
