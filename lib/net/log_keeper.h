/* log_keeper.h - bounds the log files of a daemon by size and age.
 *
 * Looks at them every few seconds, more often while they grow fast. A file that is too
 * large loses its beginning: the room goes back to the file system as a hole
 * (fallocate(2)), so that whoever writes to it, and whoever follows it, sees no change.
 * lib/net/tail.h reads from the first line behind the hole. Loop thread only. */
#pragma once

#include "lib/base/log_plan.h"

struct log_keeper;
struct loop;

struct log_keeper_ops {
    /* Calls log_keeper_add() for each of the files. */
    void (*each)(void *arg, struct log_keeper *keeper);
    void *arg;
};

/* What a daemon keeps when it is not told: Age: 7 days. Size: 1 GiB, or a tenth of the
 * file system that `folder` is in, if that is less. */
struct log_bounds log_keeper_defaults(const char *folder);

/* NULL when the size of `bounds` is 0: then nothing is bounded. */
struct log_keeper *log_keeper_create(struct loop *loop, const struct log_bounds *bounds,
                                     const struct log_keeper_ops *ops);
void log_keeper_add(struct log_keeper *keeper, const char *path, bool is_over);
void log_keeper_destroy(struct log_keeper *keeper); /* accepts NULL */
