/* model_test.c - every family on real data: it learns, repeats itself, survives
 * the way through bytes, keeps quiet, and refuses bytes that make no sense. */
#include "examples/automl/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "examples/automl/automl_error.h"
#include "examples/automl/block.h"
#include "examples/automl/candidate.h"
#include "examples/automl/dataset.h"
#include "examples/automl/split.h"

#define DATA "examples/automl/data/"
#define ENVELOPE 24 /* magic, size, checksum */
#define SETS 3

static struct dataset sets[SETS];
static struct split splits[SETS];
enum { BREAST_CANCER, WINE, DIGITS };

static int load(void **state)
{
    (void)state;
    static const char *const paths[SETS] = { DATA "breast_cancer.csv", DATA "wine.csv",
                                             DATA "digits.csv" };
    for (int i = 0; i < SETS; i++) {
        if (dataset_load(&sets[i], paths[i], NULL) < 0 ||
            split_holdout(&splits[i], &sets[i], 25, 1, NULL) < 0)
            return -1;
    }
    return 0;
}

static int unload(void **state)
{
    (void)state;
    for (int i = 0; i < SETS; i++) {
        split_finish(&splits[i]);
        dataset_finish(&sets[i]);
    }
    return 0;
}

static struct model *train_usual(size_t family, int set)
{
    struct dataset_rows rows = { &sets[set], splits[set].train,
                                 splits[set].train_count };
    struct candidate candidate;
    struct automl_error err = { "" };
    candidate_usual(&candidate, family_at(family));
    struct model *model = model_train(&candidate, &rows, 1, &err);
    assert_string_equal(err.text, "");
    assert_non_null(model);
    return model;
}

/* Labels of all rows of the set, to be freed. */
static int32_t *predict_all(const struct model *model, int set)
{
    int32_t *labels = calloc(sets[set].rows, sizeof(*labels));
    assert_int_equal(
        model_predict(model, sets[set].values, sets[set].rows, labels, NULL), 0);
    return labels;
}

static double accuracy_on_test(const struct model *model, int set)
{
    int32_t *labels = predict_all(model, set);
    uint32_t correct = 0;
    for (uint32_t i = 0; i < splits[set].test_count; i++) {
        uint32_t row = splits[set].test[i];
        assert_in_range(labels[row], 0, sets[set].classes - 1);
        correct += labels[row] == sets[set].labels[row];
    }
    free(labels);
    return (double)correct / splits[set].test_count;
}

static void every_family_learns_every_set(void **state)
{
    (void)state;
    for (size_t family = 0; family < family_count(); family++) {
        for (int set = 0; set < SETS; set++) {
            struct model *model = train_usual(family, set);
            assert_int_equal(model_features(model), sets[set].features);
            assert_int_equal(model_classes(model), sets[set].classes);
            assert_ptr_equal(model_candidate(model)->family, family_at(family));
            assert_true(accuracy_on_test(model, set) > 0.93);
            model_destroy(model);
        }
    }
}

static void training_again_gives_the_same_bytes(void **state)
{
    (void)state;
    for (size_t family = 0; family < family_count(); family++) {
        for (int set = 0; set < SETS; set++) {
            size_t size, again_size;
            struct model *model = train_usual(family, set);
            struct model *again = train_usual(family, set);
            const void *bytes = model_bytes(model, &size);
            const void *again_bytes = model_bytes(again, &again_size);
            assert_int_equal(size, again_size);
            assert_memory_equal(bytes, again_bytes, size);
            model_destroy(model);
            model_destroy(again);
        }
    }
}

static void loaded_models_predict_the_same(void **state)
{
    (void)state;
    for (size_t family = 0; family < family_count(); family++) {
        for (int set = 0; set < SETS; set++) {
            size_t size;
            struct automl_error err = { "" };
            struct model *model = train_usual(family, set);
            const void *bytes = model_bytes(model, &size);
            /* At an odd address, and gone before the model is used. */
            char *elsewhere = malloc(size + 1);
            memcpy(elsewhere + 1, bytes, size);
            struct model *loaded = model_load(elsewhere + 1, size, &err);
            free(elsewhere);
            assert_string_equal(err.text, "");
            assert_non_null(loaded);
            int32_t *labels = predict_all(model, set);
            int32_t *loaded_labels = predict_all(loaded, set);
            assert_memory_equal(labels, loaded_labels,
                                sets[set].rows * sizeof(*labels));
            free(labels);
            free(loaded_labels);
            model_destroy(model);
            model_destroy(loaded);
        }
    }
}

