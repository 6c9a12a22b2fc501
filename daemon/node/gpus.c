/* gpus.c - the free part of each device, in an array. */
#include "daemon/node/gpus.h"

#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count_names(const char *visible)
{
    size_t count = visible != NULL && visible[0] != '\0';

    for (const char *at = visible; at != NULL && *at != '\0'; at++)
        count += *at == ',';
    return count;
}

static char *nth_name(const char *visible, size_t index)
{
    for (; index > 0; index--)
        visible = strchr(visible, ',') + 1;
    return xprintf("%.*s", (int)strcspn(visible, ","), visible);
}

void gpus_init(struct gpus *gpus, int64_t amount, const char *visible)
{
    size_t names = count_names(visible);

    *gpus = (struct gpus){ 0 };
    if (amount < 0 || amount % RESOURCE_UNIT != 0 || amount / RESOURCE_UNIT > GPUS_MAX)
        return;
    gpus->count = (size_t)(amount / RESOURCE_UNIT);
    for (size_t i = 0; i < gpus->count; i++) {
        gpus->free[i] = RESOURCE_UNIT;
        gpus->names[i] =
            names >= gpus->count ? nth_name(visible, i) : xprintf("%zu", i);
    }
}

void gpus_finish(struct gpus *gpus)
{
    for (size_t i = 0; i < gpus->count; i++)
        free(gpus->names[i]);
    gpus->count = 0;
}

/* The fullest device with room for a part of one; -1: none. */
static int find_part(const struct gpus *gpus, int64_t amount)
{
    int best = -1;

    for (size_t i = 0; i < gpus->count; i++)
        if (gpus->free[i] >= amount && (best < 0 || gpus->free[i] < gpus->free[best]))
            best = (int)i;
    return best;
}

static int64_t count_whole(const struct gpus *gpus)
{
    int64_t count = 0;

    for (size_t i = 0; i < gpus->count; i++)
        count += gpus->free[i] == RESOURCE_UNIT;
    return count;
}

bool gpus_fit(const struct gpus *gpus, int64_t amount)
{
    if (gpus->count == 0 || amount <= 0)
        return true;
    if (amount < RESOURCE_UNIT)
        return find_part(gpus, amount) >= 0;
    return count_whole(gpus) * RESOURCE_UNIT >= amount;
}

static void take_one(struct gpus *gpus, size_t index, struct gpu_set *set)
{
    gpus->free[index] -= set->each;
    set->devices |= UINT64_C(1) << index;
}

void gpus_take(struct gpus *gpus, int64_t amount, struct gpu_set *set)
{
    *set = (struct gpu_set){ 0 };
    if (gpus->count == 0 || amount <= 0)
        return;
    set->each = amount < RESOURCE_UNIT ? amount : RESOURCE_UNIT;
    if (amount < RESOURCE_UNIT) {
        take_one(gpus, (size_t)find_part(gpus, amount), set);
        return;
    }
    for (size_t i = 0; i < gpus->count && amount > 0; i++) {
        if (gpus->free[i] != RESOURCE_UNIT)
            continue;
        take_one(gpus, i, set);
        amount -= RESOURCE_UNIT;
    }
}

static bool has(const struct gpu_set *set, size_t index)
{
    return (set->devices >> index & 1) != 0;
}

void gpus_return(struct gpus *gpus, struct gpu_set *set)
{
    for (size_t i = 0; i < gpus->count; i++)
        if (has(set, i))
            gpus->free[i] += set->each;
    *set = (struct gpu_set){ 0 };
}

const char *gpus_text(const struct gpus *gpus, const struct gpu_set *set,
                      char text[GPUS_TEXT_MAX])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < gpus->count && used < GPUS_TEXT_MAX; i++)
        if (has(set, i))
            used += (size_t)snprintf(text + used, GPUS_TEXT_MAX - used, "%s%s",
                                     used > 0 ? "," : "", gpus->names[i]);
    return text;
}
