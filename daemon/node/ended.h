/* ended.h - the jobs that a node was told have ended: what still comes in their name is
 * late. Pure.
 *
 * A request of a driver that the head has given up may arrive after the word of the
 * end, over another connection; without this a worker would be started that nobody ever
 * ends. The last ENDED_MAX are remembered. */
#pragma once

#include "lib/base/id.h"

#include <stddef.h>

enum { ENDED_MAX = 1024 };

struct ended {
    struct id jobs[ENDED_MAX];
    size_t count; /* ever added */
};

void ended_add(struct ended *ended, const struct id *job);
bool ended_has(const struct ended *ended, const struct id *job);
