/* cgroup.h - the cgroups that this process is in, of both versions.
 *
 * Each cgroup from the process's own up to the root of the hierarchy has limits, and
 * the tightest one holds. A container without a cgroup namespace reads the path that
 * its host knows; the folders of that path are not there for it, the root is, and the
 * root is its own cgroup. So what cannot be read has no limit, and the walk always ends
 * at the root. Both versions may be mounted at once (a controller is in one of them):
 * both are read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { CGROUP_TEXT_MAX = 4096 };
enum cgroup_kind { CGROUP_UNIFIED, CGROUP_V1_CPU, CGROUP_V1_MEMORY };

typedef void cgroup_fn(void *arg, enum cgroup_kind kind, const char *folder);
/* Calls fn for each folder, from the process's own cgroup up, hierarchy by hierarchy.
 * Those of the process whose /proc/self/cgroup and /sys/fs/cgroup lie under `root`
 * (empty: the real ones). */
void cgroup_each(const char *root, cgroup_fn *fn, void *arg);
/* The beginning of a file of a folder, "" (and false) when it cannot be read. */
bool cgroup_read(const char *folder, const char *name, char text[CGROUP_TEXT_MAX]);
/* The path of `controller` in the text of /proc/self/cgroup; "" is that of cgroup v2.
 * False when there is none, or it does not fit. Pure. */
bool cgroup_parse_path(const char *text, const char *controller, char *path,
                       size_t size);
