/* race_main.c - one of many drivers that want the same named actor: connects, says
 * "ready", waits for the end of its input, gets or creates "one" (or $RACE_NAME), adds
 * 1 to it, says which it has. */
#include "checks.h"

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    const char *name = getenv("RACE_NAME");
    const struct ray_actor_options options = { .name = name ? name : "one",
                                               .namespace_ = "shared",
                                               .get_if_exists = true,
                                               .detached = true };
    struct ray_actor *actor;
    struct ray_error err;
    char id[33];

    checks_begin(1);
    printf("# ready\n");
    while (getchar() != EOF)
        ;
    actor = ray_actor_create("counter", RAY_ARGS(ray_int(0)), &options, &err);
    if (check(actor != NULL, "created or found: %s", actor ? options.name : err.text)) {
        int64_t count =
            checks_int(ray_call(actor, "add", RAY_ARGS(ray_int(1)), NULL, &err), "add");
        printf("# actor %s count %lld\n", ray_actor_id(actor, id), (long long)count);
        ray_actor_release(actor);
    }
    return checks_end();
}
