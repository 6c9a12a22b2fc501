/* split_test.c - splits, the random numbers under them, and scaling. */
#include "examples/automl/split.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "examples/automl/automl_error.h"
#include "examples/automl/dataset.h"
#include "examples/automl/prng.h"
#include "examples/automl/scaler.h"

#define DATA "examples/automl/data/"

static struct dataset wine;

static int load(void **state)
{
    (void)state;
    return dataset_load(&wine, DATA "wine.csv", NULL);
}

static int unload(void **state)
{
    (void)state;
    dataset_finish(&wine);
    return 0;
}

/* The first numbers of SplitMix64 from this state, as they are widely published. */
static void random_numbers_are_those_of_splitmix64(void **state)
{
    (void)state;
    static const uint64_t wanted[] = {
        UINT64_C(6457827717110365317),  UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423),  UINT64_C(4593380528125082431),
        UINT64_C(16408922859458223821),
    };
    struct prng prng = { .state = 1234567 };
    for (size_t i = 0; i < 5; i++)
        assert_true(prng_next(&prng) == wanted[i]);
}

static void random_numbers_stay_in_their_range(void **state)
{
    (void)state;
    struct prng prng;
    uint32_t counts[7] = { 0 };
    prng_init(&prng, 1, 2);
    for (int i = 0; i < 70000; i++) {
        double unit = prng_unit(&prng);
        assert_true(unit >= 0 && unit < 1);
        counts[prng_below(&prng, 7)]++;
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(counts[i], 9500, 10500);
    assert_int_equal(prng_below(&prng, 1), 0);
}

static void check_parts(const struct split *split, uint32_t rows)
{
    uint8_t *seen = calloc(rows, 1);
    assert_int_equal(split->train_count + split->test_count, rows);
    for (uint32_t i = 0; i < split->train_count; i++) {
        assert_int_equal(seen[split->train[i]]++, 0);
        assert_true(i == 0 || split->train[i] > split->train[i - 1]);
    }
    for (uint32_t i = 0; i < split->test_count; i++) {
        assert_int_equal(seen[split->test[i]]++, 0);
        assert_true(i == 0 || split->test[i] > split->test[i - 1]);
    }
    free(seen);
}

static uint32_t count_class(const uint32_t *rows, uint32_t count, int32_t label)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        found += wine.labels[rows[i]] == label;
    return found;
}

static void holdout_takes_its_share_of_each_class(void **state)
{
    (void)state;
    struct split split;
    assert_int_equal(split_holdout(&split, &wine, 25, 1, NULL), 0);
    check_parts(&split, wine.rows);
    /* Of 59, 71 and 48. */
    assert_int_equal(count_class(split.test, split.test_count, 0), 15);
    assert_int_equal(count_class(split.test, split.test_count, 1), 18);
    assert_int_equal(count_class(split.test, split.test_count, 2), 12);
    split_finish(&split);
}

static void holdout_depends_on_the_seed_alone(void **state)
{
    (void)state;
    struct split one, same, other;
    assert_int_equal(split_holdout(&one, &wine, 25, 1, NULL), 0);
    assert_int_equal(split_holdout(&same, &wine, 25, 1, NULL), 0);
    assert_int_equal(split_holdout(&other, &wine, 25, 2, NULL), 0);
    size_t size = one.test_count * sizeof(*one.test);
    assert_memory_equal(one.test, same.test, size);
    assert_memory_not_equal(one.test, other.test, size);
    /* These are written down so that another machine must find the same. */
    static const uint32_t first[] = { 0, 1, 3, 9 };
    assert_memory_equal(one.test, first, sizeof(first));
    split_finish(&one);
    split_finish(&same);
    split_finish(&other);
}

static void holdout_refuses_what_it_cannot_cut(void **state)
{
    (void)state;
    struct split split;
    struct automl_error err;
    assert_true(split_holdout(&split, &wine, 0, 1, &err) < 0);
    assert_true(split_holdout(&split, &wine, 91, 1, &err) < 0);
    double values[] = { 1, 2, 3 };
    int32_t labels[] = { 0, 0, 1 };
    struct dataset lone = { "lone", 3, 1, 2, values, labels, NULL };
    assert_true(split_holdout(&split, &lone, 25, 1, &err) < 0);
    assert_string_equal(err.text, "lone: class 1 has one row, two are needed");
}

