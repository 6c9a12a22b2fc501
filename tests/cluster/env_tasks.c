/* env_tasks.c - functions and a class that say what surrounds them. */
#include <ray.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILE_MAX = 4096 };

/* "" for what is not set. */
static int return_variable(struct ray_task *task, const char *name)
{
    const char *value = getenv(name);
    return ray_return(task, 0, ray_string(value ? value : ""));
}

/* The text of a file of the folder that the process has started in. */
static int return_file(struct ray_task *task, const char *path)
{
    FILE *file = fopen(path, "re");
    char text[FILE_MAX] = "";
    size_t size;

    if (!file)
        return ray_fail(task, "no file %s here", path);
    size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[size] = '\0';
    return ray_return(task, 0, ray_string(text));
}

RAY_FUNCTION(variable, "string")
{
    return return_variable(task, ray_arg_string(task, 0));
}

RAY_FUNCTION(read_file, "string")
{
    return return_file(task, ray_arg_string(task, 0));
}

static int return_of(struct ray_task *task, struct ray_ref *ref, struct ray_error *err)
{
    struct ray_value value;
    int status = ref ? ray_get(ref, &value, -1, err) : -1;

    if (status != 0)
        status = ray_fail(task, "%s", err->text);
    else
        status = ray_return(task, 0, value);
    ray_release(ref);
    return status;
}

/* The same, seen by a task of this one. */
RAY_FUNCTION(variable_below, "string")
{
    struct ray_error err;
    struct ray_ref *ref =
        ray_remote("variable", RAY_ARGS(*ray_arg(task, 0)), NULL, &err);

    return return_of(task, ref, &err);
}

/* ...with one variable more. */
RAY_FUNCTION(variable_beside, "string string")
{
    const char *const vars[] = { ray_arg_string(task, 1) };
    const struct ray_runtime_env env = { .vars = vars, .vars_count = 1 };
    const struct ray_task_options options = { .env = &env };
    struct ray_error err;
    struct ray_ref *ref =
        ray_remote("variable", RAY_ARGS(*ray_arg(task, 0)), &options, &err);

    return return_of(task, ref, &err);
}

/* ...in a folder that this one names. */
RAY_FUNCTION(read_file_in, "string string")
{
    const struct ray_runtime_env env = { .working_dir = ray_arg_string(task, 0) };
    const struct ray_task_options options = { .env = &env };
    struct ray_error err;
    struct ray_ref *ref =
        ray_remote("read_file", RAY_ARGS(*ray_arg(task, 1)), &options, &err);

    return return_of(task, ref, &err);
}

static int witness_new(struct ray_task *task, void **state)
{
    (void)task;
    *state = NULL;
    return 0;
}

RAY_ACTOR(witness, "", witness_new, NULL);

RAY_METHOD(witness, variable, "string")
{
    (void)state;
    return return_variable(task, ray_arg_string(task, 0));
}

RAY_METHOD(witness, read_file, "string")
{
    (void)state;
    return return_file(task, ray_arg_string(task, 0));
}

RAY_METHOD(witness, pid, "")
{
    (void)state;
    return ray_return(task, 0, ray_int(getpid()));
}

/* What a task of its own sees. */
RAY_METHOD(witness, variable_below, "string")
{
    struct ray_error err;
    struct ray_ref *ref =
        ray_remote("variable", RAY_ARGS(*ray_arg(task, 0)), NULL, &err);

    (void)state;
    return return_of(task, ref, &err);
}
