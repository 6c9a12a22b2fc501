/* fsm.c - the one function that changes a state. */
#include "lib/base/fsm.h"

#include "lib/base/log.h"

#include <stdlib.h>
#include <strings.h>

const char *fsm_name(const struct fsm *fsm, int state)
{
    return state >= 0 && state < fsm->count ? fsm->states[state].name : "UNKNOWN";
}

int fsm_find(const struct fsm *fsm, const char *name)
{
    for (int i = 0; i < fsm->count; i++)
        if (strcasecmp(fsm->states[i].name, name) == 0)
            return i;
    return -1;
}

void fsm_move(const struct fsm *fsm, int *state, int next, const char *id,
              const char *why)
{
    if (*state == next)
        return;
    if (*state < 0 || *state >= fsm->count || next < 0 || next >= fsm->count ||
        (fsm->states[*state].next & TO(next)) == 0) {
        log_error("fsm", "illegal move %s=%s %s->%s why=%s", fsm->kind, id,
                  fsm_name(fsm, *state), fsm_name(fsm, next), why);
        abort();
    }
    log_debug("fsm", "%s=%s %s->%s why=%s", fsm->kind, id, fsm_name(fsm, *state),
              fsm_name(fsm, next), why);
    *state = next;
}

bool fsm_can_reach(const struct fsm *fsm, int state, uint32_t goals)
{
    uint32_t seen = 0, grown = TO(state);

    while (grown != seen) {
        seen = grown;
        for (int i = 0; i < fsm->count; i++)
            grown |= (seen & TO(i)) != 0 ? fsm->states[i].next : 0;
    }
    return (seen & goals) != 0;
}
