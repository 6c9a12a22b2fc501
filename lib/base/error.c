/* error.c - one list (error.def) gives enum, names, texts and exit statuses. */
#include "lib/base/error.h"

#include <stdio.h>
#include <stdlib.h>
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

/* The first byte at or behind `at` that begins a character of UTF-8. */
static size_t character_at(const char *text, size_t at)
{
    while (((unsigned char)text[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* Takes the middle out of a text that is too long for err->text: what it is about is
 * said at the beginning, the reason at the end. */
static void shorten(struct error *err, const char *text, size_t size)
{
    static const char gap[] = " ... ";
    const size_t half = (ERROR_TEXT_MAX - sizeof(gap)) / 2;
    const size_t tail = character_at(text, size - half);
    size_t head = half;

    while (head > 0 && ((unsigned char)text[head] & 0xc0) == 0x80)
        head--;
    snprintf(err->text, sizeof(err->text), "%.*s%s%s", (int)head, text, gap,
             text + tail);
}

__attribute__((format(printf, 2, 0))) static void put_text(struct error *err,
                                                           const char *format,
                                                           va_list args)
{
    char text[ERROR_TEXT_MAX]; /* the arguments may be err->text itself */
    char *whole;
    va_list again;
    int size;

    va_copy(again, args);
    size = vsnprintf(text, sizeof(text), format, args);
    whole = size >= (int)sizeof(text) ? malloc((size_t)size + 1) : NULL;
    if (whole == NULL) { /* it fits; or there is no memory, and its end is lost */
        memcpy(err->text, text, sizeof(text));
    } else {
        vsnprintf(whole, (size_t)size + 1, format, again);
        shorten(err, whole, (size_t)size);
        free(whole);
    }
    va_end(again);
}

int failv(struct error *err, enum error_code code, const char *format, va_list args)
{
    if (err != NULL) {
        put_text(err, format, args);
        err->code = code;
    }
    return -(int)code;
}

int fail(struct error *err, enum error_code code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    failv(err, code, format, args);
    va_end(args);
    return -(int)code;
}

int wrap(struct error *err, const char *format, ...)
{
    struct error context;
    va_list args;

    if (err == NULL)
        return -ERR_FAILED;
    va_start(args, format);
    put_text(&context, format, args);
    va_end(args);
    return fail(err, err->code, "%s: %s", context.text, err->text);
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
