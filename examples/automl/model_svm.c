/* model_svm.c - support vector machines with a kernel, by LIBSVM.
 *
 * Rows become LIBSVM's lists of (index, value) that leave zeros out and end at index
 * -1. What is learnt is written as the numbers that the decision needs, exactly:
 * LIBSVM's own files round them. Loading builds LIBSVM's public structure around our
 * memory, so it must never be given to LIBSVM to free.
 * LIBSVM draws random numbers only for probabilities, which are not asked for. */
#include <libsvm/svm.h>
#include <stdlib.h>
#include <string.h>

#include "automl_error.h"
#include "block.h"
#include "family.h"

enum { PARAM_C, PARAM_GAMMA, PARAM_DEGREE };

#define CACHE_MEGABYTES 32
#define TOLERANCE 1e-3
/* From this cost on the solver makes many passes where classes overlap. */
#define HEAVY_COST 100

struct svm_state {
    struct svm_model model;
    struct svm_node *nodes; /* of all support vectors */
};

/* The rows as LIBSVM wants them. */
struct sparse {
    struct svm_node *nodes;
    struct svm_node **row;
    double *labels;
};

static void be_quiet(const char *text)
{
    (void)text;
}

static struct svm_node *list_row(struct svm_node *node, const double *values,
                                 uint32_t features)
{
    for (uint32_t i = 0; i < features; i++) {
        if (values[i] != 0)
            *node++ = (struct svm_node){ (int)i + 1, values[i] };
    }
    *node++ = (struct svm_node){ -1, 0 };
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
        calloc((size_t)rows->rows * (rows->features + 1), sizeof(*sparse->nodes));
    sparse->row = calloc(rows->rows, sizeof(*sparse->row));
    sparse->labels = calloc(rows->rows, sizeof(*sparse->labels));
    if (!sparse->nodes || !sparse->row || !sparse->labels) {
        sparse_finish(sparse);
        return automl_fail(err, "out of memory for the rows");
    }
    struct svm_node *next = sparse->nodes;
    for (uint32_t row = 0; row < rows->rows; row++) {
        sparse->row[row] = next;
        sparse->labels[row] = rows->labels[row];
        next =
            list_row(next, rows->values + (size_t)row * rows->features, rows->features);
    }
    return 0;
}

static void put_vector(struct block_writer *writer, const struct svm_node *node,
                       uint32_t features)
{
    for (uint32_t i = 0; i < features; i++) {
        bool is_here = node->index == (int)i + 1;
        block_put_double(writer, is_here ? node->value : 0);
        node += is_here;
    }
}

static void put_model(struct block_writer *writer, const struct svm_model *model,
                      uint32_t features)
{
    size_t classes = (size_t)model->nr_class;
    size_t vectors = (size_t)model->l;
    block_put_u32(writer, (uint32_t)model->nr_class);
    block_put_u32(writer, (uint32_t)model->l);
    block_put_u32(writer, (uint32_t)model->param.kernel_type);
    block_put_u32(writer, (uint32_t)model->param.degree);
    block_put_double(writer, model->param.gamma);
    block_put_double(writer, model->param.coef0);
    block_put(writer, model->label, classes * sizeof(int));
    block_put(writer, model->nSV, classes * sizeof(int));
    block_put(writer, model->rho, classes * (classes - 1) / 2 * sizeof(double));
    for (size_t i = 0; i + 1 < classes; i++)
        block_put(writer, model->sv_coef[i], vectors * sizeof(double));
    for (size_t i = 0; i < vectors; i++)
        put_vector(writer, model->SV[i], features);
}

