/* prng.h - random numbers that are the same on every machine.
 *
 * The generator is SplitMix64 (G. Steele, D. Lea, C. Flood: "Fast splittable
 * pseudorandom number generators", OOPSLA 2014): a counter that advances by an odd
 * constant, and a mixing function over it. 64 bits of state are plenty for shuffling a
 * few thousand rows; it is no source of secrets.
 * A stream is a second seed: draws for one purpose do not shift those of another. */
#pragma once

#include <stdint.h>

struct prng {
    uint64_t state;
};

void prng_init(struct prng *, uint64_t seed, uint64_t stream);

uint64_t prng_next(struct prng *);

/* A whole number in [0, bound), each equally likely. `bound` is at least 1. */
uint32_t prng_below(struct prng *, uint32_t bound);

/* A number in [0, 1), a multiple of 2^-53. */
double prng_unit(struct prng *);

/* Puts `count` items in random order. */
void prng_shuffle(struct prng *, uint32_t *items, uint32_t count);
