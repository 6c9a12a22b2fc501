/* candidate_test.c - candidates as text, drawn and weighed; the family list. */
#include "examples/automl/candidate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "examples/automl/automl_error.h"
#include "examples/automl/prng.h"

static void families_are_found_by_their_names(void **state)
{
    (void)state;
    assert_true(family_count() >= 5);
    for (size_t i = 0; i < family_count(); i++) {
        const struct family *family = family_at(i);
        assert_ptr_equal(family_find(family->name), family);
        assert_in_range(family_param_count(family), 1, FAMILY_PARAMS);
    }
    assert_null(family_find("oracle"));
}

static void texts_are_written_in_one_way(void **state)
{
    (void)state;
    static const struct {
        const char *given, *written;
    } texts[] = {
        { "svm-rbf", "svm-rbf c=10 gamma=0.01" },
        { "  svm-rbf   gamma=.50  c=1e2 ", "svm-rbf c=100 gamma=0.5" },
        { "logistic c=0.333333333333333314829616256247",
          "logistic c=0.3333333333333333" },
        { "svm-poly degree=2", "svm-poly c=1 gamma=0.01 degree=2" },
        { "linear-svc c=0.0012", "linear-svc c=0.0012" },
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct candidate candidate;
        struct automl_error err = { "" };
        char text[CANDIDATE_TEXT];
        assert_int_equal(candidate_parse(&candidate, texts[i].given, &err), 0);
        candidate_format(&candidate, text);
        assert_string_equal(text, texts[i].written);
    }
}

static void bad_texts_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *given, *error;
    } texts[] = {
        { "", "a candidate starts with the name of a model family" },
        { "   ", "a candidate starts with the name of a model family" },
        { "svm-rbf gama=1", "svm-rbf has no parameter 'gama'" },
        { "svm-rbf c", "svm-rbf: 'c' is not key=value" },
        { "svm-rbf c=1 c=1", "svm-rbf: c is given twice" },
        { "svm-rbf c=", "svm-rbf: c='' is not a number" },
        { "svm-rbf c=1x", "svm-rbf: c='1x' is not a number" },
        { "svm-rbf c=nan", "svm-rbf: c='nan' is not a number" },
        { "svm-rbf c=0x1", "svm-rbf: c='0x1' is not a number" },
        { "svm-rbf c=1=2", "svm-rbf: c='1=2' is not a number" },
        { "svm-rbf c=1e9", "svm-rbf: c=1e9 is outside 0.1..1000" },
        { "svm-rbf c=-1", "svm-rbf: c=-1 is outside 0.1..1000" },
        { "svm-poly degree=2.5", "svm-poly: degree=2.5 is not a whole number" },
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct candidate candidate = { 0 };
        struct automl_error err;
        assert_true(candidate_parse(&candidate, texts[i].given, &err) < 0);
        assert_string_equal(err.text, texts[i].error);
        assert_null(candidate.family);
    }
}

static void unknown_families_are_answered_with_the_known(void **state)
{
    (void)state;
    struct candidate candidate;
    struct automl_error err;
    assert_true(candidate_parse(&candidate, "forest trees=3", &err) < 0);
    assert_non_null(strstr(err.text, "no model family 'forest'; there are: "));
    for (size_t i = 0; i < family_count(); i++)
        assert_non_null(strstr(err.text, family_at(i)->name));
    char longest[CANDIDATE_TEXT + 1];
    memset(longest, 'x', CANDIDATE_TEXT);
    longest[CANDIDATE_TEXT] = '\0';
    assert_true(candidate_parse(&candidate, longest, &err) < 0);
}

static void check_round_trip(const struct candidate *candidate)
{
    struct candidate parsed;
    struct automl_error err = { "" };
    char text[CANDIDATE_TEXT], again[CANDIDATE_TEXT];
    candidate_format(candidate, text);
    assert_int_equal(candidate_parse(&parsed, text, &err), 0);
    candidate_format(&parsed, again);
    assert_string_equal(text, again);
    assert_ptr_equal(parsed.family, candidate->family);
    assert_memory_equal(parsed.values, candidate->values, sizeof(parsed.values));
}

static void drawn_candidates_are_valid_and_survive_text(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1, 1);
    for (size_t i = 0; i < family_count(); i++) {
        struct candidate candidate, near;
        candidate_usual(&candidate, family_at(i));
        check_round_trip(&candidate);
        for (int draw = 0; draw < 300; draw++) {
            candidate_draw(&candidate, family_at(i), &prng);
            check_round_trip(&candidate);
            candidate_near(&near, &candidate, 1, &prng);
            check_round_trip(&near);
        }
    }
}

static void near_candidates_are_near(void **state)
{
    (void)state;
    struct candidate from, near;
    struct prng prng;
    int moved = 0;
    prng_init(&prng, 1, 1);
    assert_int_equal(candidate_parse(&from, "svm-rbf c=10 gamma=0.01", NULL), 0);
    for (int i = 0; i < 200; i++) {
        candidate_near(&near, &from, 0.25, &prng);
        /* A quarter of four decades each way. */
        assert_true(near.values[0] >= 1 && near.values[0] <= 100);
        assert_true(near.values[1] >= 0.001 && near.values[1] <= 0.1);
        moved += near.values[0] != from.values[0] || near.values[1] != from.values[1];
    }
    assert_true(moved > 190);
}

static void any_double_survives_text(void **state)
{
    (void)state;
    struct candidate candidate;
    candidate_usual(&candidate, family_find("logistic"));
    candidate.values[0] = 0.1 + 0.2;
    check_round_trip(&candidate);
    candidate.values[0] = 1.0 / 3;
    check_round_trip(&candidate);
    candidate.values[0] = 0.001;
    check_round_trip(&candidate);
}

static void texts_of_long_numbers_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < family_count(); i++) {
        struct candidate candidate = { .family = family_at(i) };
        char text[CANDIDATE_TEXT];
        for (size_t j = 0; j < FAMILY_PARAMS; j++)
            candidate.values[j] = -1.2345678901234567e-300;
        candidate_format(&candidate, text);
        assert_true(strlen(text) < CANDIDATE_TEXT - 1);
        assert_non_null(strstr(text, family_at(i)->params[0].name));
    }
}

static void weight_is_a_matter_of_family_and_cost(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_heavy;
    } cases[] = {
        { "logistic c=100", false },   { "linear-svc", false },
        { "svm-rbf c=10", false },     { "svm-rbf c=100", true },
        { "svm-linear c=1000", true }, { "svm-poly c=99", false },
#ifndef AUTOML_NO_XGBOOST
        { "xgboost rounds=40", true },
#endif
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct candidate candidate;
        assert_int_equal(candidate_parse(&candidate, cases[i].text, NULL), 0);
        assert_int_equal(candidate_is_heavy(&candidate), cases[i].is_heavy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_are_found_by_their_names),
        cmocka_unit_test(texts_are_written_in_one_way),
        cmocka_unit_test(bad_texts_are_refused),
        cmocka_unit_test(unknown_families_are_answered_with_the_known),
        cmocka_unit_test(drawn_candidates_are_valid_and_survive_text),
        cmocka_unit_test(near_candidates_are_near),
        cmocka_unit_test(any_double_survives_text),
        cmocka_unit_test(texts_of_long_numbers_fit),
        cmocka_unit_test(weight_is_a_matter_of_family_and_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
