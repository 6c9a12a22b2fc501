/* glyph_test.c - what may reach a terminal, and how wide it is. */
#include "tests/harness.h"

#include "tui/glyph.h"

#include <stdlib.h>

/* The glyphs of a text, with '|' behind each. */
static void assert_glyphs(const char *text, const char *expected)
{
    struct slice rest = slice(text);
    struct glyph glyph;
    struct buf out;
    char *shown;

    buf_init(&out, 0);
    while (glyph_next(&rest, &glyph)) {
        buf_append(&out, glyph.bytes, glyph.size);
        buf_append(&out, "|", 1);
    }
    shown = buf_take(&out);
    assert_string_equal(shown, expected);
    free(shown);
}

static void assert_escaped(const char *text, const char *expected)
{
    struct buf out;
    char *shown;

    buf_init(&out, 0);
    glyph_escape(&out, slice(text));
    shown = buf_take(&out);
    assert_string_equal(shown, expected);
    free(shown);
}

static void controls_become_dots(void **state)
{
    (void)state;
    assert_glyphs("a\033[2Jb", "a|·|[|2|J|b|");
    assert_glyphs("\r\n\t\177", "·|·|·|·|");
    assert_glyphs("\xc2\x9b"
                  "31m",
                  "·|3|1|m|"); /* C1: CSI */
    assert_glyphs("a\xe2\x80\xae"
                  "b",
                  "a|·|b|"); /* right-to-left override */
    assert_glyphs("a\xe2\x80\x8b"
                  "b",
                  "a|·|b|"); /* no width at all */
}

static void malformed_utf8_becomes_dots(void **state)
{
    (void)state;
    assert_glyphs("a\xff"
                  "b\xc3",
                  "a|·|b|·|");
    assert_glyphs("\xed\xa0\x80", "·|·|·|"); /* a surrogate */
}

static void marks_stay_with_their_character(void **state)
{
    (void)state;
    assert_glyphs("e\xcc\x81x", "e\xcc\x81|x|");
    assert_int_equal(glyph_columns(slice("e\xcc\x81x")), 2);
    assert_glyphs("\xcc\x81x", "·|x|"); /* one without a character */
    assert_glyphs("\xe2\x98\x80\xef\xb8\x8f!", "\xe2\x98\x80|!|"); /* selector: gone */
    /* Many marks on one character: three are kept. */
    assert_glyphs("e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85z",
                  "e\xcc\x81\xcc\x82\xcc\x83|z|");
}

static void wide_characters_take_two_columns(void **state)
{
    (void)state;
    assert_int_equal(glyph_columns(slice("日本")), 4);
    assert_int_equal(glyph_columns(slice("a日")), 3);
    assert_int_equal(glyph_columns(slice("")), 0);
    assert_int_equal(glyph_columns(slice("ÄÖ")), 2);
}

static void log_lines_say_what_there_was(void **state)
{
    (void)state;
    assert_escaped("a\033[31mred\033[0m", "a\\x1b[31mred\\x1b[0m");
    assert_escaped("a\tb", "a       b");
    assert_escaped("50%\r60%", "50%\\x0d60%");
    assert_escaped("\xff"
                   "ok",
                   "\\xffok");
    assert_escaped("\xc2\x9bm", "\\xc2\\x9bm");
    assert_escaped("日本 e\xcc\x81", "日本 e\xcc\x81");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controls_become_dots),
        cmocka_unit_test(malformed_utf8_becomes_dots),
        cmocka_unit_test(marks_stay_with_their_character),
        cmocka_unit_test(wide_characters_take_two_columns),
        cmocka_unit_test(log_lines_say_what_there_was),
    };
    glyph_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
