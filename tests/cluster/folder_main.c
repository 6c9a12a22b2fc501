/* folder_main.c - reads a file of a folder in its runtime environment:
 *     folder task DIR FILE      by a task
 *     folder actor DIR FILE     by an actor
 *     folder restart DIR FILE   by an actor, and again when its process was killed: it
 *                               says "begun" when a test may do that
 * DIR may be "pkg:<name>". Prints the text, or "error <code>: <text>". */
#include "checks.h"

#include <stdio.h>
#include <string.h>

enum { WAIT = 60000 };

struct reading {
    struct ray_actor *actor; /* NULL: a task */
    const char *file;
    const struct ray_runtime_env *env;
    int64_t first_pid;
};

/* Prints what it has read. */
static int report(struct ray_ref *ref, struct ray_error *err)
{
    struct ray_value value = ray_none();
    int status = ref ? ray_get(ref, &value, WAIT, err) : -1;

    if (status == 0)
        printf("# %s\n", (const char *)value.as.bytes.data);
    else
        printf("# error %d: %s\n", (int)err->code, err->text);
    ray_release(ref);
    return check(status == 0, "read");
}

static void read_once(const struct reading *reading)
{
    const struct ray_task_options options = { .env = reading->env };
    const struct ray_value file = ray_string(reading->file);
    struct ray_error err;

    if (reading->actor)
        report(ray_call(reading->actor, "read_file", RAY_ARGS(file), NULL, &err), &err);
    else
        report(ray_remote("read_file", RAY_ARGS(file), &options, &err), &err);
}

static int64_t pid_of(struct ray_actor *actor)
{
    struct ray_error err;
    struct ray_value value = ray_none();
    struct ray_ref *ref = ray_call(actor, "pid", RAY_NO_ARGS, NULL, &err);
    int status = ref ? ray_get(ref, &value, WAIT, &err) : -1;

    ray_release(ref);
    return status == 0 ? value.as.integer : 0;
}

static bool has_moved(void *arg)
{
    const struct reading *reading = arg;
    int64_t pid = pid_of(reading->actor);

    return pid != 0 && pid != reading->first_pid;
}

static void restart(struct reading *reading)
{
    reading->first_pid = pid_of(reading->actor);
    printf("# begun\n");
    check(checks_until(has_moved, reading), "it lives again");
    read_once(reading);
}

int main(int argc, char **argv)
{
    const struct ray_runtime_env env = { .working_dir = argc == 4 ? argv[2] : NULL };
    const struct ray_actor_options options = { .env = &env,
                                               .num_cpus = 1,
                                               .max_restarts = -1 };
    struct reading reading = { .env = &env, .file = argc == 4 ? argv[3] : "" };
    struct ray_error err = { .text = "" };

    checks_begin(2);
    check(argc == 4, "folder task|actor|restart DIR FILE");
    if (argc == 4 && strcmp(argv[1], "task") != 0) {
        reading.actor = ray_actor_create("witness", RAY_NO_ARGS, &options, &err);
        check(reading.actor != NULL, "an actor: %s", err.text);
    }
    if (reading.actor && strcmp(argv[1], "restart") == 0)
        restart(&reading);
    else
        read_once(&reading);
    ray_actor_release(reading.actor);
    return checks_end();
}
