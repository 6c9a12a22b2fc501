/* contender.h - a candidate in a search: how far it came, and who is better.
 *
 * Rungs are the steps of a search's ladder; a contender that has reached rung r has
 * results after rungs 0 .. r. Comparisons never tie, because texts within a search are
 * unique, so a sorted list is the same whatever order it was made in.
 * Plain values in the search's own table. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "trial.h"

#define CONTENDER_RUNGS 3 /* at most */

struct contender {
    struct candidate candidate;
    char text[CANDIDATE_TEXT];
    uint32_t rungs; /* reached, with results */
    bool has_failed;
    struct trial_tally after[CONTENDER_RUNGS]; /* all folds up to this rung */
};

/* Adds the result of the next rung. */
void contender_step(struct contender *, const struct trial_tally *);

/* What is known of it: all its folds. Zeros before the first result. */
struct trial_tally contender_tally(const struct contender *);

/* For the leaderboard, negative if `a` stands first: failed ones last, then more rungs,
 * then the better score, then the text. */
int contender_compare(const struct contender *a, const struct contender *b);

/* How many of the `count` contenders have reached the rung and not failed. */
uint32_t contender_count_at(const struct contender *list, uint32_t count,
                            uint32_t rung);

/* How many of these were better than `one` after the rung, which it has reached. */
uint32_t contender_place_at(const struct contender *list, uint32_t count, uint32_t rung,
                            const struct contender *one);
