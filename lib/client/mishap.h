/* mishap.h - errors of the library as `struct ray_error`, which adds function, node and
 * process to what lib/base/error.h has. */
#pragma once

#include "lib/base/error.h"
#include "lib/proto/proto.h"
#include "lib/ray.h"

/* Fills `err` (may be NULL) and returns -code. */
int mishap(struct ray_error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int mishap_of_error(struct ray_error *err, const struct error *from);
int mishap_of_failure(struct ray_error *err, const struct failure *from);

/* A failure that owns its strings, for objects that will never have a value. */
struct failure *failure_copy(const struct failure *from);
struct failure *failure_create(enum error_code code, const char *text);
void failure_destroy(struct failure *failure); /* accepts NULL */
