/* dataset.h - a table of numbers with a class label for each row.
 *
 * One flat block of bytes holds everything: a header, the values row by row, the
 * labels. A `struct dataset` only points into such a block, so the block can be put
 * once into a shared-memory store and read in place by every process. Nothing in a
 * block is a pointer, and its address may be any multiple of eight.
 * dataset_load and dataset_copy make sets that own their block; dataset_view borrows.
 * Sets are never changed after they are made, so threads may share them.
 * Files are read with the C library's strtod: LC_NUMERIC must be "C", as it is in every
 * program that does not call setlocale. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct automl_error;

#define DATASET_NAME 32 /* with the terminator */
#define DATASET_MAX_ROWS (1u << 24)
#define DATASET_MAX_FEATURES (1u << 14)
#define DATASET_MAX_CLASSES 256u

struct dataset {
    char name[DATASET_NAME];
    uint32_t rows;
    uint32_t features;
    uint32_t classes;      /* labels are 0 .. classes-1 */
    const double *values;  /* rows * features, row-major */
    const int32_t *labels; /* rows */
    void *owned;           /* the block, or NULL if it is somebody else's */
};

/* Some rows of a set, by number. `index` is borrowed; NULL means the first `count`. */
struct dataset_rows {
    const struct dataset *set;
    const uint32_t *index;
    uint32_t count;
};

/* Reads comma-separated numbers: one header line, then one row a line with the label
 * last. Labels are whole numbers from 0 without a gap. The set is called after the
 * file, without folder and ending. Errors name file, line and column of the first
 * character that is wrong. */
int dataset_load(struct dataset *, const char *path, struct automl_error *err);

/* Makes a set that owns a copy of `from`, whose pointers may lead anywhere. */
int dataset_copy(struct dataset *, const struct dataset *from,
                 struct automl_error *err);

/* Frees what the set owns. A set of zeros and a finished set are allowed. */
void dataset_finish(struct dataset *);

/* How many bytes dataset_pack writes. */
size_t dataset_packed_size(const struct dataset *);

/* Writes the set as one block. Negative if `size` is less than dataset_packed_size, if
 * `bytes` is not aligned to eight, or if the set is not sound: no rows, a label that is
 * not below `classes`. */
int dataset_pack(const struct dataset *, void *bytes, size_t size,
                 struct automl_error *err);

/* Points the set into a packed block that the caller keeps for as long as the set
 * lives. `size` may be more than was packed. Every length and label is checked; the
 * bytes may be read-only. */
int dataset_view(struct dataset *, const void *bytes, size_t size,
                 struct automl_error *err);

/* Row number in the set of the `i`th of the rows. */
uint32_t dataset_row(const struct dataset_rows *, uint32_t i);

/* Copies the rows' values and labels one after the other. Either target may be NULL. */
void dataset_gather(const struct dataset_rows *, double *values, int32_t *labels);
