/* automl_error.c - the two ways to fill an error. */
#include "automl_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int automl_fail(struct automl_error *err, const char *format, ...)
{
    if (!err)
        return -1;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    return -1;
}

int automl_wrap(struct automl_error *err, const char *format, ...)
{
    if (!err)
        return -1;
    char inner[sizeof(err->text)];
    memcpy(inner, err->text, sizeof(inner));
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof(err->text) - used, ": %s", inner);
    return -1;
}
