/* family.c - the list of model families, made from models.def. */
#include "family.h"

#include <string.h>

#define FAMILY(name) extern const struct family family_##name;
#include "models.def"
#undef FAMILY

#define FAMILY(name) &family_##name,
static const struct family *const families[] = {
#include "models.def"
};
#undef FAMILY

size_t family_count(void)
{
    return sizeof(families) / sizeof(families[0]);
}

const struct family *family_at(size_t i)
{
    return families[i];
}

const struct family *family_find(const char *name)
{
    for (size_t i = 0; i < family_count(); i++) {
        if (strcmp(families[i]->name, name) == 0)
            return families[i];
    }
    return NULL;
}

size_t family_param_count(const struct family *family)
{
    size_t count = 0;
    while (count < FAMILY_PARAMS && family->params[count].name)
        count++;
    return count;
}
