/* jobline.h - a job in one line, as an exit status, and as a shell command line. */
#pragma once

#include "cli/context.h"
#include "cli/options.h"
#include "lib/base/slice.h"

struct job_row;

/* One word is a shell command line as it is; several are quoted, so that the shell sees
 * the same words. */
struct slice jobline_quote(struct arena *arena, const struct args *args);
/* "job raysubmit_x succeeded" on stderr. */
void jobline_say(const struct context *ctx, const struct job_row *job);
/* The driver's own status; 1 for a job that failed or was stopped without one. */
int jobline_exit_status(const struct job_row *job);
