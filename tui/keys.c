/* keys.c - the table of keys.def. */
#include "tui/keys.h"

const struct key keys[] = {
#define KEY(action, input, other, label, hint, what)                                   \
    { ACTION_##action, input, other, label, hint, what },
#include "tui/keys.def"
#undef KEY
};

const size_t keys_count = sizeof(keys) / sizeof(*keys);

enum action keys_action(int input)
{
    for (size_t i = 0; input != 0 && i < keys_count; i++)
        if (keys[i].input == input || keys[i].other == input)
            return keys[i].action;
    return ACTION_NONE;
}
