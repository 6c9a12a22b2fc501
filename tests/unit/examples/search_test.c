/* search_test.c - the search against an invented landscape of scores, where
 * every answer is known at once. */
#include "examples/automl/search.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "examples/automl/automl_error.h"
#include "examples/automl/prng.h"

enum order { FORWARD, BACKWARD, SHUFFLED };

/* All that a search did, as text: equal texts are equal searches. */
struct journal {
    char text[65536];
    size_t used;
};

static void note(struct journal *journal, const char *what, const struct trial *trial)
{
    char text[CANDIDATE_TEXT];
    candidate_format(&trial->candidate, text);
    journal->used +=
        (size_t)snprintf(journal->text + journal->used,
                         sizeof(journal->text) - journal->used, "%s %u %u+%u %s\n",
                         what, trial->id, trial->first_fold, trial->fold_count, text);
    assert_true(journal->used < sizeof(journal->text));
}

/* Best is svm-rbf at c=30, gamma=0.003; folds differ a little, by the candidate's
 * text. */
static struct trial_tally invented_score(const struct trial *trial)
{
    struct trial_tally tally = { 0, 0 };
    char text[CANDIDATE_TEXT];
    candidate_format(&trial->candidate, text);
    double quality = 500;
    if (strcmp(trial->candidate.family->name, "svm-rbf") == 0)
        quality = 990 - 40 * fabs(log10(trial->candidate.values[0] / 30)) -
                  40 * fabs(log10(trial->candidate.values[1] / 0.003));
    for (uint32_t i = 0; i < trial->fold_count; i++) {
        struct prng prng;
        prng_init(&prng, trial->first_fold + i, strlen(text) + (unsigned char)text[9]);
        tally.correct += (uint32_t)quality + prng_below(&prng, 5);
        tally.total += 1000;
    }
    return tally;
}

static void arrange(uint32_t *order, uint32_t count, enum order how)
{
    struct prng prng;
    for (uint32_t i = 0; i < count; i++)
        order[i] = how == BACKWARD ? count - 1 - i : i;
    prng_init(&prng, count, 77);
    if (how == SHUFFLED)
        prng_shuffle(&prng, order, count);
}

static void report_round(struct search *search, const struct trial *trials,
                         size_t count, enum order how)
{
    uint32_t *order = calloc(count, sizeof(*order));
    const struct trial *none;
    arrange(order, (uint32_t)count, how);
    for (size_t i = 0; i < count; i++) {
        const struct trial *trial = &trials[order[i]];
        struct trial_tally tally = invented_score(trial);
        assert_int_equal(search_next(search, &none), 0);
        assert_int_equal(search_report(search, trial->id, &tally, NULL), 0);
    }
    free(order);
}

static void run(struct search *search, enum order how, struct journal *journal)
{
    const struct trial *trials;
    size_t count;
    while ((count = search_next(search, &trials)) > 0) {
        for (size_t i = 0; i < count; i++)
            note(journal, "try", &trials[i]);
        report_round(search, trials, count, how);
    }
    struct search_entry lines[SEARCH_MAX_CANDIDATES];
    size_t entries = search_board(search, lines, SEARCH_MAX_CANDIDATES);
    for (size_t i = 0; i < entries; i++) {
        struct trial line = { .id = lines[i].tally.correct,
                              .candidate = lines[i].candidate };
        note(journal, "board", &line);
    }
}

static struct journal *run_new(const struct search_setup *setup, enum order how)
{
    struct journal *journal = calloc(1, sizeof(*journal));
    struct search *search = search_create(setup, NULL);
    assert_non_null(search);
    run(search, how, journal);
    search_destroy(search);
    return journal;
}

static void order_of_results_leaves_no_trace(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct search_setup setup = { seed, 36, 4, 20 };
        struct journal *forward = run_new(&setup, FORWARD);
        struct journal *backward = run_new(&setup, BACKWARD);
        struct journal *shuffled = run_new(&setup, SHUFFLED);
        assert_string_equal(forward->text, backward->text);
        assert_string_equal(forward->text, shuffled->text);
        free(forward);
        free(backward);
        free(shuffled);
    }
}

static void another_seed_is_another_search(void **state)
{
    (void)state;
    struct search_setup setup = search_usual;
    struct journal *one = run_new(&setup, FORWARD);
    setup.seed++;
    struct journal *other = run_new(&setup, FORWARD);
    assert_string_not_equal(one->text, other->text);
    free(one);
    free(other);
}

