/* plugin_process.c - ordinary processes: a folder to start in, and variables.
 *
 * The folder is the process's working directory and its RAY_WORKING_DIR. It is the
 * node's, shared by all who have the same content: programs write elsewhere. */
#include "envs/package.h"
#include "envs/plugin.h"
#include "lib/base/buf.h"
#include "lib/base/expand.h"
#include "lib/base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char folder_var[] = "RAY_WORKING_DIR";

static int create(const char *archive, const char *folder, const char *digest,
                  int64_t *size, struct error *err)
{
    const struct tree_options all = { .takes_all = true };
    struct tree tree;
    int status = package_unpack(archive, folder, digest, err);

    if (status == 0)
        status = tree_read(&tree, folder, &all, err);
    if (status != 0)
        return status;
    *size = tree.size;
    tree_finish(&tree);
    return 0;
}

static const char *value_here(const char *name)
{
    return getenv(name);
}

/* "NAME=value"; owned by the caller. */
static char *line_of(const struct env_var *var)
{
    struct buf out;
    char *line;

    buf_init(&out, 0);
    buf_printf(&out, "%.*s=", SLICE_ARGS(var->name));
    expand_append(&out, var->value, value_here);
    line = xslicedup(buf_slice(&out));
    buf_finish(&out);
    return line;
}

static bool is_named(char *const *vars, size_t count, const char *line)
{
    size_t size = strcspn(line, "=") + 1;

    for (size_t i = 0; i < count; i++)
        if (strncmp(vars[i], line, size) == 0)
            return true;
    return false;
}

static void enter(const char *folder, const struct env_var *vars, size_t count,
                  struct env_launch *launch)
{
    extern char **environ;
    size_t inherited = 0, added = 0, own;

    while (environ[inherited] != NULL)
        inherited++;
    launch->vars = xcalloc(inherited + count + 2, sizeof(*launch->vars));
    launch->cwd = folder != NULL ? xstrdup(folder) : NULL;
    if (folder != NULL)
        launch->vars[added++] = xprintf("%s=%s", folder_var, folder);
    for (size_t i = 0; i < count; i++)
        launch->vars[added++] = line_of(&vars[i]);
    own = added;
    for (size_t i = 0; i < inherited; i++)
        if (!is_named(launch->vars, own, environ[i]))
            launch->vars[added++] = xstrdup(environ[i]);
}

const struct env_plugin plugin_process = {
    .name = "process",
    .create = create,
    .enter = enter,
    .remove = package_remove,
};

void env_launch_finish(struct env_launch *launch)
{
    for (size_t i = 0; launch->vars != NULL && launch->vars[i] != NULL; i++)
        free(launch->vars[i]);
    free(launch->vars);
    free(launch->cwd);
    *launch = (struct env_launch){ 0 };
}
