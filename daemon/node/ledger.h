/* ledger.h - what this node has and what of it is free. Loop thread only. */
#pragma once

#include "daemon/node/gpus.h"
#include "lib/base/resources.h"

#include <stdbool.h>

struct ledger {
    struct resources total, available;
    struct gpus gpus;
};

/* Copies `total`. `visible`: as of gpus_init(). */
void ledger_init(struct ledger *ledger, const struct resources *total,
                 const char *visible);
void ledger_finish(struct ledger *ledger);
/* Whether all of it is free. */
bool ledger_fits(const struct ledger *ledger, const struct resources *demand);
/* Takes `demand` if all of it is free; *gpus says which of them. */
bool ledger_take(struct ledger *ledger, const struct resources *demand,
                 struct gpu_set *gpus);
/* Takes it in any case: a task that wakes from a wait has its CPU back, and the node is
 * oversubscribed until others end. */
void ledger_take_by_force(struct ledger *ledger, const struct resources *demand);
/* `gpus` is what ledger_take() has set; NULL: none. */
void ledger_return(struct ledger *ledger, const struct resources *held,
                   struct gpu_set *gpus);
