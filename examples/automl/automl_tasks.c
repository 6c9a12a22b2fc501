/* automl_tasks.c - the worker tasks: stateless, anywhere, in any order.
 *
 * The data set comes as bytes that lie in shared memory and are read in place; a
 * candidate comes as text. What comes back is small: counts, or a model. */
#include <ray.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "automl_error.h"
#include "dataset.h"
#include "evaluate.h"
#include "model.h"
#include "report.h"
#include "request.h"

static double now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static int open_set(struct ray_task *task, struct dataset *set)
{
    struct automl_error err;
    size_t size;
    const void *bytes = ray_arg_bytes(task, 0, &size);

    if (dataset_view(set, bytes, size, &err) < 0)
        return ray_fail(task, "data set: %s", err.text);
    return 0;
}

/* data set, candidate, first fold, number of folds, seed of the plan -> outcome */
RAY_FUNCTION(evaluate_trial, "bytes string int int int")
{
    struct evaluate_plan plan = evaluate_usual;
    struct trial trial = { .first_fold = (uint32_t)ray_arg_int(task, 2),
                           .fold_count = (uint32_t)ray_arg_int(task, 3) };
    struct outcome outcome = { .attempt = (uint32_t)ray_attempt(task) };
    struct automl_error err;
    struct dataset set;
    double begin = now();
    size_t size;
    void *bytes;
    int status = open_set(task, &set);

    if (status != 0)
        return status;
    plan.seed = (uint64_t)ray_arg_int(task, 4);
    if (candidate_parse(&trial.candidate, ray_arg_string(task, 1), &err) < 0 ||
        evaluate_trial(&set, &plan, &trial, &outcome.tally, &err) < 0)
        return ray_fail(task, "%s: %s", ray_arg_string(task, 1), err.text);
    outcome.seconds = now() - begin;
    snprintf(outcome.node, sizeof(outcome.node), "%.8s", ray_node_id());
    bytes = outcome_pack(&outcome, &size, &err);
    if (!bytes)
        return ray_fail(task, "%s", err.text);
    status = ray_return(task, 0, ray_bytes(bytes, size));
    free(bytes);
    return status;
}

/* data set, candidate, seed of the plan -> model, correct, total (of the hold-out) */
RAY_FUNCTION(train_final, "bytes string int")
{
    struct evaluate_plan plan = evaluate_usual;
    struct evaluate_result result;
    struct candidate candidate;
    struct automl_error err;
    struct dataset set;
    const void *bytes;
    size_t size;
    int status = open_set(task, &set);

    if (status != 0)
        return status;
    plan.seed = (uint64_t)ray_arg_int(task, 2);
    if (candidate_parse(&candidate, ray_arg_string(task, 1), &err) < 0 ||
        evaluate_final(&set, &plan, &candidate, &result, &err) < 0)
        return ray_fail(task, "%s: %s", ray_arg_string(task, 1), err.text);
    bytes = model_bytes(result.model, &size);
    status = ray_return(task, 0, ray_bytes(bytes, size));
    if (status == 0)
        status = ray_return(task, 1, ray_int(result.tally.correct));
    if (status == 0)
        status = ray_return(task, 2, ray_int(result.tally.total));
    model_destroy(result.model);
    return status;
}
