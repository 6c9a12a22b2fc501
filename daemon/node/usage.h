/* usage.h - how busy this machine is: CPU and memory, of all its processes.
 *
 * Reads /proc once a second while the head says that somebody watches (usage.watch),
 * never else: an idle node stays idle. Loop thread only; the two functions that read
 * text are pure. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"

#include <stdbool.h>
#include <stdint.h>

struct dispatch;
struct loop;
struct peer;
struct usage_probe;

enum { USAGE_MS = 1000, USAGE_FIRST_MS = 200 };

/* Reports to *head (NULL while it is away) as node `id`; both are borrowed. */
struct usage_probe *usage_create(struct loop *loop, struct peer *const *head,
                                 const struct id *id);
void usage_destroy(struct usage_probe *probe);
void usage_serve(struct usage_probe *probe, struct dispatch *dispatch);

/* Ticks of the machine since it was started: those in which a core worked, and all. */
struct usage_ticks {
    int64_t busy, all;
};

/* /proc/stat and /proc/meminfo (proc(5)); false when the text is not theirs. */
bool usage_parse_ticks(const char *text, struct usage_ticks *ticks);
bool usage_parse_memory(const char *text, int64_t *used, int64_t *total);
