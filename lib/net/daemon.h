/* daemon.h - starting rayd and waiting until it serves. For programs without a loop of
 * their own yet. */
#pragma once

#include "lib/base/error.h"

#include <sys/types.h>

enum { DAEMON_READY_FD = 3, DAEMON_LIFE_FD = 4, DAEMON_READY_MS = 15000 };

struct daemon_options {
    /* NULL-terminated; argv[0] a path or a name in PATH. Must hold "--ready-fd", "3",
     * and with a life_fd
     * "--die-with-fd", "4". */
    const char *const *argv;
    const char *log_path; /* its stdout and stderr are appended there */
    int life_fd; /* read end of a pipe: it ends when the write end does; -1: lives on */
};

/* Starts it in a session of its own, with stdin from /dev/null; waits for its one line.
 * The process is a child of the caller. -ERR_FAILED with what it said, or the last line
 * of its log. */
int daemon_start(const struct daemon_options *options, pid_t *pid, struct error *err);
