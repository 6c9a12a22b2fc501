/* defaults.h - what a daemon takes where its options do not say otherwise. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/log_plan.h"

#include <stdbool.h>

struct node_options;

/* Options that say 0, which a set of amounts cannot. */
struct offers_none {
    bool cpus, gpus;
};

/* CPUs, memory and GPUs that this machine lets the process use; the object store, 30 %
 * of the memory; where its objects go when it is full. -ERR_IO. */
int defaults_fill(struct node_options *options, const struct offers_none *none,
                  struct error *err);
/* `asked`, and where that says 0 the default for a session in that folder. */
struct log_bounds defaults_logs(const char *session, const struct log_bounds *asked);
