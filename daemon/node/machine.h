/* machine.h - what a node may offer of its machine: CPUs and memory.
 *
 * A container sees the whole machine in /proc, but is throttled, or killed, at the
 * limits of its cgroup. So the least of these counts: the CPUs that the process may run
 * on, the quota of each cgroup above it, the memory of the machine and of each cgroup
 * above it. Called once, before the loop runs: reads files. The machine_parse_
 * functions are pure. */
#pragma once

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine {
    int64_t cpus;   /* whole ones, at least 1 */
    int64_t memory; /* bytes */
};

/* What this process may use. -ERR_IO. */
int machine_read(struct machine *machine, struct error *err);

/* Lowers `machine` to the limits of the cgroups of the process whose /proc/self/cgroup
 * and /sys/fs/cgroup lie under `root` (empty: the real ones). No limits: as it was. */
void machine_limit(struct machine *machine, const char *root);

/* cpu.max of cgroup v2, "QUOTA PERIOD" (cgroup v1 has the two in files of their own):
 * whole CPUs, a part of one counts when there is no other. False: no limit. */
bool machine_parse_quota(const char *text, int64_t *cpus);
