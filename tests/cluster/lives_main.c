/* lives_main.c - a driver that leaves an actor behind: "cat", which is started again
 * however often it dies. */
#include "checks.h"

int main(void)
{
    const struct ray_actor_options always = { .name = "cat",
                                              .detached = true,
                                              .max_restarts = -1 };
    struct ray_error err;
    struct ray_actor *cat;

    checks_begin(1);
    cat = ray_actor_create("counter", RAY_ARGS(ray_int(0)), &always, &err);
    if (check(cat != NULL, "cat: %s", cat != NULL ? "created" : err.text))
        check(checks_int(ray_call(cat, "pid", RAY_NO_ARGS, NULL, &err), "pid") > 1,
              "it lives");
    ray_actor_release(cat);
    return checks_end();
}
