/* logs.h - the log files of this node: what its workers and it itself write.
 *
 * The files of its workers are in a folder of their own, <session>/logs/<node name>/;
 * the daemon's own is <session>/logs/node-<node name>.log. Serves the `logs` methods,
 * and keeps the files within bounds. Loop thread only. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"
#include "lib/base/log_plan.h"

struct dispatch;
struct logs;
struct loop;
struct workers;

struct logs_options {
    struct loop *loop;
    const char *session, *node_name;
    struct id node_id;
    struct log_bounds bounds;
};

/* Makes the folder. NULL on error. */
struct logs *logs_create(const struct logs_options *options, struct error *err);
const char *logs_folder(const struct logs *logs);
/* `workers` (borrowed) knows which files will grow no more. */
void logs_serve(struct logs *logs, struct workers *workers, struct dispatch *dispatch);
void logs_destroy(struct logs *logs); /* answers those who follow a file */
