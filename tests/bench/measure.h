/* measure.h - one row of figures: the median of several rounds, and how far they
 * spread. */
#pragma once

#include <ray.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MEASURE_ROUNDS 7

static inline double measure_now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static inline int measure_compare(const void *a, const void *b)
{
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Runs work(count) in rounds; prints seconds for one of `count` in `unit`s of `scale`
 * seconds, and how many a second. */
static inline void measure_row(const char *name, void (*work)(int count), int count,
                               const char *unit, double scale)
{
    double rounds[MEASURE_ROUNDS], median;

    work(count); /* warm */
    for (int i = 0; i < MEASURE_ROUNDS; i++) {
        double begin = measure_now();
        work(count);
        rounds[i] = (measure_now() - begin) / count;
    }
    qsort(rounds, MEASURE_ROUNDS, sizeof(*rounds), measure_compare);
    median = rounds[MEASURE_ROUNDS / 2];
    printf("%-34s %10.2f %-3s %14.0f /s   (%.2f to %.2f)\n", name, median / scale, unit,
           1 / median, rounds[0] / scale, rounds[MEASURE_ROUNDS - 1] / scale);
    fflush(stdout);
}

/* A private cluster with the task library of this folder; ends the program when there
 * is none. */
static inline void measure_connect(void)
{
    static char path[PATH_MAX + 16];
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX);
    const struct ray_options options = { .address = "local", .library = path };
    struct ray_error err;

    while (size > 0 && path[size - 1] != '/')
        size--;
    memcpy(path + size, "bench.so", sizeof("bench.so"));
    if (ray_init(&options, &err) == 0)
        return;
    fprintf(stderr, "bench: %s\n", err.text);
    exit(1);
}

/* Ends the program unless the value is there. */
static inline void measure_get(struct ray_ref *ref)
{
    struct ray_value value;
    struct ray_error err = { .text = "no ref" };

    if (!ref || ray_get(ref, &value, -1, &err) != 0) {
        fprintf(stderr, "bench: %s\n", err.text);
        exit(1);
    }
    ray_release(ref);
}

/* Starts a thousand by start(), waits for all, again until `count` are done. */
static inline void measure_thousands(struct ray_ref *(*start)(void), int count)
{
    static struct ray_ref *refs[1000];
    static struct ray_value values[1000];

    for (int done = 0; done < count; done += 1000) {
        for (int i = 0; i < 1000; i++)
            refs[i] = start();
        if (ray_get_many(refs, 1000, values, -1, NULL) != 0)
            exit(1);
        for (int i = 0; i < 1000; i++)
            ray_release(refs[i]);
    }
}
