/* broker.h - makes a shared-memory channel between two processes of this node. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/id.h"

#include <stdint.h>

struct call;
struct peer;

/* One of the two. */
struct broker_end {
    struct id id;
    int64_t pid;
    struct peer *peer;
    int memfd, eventfd; /* its bells; borrowed */
};

/* Answers `call` of `asker` with its end of a channel to `target`, which is sent the
 * other by a note; both have the other's bells. -ERR_FULL and the like: not answered.
 */
int broker_channel(const struct broker_end *asker, const struct broker_end *target,
                   struct call *call, struct error *err);
