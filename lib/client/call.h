/* call.h - what a call names, looked up: functions, runtime environments. */
#pragma once

#include "lib/client/library.h"

struct buf;
struct error;
struct ray_error;
struct ray_runtime_env;
struct runtime;

/* The entry named names[1] (of class names[0]) in `library`, or, when that is NULL, in
 * the library of the task this thread runs, or the driver's. NULL and an error when
 * there is none. Not under the runtime's lock. */
const struct entry *call_find(struct runtime *rt, struct library *library,
                              enum entry_kind kind, const char *const names[2],
                              struct ray_error *err);
/* The library that call_find() means by NULL; may be NULL. */
struct library *call_library(struct runtime *rt);
/* `env` over what this process has itself, packed into `out`. Its folder is in the
 * cluster then: may block. Not under the runtime's lock. */
int call_env(struct runtime *rt, const struct ray_runtime_env *env, struct buf *out,
             struct error *err);
