/* split.h - which rows are learnt from and which are kept for the test.
 *
 * Splits are stratified: each class appears in every part in its own proportion. They
 * depend only on the labels and the seed, so every process that needs a split computes
 * it again instead of receiving it. Row numbers within a part ascend. */
#pragma once

#include <stdint.h>

struct automl_error;
struct dataset;
struct dataset_rows;

#define SPLIT_MAX_FOLDS 20u

/* Row numbers of the set; both lists are owned. */
struct split {
    uint32_t *train;
    uint32_t *test;
    uint32_t train_count;
    uint32_t test_count;
};

/* Keeps `percent` (1..90) of each class for the test, rounded, but at least one row of
 * each class on both sides. Negative if a class has a single row. */
int split_holdout(struct split *, const struct dataset *, uint32_t percent,
                  uint64_t seed, struct automl_error *err);

/* Deals the rows into `folds` (2..SPLIT_MAX_FOLDS) parts that differ by one row at
 * most: fold_of[i] is the part of the `i`th of the rows. */
int split_folds(const struct dataset_rows *, uint32_t folds, uint64_t seed,
                uint8_t *fold_of, struct automl_error *err);

/* Makes the rows of part `fold` the test and all others the training. Negative if
 * either would be empty. */
int split_by_fold(struct split *, const struct dataset_rows *, const uint8_t *fold_of,
                  uint32_t fold, struct automl_error *err);

/* Frees the lists. A split of zeros is allowed. */
void split_finish(struct split *);
