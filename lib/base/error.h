/* error.h - what went wrong, in one line a human can act on.
 *
 * Functions return 0 or -ERR_X. Those whose failure a human hears of also take
 * `struct error *err` last: the caller's memory, filled where the failure is
 * known best and prefixed with context by wrap() on the way up. The same struct
 * travels in replies. A NULL `err` is allowed everywhere and discards the text. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>

enum error_code {
#define ERROR(name, status, retry, text) ERR_##name,
#include "lib/base/error.def"
#undef ERROR
    ERR_COUNT
};

enum { ERROR_TEXT_MAX = 512 };

struct error {
    enum error_code code;
    char text[ERROR_TEXT_MAX]; /* terminated; without a trailing new line */
};

/* Fills `err` with `code` and the formatted text; returns -code. Of a text that is too
 * long the middle is left out (" ... "). */
int fail(struct error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int failv(struct error *err, enum error_code code, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* Puts "<formatted text>: " in front of err->text; returns -err->code.
 * `err` must have been filled by fail(). With a NULL `err` returns -ERR_FAILED. */
int wrap(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Copies `from` to `to` (either may be NULL); returns -from->code. */
int error_copy(struct error *to, const struct error *from);

/* The name ("NOT_FOUND"), default text, exit status and retry rule of a code.
 * Codes outside the list (a newer peer's) count as ERR_FAILED. */
const char *error_name(enum error_code code);
const char *error_default_text(enum error_code code);
int error_exit_status(enum error_code code);
bool error_is_retryable(enum error_code code);
