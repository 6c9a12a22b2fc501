/* value.c - constructors of struct ray_value. */
#include "lib/ray.h"

#include <string.h>

struct ray_value ray_none(void)
{
    return (struct ray_value){ .type = RAY_NONE };
}

struct ray_value ray_bool(bool value)
{
    return (struct ray_value){ .type = RAY_BOOL, .as.boolean = value };
}

struct ray_value ray_int(int64_t value)
{
    return (struct ray_value){ .type = RAY_INT, .as.integer = value };
}

struct ray_value ray_double(double value)
{
    return (struct ray_value){ .type = RAY_DOUBLE, .as.number = value };
}

struct ray_value ray_string(const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    return (struct ray_value){ .type = RAY_STRING,
                               .as.bytes = { size > 0 ? text : "", size } };
}

struct ray_value ray_bytes(const void *data, size_t size)
{
    return (struct ray_value){ .type = RAY_BYTES, .as.bytes = { data, size } };
}

struct ray_value ray_ref(struct ray_ref *ref)
{
    return (struct ray_value){ .type = RAY_REF, .as.ref = ref };
}

struct ray_value ray_with_refs(struct ray_value value, struct ray_ref *const *refs,
                               size_t count)
{
    value.refs = refs;
    value.refs_count = count;
    return value;
}
