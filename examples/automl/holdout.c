/* holdout.c - a file, a model, a split, a count. */
#include "holdout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "automl_error.h"
#include "dataset.h"
#include "evaluate.h"
#include "model.h"
#include "split.h"

#define FILE_MAX (1 << 30)

/* The whole file, which the caller frees. */
static void *read_file(const char *path, size_t *size, struct automl_error *err)
{
    FILE *file = fopen(path, "rbe");
    struct stat about;
    void *bytes = NULL;

    if (!file || fstat(fileno(file), &about) != 0) {
        automl_fail(err, "%s: %s", path, strerror(errno));
    } else if (!S_ISREG(about.st_mode) || about.st_size > FILE_MAX) {
        automl_fail(err, "%s: is no file of a model", path);
    } else {
        *size = (size_t)about.st_size;
        bytes = malloc(*size + 1);
        if (!bytes || fread(bytes, 1, *size, file) != *size) {
            automl_fail(err, "%s: %s", path, bytes ? "cannot be read" : "no memory");
            free(bytes);
            bytes = NULL;
        }
    }
    if (file)
        fclose(file);
    return bytes;
}

static struct model *load(const char *path, const struct dataset *set,
                          struct automl_error *err)
{
    size_t size;
    void *bytes = read_file(path, &size, err);
    struct model *model;

    if (!bytes)
        return NULL;
    model = model_load(bytes, size, err);
    free(bytes);
    if (!model) {
        automl_wrap(err, "%s", path);
        return NULL;
    }
    if (model_features(model) == set->features && model_classes(model) == set->classes)
        return model;
    automl_fail(err,
                "%s: a model for %" PRIu32 " features and %" PRIu32
                " classes; %s has %" PRIu32 " and %" PRIu32,
                path, model_features(model), model_classes(model), set->name,
                set->features, set->classes);
    model_destroy(model);
    return NULL;
}

static int count(struct model *model, const struct dataset_rows *rows,
                 struct trial_tally *tally, struct automl_error *err)
{
    uint32_t features = rows->set->features;
    double *values = calloc((size_t)rows->count * features, sizeof(*values));
    int32_t *right = calloc(rows->count, sizeof(*right));
    int32_t *labels = calloc(rows->count, sizeof(*labels));
    int status = -1;

    if (values && right && labels) {
        dataset_gather(rows, values, right);
        status = model_predict(model, values, rows->count, labels, err);
    } else {
        automl_fail(err, "no memory");
    }
    *tally = (struct trial_tally){ .total = rows->count };
    for (uint32_t i = 0; status == 0 && i < rows->count; i++)
        tally->correct += labels[i] == right[i];
    free(values);
    free(right);
    free(labels);
    return status;
}

int holdout_check(const char *path, const struct dataset *set,
                  const struct evaluate_plan *plan, struct holdout_result *result,
                  struct automl_error *err)
{
    struct model *model = load(path, set, err);
    struct split split;
    int status = -1;

    if (!model)
        return -1;
    if (split_holdout(&split, set, plan->holdout_percent, plan->seed, err) == 0) {
        const struct dataset_rows rows = { set, split.test, split.test_count };
        status = count(model, &rows, &result->tally, err);
        split_finish(&split);
    }
    result->candidate = *model_candidate(model);
    model_destroy(model);
    return status;
}
