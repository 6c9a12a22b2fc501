/* holdout_test.c - saved models, asked about rows that they have not seen. */
#include "examples/automl/holdout.h"

#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

#include "examples/automl/automl_error.h"
#include "examples/automl/dataset.h"
#include "examples/automl/evaluate.h"
#include "examples/automl/model.h"

#define DATA "examples/automl/data/"

static void load(struct dataset *set, const char *path)
{
    struct automl_error err = { "" };
    dataset_load(set, path, &err);
    assert_string_equal(err.text, "");
}

static void save(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* The wine set, a winner of it, and the winner's file in the private folder. */
static void prepare(struct dataset *set, struct evaluate_result *final, char path[4096])
{
    struct candidate candidate;
    struct automl_error err = { "" };
    const void *bytes;
    size_t size;
    load(set, DATA "wine.csv");
    assert_int_equal(candidate_parse(&candidate, "logistic c=0.5", NULL), 0);
    evaluate_final(set, &evaluate_usual, &candidate, final, &err);
    assert_string_equal(err.text, "");
    bytes = model_bytes(final->model, &size);
    snprintf(path, 4096, "%s/wine.model", harness_dir());
    save(path, bytes, size);
}

static void a_saved_model_says_what_the_search_said(void **state)
{
    (void)state;
    struct dataset set;
    struct evaluate_result final;
    struct holdout_result result;
    struct automl_error err = { "" };
    char path[4096], text[CANDIDATE_TEXT];
    prepare(&set, &final, path);
    holdout_check(path, &set, &evaluate_usual, &result, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(result.tally.correct, final.tally.correct);
    assert_int_equal(result.tally.total, final.tally.total);
    candidate_format(&result.candidate, text);
    assert_string_equal(text, "logistic c=0.5");
    model_destroy(final.model);
    dataset_finish(&set);
}

static void refuse(const char *path, const struct dataset *set, const char *why)
{
    struct holdout_result result;
    struct automl_error err = { "" };
    assert_true(holdout_check(path, set, &evaluate_usual, &result, &err) < 0);
    assert_non_null(strstr(err.text, why));
}

static void other_files_are_refused(void **state)
{
    (void)state;
    struct dataset set, other;
    struct evaluate_result final;
    char path[4096], cut[4096];
    const void *bytes;
    size_t size;
    prepare(&set, &final, path);
    load(&other, DATA "breast_cancer.csv");
    refuse(path, &other, "13 features");
    refuse("/nowhere.model", &set, "/nowhere.model: No such file");
    refuse(harness_dir(), &set, "is no file");
    refuse(DATA "wine.csv", &set, "wine.csv");
    bytes = model_bytes(final.model, &size);
    snprintf(cut, sizeof(cut), "%s/cut.model", harness_dir());
    save(cut, bytes, size - 1);
    refuse(cut, &set, "cut.model");
    save(cut, bytes, 0);
    refuse(cut, &set, "cut.model");
    model_destroy(final.model);
    dataset_finish(&other);
    dataset_finish(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_saved_model_says_what_the_search_said),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
