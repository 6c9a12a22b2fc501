/* name.c - how long a name may be: it travels with every change of what it names, and a
 * hundred thousand of them are kept. */
#include "lib/client/name.h"

#include "lib/ray.h"

#include <string.h>

int name_check(const char *what, const char *name, struct error *err)
{
    size_t size = name != NULL ? strlen(name) : 0;

    if (size <= RAY_NAME_MAX)
        return 0;
    return fail(err, ERR_INVALID, "%s: %zu bytes, at most %d", what, size,
                RAY_NAME_MAX);
}
