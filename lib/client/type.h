/* type.h - what the types of values have in common. */
#pragma once

#include "lib/ray.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether the value is in as.bytes. */
static inline bool type_has_bytes(int64_t type)
{
    return type == RAY_STRING || type == RAY_BYTES || type == RAY_HANDLE;
}

/* Whether it may come from another process: a number that it sent as a type. Refs are
 * replaced by their values. */
static inline bool type_travels(int64_t type)
{
    return (type >= RAY_NONE && type <= RAY_BYTES) || type == RAY_HANDLE;
}
