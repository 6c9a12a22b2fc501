/* env.c - a table of keys. JSON is read as the YAML that it is. */
#include "envs/env.h"

#include "lib/base/mem.h"
#include "lib/base/nearest.h"
#include "lib/text/yaml.h"

#include <stdlib.h>
#include <string.h>

typedef int read_key(struct env_spec *spec, const struct yaml_node *value,
                     struct error *err);

static int read_working_dir(struct env_spec *spec, const struct yaml_node *value,
                            struct error *err)
{
    return yaml_string(value, "working_dir", &spec->working_dir, err);
}

static int read_vars(struct env_spec *spec, const struct yaml_node *value,
                     struct error *err)
{
    size_t count = yaml_count(value);
    int status = 0;

    if (yaml_kind(value) != YAML_MAP)
        return yaml_fail(value, err, "env_vars: expected names with values");
    if (count > ENV_VARS_MAX)
        return yaml_fail(value, err, "env_vars: more than %d", ENV_VARS_MAX);
    spec->vars = xcalloc(count + 1, sizeof(*spec->vars));
    for (size_t i = 0; i < count && status == 0; i++) {
        struct env_pair *pair = &spec->vars[spec->vars_count++];
        status = yaml_string(yaml_key(value, i), "env_vars", &pair->name, err);
        if (status == 0)
            status = yaml_string(yaml_value(value, i), pair->name, &pair->value, err);
        if (status == 0 && (pair->name[0] == '\0' || strchr(pair->name, '=') != NULL))
            status = yaml_fail(yaml_key(value, i), err, "env_vars: '%s' is no name",
                               pair->name);
    }
    return status;
}

static int read_excludes(struct env_spec *spec, const struct yaml_node *value,
                         struct error *err)
{
    size_t count = yaml_count(value);
    int status = 0;

    if (yaml_kind(value) != YAML_LIST)
        return yaml_fail(value, err, "excludes: expected a list of patterns");
    if (count > ENV_EXCLUDES_MAX)
        return yaml_fail(value, err, "excludes: more than %d", ENV_EXCLUDES_MAX);
    spec->excludes = xcalloc(count + 1, sizeof(*spec->excludes));
    for (size_t i = 0; i < count && status == 0; i++)
        status = yaml_string(yaml_item(value, i), "excludes",
                             &spec->excludes[spec->excludes_count++], err);
    return status;
}

static int refuse(struct env_spec *spec, const struct yaml_node *value,
                  struct error *err)
{
    (void)spec;
    yaml_fail(value, err, "not supported: use working_dir, env_vars, excludes");
    err->code = ERR_UNSUPPORTED;
    return -ERR_UNSUPPORTED;
}

static const struct {
    const char *name;
    read_key *read;
} keys[] = {
    { "working_dir", read_working_dir },
    { "env_vars", read_vars },
    { "excludes", read_excludes },
    { "py_modules", refuse },
    { "py_executable", refuse },
    { "pip", refuse },
    { "uv", refuse },
    { "conda", refuse },
    { "container", refuse },
    { "image_uri", refuse },
    { "worker_process_setup_hook", refuse },
    { "nsight", refuse },
    { "rocprof_sys", refuse },
    { "java_jars", refuse },
    { "config", refuse },
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

static int read_one(struct env_spec *spec, const struct yaml_node *key,
                    const struct yaml_node *value, struct error *err)
{
    const char *name, *names[KEYS], *near;
    int status = yaml_string(key, "runtime_env", &name, err);

    if (status != 0)
        return status;
    for (size_t i = 0; i < KEYS; i++) {
        if (strcmp(keys[i].name, name) == 0) {
            status = keys[i].read(spec, value, err);
            return status == 0 ? 0 : wrap(err, "%s", name);
        }
        names[i] = keys[i].name;
    }
    near = nearest(slice(name), names, KEYS);
    if (near != NULL)
        return yaml_fail(key, err, "unknown key '%s': did you mean '%s'?", name, near);
    return yaml_fail(key, err, "unknown key '%s'", name);
}

static int read_all(struct env_spec *spec, struct error *err)
{
    const struct yaml_node *root = yaml_root(spec->yaml);
    int status = 0;

    if (root != NULL && yaml_kind(root) != YAML_MAP)
        return yaml_fail(root, err, "expected keys with values");
    for (size_t i = 0; i < yaml_count(root) && status == 0; i++)
        status = read_one(spec, yaml_key(root, i), yaml_value(root, i), err);
    return status;
}

int env_read(struct env_spec *spec, const char *text, struct error *err)
{
    int status;

    *spec = (struct env_spec){ 0 };
    spec->yaml = text[0] == '{' ? yaml_parse("runtime_env", slice(text), err)
                                : yaml_load(text, err);
    if (spec->yaml == NULL)
        return -(int)err->code;
    status = read_all(spec, err);
    if (status != 0)
        env_finish(spec);
    return status;
}

void env_finish(struct env_spec *spec)
{
    yaml_destroy(spec->yaml);
    free(spec->vars);
    free(spec->excludes);
    *spec = (struct env_spec){ 0 };
}
