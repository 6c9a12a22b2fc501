/* overlay.c - both lists behind each other, sorted; the last of each name stays. */
#include "lib/proto/overlay.h"

#include "lib/base/arena.h"

#include <stdlib.h>

/* qsort(3) keeps no order among equals: `place` does. */
struct placed {
    struct label label;
    size_t place;
};

static int compare(const void *a, const void *b)
{
    const struct placed *one = a, *other = b;
    int order = slice_compare(one->label.name, other->label.name);

    return order != 0 ? order
                      : (one->place > other->place) - (one->place < other->place);
}

struct runtime_env overlay(const struct runtime_env *above,
                           const struct runtime_env *below, struct arena *arena)
{
    size_t of_below = below->env.count, count = of_below + above->env.count;
    struct placed *all = arena_array(arena, count, sizeof(*all));
    struct runtime_env out = { .package = above->package.size > 0 ? above->package
                                                                  : below->package };

    for (size_t i = 0; i < count; i++)
        all[i] = (struct placed){ i < of_below ? below->env.items[i]
                                               : above->env.items[i - of_below],
                                  i };
    if (count > 0)
        qsort(all, count, sizeof(*all), compare);
    out.env.items = arena_array(arena, count, sizeof(*out.env.items));
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || !slice_equal(all[i].label.name, all[i + 1].label.name))
            out.env.items[out.env.count++] = all[i].label;
    return out;
}
