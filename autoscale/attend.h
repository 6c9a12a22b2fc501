/* attend.h - staying with what was started, as a supervisor's child does. */
#pragma once

#include "lib/base/error.h"

#include <stddef.h>

enum { ATTEND_MAX = 2 };

struct attend {
    const char *cluster;
    const char *roles[ATTEND_MAX]; /* "head", "node-x" */
    size_t count;                  /* of them */
};

/* Waits until this process is asked to end, by SIGTERM or SIGINT (0), or one of the
 * processes that the cluster has recorded on this machine under these roles has ended:
 * -ERR_CLOSED with its log. Errors of session_processes(). Blocks both signals, for
 * good. */
int attend(const struct attend *attend, struct error *err);
