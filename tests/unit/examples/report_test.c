/* report_test.c - reports and outcomes as bytes. */
#include "tests/harness.h"

#include "examples/automl/automl_error.h"
#include "examples/automl/report.h"
#include "examples/automl/request.h"

#include <stdlib.h>
#include <string.h>

static void a_report_survives(void **state)
{
    struct report_line lines[2] = { { .text = "svm c=1",
                                      .folds = 5,
                                      .tally = { 9, 10 },
                                      .seconds = 0.5,
                                      .node = "abcd" },
                                    { .text = "xgboost", .has_failed = 1 } };
    struct report report = { .state = REPORT_DONE,
                             .trials = 7,
                             .holdout = { 3, 4 },
                             .message = "m",
                             .count = 2,
                             .lines = lines },
                  back;
    struct automl_error err;
    size_t size;
    unsigned char *bytes = report_pack(&report, &size, &err);

    (void)state;
    assert_non_null(bytes);
    assert_int_equal(report_open(&back, bytes, size, &err), 0);
    assert_int_equal(back.count, 2);
    assert_string_equal(back.lines[0].text, "svm c=1");
    assert_true(report_score(&back.lines[0]) > 0.89);
    assert_int_equal(back.holdout.total, 4);
    report_finish(&back);
    for (size_t cut = 0; cut < size; cut += 7)
        assert_true(report_open(&back, bytes, cut, &err) < 0);
    bytes[size / 2] ^= 1;
    assert_true(report_open(&back, bytes, size, &err) < 0);
    free(bytes);
}

static void an_outcome_survives(void **state)
{
    struct outcome outcome = { .tally = { 5, 6 },
                               .seconds = 2.5,
                               .attempt = 1,
                               .node = "n" },
                   back;
    struct automl_error err;
    size_t size;
    void *bytes = outcome_pack(&outcome, &size, &err);

    (void)state;
    assert_int_equal(outcome_open(&back, bytes, size, &err), 0);
    assert_int_equal(back.tally.correct, 5);
    assert_int_equal(back.attempt, 1);
    assert_true(outcome_open(&back, bytes, size - 1, &err) < 0);
    free(bytes);
}

static void a_request_survives(void **state)
{
    struct request request, back;
    struct automl_error err;
    char text[REQUEST_TEXT];

    (void)state;
    request_usual(&request, 42);
    request.heavy = true;
    request.setup.candidates = 9;
    request_format(&request, text);
    assert_int_equal(request_parse(&back, text, &err), 0);
    assert_int_equal(back.setup.seed, 42);
    assert_int_equal(back.plan.seed, 42);
    assert_int_equal(back.setup.candidates, 9);
    assert_true(back.heavy);
    assert_true(request_parse(&back, "seed=x", &err) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_survives),
        cmocka_unit_test(an_outcome_survives),
        cmocka_unit_test(a_request_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
