/* spin.h - how long to look for something before a sleep.
 *
 * A look costs nothing when the other side runs on another processor and answers soon:
 * a sleep and a wake-up cost more than the answer takes. It costs everything when the
 * other side waits for this very processor, or works for long. Which it is shows in the
 * past: looks that were in vain make the next spin shorter, down to none; one that was
 * not makes it full again, and now and then a full one finds out. Pure; one thread. */
#pragma once

#include <stdbool.h>

struct spin {
    int most;    /* looks of a full spin */
    int looks;   /* of the next one */
    int without; /* spins since the last full one */
};

void spin_init(struct spin *spin, int most);
/* How many looks to take now; 0: sleep at once. */
int spin_begin(struct spin *spin);
/* The same spin is over: whether it has found something. */
void spin_end(struct spin *spin, bool found);
