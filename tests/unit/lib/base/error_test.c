/* error_test.c - the table of errors, whose numbers are on the wire. */
#include "tests/harness.h"

#include "lib/base/error.h"

#include <string.h>

/* A number that changes breaks peers of other versions: append only. */
static void numbers_stay(void **state)
{
    (void)state;
    assert_int_equal(ERR_OK, 0);
    assert_int_equal(ERR_NOT_FOUND, 3);
    assert_int_equal(ERR_IO, 7);
    assert_int_equal(ERR_PROTOCOL, 11);
    assert_int_equal(ERR_TASK_FAILED, 16);
    assert_int_equal(ERR_OBJECT_LOST, 20);
    assert_int_equal(ERR_BUSY, 24);
}

static void all_are_described(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_COUNT; i++) {
        enum error_code code = (enum error_code)i;
        assert_true(strlen(error_name(code)) > 0);
        assert_true(strlen(error_default_text(code)) > 0);
        assert_in_range(error_exit_status(code), i == ERR_OK ? 0 : 1, 6);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(error_name(code), error_name((enum error_code)j));
    }
}

static void exit_statuses_are_the_documented_ones(void **state)
{
    (void)state;
    assert_int_equal(error_exit_status(ERR_OK), 0);
    assert_int_equal(error_exit_status(ERR_FAILED), 1);
    assert_int_equal(error_exit_status(ERR_USAGE), 2);
    assert_int_equal(error_exit_status(ERR_NOT_FOUND), 3);
    assert_int_equal(error_exit_status(ERR_TIMEOUT), 4);
    assert_int_equal(error_exit_status(ERR_UNREACHABLE), 5);
    assert_int_equal(error_exit_status(ERR_REFUSED), 6);
    assert_true(error_is_retryable(ERR_WORKER_DIED));
    assert_false(error_is_retryable(ERR_TASK_FAILED));
}

static void numbers_of_newer_peers_are_failures(void **state)
{
    static const int strangers[] = { ERR_COUNT, 1000, -1 };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        enum error_code code = (enum error_code)strangers[i];
        assert_string_equal(error_name(code), "FAILED");
        assert_string_equal(error_default_text(code), error_default_text(ERR_FAILED));
        assert_int_equal(error_exit_status(code), 1);
        assert_false(error_is_retryable(code));
    }
}

static void nobody_has_to_listen(void **state)
{
    struct error err = { .code = ERR_OK };

    (void)state;
    assert_int_equal(fail(NULL, ERR_IO, "%d", 1), -ERR_IO);
    assert_int_equal(wrap(NULL, "%d", 1), -ERR_FAILED);
    fail(&err, ERR_BUSY, "x");
    assert_int_equal(error_copy(NULL, &err), -ERR_BUSY);
    assert_int_equal(error_copy(&err, &err), -ERR_BUSY);
    assert_string_equal(err.text, "x");
}

static void long_texts_lose_their_middle(void **state)
{
    char name[100001];
    struct error err;

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    fail(&err, ERR_NOT_FOUND, "folder %s: no such file", name);
    assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
    assert_memory_equal(err.text, "folder xxx", 10);
    assert_non_null(strstr(err.text, "xxx ... xxx"));
    assert_string_equal(err.text + ERROR_TEXT_MAX - 1 - 16, "xx: no such file");
    wrap(&err, "job %s", name);
    assert_memory_equal(err.text, "job xxx", 7);
    assert_non_null(strstr(err.text, ": no such file"));
}

/* A character of two bytes, at any offset, is left out whole or not at all. */
static void the_middle_is_whole_characters(void **state)
{
    struct error err;

    (void)state;
    for (int shift = 0; shift < 2; shift++) {
        char name[1001] = "x";
        for (int i = shift; i + 1 < 1000; i += 2)
            memcpy(name + i, "\xc3\xa4", 2);
        fail(&err, ERR_FAILED, "%s", name);
        assert_in_range(strlen(err.text), ERROR_TEXT_MAX - 4, ERROR_TEXT_MAX - 1);
        assert_memory_equal(strstr(err.text, " ... ") - 2, "\xc3\xa4 ... \xc3\xa4", 9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stay),
        cmocka_unit_test(all_are_described),
        cmocka_unit_test(exit_statuses_are_the_documented_ones),
        cmocka_unit_test(numbers_of_newer_peers_are_failures),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(long_texts_lose_their_middle),
        cmocka_unit_test(the_middle_is_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
