/* ledger.c - bookkeeping in fixed-point amounts: what is returned is what was taken. */
#include "daemon/node/ledger.h"

void ledger_init(struct ledger *ledger, const struct resources *total,
                 const char *visible)
{
    resources_copy(&ledger->total, total);
    resources_copy(&ledger->available, total);
    gpus_init(&ledger->gpus, resources_get(total, "GPU"), visible);
}

void ledger_finish(struct ledger *ledger)
{
    resources_finish(&ledger->total);
    resources_finish(&ledger->available);
    gpus_finish(&ledger->gpus);
}

bool ledger_fits(const struct ledger *ledger, const struct resources *demand)
{
    return resources_fit(&ledger->available, demand) &&
           gpus_fit(&ledger->gpus, resources_get(demand, "GPU"));
}

bool ledger_take(struct ledger *ledger, const struct resources *demand,
                 struct gpu_set *gpus)
{
    if (!ledger_fits(ledger, demand))
        return false;
    gpus_take(&ledger->gpus, resources_get(demand, "GPU"), gpus);
    resources_subtract(&ledger->available, demand);
    return true;
}

void ledger_take_by_force(struct ledger *ledger, const struct resources *demand)
{
    resources_subtract(&ledger->available, demand);
}

void ledger_return(struct ledger *ledger, const struct resources *held,
                   struct gpu_set *gpus)
{
    if (gpus != NULL)
        gpus_return(&ledger->gpus, gpus);
    resources_add(&ledger->available, held);
}
