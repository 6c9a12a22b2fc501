/* wants_main.c - a driver of the current cluster whose one task wants a resource: wants
 * LIBRARY NAME AMOUNT */
#include "checks.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    const struct ray_options connect = { .library = argc > 3 ? argv[1] : NULL };
    struct ray_resource resource = { argc > 3 ? argv[2] : "", 0 };
    const struct ray_task_options options = { .resources = &resource,
                                              .resources_count = 1 };
    struct ray_error err;
    struct ray_value value;
    struct ray_ref *ref = NULL;
    int status = argc > 3 ? ray_init(&connect, &err) : 2;

    if (status == 0) {
        resource.amount = strtod(argv[3], NULL);
        ref = ray_remote("add", RAY_ARGS(ray_int(1), ray_int(1)), &options, &err);
        status = ref ? ray_get(ref, &value, 60000, &err) : 1;
    }
    if (status != 0)
        fprintf(stderr, "wants: %s\n", argc > 3 ? err.text : "LIBRARY NAME AMOUNT");
    ray_release(ref);
    ray_shutdown();
    return status != 0;
}
