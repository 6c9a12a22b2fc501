/* desc.c - looking a field up by name. */
#include "lib/base/desc.h"

const struct field *desc_find(const struct desc *desc, struct slice name)
{
    for (size_t i = 0; i < desc->count; i++)
        if (slice_is(name, desc->fields[i].name))
            return &desc->fields[i];
    return NULL;
}
