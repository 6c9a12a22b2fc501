/* mortal_main.c - a driver to be killed: it has an actor "mouse" of its own, a detached
 * one, "cat", and a task that runs for ten minutes. Says "begun" and the processes. */
#include "checks.h"

#include <stdio.h>

static int64_t create(const struct ray_actor_options *options)
{
    struct ray_error err;
    struct ray_actor *actor =
        ray_actor_create("counter", RAY_ARGS(ray_int(7)), options, &err);

    if (!check(actor != NULL, "%s: %s", options->name, actor ? "" : err.text))
        return 0;
    return checks_int(ray_call(actor, "pid", RAY_NO_ARGS, NULL, &err), "pid");
}

int main(int argc, char **argv)
{
    const struct ray_actor_options mouse = { .name = "mouse", .max_restarts = -1 };
    const struct ray_actor_options cat = { .name = "cat",
                                           .namespace_ = "shared",
                                           .detached = true };
    struct ray_ref *nap;
    struct ray_error err;

    checks_begin(1);
    printf("# mouse %lld\n", (long long)create(&mouse));
    printf("# cat %lld\n", (long long)create(&cat));
    nap = ray_remote(
        "mark", RAY_ARGS(ray_string(argc > 1 ? argv[1] : "/dev/null"), ray_int(600000)),
        NULL, &err);
    check(nap != NULL, "a task: %s", nap ? "" : err.text);
    printf("# begun\n");
    while (getchar() != EOF)
        ;
    return checks_end();
}
