/* fit.c - utilisation of the most used resource among those that are asked for. */
#include "lib/base/fit.h"

bool fit_feasible(const struct resources *total, const struct resources *demand)
{
    return resources_fit(total, demand);
}

double fit_score(const struct resources *total, const struct resources *available,
                 const struct resources *demand)
{
    double worst = 0;

    for (size_t i = 0; i < demand->count; i++) {
        int64_t all = resources_get(total, demand->items[i].name);
        int64_t left = resources_get(available, demand->items[i].name);
        double used;
        if (all <= 0)
            continue;
        used = (double)(all - left + demand->items[i].amount) / (double)all;
        if (used > worst)
            worst = used;
    }
    return worst < 0.5 ? 0 : worst;
}
