/* board_test.c - the leaderboard as a table and as JSON, and the line of progress. */
#include "examples/automl/board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "examples/automl/report.h"

static struct report_line lines[] = {
    { "svm-rbf c=10 gamma=0.01", 20, { 999, 1000 }, 1.25, "0b37d22d", 0 },
    { "logistic c=1", 4, { 250, 500 }, 0.5, "86cdb346", 0 },
    { "svm-poly", 0, { 0, 0 }, 0, "", 1 },
};

static const struct report report = { .state = REPORT_DONE,
                                      .round = 2,
                                      .candidates = 3,
                                      .trials = 9,
                                      .pending = 3,
                                      .seconds = 9.5,
                                      .holdout = { 3, 4 },
                                      .count = 3,
                                      .lines = lines };

static char text[4096];

/* What `text` holds has been printed since. */
static FILE *begin(void)
{
    memset(text, 0, sizeof(text));
    FILE *out = fmemopen(text, sizeof(text) - 1, "w");
    assert_non_null(out);
    return out;
}

static void a_plain_table_has_no_times_and_nodes(void **state)
{
    (void)state;
    FILE *out = begin();
    board_print(out, &report, UINT32_MAX, true);
    fclose(out);
    assert_string_equal(text, "RANK  MODEL      SCORE    FOLDS  PARAMETERS\n"
                              "   1  svm-rbf    0.99900     20  c=10 gamma=0.01\n"
                              "   2  logistic   0.50000      4  c=1\n"
                              "   3  svm-poly   failed       0  \n");
}

static void a_long_table_is_cut(void **state)
{
    (void)state;
    FILE *out = begin();
    board_print(out, &report, 1, false);
    fclose(out);
    assert_string_equal(
        text, "RANK  MODEL      SCORE    FOLDS      TIME  NODE      PARAMETERS\n"
              "   1  svm-rbf    0.99900     20     1.25s  0b37d22d  c=10 gamma=0.01\n"
              "      (2 more)\n");
}

static void json_has_numbers_and_no_odd_names(void **state)
{
    (void)state;
    FILE *out = begin();
    board_json(out, "a\"b\\c\n.d", &report);
    fclose(out);
    assert_non_null(strstr(text, "\"data\": \"abc.d\","));
    assert_non_null(strstr(text,
                           "{\"rank\": 1, \"model\": \"svm-rbf\", \"parameters\": "
                           "{\"c\": 10, \"gamma\": 0.01}, \"score\": 0.999000, "));
    assert_non_null(strstr(text, "\"parameters\": {}, \"score\": 0.000000"));
    assert_non_null(strstr(text, "\"accuracy\": 0.750000}"));
    assert_non_null(strstr(text, "\"failed\": true}\n  ]\n}\n"));
}

static void progress_says_how_far_it_is(void **state)
{
    (void)state;
    FILE *out = begin();
    board_progress(out, &report, false);
    fclose(out);
    assert_string_equal(text, "round 2: 6/9 trials, best 0.9990 svm-rbf\n");
    out = begin();
    board_progress(out, &report, true);
    fclose(out);
    assert_memory_equal(text, "\r[####################..........] round 2", 41);
    assert_null(strchr(text, '\n'));
}

static void progress_of_nothing_is_nothing(void **state)
{
    (void)state;
    const struct report empty = { .state = REPORT_QUEUED };
    FILE *out = begin();
    board_progress(out, &empty, false);
    fclose(out);
    assert_string_equal(text, "round 0: 0/0 trials\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_table_has_no_times_and_nodes),
        cmocka_unit_test(a_long_table_is_cut),
        cmocka_unit_test(json_has_numbers_and_no_odd_names),
        cmocka_unit_test(progress_says_how_far_it_is),
        cmocka_unit_test(progress_of_nothing_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
