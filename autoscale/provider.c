/* provider.c - the list of providers. */
#include "autoscale/provider.h"

#include <string.h>

#define PROVIDER(type) extern const struct provider provider_##type;
#include "autoscale/providers.def"
#undef PROVIDER

static const struct provider *const providers[] = {
#define PROVIDER(type) &provider_##type,
#include "autoscale/providers.def"
#undef PROVIDER
};

const struct provider *provider_find(const char *type)
{
    for (size_t i = 0; i < sizeof(providers) / sizeof(*providers); i++)
        if (strcmp(providers[i]->type, type) == 0)
            return providers[i];
    return NULL;
}
