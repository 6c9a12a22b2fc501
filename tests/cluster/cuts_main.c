/* cuts_main.c - a driver on a cluster of three machines with two CPUs each, whose
 * connections to workers break: it says when something is under way everywhere, waits
 * for a line that says that they are cut, and goes on. */
#include "checks.h"

#include <stdio.h>

enum {
    MACHINES = 3,
    CPUS = 2,
    TASKS = MACHINES * CPUS,
    NAP_MS = 3000,
    WAIT_MS = 60000
};

/* What is under way, for who cuts. */
static void wait_for_cut(const char *what)
{
    char line[16];

    printf("# %s\n", what);
    fflush(stdout);
    check(fgets(line, sizeof(line), stdin) != NULL, "the connections are cut");
}

static int64_t add(struct ray_actor *actor)
{
    struct ray_ref *ref;
    struct ray_value value;
    struct ray_error err;
    int64_t sum = -1;

    ref = ray_call(actor, "add", RAY_ARGS(ray_int(1)), NULL, &err);
    if (ray_get(ref, &value, WAIT_MS, &err) == 0)
        sum = value.as.integer;
    ray_release(ref);
    return sum;
}

static void actors(void)
{
    const struct ray_actor_options whole = { .num_cpus = CPUS };
    struct ray_actor *all[MACHINES];
    struct ray_error err;

    for (int i = 0; i < MACHINES; i++)
        all[i] = ray_actor_create("counter", RAY_ARGS(ray_int(i)), &whole, &err);
    for (int i = 0; i < MACHINES; i++)
        check(add(all[i]) == i + 1, "actor %d answers", i);
    wait_for_cut("actors live");
    for (int i = 0; i < MACHINES; i++) {
        check(add(all[i]) == i + 2, "actor %d answers the next call", i);
        check(ray_actor_kill(all[i], true, &err) == 0, "it is ended");
        ray_actor_release(all[i]);
    }
}

static void tasks(void)
{
    struct ray_ref *refs[TASKS];
    struct ray_value values[TASKS];
    struct ray_error err;

    for (int i = 0; i < TASKS; i++)
        refs[i] = ray_remote("nap", RAY_ARGS(ray_int(NAP_MS)), NULL, &err);
    wait_for_cut("tasks run");
    check(ray_get_many(refs, TASKS, values, WAIT_MS, &err) == 0, "all tasks end");
    for (int i = 0; i < TASKS; i++)
        ray_release(refs[i]);
}

int main(void)
{
    checks_begin(0);
    actors();
    tasks();
    return checks_end();
}
