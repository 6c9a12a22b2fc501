/* follow.h - a log file from the server to stdout, until its end or Ctrl-C. */
#pragma once

#include "cli/context.h"

struct log_read;

/* Reads by `method` (jobs.read_log or query.read_log), from rq's position on; with
 * rq->follow until the server says that nothing will follow. -ERR_CANCELLED after
 * Ctrl-C. */
int follow_log(struct context *ctx, const struct method *method, struct log_read *rq,
               struct error *err);
