/* keys.h - what keys do, as a table: keys.def. */
#pragma once

#include "tui/input.h"

#include <stddef.h>

enum action {
    ACTION_NONE,
#define KEY(action, input, other, label, hint, what) ACTION_##action,
#include "tui/keys.def"
#undef KEY
};

struct key {
    enum action action;
    int input, other;
    const char *label; /* NULL: shown with the key before it */
    const char *hint, *what;
};

extern const struct key keys[];
extern const size_t keys_count;

/* ACTION_NONE for a key that does nothing. */
enum action keys_action(int input);
