/* tasks.c - no-op tasks: one after the other, and a thousand at a time. */
#include "measure.h"

static struct ray_ref *start(void)
{
    return ray_remote("nothing", RAY_NO_ARGS, NULL, NULL);
}

static void sync_tasks(int count)
{
    for (int i = 0; i < count; i++)
        measure_get(start());
}

static void async_tasks(int count)
{
    measure_thousands(start, count);
}

int main(void)
{
    measure_connect();
    measure_row("single client tasks sync", sync_tasks, 2000, "us", 1e-6);
    measure_row("single client tasks async (1,000)", async_tasks, 20000, "us", 1e-6);
    ray_shutdown();
    return 0;
}
