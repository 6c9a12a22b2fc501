/* amounts.h - the wire's lists of `amount` and the sets of lib/base/resources.h. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/desc.h"
#include "lib/base/error.h"
#include "lib/base/resources.h"

/* Adds a PAIRS field of `amount`s to *set (which the caller finishes, also on error).
 * -ERR_INVALID for a bad name or a negative amount. `list` points to the field, e.g.
 * &rq->resources. */
int amounts_to_resources(const void *list, struct resources *set, struct error *err);
/* Fills the PAIRS field at `list`; names and items live in `arena`. */
void amounts_from_resources(const struct resources *set, void *list,
                            struct arena *arena);