static void folds_are_even_and_stratified(void **state)
{
    (void)state;
    struct dataset_rows rows = { &wine, NULL, wine.rows };
    uint8_t fold_of[178];
    uint32_t size[5] = { 0 }, of_class[5][3] = { { 0 } };
    assert_int_equal(split_folds(&rows, 5, 1, fold_of, NULL), 0);
    for (uint32_t i = 0; i < rows.count; i++) {
        assert_in_range(fold_of[i], 0, 4);
        size[fold_of[i]]++;
        of_class[fold_of[i]][wine.labels[i]]++;
    }
    for (int fold = 0; fold < 5; fold++) {
        assert_in_range(size[fold], 35, 36);
        assert_in_range(of_class[fold][0], 11, 12);
        assert_in_range(of_class[fold][1], 14, 15);
        assert_in_range(of_class[fold][2], 9, 10);
    }
}

static void folds_of_some_rows_name_rows_of_the_set(void **state)
{
    (void)state;
    struct split outer, inner;
    uint8_t fold_of[178];
    assert_int_equal(split_holdout(&outer, &wine, 25, 1, NULL), 0);
    struct dataset_rows rows = { &wine, outer.train, outer.train_count };
    assert_int_equal(split_folds(&rows, 4, 9, fold_of, NULL), 0);
    assert_int_equal(split_by_fold(&inner, &rows, fold_of, 3, NULL), 0);
    assert_int_equal(inner.train_count + inner.test_count, outer.train_count);
    for (uint32_t i = 0; i < inner.test_count; i++) {
        for (uint32_t j = 0; j < outer.test_count; j++)
            assert_int_not_equal(inner.test[i], outer.test[j]);
    }
    split_finish(&inner);
    assert_true(split_by_fold(&inner, &rows, fold_of, 4, NULL) < 0);
    assert_true(split_folds(&rows, 1, 9, fold_of, NULL) < 0);
    assert_true(split_folds(&rows, SPLIT_MAX_FOLDS + 1, 9, fold_of, NULL) < 0);
    split_finish(&outer);
}

static void scaling_gives_mean_0_and_spread_1(void **state)
{
    (void)state;
    double values[] = { 1, 0.1, -10, 2, 0.1, 0, 3, 0.1, 10, 4, 0.1, 0 };
    struct scaler scaler;
    assert_int_equal(scaler_fit(&scaler, values, 4, 3, NULL), 0);
    scaler_apply(&scaler, values, 4);
    for (int column = 0; column < 3; column++) {
        double sum = 0, squares = 0;
        for (int row = 0; row < 4; row++) {
            sum += values[row * 3 + column];
            squares += values[row * 3 + column] * values[row * 3 + column];
        }
        assert_true(fabs(sum) < 1e-12);
        assert_true(fabs(squares - (column == 1 ? 0 : 4)) < 1e-12);
    }
    scaler_finish(&scaler);
}

static void values_without_finite_spread_are_refused(void **state)
{
    (void)state;
    double values[] = { 1, 1e300, 2, -1e300 };
    struct scaler scaler;
    struct automl_error err;
    assert_true(scaler_fit(&scaler, values, 2, 2, &err) < 0);
    assert_string_equal(err.text, "the values of feature 1 are too large");
    scaler_finish(&scaler);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_numbers_are_those_of_splitmix64),
        cmocka_unit_test(random_numbers_stay_in_their_range),
        cmocka_unit_test(holdout_takes_its_share_of_each_class),
        cmocka_unit_test(holdout_depends_on_the_seed_alone),
        cmocka_unit_test(holdout_refuses_what_it_cannot_cut),
        cmocka_unit_test(folds_are_even_and_stratified),
        cmocka_unit_test(folds_of_some_rows_name_rows_of_the_set),
        cmocka_unit_test(scaling_gives_mean_0_and_spread_1),
        cmocka_unit_test(values_without_finite_spread_are_refused),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
