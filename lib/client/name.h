/* name.h - names that a program gives: of tasks, actors and namespaces. */
#pragma once

#include "lib/base/error.h"

/* Checks that `name` (NULL: none) has at most RAY_NAME_MAX bytes; -ERR_INVALID, with
 * `what` ("name of an actor") in the text. */
int name_check(const char *what, const char *name, struct error *err);
