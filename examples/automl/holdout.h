/* holdout.h - how a saved model does on the rows that no search has looked at. */
#pragma once

#include "trial.h"

struct automl_error;
struct dataset;
struct evaluate_plan;

struct holdout_result {
    struct candidate candidate; /* what the model was trained as */
    struct trial_tally tally;
};

/* Reads the model in the file and asks it for the labels of the plan's hold-out: with
 * the seed of its own search, that is what the search said of its winner. With another
 * seed it has learnt from most of these rows, and the number says nothing. Negative if
 * there is no sound model in the file, or one for other data. */
int holdout_check(const char *path, const struct dataset *,
                  const struct evaluate_plan *, struct holdout_result *,
                  struct automl_error *err);
