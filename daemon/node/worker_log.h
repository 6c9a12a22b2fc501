/* worker_log.h - the two files that a worker writes to: worker-<12 digits of
 * id>-<job>-<pid>.out|err */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

struct worker_log {
    char out[PATH_MAX], err[PATH_MAX]; /* paths */
};

/* Whose files they are. */
struct worker_log_owner {
    const char *folder;
    struct id worker, job;
    int64_t pid; /* not known before the process is there */
};

/* Opens both under a name without pid; the descriptors are the caller's. */
int worker_log_open(struct worker_log *log, const struct worker_log_owner *owner,
                    int *out, int *err_fd, struct error *err);
/* The pid is known now. */
void worker_log_rename(struct worker_log *log, const struct worker_log_owner *owner);
/* The last of what it wrote to stderr, in one line, for messages; "" when nothing. */
void worker_log_tail(const struct worker_log *log, char *text, size_t size);
