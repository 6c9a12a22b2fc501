/* screen_flags.h - what must follow a key: handlers say so, and do nothing of it. */
#pragma once

enum screen_flags {
    SCREEN_REDRAW = 1,
    SCREEN_OPEN = 2,    /* the row under the cursor */
    SCREEN_BACK = 4,    /* leave this screen */
    SCREEN_LOGS = 8,    /* of the row */
    SCREEN_KILL = 16,   /* the row, after a question */
    SCREEN_FILTER = 32, /* let the user type one */
};
