/* report_test.c - reports and outcomes as bytes. */
#include "tests/harness.h"

#include "examples/automl/automl_error.h"
#include "examples/automl/block.h"
#include "examples/automl/report.h"
#include "examples/automl/request.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_MAGIC UINT64_C(0x61757265706f7274)

static struct report_line board[] = {
    { "svm-rbf c=10 gamma=0.01", 20, { 1340, 1346 }, 1.25, "0b37d22d", 0 },
    { "logistic c=1", 4, { 250, 270 }, 0.5, "86cdb346", 0 },
    { "svm-poly c=1", 0, { 0, 0 }, 0, "", 1 },
};

static struct report make_report(void)
{
    return (struct report){ .state = REPORT_DONE,
                            .round = 4,
                            .candidates = 36,
                            .trials = 61,
                            .pending = 2,
                            .retried = 1,
                            .seconds = 9.5,
                            .holdout = { 446, 451 },
                            .message = "a message",
                            .count = 3,
                            .lines = board };
}

static void *pack(const struct report *report, size_t *size)
{
    struct automl_error err = { "" };
    void *bytes = report_pack(report, size, &err);
    assert_string_equal(err.text, "");
    assert_non_null(bytes);
    return bytes;
}

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

static void an_outcome_is_no_report(void **state)
{
    (void)state;
    struct outcome outcome = { .tally = { 5, 6 } };
    struct report report;
    size_t size;
    void *bytes = outcome_pack(&outcome, &size, NULL);
    assert_non_null(bytes);
    assert_true(report_open(&report, bytes, size, NULL) < 0);
    free(bytes);
}

static void what_was_packed_is_opened(void **state)
{
    (void)state;
    struct report sent = make_report(), got;
    size_t size;
    void *bytes = pack(&sent, &size);
    assert_int_equal(report_open(&got, bytes, size, NULL), 0);
    free(bytes); /* nothing of the report lies in it */
    assert_int_equal(got.state, REPORT_DONE);
    assert_int_equal(got.round, 4);
    assert_int_equal(got.candidates, 36);
    assert_int_equal(got.trials, 61);
    assert_int_equal(got.pending, 2);
    assert_int_equal(got.retried, 1);
    assert_true(got.seconds == 9.5);
    assert_int_equal(got.holdout.correct, 446);
    assert_int_equal(got.holdout.total, 451);
    assert_string_equal(got.message, "a message");
    assert_int_equal(got.count, 3);
    for (uint32_t i = 0; i < got.count; i++) {
        assert_string_equal(got.lines[i].text, board[i].text);
        assert_string_equal(got.lines[i].node, board[i].node);
        assert_int_equal(got.lines[i].folds, board[i].folds);
        assert_int_equal(got.lines[i].tally.correct, board[i].tally.correct);
        assert_int_equal(got.lines[i].tally.total, board[i].tally.total);
        assert_int_equal(got.lines[i].has_failed, board[i].has_failed);
        assert_true(got.lines[i].seconds == board[i].seconds);
    }
    assert_true(report_score(&got.lines[0]) > 0.995);
    assert_true(report_score(&got.lines[2]) == 0);
    report_finish(&got);
    report_finish(&got);
}

static void a_report_without_lines_is_one(void **state)
{
    (void)state;
    struct report sent = { .state = REPORT_QUEUED }, got;
    size_t size;
    void *bytes = pack(&sent, &size);
    assert_int_equal(report_open(&got, bytes, size, NULL), 0);
    assert_int_equal(got.state, REPORT_QUEUED);
    assert_int_equal(got.count, 0);
    report_finish(&got);
    free(bytes);
}

/* Copies of the exact length, so that a sanitizer sees a byte too far. */
static void no_cut_report_opens(void **state)
{
    (void)state;
    struct report sent = make_report(), got;
    size_t size;
    unsigned char *bytes = pack(&sent, &size);
    for (size_t i = 0; i < size; i++) {
        unsigned char *cut = malloc(i ? i : 1);
        assert_non_null(cut);
        memcpy(cut, bytes, i);
        assert_true(report_open(&got, cut, i, NULL) < 0);
        free(cut);
    }
    free(bytes);
}

static void no_changed_report_opens(void **state)
{
    (void)state;
    struct report sent = make_report(), got;
    size_t size;
    unsigned char *bytes = pack(&sent, &size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 0x40;
        assert_true(report_open(&got, bytes, size, NULL) < 0);
        bytes[i] ^= 0x40;
    }
    assert_int_equal(report_open(&got, bytes, size, NULL), 0);
    report_finish(&got);
    free(bytes);
}

/* Opens a sound block with this body and says what is wrong with it. */
static int open_body(const uint32_t *words, size_t count, struct automl_error *err)
{
    struct block_writer to;
    struct report report;
    size_t size;
    int status;
    block_init(&to);
    block_put(&to, words, count * sizeof(*words));
    void *bytes = block_take(&to, REPORT_MAGIC, &size, err);
    assert_non_null(bytes);
    status = report_open(&report, bytes, size, err);
    free(bytes);
    if (status == 0)
        report_finish(&report);
    return status;
}

/* Where the checksum is right and the content is not. */
static void nonsense_is_refused(void **state)
{
    (void)state;
    enum { WORDS = 6 + 2 + 2 + 256 / 4 + 1 }; /* the body without lines */
    uint32_t words[WORDS + 1] = { 0 };
    struct automl_error err;
    assert_int_equal(open_body(words, WORDS, &err), 0);
    assert_true(open_body(words, WORDS - 1, &err) < 0);
    assert_true(open_body(words, WORDS + 1, &err) < 0); /* something left over */
    words[WORDS - 1] = 1;                               /* a line that is not there */
    assert_true(open_body(words, WORDS, &err) < 0);
    words[WORDS - 1] = REPORT_LINES + 1;
    assert_true(open_body(words, WORDS, &err) < 0);
    words[WORDS - 1] = UINT32_MAX;
    assert_true(open_body(words, WORDS, &err) < 0);
    words[WORDS - 1] = 0;
    words[0] = REPORT_FAILED + 1;
    assert_true(open_body(words, WORDS, &err) < 0);
}

static void texts_end_whatever_was_sent(void **state)
{
    (void)state;
    struct report_line line = { .folds = 1 };
    struct report sent = { .count = 1, .lines = &line }, got;
    size_t size;
    memset(line.text, 'x', sizeof(line.text));
    memset(line.node, 'y', sizeof(line.node));
    memset(sent.message, 'z', sizeof(sent.message));
    void *bytes = pack(&sent, &size);
    assert_int_equal(report_open(&got, bytes, size, NULL), 0);
    assert_int_equal(strlen(got.lines[0].text), sizeof(line.text) - 1);
    assert_int_equal(strlen(got.lines[0].node), sizeof(line.node) - 1);
    assert_int_equal(strlen(got.message), sizeof(sent.message) - 1);
    report_finish(&got);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_survives),
        cmocka_unit_test(an_outcome_survives),
        cmocka_unit_test(a_request_survives),
        cmocka_unit_test(what_was_packed_is_opened),
        cmocka_unit_test(a_report_without_lines_is_one),
        cmocka_unit_test(no_cut_report_opens),
        cmocka_unit_test(no_changed_report_opens),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(texts_end_whatever_was_sent),
        cmocka_unit_test(an_outcome_is_no_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
