/* scaler.c - mean and spread of each feature, in two passes for accuracy. */
#include "scaler.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"
#include "block.h"

static int make_room(struct scaler *scaler, uint32_t features, struct automl_error *err)
{
    scaler->features = features;
    scaler->mean = calloc(features, sizeof(double));
    scaler->factor = calloc(features, sizeof(double));
    if (scaler->mean && scaler->factor)
        return 0;
    scaler_finish(scaler);
    return automl_fail(err, "out of memory for %" PRIu32 " features", features);
}

static double mean_of(const double *column, uint32_t rows, uint32_t stride)
{
    double sum = 0;
    for (uint32_t row = 0; row < rows; row++)
        sum += column[(size_t)row * stride];
    return sum / rows;
}

static double spread_of(const double *column, uint32_t rows, uint32_t stride,
                        double mean)
{
    double sum = 0;
    for (uint32_t row = 0; row < rows; row++) {
        double off = column[(size_t)row * stride] - mean;
        sum += off * off;
    }
    return sqrt(sum / rows);
}

int scaler_fit(struct scaler *scaler, const double *values, uint32_t rows,
               uint32_t features, struct automl_error *err)
{
    memset(scaler, 0, sizeof(*scaler));
    if (make_room(scaler, features, err) < 0)
        return -1;
    for (uint32_t i = 0; i < features; i++) {
        double mean = mean_of(values + i, rows, features);
        double spread = spread_of(values + i, rows, features, mean);
        if (!isfinite(spread)) {
            scaler_finish(scaler);
            return automl_fail(err, "the values of feature %" PRIu32 " are too large",
                               i);
        }
        /* Rounding leaves a constant column a spread of some units in the last
         * place. */
        scaler->mean[i] = mean;
        scaler->factor[i] = spread > 1e-12 * fabs(mean) + 1e-300 ? 1 / spread : 0;
    }
    return 0;
}

void scaler_apply(const struct scaler *scaler, double *values, uint32_t rows)
{
    for (uint32_t row = 0; row < rows; row++) {
        double *at = values + (size_t)row * scaler->features;
        for (uint32_t i = 0; i < scaler->features; i++)
            at[i] = (at[i] - scaler->mean[i]) * scaler->factor[i];
    }
}

void scaler_pack(const struct scaler *scaler, struct block_writer *writer)
{
    size_t size = scaler->features * sizeof(double);
    block_put_u32(writer, scaler->features);
    block_put(writer, scaler->mean, size);
    block_put(writer, scaler->factor, size);
}

int scaler_unpack(struct scaler *scaler, struct block_reader *reader,
                  struct automl_error *err)
{
    memset(scaler, 0, sizeof(*scaler));
    uint32_t features = block_get_u32(reader);
    const void *mean = block_get_array(reader, features, sizeof(double));
    const void *factor = block_get_array(reader, features, sizeof(double));
    if (features == 0 || !mean || !factor)
        return automl_fail(err, "the scaler is cut short");
    if (make_room(scaler, features, err) < 0)
        return -1;
    memcpy(scaler->mean, mean, features * sizeof(double));
    memcpy(scaler->factor, factor, features * sizeof(double));
    return 0;
}

void scaler_finish(struct scaler *scaler)
{
    free(scaler->mean);
    free(scaler->factor);
    memset(scaler, 0, sizeof(*scaler));
}
