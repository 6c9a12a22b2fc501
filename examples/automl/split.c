/* split.c - stratified hold-out and k-fold splits.
 *
 * Both start from one order of the rows: shuffled by the seed, then sorted by class
 * without disturbing the shuffle inside a class. The hold-out takes the head of each
 * class; the folds are dealt round and round through the whole order, going on from one
 * class to the next, which keeps the folds equally large as well as stratified. */
#include "split.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"
#include "dataset.h"
#include "prng.h"

enum { STREAM_HOLDOUT = 1, STREAM_FOLDS = 2 };

/* Positions in `rows`, grouped by class; those of class c are first[c] ..
 * first[c+1]. */
struct order {
    uint32_t *positions;
    uint32_t first[DATASET_MAX_CLASSES + 1];
};

static int32_t label_of(const struct dataset_rows *rows, uint32_t position)
{
    return rows->set->labels[dataset_row(rows, position)];
}

static int order_rows(struct order *order, const struct dataset_rows *rows,
                      struct prng *prng, struct automl_error *err)
{
    memset(order, 0, sizeof(*order));
    uint32_t *shuffled = calloc(rows->count, sizeof(*shuffled));
    order->positions = calloc(rows->count, sizeof(*order->positions));
    if (!shuffled || !order->positions) {
        free(shuffled);
        free(order->positions);
        return automl_fail(err, "out of memory to order %" PRIu32 " rows", rows->count);
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        shuffled[i] = i;
        order->first[label_of(rows, i) + 1]++;
    }
    for (uint32_t label = 0; label < rows->set->classes; label++)
        order->first[label + 1] += order->first[label];
    prng_shuffle(prng, shuffled, rows->count);
    uint32_t next[DATASET_MAX_CLASSES];
    memcpy(next, order->first, sizeof(next));
    for (uint32_t i = 0; i < rows->count; i++)
        order->positions[next[label_of(rows, shuffled[i])]++] = shuffled[i];
    free(shuffled);
    return 0;
}

/* Lists the rows by the side that `is_test` says, in the order in which they came. */
static int list_sides(struct split *split, const struct dataset_rows *rows,
                      const uint8_t *is_test, struct automl_error *err)
{
    memset(split, 0, sizeof(*split));
    split->train = calloc(rows->count, sizeof(*split->train));
    split->test = calloc(rows->count, sizeof(*split->test));
    if (!split->train || !split->test) {
        split_finish(split);
        return automl_fail(err, "out of memory to split %" PRIu32 " rows", rows->count);
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        if (is_test[i])
            split->test[split->test_count++] = dataset_row(rows, i);
        else
            split->train[split->train_count++] = dataset_row(rows, i);
    }
    return 0;
}

/* How many of a class's rows are kept for the test. */
static uint32_t kept(uint32_t count, uint32_t percent)
{
    uint32_t test = (uint32_t)(((uint64_t)count * percent + 50) / 100);
    if (test < 1)
        return 1;
    return test < count ? test : count - 1;
}

static int mark_kept(const struct order *order, const struct dataset *set,
                     uint32_t percent, uint8_t *is_test, struct automl_error *err)
{
    for (uint32_t label = 0; label < set->classes; label++) {
        uint32_t first = order->first[label];
        uint32_t count = order->first[label + 1] - first;
        if (count == 1)
            return automl_fail(err, "%s: class %" PRIu32 " has one row, two are needed",
                               set->name, label);
        for (uint32_t i = 0; count > 0 && i < kept(count, percent); i++)
            is_test[order->positions[first + i]] = true;
    }
    return 0;
}

int split_holdout(struct split *split, const struct dataset *set, uint32_t percent,
                  uint64_t seed, struct automl_error *err)
{
    memset(split, 0, sizeof(*split));
    if (percent < 1 || percent > 90)
        return automl_fail(
            err, "a hold-out of %" PRIu32 " percent; 1 to 90 are allowed", percent);
    struct dataset_rows all = { .set = set, .count = set->rows };
    struct prng prng;
    struct order order;
    prng_init(&prng, seed, STREAM_HOLDOUT);
    if (order_rows(&order, &all, &prng, err) < 0)
        return -1;
    int status = -1;
    uint8_t *is_test = calloc(set->rows, 1);
    if (!is_test)
        automl_fail(err, "out of memory to split %" PRIu32 " rows", set->rows);
    else if (mark_kept(&order, set, percent, is_test, err) == 0)
        status = list_sides(split, &all, is_test, err);
    free(is_test);
    free(order.positions);
    return status;
}

int split_folds(const struct dataset_rows *rows, uint32_t folds, uint64_t seed,
                uint8_t *fold_of, struct automl_error *err)
{
    if (folds < 2 || folds > SPLIT_MAX_FOLDS)
        return automl_fail(err, "%" PRIu32 " folds; 2 to %u are allowed", folds,
                           SPLIT_MAX_FOLDS);
    struct prng prng;
    struct order order;
    prng_init(&prng, seed, STREAM_FOLDS);
    if (order_rows(&order, rows, &prng, err) < 0)
        return -1;
    for (uint32_t i = 0; i < rows->count; i++)
        fold_of[order.positions[i]] = (uint8_t)(i % folds);
    free(order.positions);
    return 0;
}

int split_by_fold(struct split *split, const struct dataset_rows *rows,
                  const uint8_t *fold_of, uint32_t fold, struct automl_error *err)
{
    memset(split, 0, sizeof(*split));
    uint8_t *is_test = calloc(rows->count, 1);
    if (!is_test)
        return automl_fail(err, "out of memory to split %" PRIu32 " rows", rows->count);
    for (uint32_t i = 0; i < rows->count; i++)
        is_test[i] = fold_of[i] == fold;
    int status = list_sides(split, rows, is_test, err);
    free(is_test);
    if (status == 0 && (split->train_count == 0 || split->test_count == 0)) {
        split_finish(split);
        return automl_fail(err, "fold %" PRIu32 " leaves nothing to learn or to test",
                           fold);
    }
    return status;
}

void split_finish(struct split *split)
{
    free(split->train);
    free(split->test);
    memset(split, 0, sizeof(*split));
}
