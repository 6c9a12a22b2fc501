/* measure.h - a row of `make bench`: the median of several rounds, how far they
 * spread, the physical limit of the same run and the target of the design.
 *
 * A row goes to stdout for people and, as a line of JSON, to the end of the file that
 * BENCH_ROWS names. What cannot be measured ends the program. One thread. */
#pragma once

#include <ray.h>

#include <stdbool.h>
#include <stddef.h>

/* Of several rounds, for one piece of work each: the median and the quartiles. */
struct measure {
    double median, low, high;
};

struct measure_row {
    const char *name;
    const char *unit; /* "us", "ms", "s": times; "/s", "GB/s": rates; or any other */
    bool more;        /* more is better */
    struct measure value;
    double limit; /* in the same unit; 0: none is known */
    const char *limit_name;
    double target; /* 0: none is set */
};

/* Seconds since some moment. */
double measure_now(void);
/* Does work(count) once, to warm up, and then in rounds; seconds for one of `count`. */
struct measure measure_seconds(void (*work)(int count), int count);
/* The same figures in another unit: times `scale`, or how many of `scale` a second. */
struct measure measure_scaled(struct measure seconds, double scale);
struct measure measure_rate(struct measure seconds, double scale);
void measure_report(const struct measure_row *row);

/* Path of `name`, beside this program; a second call overwrites it. */
const char *measure_beside(const char *name);
/* Connects with the task library of this folder to `address`, or to a private cluster
 * ("local"). */
void measure_connect(const char *address);
/* Ends the program with a message when `ok` is false. */
void measure_must(bool ok, const char *what, const struct ray_error *err);
/* Waits for a value and releases its ref. */
void measure_get(struct ray_ref *ref);
/* Starts a thousand by start(), waits for all, again until `count` are done. */
void measure_thousands(struct ray_ref *(*start)(void), int count);
/* Runs a program to its end, with its stdout in /dev/null; it must succeed. */
void measure_spawn(char *const *argv);
/* Starts a cluster of the program's own, which is the current one from then on and ends
 * with the program. Sets *command to the path of rayctl; returns the folder of its
 * sessions. */
const char *measure_cluster(char **command);