static int train_kernel(const struct family_rows *rows, struct svm_parameter *param,
                        struct block_writer *writer, struct automl_error *err)
{
    struct sparse sparse;
    param->svm_type = C_SVC;
    param->cache_size = CACHE_MEGABYTES;
    param->eps = TOLERANCE;
    param->shrinking = 1;
    if (sparse_init(&sparse, rows, err) < 0)
        return -1;
    struct svm_problem problem = { (int)rows->rows, sparse.labels, sparse.row };
    const char *complaint = svm_check_parameter(&problem, param);
    if (complaint) {
        sparse_finish(&sparse);
        return automl_fail(err, "LIBSVM: %s", complaint);
    }
    svm_set_print_string_function(be_quiet);
    struct svm_model *model = svm_train(&problem, param);
    put_model(writer, model, rows->features);
    svm_free_and_destroy_model(&model);
    sparse_finish(&sparse);
    return 0;
}

static int train_linear(const struct family_rows *rows, const double *values,
                        struct block_writer *writer, struct automl_error *err)
{
    struct svm_parameter param = { .kernel_type = LINEAR, .C = values[PARAM_C] };
    return train_kernel(rows, &param, writer, err);
}

static int train_rbf(const struct family_rows *rows, const double *values,
                     struct block_writer *writer, struct automl_error *err)
{
    struct svm_parameter param = {
        .kernel_type = RBF,
        .C = values[PARAM_C],
        .gamma = values[PARAM_GAMMA],
    };
    return train_kernel(rows, &param, writer, err);
}

static int train_poly(const struct family_rows *rows, const double *values,
                      struct block_writer *writer, struct automl_error *err)
{
    struct svm_parameter param = {
        .kernel_type = POLY,
        .C = values[PARAM_C],
        .gamma = values[PARAM_GAMMA],
        .degree = (int)values[PARAM_DEGREE],
        .coef0 = 1,
    };
    return train_kernel(rows, &param, writer, err);
}

/* An owned copy of the next `count` items: LIBSVM wants them aligned. */
static void *copy_array(struct block_reader *reader, size_t count, size_t size)
{
    const void *bytes = block_get_array(reader, count, size);
    void *copy = bytes ? malloc(count * size + 1) : NULL;
    if (!copy)
        reader->failed = true;
    else
        memcpy(copy, bytes, count * size);
    return copy;
}

static void destroy(void *state)
{
    struct svm_state *svm = state;
    if (!svm)
        return;
    for (int i = 0; svm->model.sv_coef && i + 1 < svm->model.nr_class; i++)
        free(svm->model.sv_coef[i]);
    free(svm->model.sv_coef);
    free(svm->model.SV);
    free(svm->model.rho);
    free(svm->model.label);
    free(svm->model.nSV);
    free(svm->nodes);
    free(svm);
}

/* The numbers that lengths are made of, before any length is. */
static bool is_sound(const struct svm_model *model, const struct family_rows *shape)
{
    int kernel = model->param.kernel_type;
    return model->nr_class >= 2 && (uint32_t)model->nr_class <= shape->classes &&
           model->l >= 1 && (kernel == LINEAR || kernel == RBF || kernel == POLY);
}

static bool labels_are_sound(const struct svm_model *model,
                             const struct family_rows *shape)
{
    int64_t vectors = 0;
    for (int i = 0; i < model->nr_class; i++) {
        if (model->label[i] < 0 || (uint32_t)model->label[i] >= shape->classes ||
            model->nSV[i] < 0)
            return false;
        vectors += model->nSV[i];
    }
    return vectors == model->l;
}

static void get_coefficients(struct svm_model *model, struct block_reader *reader)
{
    size_t rows = (size_t)model->nr_class - 1;
    model->sv_coef = calloc(rows, sizeof(*model->sv_coef));
    for (size_t i = 0; model->sv_coef && i < rows; i++)
        model->sv_coef[i] = copy_array(reader, (size_t)model->l, sizeof(double));
    if (!model->sv_coef)
        reader->failed = true;
}

