/* model_xgboost.c - gradient boosted trees, by XGBoost.
 *
 * Matrices are described to XGBoost by a line of JSON that carries the address of our
 * rows, so they are converted once, by XGBoost. Two classes need one tree a round; more
 * need one a class, and the label is the most probable class, the lowest on a tie.
 * What is learnt is XGBoost's own portable form (universal binary JSON), behind its
 * length. Every matrix and booster is told to use one thread: the engine's workers are
 * the parallelism. XGBoost keeps its verbosity and its last error for each thread. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>

#include "automl_error.h"
#include "block.h"
#include "family.h"

/* The first is ours, the others are passed on by name. */
enum { PARAM_ROUNDS };

struct setting {
    const char *name;
    const char *value;
};

static const struct setting fixed[] = {
    { "nthread", "1" },  { "verbosity", "0" },          { "tree_method", "hist" },
    { "max_bin", "64" }, { "seed_per_iteration", "1" },
};

static const char *const passed_on[FAMILY_PARAMS] = {
    NULL, "max_depth", "eta", "subsample", "colsample_bytree", "lambda",
};

static int fail_library(const char *what, struct automl_error *err)
{
    /* The first line says it; a trace of the library's insides follows. */
    const char *text = XGBGetLastError();
    return automl_fail(err, "XGBoost: %s: %.*s", what, (int)strcspn(text, "\n"), text);
}

static int make_matrix(DMatrixHandle *matrix, const struct family_rows *rows,
                       struct automl_error *err)
{
    char array[160];
    snprintf(array, sizeof(array),
             "{\"data\": [%" PRIuPTR ", true], \"shape\": [%" PRIu32 ", %" PRIu32 "], "
             "\"typestr\": \"<f8\", \"version\": 3}",
             (uintptr_t)rows->values, rows->rows, rows->features);
    static const char how[] = "{\"missing\": NaN, \"nthread\": 1}";
    XGBSetGlobalConfig("{\"verbosity\": 0}");
    if (XGDMatrixCreateFromDense(array, how, matrix) < 0)
        return fail_library("rows", err);
    return 0;
}

static int set_labels(DMatrixHandle matrix, const struct family_rows *rows,
                      struct automl_error *err)
{
    float *labels = calloc(rows->rows, sizeof(*labels));
    if (!labels)
        return automl_fail(err, "out of memory for the labels");
    for (uint32_t row = 0; row < rows->rows; row++)
        labels[row] = (float)rows->labels[row];
    int status = XGDMatrixSetFloatInfo(matrix, "label", labels, rows->rows);
    free(labels);
    return status < 0 ? fail_library("labels", err) : 0;
}

static int set(BoosterHandle booster, const char *name, const char *value,
               struct automl_error *err)
{
    if (XGBoosterSetParam(booster, name, value) < 0)
        return fail_library(name, err);
    return 0;
}

static int set_fixed(BoosterHandle booster, struct automl_error *err)
{
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (set(booster, fixed[i].name, fixed[i].value, err) < 0)
            return -1;
    }
    return 0;
}

static int set_objective(BoosterHandle booster, const struct family_rows *rows,
                         struct automl_error *err)
{
    char text[32];
    if (rows->classes == 2)
        return set(booster, "objective", "binary:logistic", err);
    snprintf(text, sizeof(text), "%" PRIu32, rows->classes);
    if (set(booster, "num_class", text, err) < 0)
        return -1;
    return set(booster, "objective", "multi:softprob", err);
}

static int set_all(BoosterHandle booster, const struct family_rows *rows,
                   const double *values, struct automl_error *err)
{
    char text[32];
    if (set_fixed(booster, err) < 0 || set_objective(booster, rows, err) < 0)
        return -1;
    for (size_t i = PARAM_ROUNDS + 1; i < FAMILY_PARAMS; i++) {
        snprintf(text, sizeof(text), "%.17g", values[i]);
        if (set(booster, passed_on[i], text, err) < 0)
            return -1;
    }
    snprintf(text, sizeof(text), "%" PRIu32, (uint32_t)rows->seed & INT32_MAX);
    return set(booster, "seed", text, err);
}

static int boost(BoosterHandle booster, DMatrixHandle matrix, int rounds,
                 struct automl_error *err)
{
    for (int round = 0; round < rounds; round++) {
        if (XGBoosterUpdateOneIter(booster, round, matrix) < 0)
            return fail_library("training", err);
    }
    return 0;
}

static int put_booster(struct block_writer *writer, BoosterHandle booster,
                       struct automl_error *err)
{
    bst_ulong size;
    const char *bytes;
    if (XGBoosterSaveModelToBuffer(booster, "{\"format\": \"ubj\"}", &size, &bytes) < 0)
        return fail_library("saving", err);
    if (size > UINT32_MAX)
        return automl_fail(err, "a model of %" PRIu64 " bytes is too large", size);
    block_put_u32(writer, (uint32_t)size);
    block_put(writer, bytes, size);
    return 0;
}

