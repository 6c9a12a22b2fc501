/* model.c - what all families share: scaling, the byte form, the choice of the family.
 *
 * Byte form, inside a block's envelope: candidate text, classes, scaler, the family's
 * part. model_train = gather, fit and apply the scaler, let the family write its part,
 * then model_load. */
#include "model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"
#include "block.h"
#include "candidate.h"
#include "dataset.h"
#include "scaler.h"

#define MAGIC UINT64_C(0x314c444f4d4c4d41) /* "AMLMODL1" on a little-endian machine */

struct model {
    struct candidate candidate;
    struct scaler scaler;
    uint32_t classes;
    void *state; /* the family's */
    void *bytes;
    size_t size;
};

/* The training rows, copied out of the set so that they can be scaled. */
struct lesson {
    struct family_rows rows;
    double *values;
    int32_t *labels;
    struct scaler scaler;
};

static void lesson_finish(struct lesson *lesson)
{
    free(lesson->values);
    free(lesson->labels);
    scaler_finish(&lesson->scaler);
}

static int check_classes(const struct lesson *lesson, struct automl_error *err)
{
    for (uint32_t row = 1; row < lesson->rows.rows; row++) {
        if (lesson->labels[row] != lesson->labels[0])
            return 0;
    }
    return automl_fail(err, "%" PRIu32 " rows of fewer than two classes teach nothing",
                       lesson->rows.rows);
}

static int lesson_init(struct lesson *lesson, const struct dataset_rows *rows,
                       uint64_t seed, struct automl_error *err)
{
    uint32_t features = rows->set->features;
    memset(lesson, 0, sizeof(*lesson));
    lesson->values = calloc((size_t)rows->count * features, sizeof(double));
    lesson->labels = calloc(rows->count, sizeof(int32_t));
    if (!lesson->values || !lesson->labels)
        return automl_fail(err, "out of memory for %" PRIu32 " rows", rows->count);
    dataset_gather(rows, lesson->values, lesson->labels);
    lesson->rows = (struct family_rows){
        .values = lesson->values,
        .labels = lesson->labels,
        .rows = rows->count,
        .features = features,
        .classes = rows->set->classes,
        .seed = seed,
    };
    if (check_classes(lesson, err) < 0 ||
        scaler_fit(&lesson->scaler, lesson->values, rows->count, features, err) < 0)
        return -1;
    scaler_apply(&lesson->scaler, lesson->values, rows->count);
    return 0;
}

static void *learn(const struct candidate *candidate, const struct lesson *lesson,
                   size_t *size, struct automl_error *err)
{
    char text[CANDIDATE_TEXT] = { 0 };
    struct block_writer writer;
    candidate_format(candidate, text);
    block_init(&writer);
    block_put(&writer, text, sizeof(text));
    block_put_u32(&writer, lesson->rows.classes);
    scaler_pack(&lesson->scaler, &writer);
    if (candidate->family->train(&lesson->rows, candidate->values, &writer, err) < 0) {
        block_finish(&writer);
        return NULL;
    }
    return block_take(&writer, MAGIC, size, err);
}

static int read_parts(struct model *model, struct block_reader *reader,
                      struct automl_error *err)
{
    char text[CANDIDATE_TEXT];
    block_get(reader, text, sizeof(text));
    text[sizeof(text) - 1] = '\0';
    if (candidate_parse(&model->candidate, text, err) < 0)
        return -1;
    model->classes = block_get_u32(reader);
    if (model->classes < 2 || model->classes > DATASET_MAX_CLASSES)
        return automl_fail(err, "a model of %" PRIu32 " classes", model->classes);
    if (scaler_unpack(&model->scaler, reader, err) < 0)
        return -1;
    if (model->scaler.features > DATASET_MAX_FEATURES)
        return automl_fail(err, "a model of %" PRIu32 " features",
                           model->scaler.features);
    struct family_rows shape = {
        .features = model->scaler.features,
        .classes = model->classes,
    };
    model->state = model->candidate.family->load(reader, &shape, err);
    if (!model->state)
        return -1;
    if (!block_is_read(reader))
        return automl_fail(err, "something follows the model");
    return 0;
}

/* Takes the bytes, also on failure. */
static struct model *take_bytes(void *bytes, size_t size, struct automl_error *err)
{
    struct block_reader reader;
    struct model *model = calloc(1, sizeof(*model));
    if (!model) {
        free(bytes);
        automl_fail(err, "out of memory for a model");
        return NULL;
    }
    model->bytes = bytes;
    model->size = size;
    if (block_open(&reader, bytes, size, MAGIC, err) < 0 ||
        read_parts(model, &reader, err) < 0) {
        model_destroy(model);
        automl_wrap(err, "load a model");
        return NULL;
    }
    return model;
}

struct model *model_train(const struct candidate *candidate,
                          const struct dataset_rows *rows, uint64_t seed,
                          struct automl_error *err)
{
    struct lesson lesson;
    size_t size;
    void *bytes = NULL;
    if (lesson_init(&lesson, rows, seed, err) == 0)
        bytes = learn(candidate, &lesson, &size, err);
    lesson_finish(&lesson);
    if (!bytes) {
        automl_wrap(err, "train %s on %s", candidate->family->name, rows->set->name);
        return NULL;
    }
    return take_bytes(bytes, size, err);
}

void model_destroy(struct model *model)
{
    if (!model)
        return;
    if (model->state)
        model->candidate.family->destroy(model->state);
    scaler_finish(&model->scaler);
    free(model->bytes);
    free(model);
}

const struct candidate *model_candidate(const struct model *model)
{
    return &model->candidate;
}

uint32_t model_features(const struct model *model)
{
    return model->scaler.features;
}

uint32_t model_classes(const struct model *model)
{
    return model->classes;
}

int model_predict(const struct model *model, const double *values, uint32_t count,
                  int32_t *labels, struct automl_error *err)
{
    const struct family *family = model->candidate.family;
    size_t size = (size_t)count * model->scaler.features * sizeof(double);
    if (count == 0)
        return 0;
    double *scaled = malloc(size);
    if (!scaled)
        return automl_fail(err, "out of memory for %" PRIu32 " rows", count);
    memcpy(scaled, values, size);
    scaler_apply(&model->scaler, scaled, count);
    struct family_rows rows = {
        .values = scaled,
        .rows = count,
        .features = model->scaler.features,
        .classes = model->classes,
    };
    int status = family->predict(model->state, &rows, labels, err);
    free(scaled);
    return status < 0 ? automl_wrap(err, "predict with %s", family->name) : 0;
}

const void *model_bytes(const struct model *model, size_t *size)
{
    *size = model->size;
    return model->bytes;
}

struct model *model_load(const void *bytes, size_t size, struct automl_error *err)
{
    void *copy = malloc(size ? size : 1);
    if (!copy) {
        automl_fail(err, "out of memory for a model of %zu bytes", size);
        return NULL;
    }
    if (size > 0)
        memcpy(copy, bytes, size);
    return take_bytes(copy, size, err);
}
