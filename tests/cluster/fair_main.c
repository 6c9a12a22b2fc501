/* fair_main.c - a driver among others: `fair crowd` has work for minutes, of which it
 * says "begun"; `fair few` has a little, `fair large` tasks for the whole machine, and
 * `fair shapes` a long queue of its own that it wants to get past. `fair turns` has one
 * short task at a time, and little between them. */
#include "checks.h"

#include "lib/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    CROWD = 20000,
    QUEUE = 2000,
    FEW = 10,
    NAP_MS = 20,
    BEGUN = 4,
    WAIT_MS = 60000,
    TURNS_S = 4,
    PAUSES = 10, /* of different lengths */
};

static struct ray_ref *refs[CROWD];
static bool ready[CROWD];

static void nap(int count)
{
    struct ray_error err;

    for (int i = 0; i < count; i++)
        refs[i] = ray_remote("nap", RAY_ARGS(ray_int(NAP_MS)), NULL, &err);
}

static void forget(int count)
{
    for (int i = 0; i < count; i++)
        ray_release(refs[i]);
}

static int done(int count)
{
    int found = 0;

    ray_wait(refs, count, count, 0, ready);
    for (int i = 0; i < count; i++)
        found += ready[i];
    return found;
}

static void crowd(void)
{
    nap(CROWD);
    ray_wait(refs, CROWD, BEGUN, WAIT_MS, ready);
    printf("# begun\n");
    fflush(stdout);
    ray_wait(refs, CROWD, CROWD, -1, ready);
    forget(CROWD);
}

static void few(void)
{
    struct ray_value values[FEW];
    struct ray_error err;

    nap(FEW);
    check(ray_get_many(refs, FEW, values, WAIT_MS, &err) == 0,
          "a few tasks end among many");
    forget(FEW);
}

/* One task that wants all CPUs at once. */
static void large(void)
{
    const struct ray_task_options all = { .num_cpus = 2 };
    struct ray_ref *ref;
    struct ray_value value;
    struct ray_error err;

    for (int i = 0; i < 3; i++) {
        ref = ray_remote("nap", RAY_ARGS(ray_int(NAP_MS)), &all, &err);
        check(ray_get(ref, &value, WAIT_MS, &err) == 0, "a large task ends among many");
        ray_release(ref);
    }
}

/* Both CPUs are busy with a queue of one shape. */
static void shapes(void)
{
    const struct ray_task_options half = { .num_cpus = 0.5 };
    const struct ray_actor_options one = { .num_cpus = 1 };
    struct ray_ref *other;
    struct ray_actor *actor;
    struct ray_value value;
    struct ray_error err;

    nap(QUEUE);
    ray_wait(refs, QUEUE, BEGUN, WAIT_MS, ready);
    other = ray_remote("nap", RAY_ARGS(ray_int(1)), &half, &err);
    check(ray_get(other, &value, WAIT_MS, &err) == 0, "a task of another shape ends");
    check(done(QUEUE) < QUEUE, "before those that were there (%d)", done(QUEUE));
    ray_release(other);
    actor = ray_actor_create("counter", RAY_ARGS(ray_int(0)), &one, &err);
    other = ray_call(actor, "add", RAY_ARGS(ray_int(1)), NULL, &err);
    check(ray_get(other, &value, WAIT_MS, &err) == 0, "an actor comes to life");
    check(done(QUEUE) < QUEUE, "before all tasks are done (%d)", done(QUEUE));
    ray_release(other);
    ray_actor_release(actor);
    forget(QUEUE);
}

/* Its lease is idle, and asked for by others, again and again. */
static void turns(void)
{
    int64_t end = clock_now() + TURNS_S * NS_PER_S;
    struct ray_value value;
    struct ray_error err;
    bool ended = true;
    int count;

    for (count = 0; ended && clock_now() < end; count++) {
        const struct timespec pause = { 0, count % PAUSES * NS_PER_MS / 10 };
        struct ray_ref *ref = ray_remote("nap", RAY_ARGS(ray_int(0)), NULL, &err);
        ended = ray_get(ref, &value, WAIT_MS / 4, &err) == 0;
        ray_release(ref);
        nanosleep(&pause, NULL);
    }
    check(ended, "each of %d tasks ends", count);
}

int main(int argc, char **argv)
{
    const char *role = argc > 1 ? argv[1] : "few";

    checks_begin(2);
    if (strcmp(role, "crowd") == 0)
        crowd();
    else if (strcmp(role, "large") == 0)
        large();
    else if (strcmp(role, "shapes") == 0)
        shapes();
    else if (strcmp(role, "turns") == 0)
        turns();
    else
        few();
    return checks_end();
}
