/* goal.h - what is waited for, of rows of one kind, and whether a row is there yet.
 * Pure. */
#pragma once

#include "lib/base/error.h"
#include "lib/base/slice.h"

#include <stdint.h>

struct desc;
struct fsm;
struct wait_request;

enum goal_outcome {
    GOAL_WAITING,
    GOAL_REACHED,
    GOAL_IMPOSSIBLE, /* it is in a state from which it never will be */
};

struct goal {
    const char *kind; /* "job" */
    const struct desc *row;
    const struct fsm *fsm; /* NULL: things of that kind have no states */
    const struct field *state;
    uint32_t states; /* bit n: state n will do */
    const struct wait_request *rq;
};

/* For things of `kind`. `rq` lives as long as the goal. -ERR_INVALID for a kind, a key
 * or a state that is not there; names the nearest. */
int goal_init(struct goal *goal, struct slice kind, const struct wait_request *rq,
              struct error *err);
enum goal_outcome goal_judge(const struct goal *goal, const void *row);
/* What the row says of its state, "" when it has none. */
struct slice goal_state(const struct goal *goal, const void *row);
