/* objects.c - put and get in the owner's process: 8 bytes, 100 MB; and memcpy beside
 * it. */
#include "measure.h"

#define LARGE 100000000

static char *bytes, *target;
static struct ray_ref *kept;

static void put_get_small(int count)
{
    for (int64_t i = 0; i < count; i++)
        measure_get(ray_put(ray_bytes(&i, sizeof(i)), NULL));
}

static void put_large(int count)
{
    for (int i = 0; i < count; i++) {
        struct ray_ref *ref = ray_put(ray_bytes(bytes, LARGE), NULL);
        if (!ref)
            exit(1);
        ray_release(ref);
    }
}

static void get_large(int count)
{
    struct ray_value value;

    for (int i = 0; i < count; i++)
        if (ray_get(kept, &value, -1, NULL) != 0)
            exit(1);
}

static void copy_large(int count)
{
    for (int i = 0; i < count; i++) {
        memcpy(target, bytes, LARGE);
        __asm__ volatile("" : : "r"(target) : "memory");
    }
}

int main(void)
{
    bytes = malloc(LARGE);
    target = malloc(LARGE);
    if (!bytes || !target)
        return 1;
    memset(bytes, 1, LARGE);
    measure_connect();
    kept = ray_put(ray_bytes(bytes, LARGE), NULL);
    measure_row("put and get of 8 bytes", put_get_small, 100000, "us", 1e-6);
    measure_row("put of 100 MB", put_large, 3, "ms", 1e-3);
    measure_row("memcpy of 100 MB, warm (limit)", copy_large, 3, "ms", 1e-3);
    measure_row("get of 100 MB", get_large, 10000, "us", 1e-6);
    ray_release(kept);
    ray_shutdown();
    free(bytes);
    free(target);
    return 0;
}
