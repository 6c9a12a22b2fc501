/* naps_main.c - a driver with work for a while: naps of NAP_MS on all CPUs. It says
 * "begun" when the first are done, so that a test may end a machine meanwhile. */
#include "checks.h"

#include <stdio.h>

enum { NAPS = 60, NAP_MS = 100, BEGUN = 4 };

int main(void)
{
    const struct ray_task_options options = { .num_cpus = 1, .max_retries = 3 };
    struct ray_ref *naps[NAPS];
    struct ray_value values[NAPS];
    bool ready[NAPS];
    struct ray_error err;
    int status;

    checks_begin(2);
    for (int i = 0; i < NAPS; i++)
        naps[i] = ray_remote("nap", RAY_ARGS(ray_int(NAP_MS)), &options, &err);
    ray_wait(naps, NAPS, BEGUN, 30000, ready);
    printf("# begun\n");
    status = ray_get_many(naps, NAPS, values, 60000, &err);
    check(status == 0, "all naps: %s", status == 0 ? "taken" : err.text);
    for (int i = 0; i < NAPS; i++)
        ray_release(naps[i]);
    return checks_end();
}