static void get_vectors(struct svm_state *svm, struct block_reader *reader,
                        uint32_t features)
{
    size_t vectors = (size_t)svm->model.l;
    double *values = copy_array(reader, vectors, features * sizeof(double));
    if (values) {
        svm->nodes = calloc(vectors * (features + 1), sizeof(*svm->nodes));
        svm->model.SV = calloc(vectors, sizeof(*svm->model.SV));
    }
    if (!svm->nodes || !svm->model.SV)
        reader->failed = true;
    struct svm_node *next = svm->nodes;
    for (size_t i = 0; !reader->failed && i < vectors; i++) {
        svm->model.SV[i] = next;
        next = list_row(next, values + i * features, features);
    }
    free(values);
}

static void get_model(struct svm_state *svm, struct block_reader *reader,
                      const struct family_rows *shape)
{
    struct svm_model *model = &svm->model;
    model->param.svm_type = C_SVC;
    model->nr_class = (int)block_get_u32(reader);
    model->l = (int)block_get_u32(reader);
    model->param.kernel_type = (int)block_get_u32(reader);
    model->param.degree = (int)block_get_u32(reader);
    model->param.gamma = block_get_double(reader);
    model->param.coef0 = block_get_double(reader);
    if (!is_sound(model, shape)) {
        reader->failed = true;
        return;
    }
    size_t classes = (size_t)model->nr_class;
    model->label = copy_array(reader, classes, sizeof(int));
    model->nSV = copy_array(reader, classes, sizeof(int));
    model->rho = copy_array(reader, classes * (classes - 1) / 2, sizeof(double));
    get_coefficients(model, reader);
    get_vectors(svm, reader, shape->features);
    if (!reader->failed && !labels_are_sound(model, shape))
        reader->failed = true;
}

static void *load(struct block_reader *reader, const struct family_rows *shape,
                  struct automl_error *err)
{
    struct svm_state *svm = calloc(1, sizeof(*svm));
    if (!svm) {
        automl_fail(err, "out of memory for a model");
        return NULL;
    }
    get_model(svm, reader, shape);
    if (reader->failed) {
        destroy(svm);
        automl_fail(err, "the support vector machine in the block makes no sense");
        return NULL;
    }
    return svm;
}

static int predict(const void *state, const struct family_rows *rows, int32_t *labels,
                   struct automl_error *err)
{
    const struct svm_state *svm = state;
    struct svm_node *nodes = calloc(rows->features + 1, sizeof(*nodes));
    if (!nodes)
        return automl_fail(err, "out of memory for a row");
    for (uint32_t row = 0; row < rows->rows; row++) {
        list_row(nodes, rows->values + (size_t)row * rows->features, rows->features);
        labels[row] = (int32_t)svm_predict(&svm->model, nodes);
    }
    free(nodes);
    return 0;
}

static bool is_heavy(const double *values)
{
    return values[PARAM_C] >= HEAVY_COST;
}

const struct family family_svm_linear = {
    .name = "svm-linear",
    .params = { { "c", FAMILY_LOG, 0.001, 1000, 1 } },
    .is_heavy = is_heavy,
    .train = train_linear,
    .load = load,
    .predict = predict,
    .destroy = destroy,
};

const struct family family_svm_rbf = {
    .name = "svm-rbf",
    .params = { { "c", FAMILY_LOG, 0.1, 1000, 10 },
                { "gamma", FAMILY_LOG, 1e-4, 1, 0.01 } },
    .is_heavy = is_heavy,
    .train = train_rbf,
    .load = load,
    .predict = predict,
    .destroy = destroy,
};

const struct family family_svm_poly = {
    .name = "svm-poly",
    .params = { { "c", FAMILY_LOG, 0.001, 1000, 1 },
                { "gamma", FAMILY_LOG, 1e-4, 1, 0.01 },
                { "degree", FAMILY_WHOLE, 2, 4, 3 } },
    .is_heavy = is_heavy,
    .train = train_poly,
    .load = load,
    .predict = predict,
    .destroy = destroy,
};
