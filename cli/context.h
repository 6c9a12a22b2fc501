/* context.h - what a command works with: where the cluster is, how to print, what to
 * exit with.
 *
 * Prepared by main.c from the common options. The engine is opened by context_engine()
 * and closed at the end; what is asked and printed lives in `arena` until then. */
#pragma once

#include "cli/options.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/engine/engine.h"
#include "lib/text/print.h"

#include <stdbool.h>

struct loop;

struct context {
    struct loop *loop;
    struct engine *engine; /* NULL until it is opened */
    const char *address;   /* --address; NULL when it was not given */
    struct arena arena;
    struct print_options print;
    int64_t timeout_ms; /* of one question */
    bool has_timeout;   /* whether --timeout was given */
    int verbose;
    bool quiet;
    bool raw;        /* --raw of logs: as they are, on a terminal, too */
    int exit_status; /* of a command that passes another's on; else 0 */
};

/* --address, --format, --timeout, --quiet, --verbose, --help: of every command. */
extern const struct option context_options[];
/* Whether --help was given. */
bool context_wants_help(void);
/* After parsing: format, width, colour. */
int context_init(struct context *ctx, struct error *err);
void context_finish(struct context *ctx);
/* Opens the engine at the address of --address, the environment or the current session.
 */
int context_engine(struct context *ctx, unsigned capabilities, struct error *err);

/* For commands that stay with a job: whether `err` is the loss of a head that may be
 * started again, and it is to be asked once more, now, by a new connection. Pauses
 * before. *deadline is 0 before the first call and after each answer; it gives up
 * --timeout after the loss. */
bool context_again(struct context *ctx, const struct error *err, int64_t *deadline);

/* Writes to stdout at once. A reader that has gone ends the program quietly, as a
 * signal would. */
void context_write(const void *data, size_t size);
/* Ends the program so when the reader of stdout has gone, although there is nothing to
 * write: for those who wait. */
void context_check_reader(void);
/* Keeps descriptors 0 to 2 from becoming sockets and files when they came closed:
 * reading finds nothing, writing fails. */
void context_guard_streams(void);
void context_print_rows(struct context *ctx, const struct print_rows *rows);
void context_print_message(struct context *ctx, const struct desc *desc,
                           const void *message);
/* A line on stderr, unless --quiet. */
void context_say(const struct context *ctx, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
