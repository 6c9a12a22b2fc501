/* tui.h - the monitor: a terminal, a feed, and the loop between them. */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/error.h"

#include <stdint.h>

struct engine;
struct loop;

struct tui_options {
    const char *screen; /* to begin with; NULL: the first */
    int64_t timeout_ms; /* for the first answer; 0: for ever */
    int width, height;  /* of tui_once() */
};

/* Until the user leaves. The engine must be closed soon after it. -ERR_USAGE: this is
 * no terminal that it can use; else why the cluster did not answer at first. */
int tui_run(struct loop *loop, struct engine *engine, const struct tui_options *options,
            struct error *err);
/* Appends one screen as text. Errors as tui_run(), but it needs no terminal. */
int tui_once(struct loop *loop, struct engine *engine,
             const struct tui_options *options, struct buf *out, struct error *err);