static int train(const struct family_rows *rows, const double *values,
                 struct block_writer *writer, struct automl_error *err)
{
    DMatrixHandle matrix = NULL;
    BoosterHandle booster = NULL;
    int status = -1;
    if (make_matrix(&matrix, rows, err) < 0)
        return -1;
    if (set_labels(matrix, rows, err) < 0)
        goto out;
    if (XGBoosterCreate(&matrix, 1, &booster) < 0) {
        fail_library("booster", err);
        goto out;
    }
    if (set_all(booster, rows, values, err) == 0 &&
        boost(booster, matrix, (int)values[PARAM_ROUNDS], err) == 0)
        status = put_booster(writer, booster, err);
out:
    if (booster)
        XGBoosterFree(booster);
    XGDMatrixFree(matrix);
    return status;
}

static void destroy(void *state)
{
    if (state)
        XGBoosterFree(state);
}

static int check_shape(BoosterHandle booster, const struct family_rows *shape,
                       struct automl_error *err)
{
    bst_ulong features;
    if (XGBoosterGetNumFeature(booster, &features) < 0)
        return fail_library("loading", err);
    if (features != shape->features)
        return automl_fail(err, "the trees know %" PRIu64 " features of %" PRIu32,
                           features, shape->features);
    return 0;
}

/* Loading runs on all processors unless the booster has taken its settings in before,
 * which it puts off until somebody asks for them. */
static int settle(BoosterHandle booster, const struct family_rows *shape,
                  struct automl_error *err)
{
    char text[32];
    bst_ulong size;
    const char *ignored;
    snprintf(text, sizeof(text), "%" PRIu32, shape->features);
    if (set_fixed(booster, err) < 0 || set(booster, "num_feature", text, err) < 0)
        return -1;
    if (XGBoosterSaveJsonConfig(booster, &size, &ignored) < 0)
        return fail_library("settings", err);
    return 0;
}

static void *load(struct block_reader *reader, const struct family_rows *shape,
                  struct automl_error *err)
{
    uint32_t size = block_get_u32(reader);
    const void *bytes = block_get_array(reader, size, 1);
    BoosterHandle booster = NULL;
    if (!bytes) {
        automl_fail(err, "the trees in the block are cut short");
        return NULL;
    }
    XGBSetGlobalConfig("{\"verbosity\": 0}");
    if (XGBoosterCreate(NULL, 0, &booster) < 0) {
        fail_library("booster", err);
        return NULL;
    }
    int status = settle(booster, shape, err);
    if (status == 0 && XGBoosterLoadModelFromBuffer(booster, bytes, size) < 0)
        status = fail_library("loading", err);
    if (status == 0)
        status = check_shape(booster, shape, err);
    if (status == 0)
        return booster;
    destroy(booster);
    return NULL;
}

static int32_t most_probable(const float *chances, bst_ulong classes)
{
    int32_t best = 0;
    if (classes == 1)
        return chances[0] > 0.5f;
    for (int32_t label = 1; (bst_ulong)label < classes; label++) {
        if (chances[label] > chances[best])
            best = label;
    }
    return best;
}

static int read_chances(BoosterHandle booster, DMatrixHandle matrix,
                        const struct family_rows *rows, int32_t *labels,
                        struct automl_error *err)
{
    static const char how[] =
        "{\"type\": 0, \"training\": false, \"iteration_begin\": 0, "
        "\"iteration_end\": 0, \"strict_shape\": true}";
    const bst_ulong *shape;
    bst_ulong dimensions;
    const float *chances;
    int status = XGBoosterPredictFromDMatrix(booster, matrix, how, &shape, &dimensions,
                                             &chances);
    if (status < 0)
        return fail_library("predicting", err);
    bst_ulong wanted = rows->classes == 2 ? 1 : rows->classes;
    if (dimensions != 2 || shape[0] != rows->rows || shape[1] != wanted)
        return automl_fail(err, "XGBoost: the trees know other classes");
    for (uint32_t row = 0; row < rows->rows; row++)
        labels[row] = most_probable(chances + row * wanted, wanted);
    return 0;
}

static int predict(const void *state, const struct family_rows *rows, int32_t *labels,
                   struct automl_error *err)
{
    DMatrixHandle matrix = NULL;
    if (make_matrix(&matrix, rows, err) < 0)
        return -1;
    /* The library asks for a pointer that may change what it points to: predicting
     * fills caches inside the booster. */
    BoosterHandle booster = (BoosterHandle)(uintptr_t)state;
    int status = read_chances(booster, matrix, rows, labels, err);
    XGDMatrixFree(matrix);
    return status;
}

static bool is_heavy(const double *values)
{
    (void)values;
    return true;
}

const struct family family_xgboost = {
    .name = "xgboost",
    .params = { { "rounds", FAMILY_WHOLE, 40, 240, 120 },
                { "depth", FAMILY_WHOLE, 2, 6, 4 },
                { "eta", FAMILY_LOG, 0.05, 0.5, 0.3 },
                { "subsample", FAMILY_LINEAR, 0.5, 1, 0.8 },
                { "colsample", FAMILY_LINEAR, 0.3, 1, 0.6 },
                { "lambda", FAMILY_LOG, 0.1, 10, 1 } },
    .is_heavy = is_heavy,
    .train = train,
    .load = load,
    .predict = predict,
    .destroy = destroy,
};
