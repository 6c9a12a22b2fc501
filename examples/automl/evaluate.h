/* evaluate.h - how good a candidate is.
 *
 * The plan cuts a data set the same way in every process: first the hold-out, which no
 * search ever sees, then folds over the rest, dealt anew for each repeat because a
 * single deal of a small set leaves too many candidates with the same score. Folds are
 * numbered through all repeats. During the search a candidate is scored by
 * cross-validation over the rest; the winner is trained on all of the rest and scored
 * once on the hold-out. The score is the accuracy. */
#pragma once

#include <stdint.h>

#include "trial.h"

struct automl_error;
struct dataset;
struct model;

struct evaluate_plan {
    uint64_t seed;
    uint32_t holdout_percent;
    uint32_t folds;   /* of one cross-validation */
    uint32_t repeats; /* cross-validations, each with a deal of its own */
};

#define EVALUATE_MAX_REPEATS 100u

/* A quarter held out, 4 times 5 folds, seed 1. */
extern const struct evaluate_plan evaluate_usual;

/* The winner, trained, and what it got right of the hold-out. */
struct evaluate_result {
    struct model *model; /* owned by the caller: model_destroy */
    struct trial_tally tally;
};

/* How many folds a full cross-validation has: what a search needs to know of the
 * plan. */
uint32_t evaluate_folds(const struct evaluate_plan *);

/* Learns the trial's candidate without each of the trial's folds in turn, and counts
 * what it gets right of these folds. */
int evaluate_trial(const struct dataset *, const struct evaluate_plan *,
                   const struct trial *, struct trial_tally *,
                   struct automl_error *err);

/* Trains on everything but the hold-out and scores on the hold-out. */
int evaluate_final(const struct dataset *, const struct evaluate_plan *,
                   const struct candidate *, struct evaluate_result *,
                   struct automl_error *err);

/* The share of correct answers; 0 of nothing is 0. */
double evaluate_score(const struct trial_tally *);
