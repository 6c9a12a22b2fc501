/* evaluate.c - cross-validation and the final score.
 *
 * Each worker computes the plan's cuts anew: that takes microseconds, while a training
 * takes milliseconds to seconds. The scaler is fitted inside model_train, so each fold
 * has its own and the tested rows stay unseen. */
#include "evaluate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"
#include "dataset.h"
#include "model.h"
#include "prng.h"
#include "split.h"

const struct evaluate_plan evaluate_usual = {
    .seed = 1,
    .holdout_percent = 25,
    .folds = 5,
    .repeats = 4,
};

/* One candidate on one set, over one or several splits. */
struct attempt {
    const struct dataset *set;
    const struct candidate *candidate;
    uint64_t seed;
    struct trial_tally tally;
};

static int count_correct(struct attempt *attempt, const struct model *model,
                         const struct dataset_rows *rows, struct automl_error *err)
{
    double *values = calloc((size_t)rows->count * rows->set->features, sizeof(*values));
    int32_t *labels = calloc(rows->count, sizeof(*labels));
    int status = -1;
    if (!values || !labels) {
        automl_fail(err, "out of memory for %" PRIu32 " rows", rows->count);
        goto out;
    }
    dataset_gather(rows, values, NULL);
    status = model_predict(model, values, rows->count, labels, err);
    if (status < 0)
        goto out;
    for (uint32_t i = 0; i < rows->count; i++)
        attempt->tally.correct += labels[i] == rows->set->labels[dataset_row(rows, i)];
    attempt->tally.total += rows->count;
out:
    free(values);
    free(labels);
    return status;
}

/* Learns from one side of the split and adds the answers on the other to the tally. */
static struct model *try_split(struct attempt *attempt, const struct split *split,
                               struct automl_error *err)
{
    struct dataset_rows train = { attempt->set, split->train, split->train_count };
    struct dataset_rows test = { attempt->set, split->test, split->test_count };
    struct model *model = model_train(attempt->candidate, &train, attempt->seed, err);
    if (model && count_correct(attempt, model, &test, err) < 0) {
        model_destroy(model);
        return NULL;
    }
    return model;
}

static int deal(const struct dataset_rows *rows, const struct evaluate_plan *plan,
                uint32_t repeat, uint8_t *fold_of, struct automl_error *err)
{
    struct prng prng;
    prng_init(&prng, plan->seed, repeat);
    return split_folds(rows, plan->folds, prng_next(&prng), fold_of, err);
}

static int try_fold(struct attempt *attempt, const struct dataset_rows *rows,
                    const struct evaluate_plan *plan, uint32_t fold,
                    struct automl_error *err)
{
    struct split split;
    uint8_t *fold_of = calloc(rows->count, 1);
    if (!fold_of)
        return automl_fail(err, "out of memory for %" PRIu32 " rows", rows->count);
    int status = deal(rows, plan, fold / plan->folds, fold_of, err);
    if (status == 0)
        status = split_by_fold(&split, rows, fold_of, fold % plan->folds, err);
    free(fold_of);
    if (status < 0)
        return -1;
    struct model *model = try_split(attempt, &split, err);
    split_finish(&split);
    model_destroy(model);
    return model ? 0 : -1;
}

static int check_folds(const struct evaluate_plan *plan, const struct trial *trial,
                       struct automl_error *err)
{
    uint32_t folds = evaluate_folds(plan);
    if (plan->folds < 2 || plan->folds > SPLIT_MAX_FOLDS || plan->repeats < 1 ||
        plan->repeats > EVALUATE_MAX_REPEATS)
        return automl_fail(err,
                           "%" PRIu32 " folds, %" PRIu32 " times: 2 to %u folds and "
                           "1 to %u times are allowed",
                           plan->folds, plan->repeats, SPLIT_MAX_FOLDS,
                           EVALUATE_MAX_REPEATS);
    if (trial->fold_count >= 1 && trial->first_fold < folds &&
        trial->fold_count <= folds - trial->first_fold)
        return 0;
    return automl_fail(err, "%" PRIu32 " folds from %" PRIu32 " on, of %" PRIu32,
                       trial->fold_count, trial->first_fold, folds);
}

uint32_t evaluate_folds(const struct evaluate_plan *plan)
{
    return plan->folds * plan->repeats;
}

int evaluate_trial(const struct dataset *set, const struct evaluate_plan *plan,
                   const struct trial *trial, struct trial_tally *tally,
                   struct automl_error *err)
{
    struct attempt attempt = { set, &trial->candidate, plan->seed, { 0, 0 } };
    struct split outer;
    if (check_folds(plan, trial, err) < 0 ||
        split_holdout(&outer, set, plan->holdout_percent, plan->seed, err) < 0)
        return -1;
    struct dataset_rows rows = { set, outer.train, outer.train_count };
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < trial->fold_count; i++)
        status = try_fold(&attempt, &rows, plan, trial->first_fold + i, err);
    split_finish(&outer);
    if (status == 0)
        *tally = attempt.tally;
    return status;
}

int evaluate_final(const struct dataset *set, const struct evaluate_plan *plan,
                   const struct candidate *candidate, struct evaluate_result *result,
                   struct automl_error *err)
{
    struct attempt attempt = { set, candidate, plan->seed, { 0, 0 } };
    struct split split;
    memset(result, 0, sizeof(*result));
    if (split_holdout(&split, set, plan->holdout_percent, plan->seed, err) < 0)
        return -1;
    struct model *model = try_split(&attempt, &split, err);
    split_finish(&split);
    if (!model)
        return -1;
    *result = (struct evaluate_result){ .model = model, .tally = attempt.tally };
    return 0;
}

double evaluate_score(const struct trial_tally *tally)
{
    return tally->total ? (double)tally->correct / tally->total : 0;
}
