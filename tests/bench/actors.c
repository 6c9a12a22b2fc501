/* actors.c - calls of one actor: one after the other, and a thousand at a time. */
#include "measure.h"

static struct ray_actor *actor;

static void sync_calls(int count)
{
    for (int i = 0; i < count; i++)
        measure_get(ray_call(actor, "nothing", RAY_NO_ARGS, NULL, NULL));
}

static void async_calls(int count)
{
    static struct ray_ref *refs[1000];
    static struct ray_value values[1000];

    for (int done = 0; done < count; done += 1000) {
        for (int i = 0; i < 1000; i++)
            refs[i] = ray_call(actor, "nothing", RAY_NO_ARGS, NULL, NULL);
        if (ray_get_many(refs, 1000, values, -1, NULL) != 0)
            exit(1);
        for (int i = 0; i < 1000; i++)
            ray_release(refs[i]);
    }
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
