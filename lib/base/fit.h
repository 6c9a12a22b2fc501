/* fit.h - how well a demand fits a node. Pure; shared by the scheduler and the
 * autoscaler. */
#pragma once

#include "lib/base/resources.h"

#include <stdbool.h>

/* Whether a node with `total` could ever run it. */
bool fit_feasible(const struct resources *total, const struct resources *demand);
/* Ray's hybrid policy (its documentation, "Scheduling"): the utilisation of the
 * critical resource once the demand is placed, where anything below one half counts as
 * 0, so that tasks pack onto few nodes until those are half full. 0 to 1, lower is
 * better. The demand must fit `available`. */
double fit_score(const struct resources *total, const struct resources *available,
                 const struct resources *demand);
