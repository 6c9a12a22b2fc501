/* logfeed.h - a log file, read and followed by long polls into lines.
 *
 * Lines are escaped (glyph.h) before they are kept. When the cluster is away it tries
 * again every second from where it was. Loop thread only. */
#pragma once

#include "lib/base/slice.h"
#include "tui/screen.h"
#include "tui/widget_text.h"

#include <stdbool.h>

struct logfeed;

/* What to read: the output of a job, or a file. */
struct log_choice {
    bool is_job;
    struct slice id;   /* the job's, or the file's name; empty: find it by `glob` */
    struct slice glob; /* the first file of this name */
    struct id node_id; /* of the file's node; unset: the head's, or any for a glob */
};

enum logfeed_state {
    LOGFEED_READING,
    LOGFEED_FOLLOWING,
    LOGFEED_ENDED,
    LOGFEED_FAILED
};

/* Adds to `lines`, which must live until logfeed_close(). The choice is copied. */
struct logfeed *logfeed_open(const struct screen_context *context,
                             const struct log_choice *choice, struct text *lines);
/* Adds nothing any more; freed when its last call has ended. Accepts NULL. */
void logfeed_close(struct logfeed *feed);
enum logfeed_state logfeed_state(const struct logfeed *feed);
/* Why it failed, or waits; "" when all is well. */
const char *logfeed_why(const struct logfeed *feed);
/* The file that was found. */
struct slice logfeed_name(const struct logfeed *feed);