static void check_board(const struct search *search, const struct search_setup *setup)
{
    struct search_entry lines[64];
    char above[CANDIDATE_TEXT] = "", text[CANDIDATE_TEXT];
    assert_int_equal(search_board(search, lines, 64), setup->candidates);
    assert_int_equal(lines[0].folds, setup->folds);
    for (uint32_t i = 0; i < setup->candidates; i++) {
        assert_int_equal(lines[i].tally.total, lines[i].folds * 1000);
        candidate_format(&lines[i].candidate, text);
        if (i > 0 && lines[i].folds == lines[i - 1].folds) {
            assert_true(lines[i].score <= lines[i - 1].score);
            assert_true(lines[i].score < lines[i - 1].score || strcmp(above, text) < 0);
        } else if (i > 0) {
            assert_true(lines[i].folds < lines[i - 1].folds);
        }
        memcpy(above, text, sizeof(above));
    }
}

static void the_best_is_found_and_stands_first(void **state)
{
    (void)state;
    double sum = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct search_setup setup = { seed, 40, 5, 10 };
        struct search *search = search_create(&setup, NULL);
        struct journal *journal = calloc(1, sizeof(*journal));
        struct search_entry best;
        run(search, SHUFFLED, journal);
        check_board(search, &setup);
        assert_true(search_best(search, &best));
        assert_string_equal(best.candidate.family->name, "svm-rbf");
        /* The usual svm-rbf has 0.952 on average: the search must have climbed. */
        assert_true(best.score > 0.953);
        sum += best.score;
        free(journal);
        search_destroy(search);
    }
    assert_true(sum / 20 > 0.965);
}

static void heavy_trials_come_first_and_folds_go_on_without_gap(void **state)
{
    (void)state;
    struct search_setup setup = search_usual;
    struct search *search = search_create(&setup, NULL);
    const struct trial *trials;
    uint32_t next_id = 0, began = 0, ended = 0;
    size_t count;
    while ((count = search_next(search, &trials)) > 0) {
        bool was_heavy = true;
        for (size_t i = 0; i < count; i++) {
            const struct trial *trial = &trials[i];
            bool is_heavy = candidate_is_heavy(&trial->candidate);
            uint32_t end = trial->first_fold + trial->fold_count;
            assert_true(was_heavy || !is_heavy);
            was_heavy = is_heavy;
            assert_int_equal(trial->id, next_id++);
            assert_true((trial->first_fold == 0 && end == 4) ||
                        (trial->first_fold == 4 && end == 10) ||
                        (trial->first_fold == 10 && end == 20));
            began += trial->first_fold == 0;
            ended += end == 20;
        }
        report_round(search, trials, count, FORWARD);
    }
    assert_int_equal(began, setup.candidates);
    assert_in_range(ended, 4, 12);
    search_destroy(search);
}

static void first_round_tries_every_family(void **state)
{
    (void)state;
    struct search_setup setup = search_usual;
    struct search *search = search_create(&setup, NULL);
    const struct trial *trials;
    size_t count = search_next(search, &trials);
    assert_int_equal(count, (setup.candidates + 1) / 2);
    for (size_t family = 0; family < family_count(); family++) {
        uint32_t found = 0;
        for (size_t i = 0; i < count; i++)
            found += trials[i].candidate.family == family_at(family);
        assert_true(found >= 2);
    }
    search_destroy(search);
}

static void progress_is_counted(void **state)
{
    (void)state;
    struct search_setup setup = { 1, 12, 2, 5 };
    struct search *search = search_create(&setup, NULL);
    struct search_progress progress;
    struct search_entry best;
    const struct trial *trials;
    search_progress(search, &progress);
    assert_int_equal(progress.round, 0);
    assert_false(search_best(search, &best));
    size_t count = search_next(search, &trials);
    struct trial_tally tally = { 1, 2 };
    assert_false(search_best(search, &best));
    assert_int_equal(search_report(search, 0, &tally, NULL), 0);
    search_progress(search, &progress);
    assert_int_equal(progress.round, 1);
    assert_int_equal(progress.candidates, 6);
    assert_int_equal(progress.trials, count);
    assert_int_equal(progress.pending, count - 1);
    assert_false(progress.is_done);
    assert_true(search_best(search, &best));
    assert_true(best.score == 0.5);
    search_destroy(search);
}

