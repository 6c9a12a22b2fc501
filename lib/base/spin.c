/* spin.c - halved by each spin in vain; full once in a while. */
#include "lib/base/spin.h"

enum {
    PROBE_EVERY = 64, /* a full spin in vain then costs each wait a 64th of it */
    LOOKS_MIN = 64,   /* less is not worth the look */
};

void spin_init(struct spin *spin, int most)
{
    *spin = (struct spin){ .most = most, .looks = most };
}

int spin_begin(struct spin *spin)
{
    if (spin->looks == spin->most)
        spin->without = 0;
    else if (++spin->without >= PROBE_EVERY) {
        spin->without = 0;
        return spin->most;
    }
    return spin->looks;
}

void spin_end(struct spin *spin, bool found)
{
    if (found)
        spin->looks = spin->most;
    else
        spin->looks = spin->looks / 2 >= LOOKS_MIN ? spin->looks / 2 : 0;
}
