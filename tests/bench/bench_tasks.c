/* bench_tasks.c - what does nothing, as fast as it can. */
#include <ray.h>

#include <stdlib.h>

RAY_FUNCTION(nothing, "")
{
    (void)task;
    return 0;
}

static int idler_new(struct ray_task *task, void **state)
{
    (void)task;
    *state = NULL;
    return 0;
}

RAY_ACTOR(idler, "", idler_new, NULL);

RAY_METHOD(idler, nothing, "")
{
    (void)task;
    (void)state;
    return 0;
}