static void one_row_is_predicted_as_among_many(void **state)
{
    (void)state;
    for (size_t family = 0; family < family_count(); family++) {
        struct model *model = train_usual(family, WINE);
        int32_t *labels = predict_all(model, WINE);
        for (uint32_t row = 0; row < sets[WINE].rows; row += 11) {
            int32_t label = -1;
            const double *values = sets[WINE].values + (size_t)row * 13;
            assert_int_equal(model_predict(model, values, 1, &label, NULL), 0);
            assert_int_equal(label, labels[row]);
        }
        assert_int_equal(model_predict(model, NULL, 0, NULL, NULL), 0);
        free(labels);
        model_destroy(model);
    }
}

static void a_class_may_be_missing_from_training(void **state)
{
    (void)state;
    uint32_t index[178], count = 0;
    for (uint32_t row = 0; row < sets[WINE].rows; row++) {
        if (sets[WINE].labels[row] != 1)
            index[count++] = row;
    }
    struct dataset_rows rows = { &sets[WINE], index, count };
    for (size_t family = 0; family < family_count(); family++) {
        struct candidate candidate;
        candidate_usual(&candidate, family_at(family));
        struct model *model = model_train(&candidate, &rows, 1, NULL);
        assert_non_null(model);
        int32_t *labels = predict_all(model, WINE);
        for (uint32_t row = 0; row < sets[WINE].rows; row++)
            assert_true(labels[row] == 0 || labels[row] == 2);
        free(labels);
        model_destroy(model);
    }
}

static void one_class_teaches_nothing(void **state)
{
    (void)state;
    struct dataset_rows rows = { &sets[WINE], NULL, 40 };
    for (size_t family = 0; family < family_count(); family++) {
        struct candidate candidate;
        struct automl_error err;
        char wanted[sizeof(err.text)];
        candidate_usual(&candidate, family_at(family));
        assert_null(model_train(&candidate, &rows, 1, &err));
        snprintf(wanted, sizeof(wanted),
                 "train %s on wine: 40 rows of fewer than two "
                 "classes teach nothing",
                 family_at(family)->name);
        assert_string_equal(err.text, wanted);
    }
}

static void all_extremes_of_parameters_train(void **state)
{
    (void)state;
    for (size_t family = 0; family < family_count(); family++) {
        for (int side = 0; side < 2; side++) {
            struct dataset_rows rows = { &sets[WINE], splits[WINE].train,
                                         splits[WINE].train_count };
            struct candidate candidate;
            candidate_usual(&candidate, family_at(family));
            for (size_t i = 0; i < family_param_count(candidate.family); i++)
                candidate.values[i] = side ? candidate.family->params[i].high
                                           : candidate.family->params[i].low;
            struct model *model = model_train(&candidate, &rows, 1, NULL);
            assert_non_null(model);
            model_destroy(model);
        }
    }
}

static int count_threads(void)
{
    char line[128];
    int threads = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof(line), file)) {
        if (sscanf(line, "Threads: %d", &threads) == 1)
            break;
    }
    if (file)
        fclose(file);
    return threads;
}

static void libraries_start_no_threads_and_print_nothing(void **state)
{
    (void)state;
    int before = count_threads();
    FILE *caught = tmpfile();
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    fflush(stdout);
    dup2(fileno(caught), STDOUT_FILENO);
    dup2(fileno(caught), STDERR_FILENO);
    for (size_t family = 0; family < family_count(); family++) {
        struct model *model = train_usual(family, DIGITS);
        free(predict_all(model, DIGITS));
        model_destroy(model);
    }
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    assert_int_equal(lseek(fileno(caught), 0, SEEK_END), 0);
    assert_int_equal(count_threads(), before);
    fclose(caught);
}

static void cut_and_changed_bytes_are_refused(void **state)
{
    (void)state;
    for (size_t family = 0; family < family_count(); family++) {
        size_t size;
        struct automl_error err;
        struct model *model = train_usual(family, WINE);
        const void *bytes = model_bytes(model, &size);
        unsigned char *copy = malloc(size);
        memcpy(copy, bytes, size);
        for (size_t cut = 0; cut < size; cut += cut < 600 ? 7 : 1009)
            assert_null(model_load(copy, cut, &err));
        for (size_t at = 0; at < size; at += at < 600 ? 3 : 1013) {
            copy[at] ^= 0x10;
            assert_null(model_load(copy, size, &err));
            copy[at] ^= 0x10;
        }
        assert_memory_equal(err.text, "load a model: ", 14);
        free(copy);
        model_destroy(model);
    }
    assert_null(model_load("", 0, NULL));
}

