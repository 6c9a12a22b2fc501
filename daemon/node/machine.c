/* machine.c - affinity and sysinfo(2), then down to what the cgroups allow.
 *
 * Each cgroup from the process's own up to the root of the hierarchy has limits, and
 * the tightest one holds. A container without a cgroup namespace reads the path that
 * its host knows; the folders of that path are not there for it, the root is, and the
 * root is its own cgroup. So what cannot be read has no limit, and the walk always ends
 * at the root. Both versions may be mounted at once (a controller is in one of them):
 * both are read.
 *
 * A quota of 2.5 CPUs offers 2: a third task would slow down the two. One below 1
 * offers 1, since else no task that asks for the usual one CPU could ever run. */
#include "daemon/node/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum { TEXT_MAX = 4096 };

/* The beginning of a file, "" when it cannot be read. `path` is folder and name. */
static bool read_text(const char *folder, const char *name, char text[TEXT_MAX])
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/%s", folder, name);
    ssize_t size = -1;
    int fd;

    text[0] = '\0';
    if (length < 0 || (size_t)length >= sizeof(path))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size = read(fd, text, TEXT_MAX - 1);
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    return size > 0;
}

/* Is `name` one of the names in `list`, which ends at ':' and has commas between them?
 */
static bool is_listed(const char *list, const char *name)
{
    size_t size = strlen(name);

    for (;;) {
        size_t one = strcspn(list, ",:\n");
        if (one == size && memcmp(list, name, size) == 0)
            return true;
        if (list[one] != ',')
            return false;
        list += one + 1;
    }
}

bool machine_parse_cgroup(const char *text, const char *controller, char *path,
                          size_t size)
{
    for (const char *line = text; *line != '\0';) {
        const char *end = line + strcspn(line, "\n");
        const char *list = memchr(line, ':', (size_t)(end - line));
        const char *from =
            list != NULL ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;
        if (from != NULL && is_listed(list + 1, controller)) {
            int length = snprintf(path, size, "%.*s", (int)(end - from - 1), from + 1);
            return length >= 0 && (size_t)length < size;
        }
        line = *end == '\n' ? end + 1 : end;
    }
    return false;
}

bool machine_parse_quota(const char *text, int64_t *cpus)
{
    int64_t quota, period;

    if (sscanf(text, "%" SCNd64 " %" SCNd64, &quota, &period) != 2 || quota <= 0 ||
        period <= 0)
        return false; /* "max" of v2, -1 of v1 */
    *cpus = quota / period > 0 ? quota / period : 1;
    return true;
}

/* ---- one cgroup ---- */

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

typedef void limit_fn(struct machine *machine, const char *folder);

static void limit_unified(struct machine *machine, const char *folder)
{
    char text[TEXT_MAX];

    read_text(folder, "cpu.max", text);
    limit_cpus(machine, text);
    read_text(folder, "memory.max", text);
    limit_memory(machine, text);
}

static void limit_v1_cpu(struct machine *machine, const char *folder)
{
    char quota[TEXT_MAX], period[TEXT_MAX], both[2 * TEXT_MAX];

    read_text(folder, "cpu.cfs_quota_us", quota);
    read_text(folder, "cpu.cfs_period_us", period);
    snprintf(both, sizeof(both), "%s %s", quota, period);
    limit_cpus(machine, both);
}

static void limit_v1_memory(struct machine *machine, const char *folder)
{
    char text[TEXT_MAX];

    read_text(folder, "memory.limit_in_bytes", text);
    limit_memory(machine, text);
}

/* ---- all of them ---- */

static const struct hierarchy {
    const char *controller, *mount;
    limit_fn *limit;
} hierarchies[] = {
    { "", "/sys/fs/cgroup", limit_unified },
    { "cpu", "/sys/fs/cgroup/cpu", limit_v1_cpu },
    { "memory", "/sys/fs/cgroup/memory", limit_v1_memory },
};

/* From the process's cgroup up to the root of the hierarchy. */
static void limit_upwards(struct machine *machine, const struct hierarchy *hierarchy,
                          const char *root, char *path)
{
    char folder[PATH_MAX];

    for (;;) {
        char *slash;
        int length =
            snprintf(folder, sizeof(folder), "%s%s%s", root, hierarchy->mount, path);
        if (length >= 0 && (size_t)length < sizeof(folder))
            hierarchy->limit(machine, folder);
        slash = strrchr(path, '/');
        if (slash == NULL)
            return;
        *slash = '\0';
    }
}

void machine_limit(struct machine *machine, const char *root)
{
    char folder[PATH_MAX], text[TEXT_MAX], path[PATH_MAX];

    snprintf(folder, sizeof(folder), "%s/proc/self", root);
    read_text(folder, "cgroup", text);
    for (size_t i = 0; i < sizeof(hierarchies) / sizeof(hierarchies[0]); i++)
        if (machine_parse_cgroup(text, hierarchies[i].controller, path, sizeof(path)))
            limit_upwards(machine, &hierarchies[i], root, path);
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
