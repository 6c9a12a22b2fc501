/* follow.h - a log file from the server to stdout, until its end or Ctrl-C. */
#pragma once

#include "cli/context.h"

struct log_read;

enum { EXIT_INTERRUPTED = 130 }; /* as the shell would say it */

/* Reads by `method` (jobs.read_log or query.read_log), from rq's position on; with
 * rq->follow until the server says that nothing will follow. After Ctrl-C 0, with
 * ctx->exit_status EXIT_INTERRUPTED. */
int follow_log(struct context *ctx, const struct method *method, struct log_read *rq,
               struct error *err);
/* Whether Ctrl-C was pressed since the last follow_log() began; sets the exit status
 * then. */
bool follow_is_interrupted(struct context *ctx);
