/* request_test.c - requests as text. */
#include "examples/automl/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "examples/automl/automl_error.h"

static void the_usual_request_is_sound(void **state)
{
    (void)state;
    struct request request;
    request_usual(&request, 7);
    assert_int_equal(request.setup.seed, 7);
    assert_int_equal(request.plan.seed, 7);
    assert_int_equal(request.setup.folds, evaluate_folds(&request.plan));
    assert_false(request.heavy);
    struct search *search = search_create(&request.setup, NULL);
    assert_non_null(search);
    search_destroy(search);
}

static void a_request_goes_there_and_back(void **state)
{
    (void)state;
    struct request sent, got;
    char text[REQUEST_TEXT];
    request_usual(&sent, INT64_MAX);
    sent.setup.candidates = 12;
    sent.setup.rounds = 3;
    sent.heavy = true;
    request_format(&sent, text);
    assert_string_equal(text,
                        "seed=9223372036854775807 candidates=12 rounds=3 heavy=1");
    assert_int_equal(request_parse(&got, text, NULL), 0);
    assert_int_equal(got.setup.seed, INT64_MAX);
    assert_int_equal(got.plan.seed, INT64_MAX);
    assert_int_equal(got.setup.candidates, 12);
    assert_int_equal(got.setup.rounds, 3);
    assert_int_equal(got.setup.folds, evaluate_folds(&got.plan));
    assert_true(got.heavy);
}

static void the_longest_request_fits(void **state)
{
    (void)state;
    struct request sent, got;
    char text[REQUEST_TEXT];
    request_usual(&sent, UINT64_MAX);
    sent.setup.candidates = sent.setup.rounds = UINT32_MAX;
    request_format(&sent, text);
    assert_true(strlen(text) < REQUEST_TEXT - 1);
    assert_int_equal(request_parse(&got, text, NULL), 0);
    assert_true(got.setup.seed == UINT64_MAX);
    assert_int_equal(got.setup.rounds, UINT32_MAX);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "seed=1",
        "seed=1 candidates=2 rounds=1",
        "seed=x candidates=2 rounds=1 heavy=0",
        "candidates=2 seed=1 rounds=1 heavy=0",
        "seed=1 candidates=2 rounds=1 heavy=0 more",
        "seed=1 candidates=2 rounds=1 heavy=0x",
        "seed=1 candidates=2 rounds=1 heavy=2",
        "seed=1 candidates=-2 rounds=1 heavy=0",
        "seed=1 candidates=4294967298 rounds=1 heavy=0",
        "seed=99999999999999999999 candidates=2 rounds=1 heavy=0",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct request request;
        struct automl_error err = { "" };
        if (request_parse(&request, texts[i], &err) == 0)
            fail_msg("accepted: %s", texts[i]);
        assert_string_not_equal(err.text, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_request_is_sound),
        cmocka_unit_test(a_request_goes_there_and_back),
        cmocka_unit_test(the_longest_request_fits),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
