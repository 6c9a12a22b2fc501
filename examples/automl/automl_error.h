/* automl_error.h - what went wrong, in words for a person.
 *
 * Functions of this example return 0 or a negative number, and those that can fail
 * take a `struct automl_error *` last. The caller owns it, usually on its stack; NULL
 * is allowed for callers that need no text. The text is one line without a newline. */
#pragma once

struct automl_error {
    char text[256];
};

/* Writes the text, cut to fit, and returns -1 so that `return automl_fail(...)` reads
 * as what it does. */
int automl_fail(struct automl_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "context: " before the text that a callee left, and returns -1. */
int automl_wrap(struct automl_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
