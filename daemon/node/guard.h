/* guard.h - memory runs out: which worker is ended, before the kernel ends any process.
 * Pure.
 *
 * Ray's rule (its memory monitor): of the owner with the most tasks here, the newest,
 * so that older work comes to its end. Of those alone that use much, unlike there: to
 * end one that uses little frees nothing, and the next would follow 250 ms later. */
#pragma once

#include "lib/base/id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How full the memory is: of the machine, or of a cgroup that has a limit. Bytes. */
struct guard_level {
    int64_t used, limit;
};

struct guard_worker {
    struct id owner; /* who leases it; an actor has itself */
    bool is_actor;
    int64_t since; /* when its lease began, any clock */
    int64_t bytes; /* its own memory, without what it shares with others */
};

/* Whether `level` is above `percent` of its limit. Without a limit it never is. */
bool guard_is_over(const struct guard_level *level, int percent);
/* The fuller of the two. */
struct guard_level guard_fuller(struct guard_level a, struct guard_level b);
/* The index of the worker to end, or -1 when there is none. Tasks go before actors. */
int guard_pick(const struct guard_worker *workers, size_t count);

/* The number behind `name` in memory.stat of a cgroup (cgroups(7)); 0: not there. */
int64_t guard_parse_stat(const char *text, const char *name);
/* The bytes that are its own, of /proc/PID/statm (proc(5)): resident without shared;
 * 0 when the text is not that. */
int64_t guard_parse_statm(const char *text, int64_t page);
