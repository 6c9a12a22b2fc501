/* env.h - what a user writes about a runtime environment: Ray's runtime_env with the
 * keys working_dir, env_vars and excludes, in JSON or YAML. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stddef.h>

struct yaml;

enum { ENV_VARS_MAX = 1000, ENV_EXCLUDES_MAX = 1000 };

struct env_pair {
    const char *name, *value;
};

/* Texts live as long as it does. */
struct env_spec {
    struct yaml *yaml;       /* owned */
    const char *working_dir; /* a folder, or "pkg:<name>"; NULL: none */
    struct env_pair *vars;   /* owned */
    size_t vars_count;
    const char **excludes; /* gitignore patterns; owned */
    size_t excludes_count;
};

/* `text` is the document itself when it begins with '{', else the path of a file with
 * it. "FILE:LINE:COLUMN: what" for what is wrong; keys of Ray's that are not supported
 * are -ERR_UNSUPPORTED, for a program would miss what they promise. */
int env_read(struct env_spec *spec, const char *text, struct error *err);
void env_finish(struct env_spec *spec);
