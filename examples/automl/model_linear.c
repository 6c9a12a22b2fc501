/* model_linear.c - linear classifiers, one class against the rest, by LIBLINEAR.
 *
 * Only LIBLINEAR's primal solvers are used: the dual ones draw from the process's
 * rand(), which other code in the process may share. The model is a matrix of weights,
 * one row of it for each feature and one for the constant term; it is written as it is
 * in memory. LIBLINEAR takes the plain names `struct model`, `train` and `predict` for
 * itself, so this file must not include model.h. */
#include <linear.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"
#include "block.h"
#include "family.h"

enum { PARAM_C };

#define CONSTANT_TERM 1
#define TOLERANCE 1e-3

/* The rows as LIBLINEAR wants them: (index, value) without zeros, ended by index -1. */
struct sparse {
    struct feature_node *nodes;
    struct feature_node **row;
    double *labels;
};

static void be_quiet(const char *text)
{
    (void)text;
}

static struct feature_node *list_row(struct feature_node *node, const double *values,
                                     uint32_t features)
{
    for (uint32_t i = 0; i < features; i++) {
        if (values[i] != 0)
            *node++ = (struct feature_node){ (int)i + 1, values[i] };
    }
    *node++ = (struct feature_node){ (int)features + 1, CONSTANT_TERM };
    *node++ = (struct feature_node){ -1, 0 };
    return node;
}

static void sparse_finish(struct sparse *sparse)
{
    free(sparse->nodes);
    free(sparse->row);
    free(sparse->labels);
}

static int sparse_init(struct sparse *sparse, const struct family_rows *rows,
                       struct automl_error *err)
{
    sparse->nodes =
        calloc((size_t)rows->rows * (rows->features + 2), sizeof(*sparse->nodes));
    sparse->row = calloc(rows->rows, sizeof(*sparse->row));
    sparse->labels = calloc(rows->rows, sizeof(*sparse->labels));
    if (!sparse->nodes || !sparse->row || !sparse->labels) {
        sparse_finish(sparse);
        return automl_fail(err, "out of memory for the rows");
    }
    struct feature_node *next = sparse->nodes;
    for (uint32_t row = 0; row < rows->rows; row++) {
        sparse->row[row] = next;
        sparse->labels[row] = rows->labels[row];
        next =
            list_row(next, rows->values + (size_t)row * rows->features, rows->features);
    }
    return 0;
}

/* Two classes share one column of weights, whose sign decides. */
static size_t weight_count(int classes, uint32_t features)
{
    return (features + (size_t)1) * (size_t)(classes == 2 ? 1 : classes);
}

static void put_model(struct block_writer *writer, const struct model *model,
                      uint32_t features)
{
    block_put_u32(writer, (uint32_t)model->param.solver_type);
    block_put_u32(writer, (uint32_t)model->nr_class);
    block_put(writer, model->label, (size_t)model->nr_class * sizeof(int));
    block_put(writer, model->w,
              weight_count(model->nr_class, features) * sizeof(double));
}

static int train_solver(const struct family_rows *rows, const double *values,
                        int solver, struct block_writer *writer,
                        struct automl_error *err)
{
    struct sparse sparse;
    struct parameter param = {
        .solver_type = solver,
        .eps = TOLERANCE,
        .C = values[PARAM_C],
#if LIBLINEAR_VERSION >= 241
        .regularize_bias = 1,
#endif
    };
    if (sparse_init(&sparse, rows, err) < 0)
        return -1;
    struct problem problem = {
        .l = (int)rows->rows,
        .n = (int)rows->features + 1,
        .y = sparse.labels,
        .x = sparse.row,
        .bias = CONSTANT_TERM,
    };
    const char *complaint = check_parameter(&problem, &param);
    if (complaint) {
        sparse_finish(&sparse);
        return automl_fail(err, "LIBLINEAR: %s", complaint);
    }
    set_print_string_function(be_quiet);
    struct model *model = train(&problem, &param);
    put_model(writer, model, rows->features);
    free_and_destroy_model(&model);
    sparse_finish(&sparse);
    return 0;
}

static int train_logistic(const struct family_rows *rows, const double *values,
                          struct block_writer *writer, struct automl_error *err)
{
    return train_solver(rows, values, L2R_LR, writer, err);
}

static int train_svc(const struct family_rows *rows, const double *values,
                     struct block_writer *writer, struct automl_error *err)
{
    return train_solver(rows, values, L2R_L2LOSS_SVC, writer, err);
}

static void destroy_linear(void *state)
{
    struct model *model = state;
    if (!model)
        return;
    free(model->w);
    free(model->label);
    free(model);
}

static void get_model(struct model *model, struct block_reader *reader,
                      const struct family_rows *shape)
{
    model->param.solver_type = (int)block_get_u32(reader);
    model->nr_class = (int)block_get_u32(reader);
    model->nr_feature = (int)shape->features;
    model->bias = CONSTANT_TERM;
    int solver = model->param.solver_type;
    bool is_sound = (solver == L2R_LR || solver == L2R_L2LOSS_SVC) &&
                    model->nr_class >= 2 && (uint32_t)model->nr_class <= shape->classes;
    size_t classes = is_sound ? (size_t)model->nr_class : 0;
    size_t weights = is_sound ? weight_count(model->nr_class, shape->features) : 0;
    const void *labels = block_get_array(reader, classes, sizeof(int));
    const void *numbers = block_get_array(reader, weights, sizeof(double));
    if (is_sound && numbers) {
        model->label = malloc(classes * sizeof(int));
        model->w = malloc(weights * sizeof(double));
    }
    if (!model->label || !model->w) {
        reader->failed = true;
        return;
    }
    memcpy(model->label, labels, classes * sizeof(int));
    memcpy(model->w, numbers, weights * sizeof(double));
    for (size_t i = 0; i < classes; i++) {
        if (model->label[i] < 0 || (uint32_t)model->label[i] >= shape->classes)
            reader->failed = true;
    }
}

static void *load_linear(struct block_reader *reader, const struct family_rows *shape,
                         struct automl_error *err)
{
    struct model *model = calloc(1, sizeof(*model));
    if (!model) {
        automl_fail(err, "out of memory for a model");
        return NULL;
    }
    get_model(model, reader, shape);
    if (reader->failed) {
        destroy_linear(model);
        automl_fail(err, "the linear model in the block makes no sense");
        return NULL;
    }
    return model;
}

static int predict_linear(const void *state, const struct family_rows *rows,
                          int32_t *labels, struct automl_error *err)
{
    struct feature_node *nodes = calloc(rows->features + 2, sizeof(*nodes));
    if (!nodes)
        return automl_fail(err, "out of memory for a row");
    for (uint32_t row = 0; row < rows->rows; row++) {
        list_row(nodes, rows->values + (size_t)row * rows->features, rows->features);
        labels[row] = (int32_t)predict(state, nodes);
    }
    free(nodes);
    return 0;
}

const struct family family_logistic = {
    .name = "logistic",
    .params = { { "c", FAMILY_LOG, 0.001, 100, 1 } },
    .train = train_logistic,
    .load = load_linear,
    .predict = predict_linear,
    .destroy = destroy_linear,
};

const struct family family_linear_svc = {
    .name = "linear-svc",
    .params = { { "c", FAMILY_LOG, 0.001, 100, 0.1 } },
    .train = train_svc,
    .load = load_linear,
    .predict = predict_linear,
    .destroy = destroy_linear,
};
