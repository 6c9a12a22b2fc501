/* launch_line.h - the command line of a daemon, from what is wanted of it. */
#pragma once

#include "autoscale/launch.h"
#include "lib/base/resources.h"

enum { LAUNCH_LINE_MAX = 40 + 2 * LAUNCH_LABELS_MAX + 2 * RESOURCE_KINDS_MAX };

/* An argv, ended by NULL, whose formatted parts are owned. */
struct launch_line {
    const char *items[LAUNCH_LINE_MAX];
    char *owned[LAUNCH_LINE_MAX];
    size_t count, owned_count;
};

/* What they are made from must live as long as they do. `session` is a folder. */
struct launch_line *launch_line_head(const struct launch_head *head,
                                     const char *session);
/* `address`: of the head; NULL: its socket in the session. */
struct launch_line *launch_line_node(const struct launch_node *node,
                                     const char *session, const char *address);
void launch_line_finish(struct launch_line *line);
