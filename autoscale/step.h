/* step.h - one step on a machine: a script for its /bin/sh, over an open SSH
 * connection.
 *
 * Blocking, for a thread of the machine's own. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct bring_up;
struct machine;
struct ssh;

enum { STEP_MS = 30000 /* what our own scripts may take without any progress */ };

/* One machine at work; all but `printed` is borrowed. */
struct work {
    const struct bring_up *plan;
    const struct machine *machine;
    struct ssh *ssh;
    struct error *err;
    struct buf printed; /* the end of what the step at hand printed */
    struct buf *answer; /* instead: where its stdout goes; NULL: nowhere else */
    bool is_too_much;   /* for `answer` */
};

/* '...' for a shell; the caller frees it. */
char *step_quote(const char *text);
/* Runs a script, whose name in errors is `what`. -ERR_FAILED when it ends with another
 * status than 0, with the end of what it printed; else errors of ssh_run(). */
int step_run(struct work *work, const char *what, const char *script);
/* The same with a file for its stdin (-1: none); `timeout_ms` without any progress
 * (0: for ever). */
int step_run_with(struct work *work, const char *what, const char *script, int input,
                  int64_t timeout_ms);
/* step_run() with the file at `path` for stdin. -ERR_IO when it cannot be opened. */
int step_send(struct work *work, const char *what, const char *path,
              const char *script);
/* step_run(), its stdout appended to `answer`; -ERR_FULL above the buffer's ceiling. */
int step_read(struct work *work, const char *what, const char *script,
              struct buf *answer);
/* Shows the user what the machine does now. */
void step_say(struct work *work, const char *what);
