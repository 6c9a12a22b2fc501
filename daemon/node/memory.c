/* memory.c - /proc/meminfo and the files of the cgroups, which are read at every look:
 * a dozen of short reads, some 50 us.
 *
 * What the kernel can take back at once, the pages of files that nobody uses, is not
 * counted as used. One worker at a time: no other is ended before it has gone. */
#include "daemon/node/memory.h"

#include "daemon/node/cgroup.h"
#include "daemon/node/guard.h"
#include "daemon/node/leases.h"
#include "daemon/node/usage.h"
#include "daemon/node/workers.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/loop.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { REFRESH_MS = 250, THRESHOLD = 95, REFRESH_MAX_MS = 3600 * 1000 };

struct memory_watch {
    struct leases *leases;
    struct loop_timer *timer;
    int threshold;  /* percent */
    int64_t victim; /* pid of the one that was ended last */
};

/* ---- how full ---- */

static int64_t read_number(const char *folder, const char *name)
{
    char text[CGROUP_TEXT_MAX];
    int64_t number = 0;

    cgroup_read(folder, name, text);
    return sscanf(text, "%" SCNd64, &number) == 1 ? number : 0;
}

static int64_t read_idle_pages(const char *folder, const char *name)
{
    char text[CGROUP_TEXT_MAX];

    cgroup_read(folder, "memory.stat", text);
    return guard_parse_stat(text, name);
}

static void look_at(void *arg, enum cgroup_kind kind, const char *folder)
{
    struct guard_level *fullest = arg, level = { 0 };

    switch (kind) {
    case CGROUP_UNIFIED:
        level.limit = read_number(folder, "memory.max"); /* 0: "max" */
        if (level.limit > 0)
            level.used = read_number(folder, "memory.current") -
                         read_idle_pages(folder, "inactive_file");
        break;
    case CGROUP_V1_MEMORY:
        level.limit = read_number(folder, "memory.limit_in_bytes");
        level.used = read_number(folder, "memory.usage_in_bytes") -
                     read_idle_pages(folder, "total_inactive_file");
        break;
    case CGROUP_V1_CPU:
        return;
    }
    *fullest = guard_fuller(*fullest, level);
}

static struct guard_level read_level(void)
{
    struct guard_level level = { 0 };
    char text[CGROUP_TEXT_MAX];

    cgroup_read("/proc", "meminfo", text);
    if (!usage_parse_memory(text, &level.used, &level.limit))
        level = (struct guard_level){ 0 };
    cgroup_each("", look_at, &level);
    return level;
}

/* ---- who ---- */

struct choice {
    struct worker **workers;
    struct guard_worker *about;
    size_t count, workers_capacity, about_capacity;
    int64_t victim;
    bool is_waiting; /* for the end of the last victim */
};

static int64_t read_bytes(int64_t pid)
{
    char folder[64], text[CGROUP_TEXT_MAX];

    snprintf(folder, sizeof(folder), "/proc/%lld", (long long)pid);
    cgroup_read(folder, "statm", text);
    return guard_parse_statm(text, sysconf(_SC_PAGESIZE));
}

static void add_choice(void *arg, struct worker *worker, const struct id *owner,
                       int64_t since)
{
    struct choice *choice = arg;
    size_t wanted = choice->count + 1;

    choice->workers = xgrow(choice->workers, &choice->workers_capacity, wanted,
                            sizeof(struct worker *));
    choice->about =
        xgrow(choice->about, &choice->about_capacity, wanted, sizeof(*choice->about));
    choice->is_waiting |= worker->pid == choice->victim;
    choice->workers[choice->count] = worker;
    choice->about[choice->count++] =
        (struct guard_worker){ .owner = owner != NULL ? *owner : worker->id,
                               .is_actor = owner == NULL,
                               .since = since,
                               .bytes = read_bytes(worker->pid) };
}

static void end_one(struct memory_watch *watch, struct worker *worker,
                    const struct guard_level *level, int64_t bytes)
{
    char why[WORKER_ENDING_MAX];

    snprintf(
        why, sizeof(why),
        "ended by its node, which runs out of memory: %lld of %lld MB are used, "
        "%lld of them by this worker, the limit is %d %%: use less, or run fewer at "
        "a time (num_cpus, memory)",
        (long long)(level->used >> 20), (long long)(level->limit >> 20),
        (long long)(bytes >> 20), watch->threshold);
    log_warn("memory", "pid=%lld %s", (long long)worker->pid, why);
    watch->victim = worker->pid;
    workers_end(worker, ERR_OUT_OF_MEMORY, why);
}

static void on_timer(void *arg)
{
    struct memory_watch *watch = arg;
    struct choice choice = { .victim = watch->victim };
    struct guard_level level;
    int at;

    if (leases_count(watch->leases) == 0)
        return;
    level = read_level();
    if (!guard_is_over(&level, watch->threshold))
        return;
    leases_each(watch->leases, add_choice, &choice);
    at = guard_pick(choice.about, choice.count);
    if (at >= 0 && !choice.is_waiting)
        end_one(watch, choice.workers[at], &level, choice.about[at].bytes);
    free(choice.workers);
    free(choice.about);
}

/* ---- life ---- */

/* A number of 0 to `most` in the environment; `otherwise` when it is none. */
static double setting(const char *name, double most, double otherwise)
{
    const char *text = getenv(name);
    char *end = NULL;
    double number = text != NULL ? strtod(text, &end) : 0;

    if (text == NULL)
        return otherwise;
    if (end != text && *end == '\0' && number >= 0 && number <= most)
        return number;
    log_warn("memory", "%s=%s: expected 0 to %g; it is %g", name, text, most,
             otherwise);
    return otherwise;
}

struct memory_watch *memory_watch_create(struct loop *loop, struct leases *leases)
{
    struct memory_watch *watch = xcalloc(1, sizeof(*watch));
    uint64_t every =
        (uint64_t)setting("RAY_memory_monitor_refresh_ms", REFRESH_MAX_MS, REFRESH_MS);
    double part = setting("RAY_memory_usage_threshold", 1, THRESHOLD / 100.0);

    watch->leases = leases;
    watch->threshold = part < 0.01 ? 1 : (int)lround(part * 100);
    watch->timer = loop_timer_create(loop, true, on_timer, watch);
    if (every > 0)
        loop_timer_start(watch->timer, every, every);
    return watch;
}

void memory_watch_destroy(struct memory_watch *watch)
{
    if (watch == NULL)
        return;
    loop_timer_destroy(watch->timer);
    free(watch);
}
