/* screens.c - the table of screens.def. */
#include "tui/screen.h"

const struct screen *const screens[] = {
#define SCREEN(name) &screen_##name,
#include "tui/screens.def"
#undef SCREEN
};

const int screens_count = (int)(sizeof(screens) / sizeof(*screens));
