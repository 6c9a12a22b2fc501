/* late_main.c - a driver that says "begun", waits for the end of its input, says
 * "asking", and asks for an actor: a test may end the head meanwhile. */
#include "checks.h"

#include <stdio.h>

int main(void)
{
    const struct ray_actor_options options = { .name = "late" };
    struct ray_actor *actor;
    struct ray_error err;

    setvbuf(stdout, NULL, _IOLBF, 0);
    checks_begin(1);
    printf("# begun\n");
    while (getchar() != EOF)
        ;
    printf("# asking\n");
    actor = ray_actor_create("counter", RAY_ARGS(ray_int(0)), &options, &err);
    if (check(actor != NULL, "created: %s", actor != NULL ? "late" : err.text)) {
        check(checks_int(ray_call(actor, "pid", RAY_NO_ARGS, NULL, &err), "pid") > 1,
              "it lives");
        ray_actor_release(actor);
    }
    return checks_end();
}
