/* evaluate_test.c - scores of candidates, and whole searches on the real
 * sets. */
#include "examples/automl/evaluate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "examples/automl/automl_error.h"
#include "examples/automl/dataset.h"
#include "examples/automl/model.h"
#include "examples/automl/search.h"
#include "examples/automl/split.h"

#define DATA "examples/automl/data/"

static void load(struct dataset *set, const char *path)
{
    struct automl_error err = { "" };
    dataset_load(set, path, &err);
    assert_string_equal(err.text, "");
}

static struct trial_tally try(const struct dataset *set, const char *text,
                              uint32_t first, uint32_t count)
{
    struct trial trial = { .first_fold = first, .fold_count = count };
    struct trial_tally tally = { 0, 0 };
    struct automl_error err = { "" };
    assert_int_equal(candidate_parse(&trial.candidate, text, NULL), 0);
    evaluate_trial(set, &evaluate_usual, &trial, &tally, &err);
    assert_string_equal(err.text, "");
    return tally;
}

static void a_repeat_tests_every_training_row_once(void **state)
{
    (void)state;
    struct dataset set;
    struct split split;
    load(&set, DATA "wine.csv");
    assert_int_equal(split_holdout(&split, &set, evaluate_usual.holdout_percent,
                                   evaluate_usual.seed, NULL),
                     0);
    for (uint32_t repeat = 0; repeat < evaluate_usual.repeats; repeat++) {
        struct trial_tally tally =
            try(&set, "logistic", repeat * evaluate_usual.folds, evaluate_usual.folds);
        assert_int_equal(tally.total, split.train_count);
        assert_true(evaluate_score(&tally) > 0.9);
    }
    split_finish(&split);
    dataset_finish(&set);
}

static void parts_add_up_to_the_whole(void **state)
{
    (void)state;
    struct dataset set;
    load(&set, DATA "breast_cancer.csv");
    struct trial_tally all =
        try(&set, "svm-rbf c=1", 0, evaluate_folds(&evaluate_usual));
    struct trial_tally sum = { 0, 0 };
    for (uint32_t fold = 0; fold < evaluate_folds(&evaluate_usual); fold += 4) {
        struct trial_tally part = try(&set, "svm-rbf c=1", fold, 4);
        sum.correct += part.correct;
        sum.total += part.total;
    }
    assert_int_equal(sum.correct, all.correct);
    assert_int_equal(sum.total, all.total);
    dataset_finish(&set);
}

static void folds_beyond_the_plan_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t first, count;
    } bad[] = { { 0, 0 }, { 20, 1 }, { 19, 2 }, { 1, UINT32_MAX }, { UINT32_MAX, 1 } };
    struct dataset set;
    load(&set, DATA "wine.csv");
    struct trial trial;
    struct trial_tally tally = { 7, 7 };
    candidate_usual(&trial.candidate, family_at(0));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        trial.first_fold = bad[i].first;
        trial.fold_count = bad[i].count;
        assert_true(evaluate_trial(&set, &evaluate_usual, &trial, &tally, NULL) < 0);
    }
    struct evaluate_plan odd = evaluate_usual;
    odd.folds = 1;
    trial.first_fold = 0;
    trial.fold_count = 1;
    assert_true(evaluate_trial(&set, &odd, &trial, &tally, NULL) < 0);
    odd = evaluate_usual;
    odd.repeats = 0;
    assert_true(evaluate_trial(&set, &odd, &trial, &tally, NULL) < 0);
    odd = evaluate_usual;
    odd.holdout_percent = 100;
    assert_true(evaluate_trial(&set, &odd, &trial, &tally, NULL) < 0);
    assert_int_equal(tally.total, 7);
    dataset_finish(&set);
}

static void a_set_that_cannot_be_learnt_is_an_error(void **state)
{
    (void)state;
    double values[40] = { 0 };
    int32_t labels[40] = { 0 };
    struct dataset set = { "same", 40, 1, 1, values, labels, NULL };
    struct trial trial = { .fold_count = 1 };
    struct trial_tally tally;
    struct evaluate_result result;
    struct automl_error err;
    candidate_usual(&trial.candidate, family_at(0));
    assert_true(evaluate_trial(&set, &evaluate_usual, &trial, &tally, &err) < 0);
    assert_non_null(strstr(err.text, "fewer than two classes"));
    assert_true(evaluate_final(&set, &evaluate_usual, &trial.candidate, &result, &err) <
                0);
    assert_null(result.model);
}

