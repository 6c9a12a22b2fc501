/* model.h - a trained classifier, from training to prediction, in memory and as bytes.
 *
 * A model carries its candidate, the scaler that was fitted on its training rows and
 * what its family learnt, so it takes rows as they are in the data set. Training writes
 * the byte form and loads it again: a model that was sent to another process is the
 * same as one that never left.
 * Training and predicting are single-threaded and repeatable. Predicting with one model
 * from two threads at once is not allowed. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct automl_error;
struct candidate;
struct dataset_rows;
struct model;

/* Learns from the rows, which must show two classes at least. NULL on failure. */
struct model *model_train(const struct candidate *, const struct dataset_rows *,
                          uint64_t seed, struct automl_error *err);

/* Frees the model. NULL is allowed. */
void model_destroy(struct model *);

/* What it was trained as. Borrowed. */
const struct candidate *model_candidate(const struct model *);

/* How many values a row has, and how many labels there are. */
uint32_t model_features(const struct model *);
uint32_t model_classes(const struct model *);

/* Writes a label for each of `count` rows of model_features values, which follow one
 * another as they are in the data set, not scaled. */
int model_predict(const struct model *, const double *values, uint32_t count,
                  int32_t *labels, struct automl_error *err);

/* The byte form, which lives as long as the model. */
const void *model_bytes(const struct model *, size_t *size);

/* Makes a model from a copy of its byte form, at any address. NULL if the bytes are
 * cut, changed, or of a family that this build lacks. */
struct model *model_load(const void *bytes, size_t size, struct automl_error *err);
