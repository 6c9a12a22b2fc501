/* mix_main.c - a driver that does a little of everything, in an order that its seed
 * decides: `mix SEED SECONDS`. Run beside others, on few CPUs, so that leases are asked
 * for, given back and taken away at all moments. Whatever it began must end, with the
 * right value. */
#include "checks.h"

#include "lib/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BURST = 40,
    CHAIN = 12,
    CALLS = 8,
    DEATHS = 3,
    RETRIES = 3,
    NAPS = 6,
    NAP_MS = 30,
    FIB = 6, /* of which the 8th of its kind is 8 */
    BYTES = 300000,
    PAUSE_MS = 80, /* longer than a lease stays idle */
    WAIT_MS = 60000,
};

static unsigned state;

/* 0 to below - 1. */
static int any(int below)
{
    state = state * 1103515245u + 12345u;
    return (int)(state >> 16) % below;
}

static const struct ray_task_options *a_shape(void)
{
    static const struct ray_task_options shapes[] = {
        { .num_cpus = 1 }, { .num_cpus = 0.5 },           { .num_cpus = 2 },
        { .num_cpus = 1 }, { .num_cpus = RAY_ZERO_CPUS },
    };

    return &shapes[any(sizeof(shapes) / sizeof(*shapes))];
}

/* False, and a line, when it does not become `least` to `most`; released. */
static bool becomes_about(struct ray_ref *ref, int64_t least, int64_t most,
                          const char *what)
{
    struct ray_error err = { .code = RAY_OK };
    struct ray_value value = { .as.integer = -1 };
    bool good = ray_get(ref, &value, WAIT_MS, &err) == 0 && value.as.integer >= least &&
                value.as.integer <= most;

    ray_release(ref);
    return good || check(false, "%s: %" PRId64 " %s", what, value.as.integer, err.text);
}

static bool becomes(struct ray_ref *ref, int64_t wanted, const char *what)
{
    return becomes_about(ref, wanted, wanted, what);
}

static bool burst(void)
{
    struct ray_ref *refs[BURST];
    bool ready[BURST];
    int count = 1 + any(BURST);
    bool good = true;

    for (int i = 0; i < count; i++)
        refs[i] = ray_remote("add", RAY_ARGS(ray_int(i), ray_int(1)), a_shape(), NULL);
    ray_wait(refs, (size_t)count, (size_t)(1 + any(count)), WAIT_MS, ready);
    for (int i = 0; i < count; i++)
        good &= becomes(refs[i], i + 1, "a task of a burst");
    return good;
}

static bool chain(void)
{
    struct ray_ref *last = ray_remote("nap", RAY_ARGS(ray_int(0)), a_shape(), NULL);
    int count = 1 + any(CHAIN);

    for (int i = 0; i < count; i++) {
        struct ray_ref *next =
            ray_remote("add", RAY_ARGS(ray_ref(last), ray_int(1)), a_shape(), NULL);
        ray_release(last);
        last = next;
    }
    return becomes(last, count, "the end of a chain");
}

static bool nested(void)
{
    return becomes(ray_remote("fib", RAY_ARGS(ray_int(FIB)), NULL, NULL), 8,
                   "a task of tasks");
}

static bool large(void)
{
    size_t size = 1 + (size_t)any(BYTES);
    char *bytes = calloc(size, 1);
    struct ray_ref *object = ray_put(ray_bytes(bytes, size), NULL), *weight;

    weight = ray_remote("weigh", RAY_ARGS(ray_ref(object)), a_shape(), NULL);
    ray_release(object);
    free(bytes);
    return becomes(weight, (int64_t)size, "the weight of an object");
}

static bool actor(void)
{
    const struct ray_actor_options options = { .num_cpus = any(2) };
    struct ray_actor *counter =
        ray_actor_create("counter", RAY_ARGS(ray_int(0)), &options, NULL);
    struct ray_ref *calls[CALLS];
    int count = 1 + any(CALLS);
    bool good = true;

    for (int i = 0; i < count; i++)
        calls[i] = ray_call(counter, "add", RAY_ARGS(ray_int(1)), NULL, NULL);
    for (int i = 0; i < count; i++)
        good &= becomes(calls[i], i + 1, "an actor's call");
    good &= ray_actor_kill(counter, true, NULL) == 0;
    ray_actor_release(counter);
    return good;
}

/* Workers die under some of them. */
static bool dying(void)
{
    struct ray_task_options options = *a_shape();
    struct ray_ref *deaths[DEATHS], *others[DEATHS];
    bool good = true;

    options.max_retries = RETRIES;
    for (int i = 0; i < DEATHS; i++) {
        deaths[i] = ray_remote("die_until", RAY_ARGS(ray_int(1)), &options, NULL);
        others[i] = ray_remote("add", RAY_ARGS(ray_int(i), ray_int(1)), &options, NULL);
    }
    for (int i = 0; i < DEATHS; i++) {
        good &= becomes(others[i], i + 1, "a task beside those that die");
        good &= becomes_about(deaths[i], 1, RETRIES, "a task whose first worker dies");
    }
    return good;
}

/* Each ends, one way or the other. */
static bool cancelled(void)
{
    struct ray_ref *naps[NAPS];
    struct ray_value value;
    struct ray_error err;
    bool good = true;

    for (int i = 0; i < NAPS; i++)
        naps[i] = ray_remote("nap", RAY_ARGS(ray_int(any(NAP_MS))), a_shape(), NULL);
    for (int i = 0; i < NAPS; i++)
        if (any(2) == 0)
            ray_cancel(naps[i], 0, NULL);
    for (int i = 0; i < NAPS; i++) {
        if (ray_get(naps[i], &value, WAIT_MS, &err) != 0 && err.code != RAY_CANCELLED)
            good = check(false, "a task that may be cancelled: %s", err.text);
        ray_release(naps[i]);
    }
    return good;
}

static bool pause_ms(void)
{
    const struct timespec time = { 0, any(PAUSE_MS) * NS_PER_MS };

    return nanosleep(&time, NULL) == 0;
}

/* 1 when it is not given. */
static long number(const char *text)
{
    return text != NULL ? strtol(text, NULL, 10) : 1;
}

int main(int argc, char **argv)
{
    static bool (*const deeds[])(void) = {
        burst, burst, chain, nested, large, actor, cancelled, dying, pause_ms, pause_ms
    };
    const char *seed = argc > 1 ? argv[1] : NULL;
    int64_t seconds = number(argc > 2 ? argv[2] : NULL), end;
    bool good = true;
    int count;

    state = (unsigned)number(seed);
    checks_begin(2);
    end = clock_now() + seconds * NS_PER_S;
    for (count = 0; good && clock_now() < end; count++)
        good = deeds[any(sizeof(deeds) / sizeof(*deeds))]();
    check(good, "seed %ld: %d deeds", number(seed), count);
    return checks_end();
}
