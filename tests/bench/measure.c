/* measure.c - rounds, their median, and where rows go.
 *
 * The machine may be busy with other things, so that a mean says little: the median
 * and the quartiles of a few rounds are given, and limits are measured beside them. */
#include "measure.h"

#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 9, BATCH = 1000 };

extern char **environ;

double measure_now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

struct measure measure_seconds(void (*work)(int count), int count)
{
    double rounds[ROUNDS];

    work(count);
    for (int i = 0; i < ROUNDS; i++) {
        double begin = measure_now();
        work(count);
        rounds[i] = (measure_now() - begin) / count;
    }
    qsort(rounds, ROUNDS, sizeof(*rounds), compare);
    return (struct measure){ rounds[ROUNDS / 2], rounds[ROUNDS / 4],
                             rounds[ROUNDS - 1 - ROUNDS / 4] };
}

struct measure measure_scaled(struct measure seconds, double scale)
{
    return (struct measure){ seconds.median * scale, seconds.low * scale,
                             seconds.high * scale };
}

struct measure measure_rate(struct measure seconds, double scale)
{
    return (struct measure){ scale / seconds.median, scale / seconds.high,
                             scale / seconds.low };
}

static bool is_met(const struct measure_row *row)
{
    return row->target == 0 || (row->more ? row->value.median >= row->target
                                          : row->value.median <= row->target);
}

static void write_json(const struct measure_row *row)
{
    const char *path = getenv("BENCH_ROWS");
    FILE *file = path ? fopen(path, "a") : NULL;

    if (!path)
        return;
    measure_must(file != NULL, path, NULL);
    fprintf(file,
            "{\"name\": \"%s\", \"unit\": \"%s\", \"value\": %.6g, \"spread\": %.6g",
            row->name, row->unit, row->value.median, row->value.high - row->value.low);
    if (row->limit > 0)
        fprintf(file, ", \"limit\": %.6g, \"limit_name\": \"%s\"", row->limit,
                row->limit_name);
    else
        fprintf(file, ", \"limit\": null, \"limit_name\": null");
    if (row->target > 0)
        fprintf(file, ", \"target\": %.6g, \"met\": %s}\n", row->target,
                is_met(row) ? "true" : "false");
    else
        fprintf(file, ", \"target\": null, \"met\": null}\n");
    measure_must(fclose(file) == 0, path, NULL);
}

void measure_report(const struct measure_row *row)
{
    char limit[64] = "-", target[32] = "-", ratio[16] = "-";

    if (row->limit > 0) {
        snprintf(limit, sizeof(limit), "%.4g %s", row->limit, row->limit_name);
        snprintf(ratio, sizeof(ratio), "%.2f",
                 row->more ? row->value.median / row->limit
                           : row->limit / row->value.median);
    }
    if (row->target > 0)
        snprintf(target, sizeof(target), "%s %.4g",
                 row->more ? ">=" : "<=", row->target);
    printf("%-38s %10.4g %-5s %9.4g to %-9.4g %-42s %6s  %-12s %s\n", row->name,
           row->value.median, row->unit, row->value.low, row->value.high, limit, ratio,
           target,
           row->target == 0 ? ""
           : is_met(row)    ? "met"
                            : "MISSED");
    fflush(stdout);
    write_json(row);
}

const char *measure_beside(const char *name)
{
    static char path[PATH_MAX + 64];
    ssize_t size = readlink("/proc/self/exe", path, PATH_MAX);

    while (size > 0 && path[size - 1] != '/')
        size--;
    measure_must(size > 0, "/proc/self/exe", NULL);
    snprintf(path + size, sizeof(path) - (size_t)size, "%s", name);
    return path;
}

void measure_connect(const char *address)
{
    const struct ray_options options = { .address = address,
                                         .library = measure_beside("bench.so") };
    struct ray_error err = { .text = "" };

    measure_must(ray_init(&options, &err) == 0, "connect", &err);
}

void measure_must(bool ok, const char *what, const struct ray_error *err)
{
    if (ok)
        return;
    fprintf(stderr, "bench: %s: %s\n", what, err ? err->text : "failed");
    exit(1);
}

void measure_get(struct ray_ref *ref)
{
    struct ray_value value;
    struct ray_error err = { .text = "no ref" };

    measure_must(ref && ray_get(ref, &value, -1, &err) == 0, "get", &err);
    ray_release(ref);
}

void measure_thousands(struct ray_ref *(*start)(void), int count)
{
    static struct ray_ref *refs[BATCH];
    static struct ray_value values[BATCH];
    struct ray_error err = { .text = "" };

    for (int done = 0; done < count; done += BATCH) {
        for (int i = 0; i < BATCH; i++)
            refs[i] = start();
        measure_must(ray_get_many(refs, BATCH, values, -1, &err) == 0, "get", &err);
        for (int i = 0; i < BATCH; i++)
            ray_release(refs[i]);
    }
}

void measure_spawn(char *const *argv)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = 1;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    measure_must(posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0 &&
                     waitpid(pid, &status, 0) == pid && status == 0,
                 argv[0], NULL);
    posix_spawn_file_actions_destroy(&actions);
}

static char rayctl[PATH_MAX + 64], folder[] = "/tmp/rb.XXXXXX";
static pid_t starter;

static void end_cluster(void)
{
    static char stop[] = "stop", quiet[] = "-q";

    if (getpid() != starter)
        return;
    starter = 0;
    measure_spawn((char *const[]){ rayctl, stop, quiet, NULL });
    rmdir(folder);
}

const char *measure_cluster(char **command)
{
    static char start[] = "start", head[] = "--head", quiet[] = "-q";

    snprintf(rayctl, sizeof(rayctl), "%s", measure_beside("../../bin/rayctl"));
    measure_must(mkdtemp(folder) && setenv("RAYCTL_TMPDIR", folder, 1) == 0, folder,
                 NULL);
    measure_spawn((char *const[]){ rayctl, start, head, quiet, NULL });
    starter = getpid();
    measure_must(atexit(end_cluster) == 0, "atexit", NULL);
    *command = rayctl;
    return folder;
}
