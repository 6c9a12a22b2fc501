/* log_plan.h - which log files are to give back room, and how much. Pure.
 *
 * In this order: files that nobody writes to any more and that are older than the age
 * go; no file keeps more than half the size for itself; while all of them are above the
 * size, or more than LOG_PLAN_FILES, the oldest that nobody writes to goes; then the
 * largest is halved, and so on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_bounds {
    int64_t size; /* bytes of all files together */
    int64_t age;  /* ns since the last change */
};

/* LOG_CUT: all but the last `keep` bytes. */
enum log_action { LOG_KEEP, LOG_CUT, LOG_REMOVE };

struct log_plan_file {
    int64_t used;     /* bytes on disk */
    int64_t modified; /* ns since 1970 */
    bool is_over;     /* nobody writes to it */
    enum log_action action;
    int64_t keep;
};

/* Files of up to this size are not cut: the end of a log says why it ended. */
enum { LOG_PLAN_LEAST = 64 * 1024, LOG_PLAN_FILES = 5000 };

/* Sets action and keep of each. `now` is in ns since 1970. */
void log_plan(struct log_plan_file *files, size_t count,
              const struct log_bounds *bounds, int64_t now);
