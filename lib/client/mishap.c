/* mishap.c - three shapes of one error: ours, the wire's, the programmer's. */
#include "lib/client/mishap.h"

#include "lib/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ray.h numbers the codes itself, so that it needs no other header. */
_Static_assert((int)RAY_FULL == (int)ERR_FULL &&
                   (int)RAY_CANCELLED == (int)ERR_CANCELLED &&
                   (int)RAY_TASK_FAILED == (int)ERR_TASK_FAILED &&
                   (int)RAY_LOAD == (int)ERR_LOAD && (int)RAY_TYPE == (int)ERR_TYPE,
               "ray.h and error.def differ");
_Static_assert(sizeof(((struct ray_error *)NULL)->text) == ERROR_TEXT_MAX,
               "texts of errors differ in size");

int mishap(struct ray_error *err, enum error_code code, const char *format, ...)
{
    struct error why;
    va_list args;

    if (err != NULL) {
        *err = (struct ray_error){ .code = (enum ray_code)code };
        va_start(args, format);
        failv(&why, code, format, args);
        va_end(args);
        memcpy(err->text, why.text, sizeof(err->text));
    }
    return -(int)code;
}

int mishap_of_error(struct ray_error *err, const struct error *from)
{
    return mishap(err, from->code, "%s", from->text);
}

int mishap_of_failure(struct ray_error *err, const struct failure *from)
{
    char hex[ID_HEX_MAX];
    int status =
        mishap(err, (enum error_code)from->code, "%.*s", SLICE_ARGS(from->text));

    if (err != NULL) {
        err->pid = from->pid;
        snprintf(err->function, sizeof(err->function), "%.*s",
                 SLICE_ARGS(from->function));
        snprintf(err->node, sizeof(err->node), "%s", id_hex(&from->node, hex));
    }
    return status;
}

struct failure *failure_copy(const struct failure *from)
{
    struct failure *copy = xalloc(sizeof(*copy));

    *copy = *from;
    copy->text = slice(xslicedup(from->text));
    copy->function = slice(xslicedup(from->function));
    return copy;
}

struct failure *failure_create(enum error_code code, const char *text)
{
    return failure_copy(&(struct failure){ .code = code, .text = slice(text) });
}

void failure_destroy(struct failure *failure)
{
    if (failure == NULL)
        return;
    free((char *)(uintptr_t)failure->text.data);
    free((char *)(uintptr_t)failure->function.data);
    free(failure);
}
