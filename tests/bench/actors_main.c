/* actors_main.c - calls of one actor: one after the other, and a thousand at a time. */
#include "limits.h"
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
    struct measure futex = measure_seconds(limits_futex, 2000);
    struct measure messages = measure_seconds(limits_messages, 20000);

    measure_connect("local");
    actor = ray_actor_create("idler", RAY_NO_ARGS, NULL, NULL);
    measure_report(
        &(struct measure_row){ "1:1 actor calls sync", "us", false,
                               measure_scaled(measure_seconds(sync_calls, 2000), 1e6),
                               futex.median * 1e6, "futex round trip", 20 });
    measure_report(
        &(struct measure_row){ "1:1 actor calls async", "/s", true,
                               measure_rate(measure_seconds(async_calls, 20000), 1),
                               1 / messages.median, "messages of 64 bytes", 600000 });
    ray_actor_release(actor);
    ray_shutdown();
    return 0;
}