static void wrong_reports_change_nothing(void **state)
{
    (void)state;
    struct search_setup setup = search_usual;
    struct search *search = search_create(&setup, NULL);
    struct automl_error err;
    struct trial_tally good = { 1, 2 }, empty = { 0, 0 }, much = { 3, 2 };
    const struct trial *trials;
    assert_true(search_report(search, 0, &good, &err) < 0);
    size_t count = search_next(search, &trials);
    assert_true(search_report(search, (uint32_t)count, &good, &err) < 0);
    assert_string_equal(err.text, "trial 18 is not of this round");
    assert_true(search_report(search, 0, &empty, &err) < 0);
    assert_true(search_report(search, 0, &much, &err) < 0);
    assert_string_equal(err.text, "trial 0: 3 right of 2");
    assert_int_equal(search_report(search, 0, &good, &err), 0);
    assert_true(search_report(search, 0, &good, &err) < 0);
    assert_string_equal(err.text, "trial 0 has its result already");
    assert_true(search_fail(search, 0, &err) < 0);
    for (uint32_t i = 1; i < count; i++)
        assert_int_equal(search_report(search, i, &good, &err), 0);
    assert_true(search_next(search, &trials) > 0);
    assert_true(search_report(search, 0, &good, &err) < 0);
    assert_string_equal(err.text, "trial 0 is not of this round");
    search_destroy(search);
}

static void failed_candidates_stand_last_and_are_left_alone(void **state)
{
    (void)state;
    struct search_setup setup = { 3, 24, 3, 5 };
    struct search *search = search_create(&setup, NULL);
    struct search_entry lines[24];
    const struct trial *trials;
    size_t count;
    uint32_t failed = 0;
    while ((count = search_next(search, &trials)) > 0) {
        for (size_t i = 0; i < count; i++) {
            struct trial_tally tally = invented_score(&trials[i]);
            bool fails = trials[i].id % 5 == 0;
            failed += fails;
            assert_int_equal(fails ? search_fail(search, trials[i].id, NULL)
                                   : search_report(search, trials[i].id, &tally, NULL),
                             0);
        }
    }
    assert_int_equal(search_board(search, lines, 24), 24);
    for (uint32_t i = 0; i < 24; i++)
        assert_int_equal(lines[i].has_failed, i >= 24 - failed);
    search_destroy(search);
}

static void a_search_where_all_fail_ends(void **state)
{
    (void)state;
    struct search_setup setup = search_usual;
    struct search *search = search_create(&setup, NULL);
    struct search_progress progress;
    struct search_entry best;
    const struct trial *trials;
    size_t count;
    while ((count = search_next(search, &trials)) > 0) {
        for (size_t i = 0; i < count; i++)
            assert_int_equal(search_fail(search, trials[i].id, NULL), 0);
    }
    search_progress(search, &progress);
    assert_true(progress.is_done);
    assert_int_equal(progress.candidates, setup.candidates);
    assert_false(search_best(search, &best));
    search_destroy(search);
}

static void small_and_large_searches_end(void **state)
{
    (void)state;
    static const struct search_setup setups[] = {
        { 1, 1, 1, 2 }, { 1, 2, 2, 2 },     { 1, 3, 1, 3 },
        { 1, 7, 7, 4 }, { 1, 300, 10, 50 },
    };
    for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
        struct search *search = search_create(&setups[i], NULL);
        struct search_entry best;
        const struct trial *trials;
        size_t count;
        while ((count = search_next(search, &trials)) > 0)
            report_round(search, trials, count, BACKWARD);
        assert_true(search_best(search, &best));
        assert_int_equal(best.folds, setups[i].folds);
        search_destroy(search);
    }
}

static void impossible_setups_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct search_setup setup;
        const char *error;
    } bad[] = {
        { { 1, 0, 1, 5 }, "0 candidates; 1 to 4096 are allowed" },
        { { 1, 5000, 1, 5 }, "5000 candidates; 1 to 4096 are allowed" },
        { { 1, 10, 0, 5 }, "0 rounds; 1 to 10 are allowed" },
        { { 1, 10, 11, 5 }, "11 rounds; 1 to 10 are allowed" },
        { { 1, 10, 2, 1 }, "1 folds; 2 to 2000 are allowed" },
        { { 1, 10, 2, 2001 }, "2001 folds; 2 to 2000 are allowed" },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct automl_error err;
        assert_null(search_create(&bad[i].setup, &err));
        assert_string_equal(err.text, bad[i].error);
    }
    search_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_results_leaves_no_trace),
        cmocka_unit_test(another_seed_is_another_search),
        cmocka_unit_test(the_best_is_found_and_stands_first),
        cmocka_unit_test(heavy_trials_come_first_and_folds_go_on_without_gap),
        cmocka_unit_test(first_round_tries_every_family),
        cmocka_unit_test(progress_is_counted),
        cmocka_unit_test(wrong_reports_change_nothing),
        cmocka_unit_test(failed_candidates_stand_last_and_are_left_alone),
        cmocka_unit_test(a_search_where_all_fail_ends),
        cmocka_unit_test(small_and_large_searches_end),
        cmocka_unit_test(impossible_setups_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
