/* tasks.c - no-op tasks: one after the other, and a thousand at a time. */
#include "measure.h"

static void sync_tasks(int count)
{
    for (int i = 0; i < count; i++)
        measure_get(ray_remote("nothing", RAY_NO_ARGS, NULL, NULL));
}

static void async_tasks(int count)
{
    static struct ray_ref *refs[1000];
    static struct ray_value values[1000];

    for (int done = 0; done < count; done += 1000) {
        for (int i = 0; i < 1000; i++)
            refs[i] = ray_remote("nothing", RAY_NO_ARGS, NULL, NULL);
        if (ray_get_many(refs, 1000, values, -1, NULL) != 0)
            exit(1);
        for (int i = 0; i < 1000; i++)
            ray_release(refs[i]);
    }
}

int main(void)
{
    measure_connect();
    measure_row("single client tasks sync", sync_tasks, 2000, "us", 1e-6);
    measure_row("single client tasks async (1,000)", async_tasks, 20000, "us", 1e-6);
    ray_shutdown();
    return 0;
}