/* The first `size` bytes of the model's body, followed by `more` zeros, in a new and
 * valid envelope. */
static unsigned char *seal_again(const unsigned char *bytes, size_t size, size_t more,
                                 size_t *sealed_size)
{
    uint64_t magic;
    struct block_writer writer;
    memcpy(&magic, bytes, sizeof(magic));
    block_init(&writer);
    block_put(&writer, bytes + ENVELOPE, size);
    for (size_t i = 0; i < more; i++)
        block_put(&writer, "", 1);
    return block_take(&writer, magic, sealed_size, NULL);
}

static void bodies_of_a_wrong_length_are_refused(void **state)
{
    (void)state;
    for (size_t family = 0; family < family_count(); family++) {
        size_t size, sealed_size;
        struct automl_error err;
        struct model *model = train_usual(family, WINE);
        const unsigned char *bytes = model_bytes(model, &size);
        size_t body = size - ENVELOPE;
        for (size_t cut = 0; cut < body; cut += cut < 600 ? 5 : 1009) {
            unsigned char *sealed = seal_again(bytes, cut, 0, &sealed_size);
            assert_null(model_load(sealed, sealed_size, &err));
            free(sealed);
        }
        unsigned char *sealed = seal_again(bytes, body, 1, &sealed_size);
        assert_null(model_load(sealed, sealed_size, &err));
        assert_string_equal(err.text, "load a model: something follows the model");
        free(sealed);
        model_destroy(model);
    }
}

/* Changes one number of the body and expects that the model is refused. */
static void expect_refused(const struct model *model, size_t at, uint32_t value)
{
    size_t size, sealed_size;
    const unsigned char *bytes = model_bytes(model, &size);
    unsigned char *copy = malloc(size);
    memcpy(copy, bytes, size);
    memcpy(copy + ENVELOPE + at, &value, sizeof(value));
    unsigned char *sealed = seal_again(copy, size - ENVELOPE, 0, &sealed_size);
    assert_null(model_load(sealed, sealed_size, NULL));
    free(sealed);
    free(copy);
}

static void senseless_numbers_are_refused(void **state)
{
    (void)state;
    const size_t classes = CANDIDATE_TEXT;
    const size_t features = classes + 4;
    const size_t inner = features + 4 + 2 * 13 * sizeof(double);
    for (size_t family = 0; family < family_count(); family++) {
        struct model *model = train_usual(family, WINE);
        expect_refused(model, 0, 0x78787878);
        expect_refused(model, classes, 1);
        expect_refused(model, classes, 257);
        expect_refused(model, features, 0);
        expect_refused(model, features, 12);
        expect_refused(model, features, UINT32_MAX);
        expect_refused(model, inner, UINT32_MAX);
        if (strcmp(family_at(family)->name, "xgboost") != 0) {
            expect_refused(model, classes, 2);
            expect_refused(model, inner + 4, UINT32_MAX);
            expect_refused(model, inner + 8, UINT32_MAX);
        }
        model_destroy(model);
    }
}

#ifndef AUTOML_NO_XGBOOST
static void trees_that_are_no_trees_are_refused(void **state)
{
    (void)state;
    const size_t inner = CANDIDATE_TEXT + 8 + 2 * 13 * sizeof(double);
    struct model *model = NULL;
    for (size_t family = 0; family < family_count() && !model; family++) {
        if (strcmp(family_at(family)->name, "xgboost") == 0)
            model = train_usual(family, WINE);
    }
    assert_non_null(model);
    expect_refused(model, inner + 4, 0);
    model_destroy(model);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libraries_start_no_threads_and_print_nothing),
        cmocka_unit_test(every_family_learns_every_set),
        cmocka_unit_test(training_again_gives_the_same_bytes),
        cmocka_unit_test(loaded_models_predict_the_same),
        cmocka_unit_test(one_row_is_predicted_as_among_many),
        cmocka_unit_test(a_class_may_be_missing_from_training),
        cmocka_unit_test(one_class_teaches_nothing),
        cmocka_unit_test(all_extremes_of_parameters_train),
        cmocka_unit_test(cut_and_changed_bytes_are_refused),
        cmocka_unit_test(bodies_of_a_wrong_length_are_refused),
        cmocka_unit_test(senseless_numbers_are_refused),
#ifndef AUTOML_NO_XGBOOST
        cmocka_unit_test(trees_that_are_no_trees_are_refused),
#endif
    };
    return cmocka_run_group_tests(tests, load, unload);
}
