/* machine.c - affinity and sysinfo(2), then down to what the cgroups allow.
 *
 * A quota of 2.5 CPUs offers 2: a third task would slow down the two. One below 1
 * offers 1, since else no task that asks for the usual one CPU could ever run. */
#include "daemon/node/machine.h"

#include "daemon/node/cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

bool machine_parse_quota(const char *text, int64_t *cpus)
{
    int64_t quota, period;

    if (sscanf(text, "%" SCNd64 " %" SCNd64, &quota, &period) != 2 || quota <= 0 ||
        period <= 0)
        return false; /* "max" of v2, -1 of v1 */
    *cpus = quota / period > 0 ? quota / period : 1;
    return true;
}

static void limit_cpus(struct machine *machine, const char *text)
{
    int64_t cpus;

    if (machine_parse_quota(text, &cpus) && cpus < machine->cpus)
        machine->cpus = cpus;
}

/* Without a limit v1 says a number beyond any machine, v2 "max". */
static void limit_memory(struct machine *machine, const char *text)
{
    int64_t bytes;

    if (sscanf(text, "%" SCNd64, &bytes) == 1 && bytes > 0 && bytes < machine->memory)
        machine->memory = bytes;
}

static void limit_to(void *arg, enum cgroup_kind kind, const char *folder)
{
    struct machine *machine = arg;
    char text[CGROUP_TEXT_MAX], period[CGROUP_TEXT_MAX], both[2 * CGROUP_TEXT_MAX];

    switch (kind) {
    case CGROUP_UNIFIED:
        cgroup_read(folder, "cpu.max", text);
        limit_cpus(machine, text);
        cgroup_read(folder, "memory.max", text);
        limit_memory(machine, text);
        break;
    case CGROUP_V1_CPU:
        cgroup_read(folder, "cpu.cfs_quota_us", text);
        cgroup_read(folder, "cpu.cfs_period_us", period);
        snprintf(both, sizeof(both), "%s %s", text, period);
        limit_cpus(machine, both);
        break;
    case CGROUP_V1_MEMORY:
        cgroup_read(folder, "memory.limit_in_bytes", text);
        limit_memory(machine, text);
        break;
    }
}

void machine_limit(struct machine *machine, const char *root)
{
    cgroup_each(root, limit_to, machine);
}

int machine_read(struct machine *machine, struct error *err)
{
    struct sysinfo about;
    cpu_set_t cpus;

    if (sysinfo(&about) != 0 || sched_getaffinity(0, sizeof(cpus), &cpus) != 0)
        return fail(err, ERR_IO, "what this machine has: %s", strerror(errno));
    machine->cpus = CPU_COUNT(&cpus);
    machine->memory = (int64_t)about.totalram * about.mem_unit;
    machine_limit(machine, "");
    return 0;
}
