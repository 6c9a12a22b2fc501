/* ledger.h - what this node has and what of it is free. Loop thread only. */
#pragma once

#include "lib/base/resources.h"

#include <stdbool.h>

struct ledger {
    struct resources total, available;
};

/* Copies `total`. */
void ledger_init(struct ledger *ledger, const struct resources *total);
void ledger_finish(struct ledger *ledger);
/* Takes `demand` if all of it is free. */
bool ledger_take(struct ledger *ledger, const struct resources *demand);
/* Takes it in any case: a task that wakes from a wait has its CPU back, and the node is
 * oversubscribed until others end. */
void ledger_take_by_force(struct ledger *ledger, const struct resources *demand);
void ledger_return(struct ledger *ledger, const struct resources *held);
