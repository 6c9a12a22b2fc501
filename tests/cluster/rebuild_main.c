/* rebuild_main.c - results that are lost with their node are made again. Makes them,
 * says so, and waits for the end of its stdin before it looks at them
 * (tests/cluster/rebuild.bats). */
#include "checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 1000000

static const struct ray_task_options no_retries = { .max_retries = RAY_NO_RETRIES };

static struct ray_ref *fill(int byte, const struct ray_task_options *options)
{
    return ray_remote("fill", RAY_ARGS(ray_int(byte), ray_int(SIZE)), options, NULL);
}

/* Takes `ref`. */
static struct ray_ref *copy_of(struct ray_ref *ref)
{
    struct ray_ref *copy = ray_remote("echo", RAY_ARGS(ray_ref(ref)), NULL, NULL);

    ray_release(ref);
    return copy;
}

static bool is_filled(struct ray_ref *ref, int byte)
{
    static unsigned char bytes[SIZE];
    struct ray_error err = { .text = "" };
    struct ray_value value;

    memset(bytes, byte, SIZE);
    if (ray_get(ref, &value, 60000, &err) != 0)
        return check(false, "get: %s", err.text);
    return value.as.bytes.size == SIZE && memcmp(value.as.bytes.data, bytes, SIZE) == 0;
}

static void crowd(struct ray_ref **refs, size_t count)
{
    size_t good = 0;

    for (size_t i = 0; i < count; i++) {
        good += is_filled(refs[i], (int)i);
        ray_release(refs[i]);
    }
    check(good == count, "%zu of %zu results of tasks", good, count);
}

int main(void)
{
    struct ray_ref *refs[20], *chain, *argument, *once, *of_actor;
    struct ray_actor *actor;
    struct ray_error err;

    checks_begin(2);
    for (int i = 0; i < 20; i++)
        refs[i] = fill(i, NULL);
    chain = copy_of(copy_of(copy_of(fill(70, NULL))));
    argument = copy_of(fill(71, NULL));
    once = fill(72, &no_retries);
    actor = ray_actor_create("counter", RAY_ARGS(ray_int(0)), NULL, &err);
    of_actor =
        actor ? ray_call(actor, "bytes", RAY_ARGS(ray_int(SIZE)), NULL, &err) : NULL;
    check(of_actor &&
              ray_wait((struct ray_ref *[]){ chain, argument, once, of_actor }, 4, 4,
                       60000, (bool[4]){ false }) == 4 &&
              ray_wait(refs, 20, 20, 60000, (bool[20]){ false }) == 20,
          "all are made");
    puts("# made");
    while (getchar() != EOF)
        continue;
    check(checks_int(ray_remote("weigh", RAY_ARGS(ray_ref(argument)), NULL, NULL),
                     "weigh") == (int64_t)SIZE * 72,
          "an argument");
    check(is_filled(argument, 71), "and once more");
    check(is_filled(chain, 70), "a result of results that nobody holds any more");
    crowd(refs, 20);
    checks_fails(once, RAY_OBJECT_LOST, "has retries left");
    checks_fails(of_actor, RAY_OBJECT_LOST, "cannot be made again");
    ray_release(chain);
    ray_release(argument);
    ray_actor_release(actor);
    return checks_end();
}
