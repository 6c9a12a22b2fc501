/* visible_test.c - what a terminal is shown of text that others wrote. */
#include "tests/harness.h"

#include "lib/base/mem.h"
#include "lib/text/visible.h"

#include <stdlib.h>
#include <string.h>

/* The text in pieces of `step` bytes. */
static char *shown(const char *text, size_t size, size_t step)
{
    struct visible visible = { .count = 0 };
    struct buf out;
    char *copy;

    buf_init(&out, 0);
    for (size_t i = 0; i < size; i += step)
        visible_append(&out, &visible,
                       slice_of(text + i, size - i < step ? size - i : step));
    visible_end(&out, &visible);
    copy = xslicedup(buf_slice(&out));
    assert_int_equal(visible.count, 0);
    buf_finish(&out);
    return copy;
}

static void check(const char *text, size_t size, const char *expected)
{
    for (size_t step = 1; step <= size + 1; step++) {
        char *got = shown(text, size, step);
        assert_string_equal(got, expected);
        free(got);
    }
}

#define CHECK(text, expected) check(text, sizeof(text) - 1, expected)

static void plain_text_stays(void **state)
{
    (void)state;
    CHECK("", "");
    CHECK("one\ttwo\nthree\r\nfour\n", "one\ttwo\nthree\nfour\n");
    CHECK("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
          "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void commands_to_terminals_do_not(void **state)
{
    (void)state;
    CHECK("a\x1b[31mred\a\b\x7f\0z", "a?[31mred????z");
    CHECK("\xc2\x9b"
          "31m\xc2\xa0",
          "?31m\xc2\xa0");
    CHECK("50%\r100%\r", "50%?100%?");
    CHECK("\r\r\n", "?\n");
}

static void what_is_no_utf_8_does_not(void **state)
{
    (void)state;
    CHECK("\x9b"
          "31m",
          "?31m");
    CHECK("\xc3(", "?(");
    CHECK("\xe2\x82", "??");
    CHECK("\xc0\xaf\xed\xa0\x80\xff", "??????");
    CHECK("\xe2\x1b[2J", "??[2J");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(commands_to_terminals_do_not),
        cmocka_unit_test(what_is_no_utf_8_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
