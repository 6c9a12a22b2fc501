/* ledger.c - bookkeeping in fixed-point amounts: what is returned is what was taken. */
#include "daemon/node/ledger.h"

void ledger_init(struct ledger *ledger, const struct resources *total)
{
    resources_copy(&ledger->total, total);
    resources_copy(&ledger->available, total);
}

void ledger_finish(struct ledger *ledger)
{
    resources_finish(&ledger->total);
    resources_finish(&ledger->available);
}

bool ledger_take(struct ledger *ledger, const struct resources *demand)
{
    if (!resources_fit(&ledger->available, demand))
        return false;
    resources_subtract(&ledger->available, demand);
    return true;
}

void ledger_take_by_force(struct ledger *ledger, const struct resources *demand)
{
    resources_subtract(&ledger->available, demand);
}

void ledger_return(struct ledger *ledger, const struct resources *held)
{
    resources_add(&ledger->available, held);
}
