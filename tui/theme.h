/* theme.h - what things look like: styles by meaning, and the style of a state. */
#pragma once

#include "lib/base/slice.h"

enum style {
    STYLE_PLAIN,
    STYLE_DIM,
    STYLE_BOLD,
    STYLE_BAR,    /* title and hints */
    STYLE_TAB,    /* the chosen one in the bar */
    STYLE_HEAD,   /* of a table */
    STYLE_CHOSEN, /* the row under the cursor */
    STYLE_GOOD,
    STYLE_BUSY,
    STYLE_WAIT,
    STYLE_BAD,
    STYLE_ALARM, /* the banner */
    STYLE_COUNT
};

/* Of ALIVE, RUNNING, FAILED, ...: states of nodes, jobs, actors and tasks. */
enum style theme_state(struct slice state);
/* What fills a state's part of a bar, told apart without colours, too. */
const char *theme_filling(struct slice state);
