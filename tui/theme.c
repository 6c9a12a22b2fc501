/* theme.c - a table of states; what begins with PENDING waits. */
#include "tui/theme.h"

#include <stddef.h>

static const struct {
    const char *state;
    enum style style;
    const char *filling;
} states[] = {
    { "ALIVE", STYLE_GOOD, "█" },
    { "RUNNING", STYLE_BUSY, "▓" },
    { "FINISHED", STYLE_GOOD, "█" },
    { "SUCCEEDED", STYLE_GOOD, "█" },
    { "FAILED", STYLE_BAD, "×" },
    { "DEAD", STYLE_BAD, "×" },
    { "STOPPED", STYLE_WAIT, "▒" },
    { "RESTARTING", STYLE_WAIT, "▒" },
    { "SUBMITTED_TO_WORKER", STYLE_BUSY, "▒" },
};

enum style theme_state(struct slice state)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
        if (slice_is(state, states[i].state))
            return states[i].style;
    return slice_starts(state, slice("PENDING")) ? STYLE_WAIT : STYLE_PLAIN;
}

const char *theme_filling(struct slice state)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
        if (slice_is(state, states[i].state))
            return states[i].filling;
    return "░";
}
