/* trial.h - one piece of a search's work, and what came of it.
 *
 * A trial measures a candidate on some of the folds. It is plain values; what travels
 * to a worker is candidate_format's text and the numbers. */
#pragma once

#include <stdint.h>

#include "candidate.h"

struct trial {
    uint32_t id; /* counts up from 0 through a search */
    uint32_t first_fold;
    uint32_t fold_count;
    struct candidate candidate;
};

/* Counts and not a ratio: tallies of several folds add up exactly, in any order. */
struct trial_tally {
    uint32_t correct;
    uint32_t total;
};
