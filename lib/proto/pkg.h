/* pkg.h - how packages of runtime environments are called on the wire. */
#pragma once

#include "lib/base/slice.h"

#include <stdbool.h>

/* "<64 hex digits>.tar.zst" or ".zip": the digest of its content, and its format. */
bool pkg_is_name(struct slice name);
/* Whether `text` is "pkg:<name>": a package that the head has, as a working_dir. */
bool pkg_is_uri(struct slice text);
struct slice pkg_name_of(struct slice uri);
