/* objects_main.c - put and get in the owner's process, 8 bytes and 800 MB, and memcpy
 * into a warm shared mapping beside it; tasks with many arguments or results. */
#include "limits.h"
#include "measure.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE = 800000000, MANY_ARGUMENTS = 10000, MANY_RETURNS = 3000 };

static char *bytes, *target;
static struct ray_ref *kept;
static struct ray_ref *refs[MANY_ARGUMENTS];

static void put_get_small(int count)
{
    for (int64_t i = 0; i < count; i++)
        measure_get(ray_put(ray_bytes(&i, sizeof(i)), NULL));
}

static void put_large(int count)
{
    struct ray_error err = { .text = "" };

    for (int i = 0; i < count; i++) {
        struct ray_ref *ref = ray_put(ray_bytes(bytes, LARGE), &err);
        measure_must(ref != NULL, "put", &err);
        ray_release(ref);
    }
}

static void get_large(int count)
{
    struct ray_error err = { .text = "" };
    struct ray_value value;

    for (int i = 0; i < count; i++)
        measure_must(ray_get(kept, &value, -1, &err) == 0, "get", &err);
}

static void copy_large(int count)
{
    for (int i = 0; i < count; i++) {
        memcpy(target, bytes, LARGE);
        __asm__ volatile("" : : "r"(target) : "memory");
    }
}

static void put_many(void)
{
    struct ray_error err = { .text = "" };

    for (int64_t i = 0; i < MANY_ARGUMENTS; i++) {
        refs[i] = ray_put(ray_bytes(&i, sizeof(i)), &err);
        measure_must(refs[i] != NULL, "put", &err);
    }
}

static void release_many(size_t count)
{
    for (size_t i = 0; i < count; i++)
        ray_release(refs[i]);
}

static void many_arguments(int count)
{
    static struct ray_value values[MANY_ARGUMENTS];

    for (; count > 0; count--) {
        put_many();
        for (int i = 0; i < MANY_ARGUMENTS; i++)
            values[i] = ray_ref(refs[i]);
        measure_get(ray_remote("take", (struct ray_args){ values, MANY_ARGUMENTS },
                               NULL, NULL));
        release_many(MANY_ARGUMENTS);
    }
}

static void many_returns(int count)
{
    const struct ray_task_options options = { .num_returns = MANY_RETURNS };
    static struct ray_value values[MANY_RETURNS];
    struct ray_error err = { .text = "" };

    for (; count > 0; count--) {
        measure_must(ray_remote_many("nothing", RAY_NO_ARGS, &options, refs, &err) ==
                             0 &&
                         ray_get_many(refs, MANY_RETURNS, values, -1, &err) == 0,
                     "returns", &err);
        release_many(MANY_RETURNS);
    }
}

static void many_gets(int count)
{
    static struct ray_value values[MANY_ARGUMENTS];
    struct ray_error err = { .text = "" };

    for (; count > 0; count--) {
        put_many();
        measure_must(ray_get_many(refs, MANY_ARGUMENTS, values, -1, &err) == 0, "get",
                     &err);
        release_many(MANY_ARGUMENTS);
    }
}

static void report_many(double message)
{
    measure_report(&(struct measure_row){ "10,000 object arguments to a task", "s",
                                          false, measure_seconds(many_arguments, 1),
                                          message * MANY_ARGUMENTS,
                                          "10,000 messages of 64 bytes", 0.2 });
    measure_report(&(struct measure_row){
        "3,000 returns of a task", "s", false, measure_seconds(many_returns, 1),
        message * MANY_RETURNS, "3,000 messages of 64 bytes", 0.2 });
    measure_report(&(struct measure_row){
        "get of 10,000 objects", "s", false, measure_seconds(many_gets, 1),
        message * MANY_ARGUMENTS, "10,000 messages of 64 bytes", 0.2 });
}

static void report_large(void)
{
    struct ray_error err = { .text = "" };
    struct measure copy;

    bytes = malloc(LARGE);
    target =
        mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    measure_must(bytes && target != MAP_FAILED, "memory for 800 MB", NULL);
    memset(bytes, 1, LARGE);
    copy = measure_rate(measure_seconds(copy_large, 1), LARGE / 1e9);
    measure_must(munmap(target, LARGE) == 0, "munmap", NULL);
    measure_report(&(struct measure_row){
        "single client put of 800 MB", "GB/s", true,
        measure_rate(measure_seconds(put_large, 1), LARGE / 1e9), copy.median,
        "memcpy, warm mapping", 0.9 * copy.median });
    kept = ray_put(ray_bytes(bytes, LARGE), &err);
    measure_must(kept != NULL, "put", &err);
    measure_report(&(struct measure_row){
        "get of 800 MB", "us", false,
        measure_scaled(measure_seconds(get_large, 10000), 1e6), 0, NULL, 10 });
    ray_release(kept);
    free(bytes);
}

int main(void)
{
    struct measure messages = measure_seconds(limits_messages, 20000);
    struct measure small;

    measure_connect("local");
    small = measure_seconds(put_get_small, 100000);
    measure_report(&(struct measure_row){
        "put and get of 8 bytes", "/s", true, measure_rate(small, 1),
        1 / measure_seconds(limits_malloc, 100000).median, "malloc, write, free",
        3e6 });
    report_large();
    report_many(messages.median);
    ray_shutdown();
    return 0;
}
