/* idle.h - how long a worker without work is kept: pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IDLE_KEEP_MS = 1000, IDLE_ENV_KEEP_MS = 5000 };

struct idle_worker {
    int64_t idle_ms; /* since its last work */
    bool has_env;    /* an environment of its own, beyond the job's */
};

/* Whether one of `count` idle workers, of which the node keeps `most` for later, ends
 * now. One with an environment of its own ends in any case when nobody wanted it for
 * longer: there may be ever more of these, and their folders could never go. */
bool idle_ends(const struct idle_worker *worker, size_t count, size_t most);
