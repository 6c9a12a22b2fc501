/* family.h - what every kind of model can do, and the list of kinds.
 *
 * A family is one file `model_*.c` with a `const struct family` at its bottom and a
 * line in models.def. It wraps one library; no other file includes that library's
 * header. Families hold no state of their own: everything is in their arguments, and
 * training is single-threaded and gives the same bytes for the same rows, parameters
 * and seed. A build for a system without XGBoost defines AUTOML_NO_XGBOOST and leaves
 * model_xgboost.c out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct automl_error;
struct block_reader;
struct block_writer;

#define FAMILY_PARAMS 6 /* at most */

enum family_scale {
    FAMILY_LINEAR, /* any number; a step is a difference */
    FAMILY_LOG,    /* any number above zero; a step is a ratio */
    FAMILY_WHOLE,  /* whole numbers */
};

struct family_param {
    const char *name;
    enum family_scale scale;
    double low, high; /* both allowed */
    double usual;     /* what it is when the text does not say */
};

/* Scaled rows, one after the other. Borrowed. */
struct family_rows {
    const double *values;
    const int32_t *labels; /* NULL when they are asked for */
    uint32_t rows;
    uint32_t features;
    uint32_t classes;
    uint64_t seed;
};

struct family {
    const char *name;
    struct family_param params[FAMILY_PARAMS]; /* the first without a name ends them */

    /* Whether training with these values takes much longer than the others do; NULL
     * means never. */
    bool (*is_heavy)(const double *values);

    /* Learns from the rows (two classes occur at least) and appends what was learnt to
     * the block. `values` are in the order of `params`. */
    int (*train)(const struct family_rows *, const double *values,
                 struct block_writer *, struct automl_error *err);

    /* Makes the state that predicts from what train wrote, for rows like `shape`, whose
     * values and labels are not looked at. NULL if the bytes make no sense. */
    void *(*load)(struct block_reader *, const struct family_rows *shape,
                  struct automl_error *err);

    /* Writes one label below rows->classes for each row. */
    int (*predict)(const void *state, const struct family_rows *, int32_t *labels,
                   struct automl_error *err);

    /* Frees the state. NULL is allowed. */
    void (*destroy)(void *state);
};

size_t family_count(void);
const struct family *family_at(size_t i);

/* NULL if there is none of that name. */
const struct family *family_find(const char *name);

/* How many parameters it has. */
size_t family_param_count(const struct family *);
