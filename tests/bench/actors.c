/* actors.c - calls of one actor: one after the other, and a thousand at a time. */
#include "measure.h"

static struct ray_actor *actor;

static struct ray_ref *start(void)
{
    return ray_call(actor, "nothing", RAY_NO_ARGS, NULL, NULL);
}

static void sync_calls(int count)
{
    for (int i = 0; i < count; i++)
        measure_get(start());
}

static void async_calls(int count)
{
    measure_thousands(start, count);
}

int main(void)
{
    measure_connect();
    actor = ray_actor_create("idler", RAY_NO_ARGS, NULL, NULL);
    measure_row("1:1 actor calls sync", sync_calls, 2000, "us", 1e-6);
    measure_row("1:1 actor calls async (1,000)", async_calls, 20000, "us", 1e-6);
    ray_actor_release(actor);
    ray_shutdown();
    return 0;
}
