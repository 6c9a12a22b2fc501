/* ending.h - killing an actor, stopping a job: the question, then the call. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"
#include "tui/screen.h"

#include <stdbool.h>
#include <stddef.h>

struct engine;

enum { ENDING_TEXT_MAX = 256, ENDING_JOB_MAX = 128 };

/* What shall end; plain data, so that it outlives its row. */
struct ending {
    enum target_kind kind; /* TARGET_ACTOR, TARGET_JOB */
    struct id actor;
    char job[ENDING_JOB_MAX];   /* submission id or job id */
    char what[ENDING_TEXT_MAX]; /* "actor Counter 3f2a01bc" */
};

/* Fills *ending from a row. False when such a thing cannot be ended; `why` then says
 * so. */
bool ending_of(const struct target *target, struct ending *ending,
               char why[ENDING_TEXT_MAX]);

/* What came of it, in words. */
typedef void ending_done(void *arg, bool is_good, const char *text);
struct ending_call;
/* Asks the cluster; done runs once, later. */
struct ending_call *ending_begin(struct engine *engine, const struct ending *ending,
                                 ending_done *done, void *arg);
/* done will not be called; accepts NULL. Only before it was called. */
void ending_forget(struct ending_call *call);
