/* error.c - one list (error.def) gives enum, names, texts and exit statuses. */
#include "lib/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *text;
    int exit_status;
    bool retryable;
} errors[ERR_COUNT] = {
#define ERROR(name, status, retry, text) [ERR_##name] = { #name, text, status, retry },
#include "lib/base/error.def"
#undef ERROR
};

static enum error_code known(enum error_code code)
{
    return (unsigned)code < ERR_COUNT ? code : ERR_FAILED;
}

int fail(struct error *err, enum error_code code, const char *format, ...)
{
    if (err != NULL) {
        char text[ERROR_TEXT_MAX]; /* the arguments may be err->text itself */
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        err->code = code;
        memcpy(err->text, text, sizeof(text));
    }
    return -(int)code;
}

int wrap(struct error *err, const char *format, ...)
{
    char text[2 * ERROR_TEXT_MAX + 2]; /* what is over the limit is cut at the end */
    va_list args;
    size_t used;

    if (err == NULL)
        return -ERR_FAILED;
    va_start(args, format);
    vsnprintf(text, ERROR_TEXT_MAX, format, args);
    va_end(args);
    used = strlen(text);
    snprintf(text + used, sizeof(text) - used, ": %s", err->text);
    memcpy(err->text, text, sizeof(err->text) - 1);
    err->text[sizeof(err->text) - 1] = '\0';
    return -(int)err->code;
}

int error_copy(struct error *to, const struct error *from)
{
    if (from == NULL)
        return 0;
    if (to != NULL && to != from)
        *to = *from;
    return -(int)from->code;
}

const char *error_name(enum error_code code)
{
    return errors[known(code)].name;
}

const char *error_default_text(enum error_code code)
{
    return errors[known(code)].text;
}

int error_exit_status(enum error_code code)
{
    return errors[known(code)].exit_status;
}

bool error_is_retryable(enum error_code code)
{
    return errors[known(code)].retryable;
}
