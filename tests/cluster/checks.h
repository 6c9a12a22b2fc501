/* checks.h - a test program that is a driver: checks, reported as TAP on stdout. */
#pragma once

#include <ray.h>

#include <stdbool.h>
#include <stdint.h>

/* Connects to a private cluster with that many CPUs and the task library of this folder
 * (NULL: the folder's). Ends the program when that fails. */
void checks_begin(double num_cpus);
/* The same; the job's tasks and actors run in `env`. */
void checks_begin_in(double num_cpus, const struct ray_runtime_env *env);
/* Prints the plan, disconnects; the program's exit status. */
int checks_end(void);
/* One result; the text is printf's. Returns `good`. */
bool check(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The result of a ref within 30 s, released. Fails `what` unless it is an int, or an
 * error of that code. */
int64_t checks_int(struct ray_ref *ref, const char *what);
void checks_fails(struct ray_ref *ref, enum ray_code code, const char *part);
/* The path of a file beside this program. */
const char *checks_path(const char *name);
/* Asks again and again, 30 s at most. */
bool checks_until(bool (*is_so)(void *arg), void *arg);

/* A new file for marks that functions leave (cluster_tasks.c); checks_end() removes it.
 */
struct checks_marks {
    char path[200];
    const char *wanted;
};
struct checks_marks checks_marks(const char *name);
/* One result: exactly these marks are there within 30 s. */
void checks_marked(struct checks_marks *marks, const char *wanted, const char *what);
