/* plugin.h - what can make the environment of a process.
 *
 * A runtime environment becomes a folder, made once a node and content, and a way to
 * start a process in it. Each plug-in is one table of functions in plugin_<name>.c and
 * a line in plugins.def; *process* makes ordinary processes: a working directory from a
 * package, and environment variables. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stddef.h>
#include <stdint.h>

struct env_var {
    struct slice name, value;
};

/* How a process is started: filled by `enter`, freed by env_launch_finish(). */
struct env_launch {
    char **vars; /* "NAME=value", NULL-terminated: the whole environment */
    char *cwd;   /* NULL: the starter's */
};

struct env_plugin {
    const char *name;
    /* Makes `folder`, which is not there, from `archive`, whose content has that
     * digest; in a pool thread. All or nothing. *size: bytes of its files. -ERR_FAILED
     * when the archive is damaged. */
    int (*create)(const char *archive, const char *folder, const char *digest,
                  int64_t *size, struct error *err);
    /* The way into `folder` (NULL: an environment without one) with these variables
     * added to those of this process; ${NAME} in a value is that of this process. */
    void (*enter)(const char *folder, const struct env_var *vars, size_t count,
                  struct env_launch *launch);
    void (*remove)(const char *folder); /* blocking */
};

#define PLUGIN(name) extern const struct env_plugin plugin_##name;
#include "envs/plugins.def"
#undef PLUGIN

void env_launch_finish(struct env_launch *launch);
