/* tasks_main.c - no-op tasks: one after the other, a thousand at a time, a million
 * queued; waits for a thousand. */
#include "limits.h"
#include "measure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { QUEUED = 1000000, WAITED = 1000, HELD_MAX = 256 };

static struct ray_ref *start(void)
{
    return ray_remote("nothing", RAY_NO_ARGS, NULL, NULL);
}

static void sync_tasks(int count)
{
    for (int i = 0; i < count; i++)
        measure_get(start());
}

static void async_tasks(int count)
{
    measure_thousands(start, count);
}

/* Resident bytes of this process. */
static double resident(void)
{
    long total, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    measure_must(file && fscanf(file, "%ld %ld", &total, &pages) == 2, "statm", NULL);
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Holds every CPU of the cluster by a task, until *gate is opened to write. */
static int hold_cpus(char *gate, struct ray_ref **held)
{
    int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);

    cpus = cpus < HELD_MAX ? cpus : HELD_MAX;
    measure_must(mkdtemp(gate) != NULL, gate, NULL);
    memcpy(gate + strlen(gate), "/gate", sizeof("/gate"));
    measure_must(mkfifo(gate, 0600) == 0, gate, NULL);
    for (int i = 0; i < cpus; i++)
        held[i] = ray_remote("hold", RAY_ARGS(ray_string(gate)), NULL, NULL);
    return cpus;
}

/* A million tasks, all queued before the first can run. Once: it is long. */
static void queue_million(double messages)
{
    struct ray_ref **refs = malloc(QUEUED * sizeof(struct ray_ref *));
    struct measure seconds, bytes;
    struct ray_ref *held[HELD_MAX];
    char gate[64] = "/tmp/rb.XXXXXX";
    int cpus = hold_cpus(gate, held), fd;
    double begin, memory;

    measure_must(refs != NULL, "malloc", NULL);
    memset(refs, 0, QUEUED * sizeof(struct ray_ref *));
    memory = resident();
    begin = measure_now();
    for (int i = 0; i < QUEUED; i++)
        refs[i] = start();
    bytes.median = bytes.low = bytes.high = (resident() - memory) / QUEUED;
    fd = open(gate, O_RDWR);
    for (int i = 0; i < cpus; i++)
        measure_get(held[i]);
    for (int i = 0; i < QUEUED; i++)
        measure_get(refs[i]);
    seconds.median = seconds.low = seconds.high = measure_now() - begin;
    free(refs);
    close(fd);
    unlink(gate);
    *strrchr(gate, '/') = '\0';
    rmdir(gate);
    measure_report(&(struct measure_row){ "1,000,000 queued tasks", "s", false, seconds,
                                          messages * QUEUED, "messages of 64 bytes",
                                          5 });
    measure_report(&(struct measure_row){ "memory of a queued task at its driver", "B",
                                          false, bytes, 0, NULL, 400 });
}

/* One by one, until all of a thousand tasks are done: `count` times. */
static void wait_thousand(int count)
{
    static struct ray_ref *refs[WAITED];
    static bool ready[WAITED];

    for (; count > 0; count--) {
        for (int i = 0; i < WAITED; i++)
            refs[i] = start();
        for (int done = 0; done < WAITED; done++)
            measure_must(ray_wait(refs, WAITED, (size_t)done + 1, -1, ready) > done,
                         "wait", NULL);
        for (int i = 0; i < WAITED; i++)
            ray_release(refs[i]);
    }
}

int main(void)
{
    struct measure futex, messages;

    futex = measure_seconds(limits_futex, 2000);
    messages = measure_seconds(limits_messages, 20000);
    measure_connect("local");
    measure_report(
        &(struct measure_row){ "single client tasks sync", "us", false,
                               measure_scaled(measure_seconds(sync_tasks, 2000), 1e6),
                               futex.median * 1e6, "futex round trip", 25 });
    measure_report(
        &(struct measure_row){ "single client tasks async", "/s", true,
                               measure_rate(measure_seconds(async_tasks, 20000), 1),
                               1 / messages.median, "messages of 64 bytes", 500000 });
    measure_report(&(struct measure_row){
        "single client wait 1k refs", "/s", true,
        measure_rate(measure_seconds(wait_thousand, 5), 1),
        1 / messages.median / WAITED, "1,000 messages of 64 bytes", 0 });
    queue_million(messages.median);
    ray_shutdown();
    return 0;
}
