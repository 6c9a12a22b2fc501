/* crowd_main.c - more bytes than the object store holds: crowd [held|results|copies].
 * The store has 64 MB (tests/cluster/store.bats). With "held" or "results" it waits for
 * the end of its stdin while it holds its objects, so that others can look at them. */
#include "checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MB 1000000
#define LARGE (4 * MB)
#define SMALL 200000
#define LARGE_COUNT 40
#define SMALL_COUNT 500

static char bytes[LARGE];

/* What task "weigh" says of `size` bytes of that value. */
static int64_t weight(int byte, size_t size)
{
    return (int64_t)size * (byte + 1);
}

/* Until one is refused; returns how many. */
static size_t put_all(struct ray_ref **refs, size_t count, size_t size)
{
    struct ray_error err = { .text = "" };
    size_t stored = 0;

    for (; stored < count; stored++) {
        memset(bytes, (int)stored % 200, size);
        refs[stored] = ray_put(ray_bytes(bytes, size), &err);
        if (!refs[stored])
            break;
    }
    check(stored == count, "%zu of %zu objects of %zu bytes are stored: %s", stored,
          count, size, err.text);
    return stored;
}

static void weigh_all(struct ray_ref **refs, size_t count, size_t size)
{
    size_t good = 0;

    for (size_t i = 0; i < count; i++)
        good += checks_int(ray_remote("weigh", RAY_ARGS(ray_ref(refs[i])), NULL, NULL),
                           "weigh") == weight((int)i % 200, size);
    check(good == count, "tasks read %zu of %zu objects of %zu bytes", good, count,
          size);
}

/* Reads and releases them. */
static void get_all(struct ray_ref **refs, size_t count, size_t size)
{
    struct ray_error err = { .text = "" };
    struct ray_value value;
    size_t good = 0;

    for (size_t i = 0; i < count; i++) {
        memset(bytes, (int)i % 200, size);
        good += ray_get(refs[i], &value, 30000, &err) == 0 &&
                value.as.bytes.size == size &&
                memcmp(value.as.bytes.data, bytes, size) == 0;
        ray_release(refs[i]);
    }
    check(good == count, "%zu of %zu objects of %zu bytes are as they were: %s", good,
          count, size, err.text);
}

static void what_was_put_comes_back(size_t count, size_t size)
{
    struct ray_ref **refs = calloc(count, sizeof(*refs));

    count = put_all(refs, count, size);
    weigh_all(refs, count, size);
    get_all(refs, count, size);
    free(refs);
}

static void make_all(struct ray_ref **refs, int count)
{
    for (int i = 0; i < count; i++)
        refs[i] = ray_remote("fill", RAY_ARGS(ray_int(i), ray_int(LARGE)), NULL, NULL);
}

static void results_come_back(void)
{
    struct ray_ref *refs[LARGE_COUNT];

    make_all(refs, LARGE_COUNT);
    weigh_all(refs, LARGE_COUNT, LARGE);
    get_all(refs, LARGE_COUNT, LARGE);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Holds pointers to all that fits, then stores one more. */
static void what_is_in_use_stays(void)
{
    struct ray_ref *refs[LARGE_COUNT] = { NULL };
    struct ray_error err = { .text = "" };
    struct ray_value values[LARGE_COUNT];
    double begin;
    int count = 0, good = 0;

    for (; count < LARGE_COUNT; count++) {
        memset(bytes, count, LARGE);
        begin = now();
        refs[count] = ray_put(ray_bytes(bytes, LARGE), &err);
        if (!refs[count])
            break;
        ray_get(refs[count], &values[count], 0, NULL);
    }
    check(count > 10 && count < 17 && err.code == RAY_FULL && now() - begin < 10,
          "a store of 64 MB takes %d objects of 4 MB that are in use: %s", count,
          err.text);
    for (int i = 0; i < count; i++) {
        memset(bytes, i, LARGE);
        good += memcmp(values[i].as.bytes.data, bytes, LARGE) == 0;
    }
    check(good == count, "%d of %d are unharmed", good, count);
    ray_release(refs[0]);
    refs[0] = ray_put(ray_bytes(bytes, LARGE), &err);
    check(refs[0] != NULL, "one that is released makes room: %s", err.text);
    for (int i = 0; i < count; i++)
        ray_release(refs[i]);
}

static void what_can_never_fit_is_refused(void)
{
    char *huge = calloc(1, 100 * MB);
    struct ray_error err = { .text = "" };

    check(ray_put(ray_bytes(huge, 100 * MB), &err) == NULL && err.code == RAY_FULL &&
              strstr(err.text, "can never fit"),
          "100 MB for a store of 64 MB: %s", err.text);
    free(huge);
}

/* Values, until the store is full; or results of tasks. */
static void hold(bool are_results)
{
    struct ray_ref *refs[LARGE_COUNT];
    bool ready[LARGE_COUNT];
    size_t count = LARGE_COUNT;

    if (are_results) {
        make_all(refs, LARGE_COUNT);
        check(ray_wait(refs, LARGE_COUNT, LARGE_COUNT, 60000, ready) == LARGE_COUNT,
              "all are made");
    } else {
        count = put_all(refs, LARGE_COUNT, LARGE);
    }
    puts("# held");
    while (getchar() != EOF)
        continue;
    get_all(refs, count, LARGE);
}

/* Fills the store of this machine, then reads results of another one. */
static void copies_find_room(void)
{
    struct ray_ref *stored[16], *results[8];
    size_t count = put_all(stored, 16, LARGE);

    make_all(results, 8);
    get_all(results, 8, LARGE);
    get_all(stored, count, LARGE);
}

int main(int argc, char **argv)
{
    checks_begin(2);
    if (argc > 1 && strcmp(argv[1], "copies") != 0) {
        hold(strcmp(argv[1], "results") == 0);
        return checks_end();
    }
    if (argc > 1 && strcmp(argv[1], "copies") == 0) {
        copies_find_room();
        return checks_end();
    }
    what_was_put_comes_back(LARGE_COUNT, LARGE);
    what_was_put_comes_back(SMALL_COUNT, SMALL);
    results_come_back();
    what_is_in_use_stays();
    what_can_never_fit_is_refused();
    what_was_put_comes_back(LARGE_COUNT, LARGE);
    return checks_end();
}
