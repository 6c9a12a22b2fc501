/* prng.c - SplitMix64 and what is drawn from it. */
#include "prng.h"

/* The step is 2^64 divided by the golden ratio, made odd; the two multipliers are those
 * that the paper recommends for the mixing function. */
#define STEP UINT64_C(0x9e3779b97f4a7c15)
#define MIX_1 UINT64_C(0xbf58476d1ce4e5b9)
#define MIX_2 UINT64_C(0x94d049bb133111eb)

static uint64_t mixed(uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * MIX_1;
    bits = (bits ^ (bits >> 27)) * MIX_2;
    return bits ^ (bits >> 31);
}

void prng_init(struct prng *prng, uint64_t seed, uint64_t stream)
{
    prng->state = mixed(seed + STEP) ^ mixed(~stream);
}

uint64_t prng_next(struct prng *prng)
{
    prng->state += STEP;
    return mixed(prng->state);
}

uint32_t prng_below(struct prng *prng, uint32_t bound)
{
    /* The lowest values are thrown away, so that the rest divides evenly. */
    uint64_t skip = (0 - (uint64_t)bound) % bound;
    uint64_t drawn;
    do {
        drawn = prng_next(prng);
    } while (drawn < skip);
    return (uint32_t)(drawn % bound);
}

double prng_unit(struct prng *prng)
{
    return (double)(prng_next(prng) >> 11) * 0x1p-53;
}

void prng_shuffle(struct prng *prng, uint32_t *items, uint32_t count)
{
    for (uint32_t left = count; left > 1; left--) {
        uint32_t other = prng_below(prng, left);
        uint32_t moved = items[left - 1];
        items[left - 1] = items[other];
        items[other] = moved;
    }
}
