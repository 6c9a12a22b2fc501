/* scaler.h - brings every feature to mean 0 and spread 1.
 *
 * It is fitted on training rows only and then applied to any row, so that nothing of
 * the test leaks into the model. A feature that never varies in training becomes 0. */
#pragma once

#include <stdint.h>

struct automl_error;
struct block_reader;
struct block_writer;

struct scaler {
    uint32_t features;
    double *mean;   /* owned, `features` long, as is the next */
    double *factor; /* one over the standard deviation; 0 for a constant feature */
};

/* Learns from `rows` rows of `features` values. Negative if memory runs out or if the
 * values are so large that their spread is not finite. */
int scaler_fit(struct scaler *, const double *values, uint32_t rows, uint32_t features,
               struct automl_error *err);

/* Scales the rows in place. */
void scaler_apply(const struct scaler *, double *values, uint32_t rows);

void scaler_pack(const struct scaler *, struct block_writer *);
int scaler_unpack(struct scaler *, struct block_reader *, struct automl_error *err);

/* Frees what it owns. A scaler of zeros is allowed. */
void scaler_finish(struct scaler *);
