/* evict.c - least recently used first, but nothing in vain.
 *
 * Going from the oldest on until the sum suffices may take small old objects that a
 * large one behind them makes needless; those are left out again, the youngest of them
 * first. Objects of the same age go the larger first: fewer of them have to come
 * back. */
#include "daemon/node/evict.h"

#include <stdlib.h>

int64_t evict_wanted(const struct evict_need *need)
{
    int64_t peace = need->limit / 100 * need->threshold;
    int64_t over = need->used > peace ? need->used - peace : 0;
    int64_t missing = need->asked - (need->limit - need->charged);

    if (need->asked <= 0)
        return over;
    return missing > over ? missing : over;
}

static int oldest_first(const void *a, const void *b)
{
    const struct evict_candidate *x = a, *y = b;

    if (x->last_use != y->last_use)
        return x->last_use < y->last_use ? -1 : 1;
    return (x->size < y->size) - (x->size > y->size);
}

size_t evict_choose(struct evict_candidate *candidates, size_t count, int64_t wanted)
{
    size_t taken = 0;
    int64_t sum = 0;

    if (count > 0)
        qsort(candidates, count, sizeof(*candidates), oldest_first);
    while (taken < count && sum < wanted)
        sum += candidates[taken++].size;
    for (size_t i = taken; i-- > 0;) {
        struct evict_candidate spared = candidates[i];
        if (sum - spared.size < wanted)
            continue;
        sum -= spared.size;
        candidates[i] = candidates[--taken];
        candidates[taken] = spared;
    }
    return taken;
}
