/* fsm.h - states as data: names, legal edges, one function that moves.
 *
 * The tables come from lib/proto/states.def. A move along an edge that is not in the
 * table is a bug of ours and aborts; a move to the present state is allowed and does
 * nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct fsm_state {
    const char *name; /* as Ray names it; shown by list and used in filters */
    uint32_t next;    /* bit n: state n may follow */
};

#define TO(state) (1u << (state))

struct fsm {
    const char *kind; /* "actor", for the log line */
    const struct fsm_state *states;
    int count;
};

/* Moves *state to `next`, logs `<kind>=<id> OLD->NEW why=<why>` at debug level. */
void fsm_move(const struct fsm *fsm, int *state, int next, const char *id,
              const char *why);
const char *fsm_name(const struct fsm *fsm, int state);
/* The state of that name (any case), -1 when there is none. */
int fsm_find(const struct fsm *fsm, const char *name);
/* Whether a thing in `state` is, or can still come to be, in one of the states `goals`
 * (bit n: state n). */
bool fsm_can_reach(const struct fsm *fsm, int state, uint32_t goals);
