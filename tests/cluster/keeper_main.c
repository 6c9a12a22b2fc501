/* keeper_main.c - a detached actor over the lives of drivers and heads: `keeper make`
 * makes the counter called "keeper" and adds one, `keeper add` finds it and adds one.
 * Prints what it says; exits with 1 when there is none. */
#include "checks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ray_actor *keeper(const char *what, struct ray_error *err)
{
    const struct ray_actor_options options = {
        .name = "keeper", .namespace_ = "tests", .detached = true, .max_restarts = 3
    };

    if (strcmp(what, "make") == 0)
        return ray_actor_create("counter", RAY_ARGS(ray_int(0)), &options, err);
    return ray_actor_get("keeper", "tests", err);
}

int main(int argc, char **argv)
{
    const struct ray_options options = { .library = checks_path("cluster.so") };
    struct ray_error err = { .text = "usage: keeper make|add" };
    struct ray_value value;
    struct ray_actor *actor;
    struct ray_ref *ref;
    int status = 1;

    if (argc != 2 || ray_init(&options, &err) != 0) {
        fprintf(stderr, "keeper: %s\n", err.text);
        return 1;
    }
    actor = keeper(argv[1], &err);
    ref =
        actor != NULL ? ray_call(actor, "add", RAY_ARGS(ray_int(1)), NULL, &err) : NULL;
    if (ref != NULL && ray_get(ref, &value, 20000, &err) == 0) {
        printf("%" PRId64 "\n", value.as.integer);
        status = 0;
    } else {
        fprintf(stderr, "keeper: %s\n", err.text);
    }
    ray_release(ref);
    ray_actor_release(actor);
    ray_shutdown();
    return status;
}