static void score_of_nothing_is_zero(void **state)
{
    (void)state;
    struct trial_tally none = { 0, 0 }, half = { 2, 4 };
    assert_true(evaluate_score(&none) == 0);
    assert_true(evaluate_score(&half) == 0.5);
}

/* One whole search as a service would run it: the set is seen through a packed block,
 * trials are measured and reported one by one, from either end of the round. */
static struct search *search_set(const struct dataset *set, bool is_backward)
{
    struct search_setup setup = search_usual;
    const struct trial *trials;
    size_t count;
    assert_int_equal(setup.folds, evaluate_folds(&evaluate_usual));
    struct search *search = search_create(&setup, NULL);
    while ((count = search_next(search, &trials)) > 0) {
        for (size_t i = 0; i < count; i++) {
            const struct trial *trial = &trials[is_backward ? count - 1 - i : i];
            struct trial_tally tally;
            struct automl_error err = { "" };
            evaluate_trial(set, &evaluate_usual, trial, &tally, &err);
            assert_string_equal(err.text, "");
            assert_int_equal(search_report(search, trial->id, &tally, &err), 0);
        }
    }
    return search;
}

static double holdout_score(const struct dataset *set, const struct search *search)
{
    struct search_entry best;
    struct evaluate_result result;
    struct automl_error err = { "" };
    char text[CANDIDATE_TEXT];
    assert_true(search_best(search, &best));
    evaluate_final(set, &evaluate_usual, &best.candidate, &result, &err);
    assert_string_equal(err.text, "");
    candidate_format(&best.candidate, text);
    print_message("%s: %s: %.4f in cross-validation, %.4f (%u of %u) on the hold-out\n",
                  set->name, text, best.score, evaluate_score(&result.tally),
                  result.tally.correct, result.tally.total);
    model_destroy(result.model);
    return evaluate_score(&result.tally);
}

static void check_search(const char *path, double wanted)
{
    struct dataset set, view;
    load(&set, path);
    size_t size = dataset_packed_size(&set);
    void *block = malloc(size);
    assert_int_equal(dataset_pack(&set, block, size, NULL), 0);
    dataset_finish(&set);
    assert_int_equal(dataset_view(&view, block, size, NULL), 0);
    struct search *search = search_set(&view, false);
    assert_true(holdout_score(&view, search) >= wanted);
    search_destroy(search);
    free(block);
}

static void search_on_breast_cancer_reaches_95_percent(void **state)
{
    (void)state;
    check_search(DATA "breast_cancer.csv", 0.95);
}

static void search_on_wine_reaches_95_percent(void **state)
{
    (void)state;
    check_search(DATA "wine.csv", 0.95);
}

static void search_on_digits_reaches_97_percent(void **state)
{
    (void)state;
    check_search(DATA "digits.csv", 0.97);
}

static void searches_repeat_themselves(void **state)
{
    (void)state;
    static const char *const paths[] = { DATA "breast_cancer.csv", DATA "wine.csv" };
    for (size_t i = 0; i < 2; i++) {
        struct dataset set;
        struct search_entry one[64], other[64];
        load(&set, paths[i]);
        struct search *forward = search_set(&set, false);
        struct search *backward = search_set(&set, true);
        size_t count = search_board(forward, one, 64);
        assert_int_equal(search_board(backward, other, 64), count);
        for (size_t j = 0; j < count; j++) {
            assert_memory_equal(one[j].candidate.values, other[j].candidate.values,
                                sizeof(one[j].candidate.values));
            assert_ptr_equal(one[j].candidate.family, other[j].candidate.family);
            assert_int_equal(one[j].folds, other[j].folds);
            assert_int_equal(one[j].tally.correct, other[j].tally.correct);
            assert_int_equal(one[j].tally.total, other[j].tally.total);
        }
        search_destroy(forward);
        search_destroy(backward);
        dataset_finish(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeat_tests_every_training_row_once),
        cmocka_unit_test(parts_add_up_to_the_whole),
        cmocka_unit_test(folds_beyond_the_plan_are_refused),
        cmocka_unit_test(a_set_that_cannot_be_learnt_is_an_error),
        cmocka_unit_test(score_of_nothing_is_zero),
        cmocka_unit_test(searches_repeat_themselves),
        cmocka_unit_test(search_on_breast_cancer_reaches_95_percent),
        cmocka_unit_test(search_on_wine_reaches_95_percent),
        cmocka_unit_test(search_on_digits_reaches_97_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
