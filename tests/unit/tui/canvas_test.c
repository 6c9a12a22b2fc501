/* canvas_test.c - text in cells: cut, aligned, never broken in the middle. */
#include "tests/harness.h"

#include "tui/canvas.h"

#include <stdlib.h>

static struct canvas canvas;

static int begin(void **state)
{
    (void)state;
    canvas_init(&canvas, 8, 2);
    return 0;
}

static int end(void **state)
{
    (void)state;
    canvas_finish(&canvas);
    return 0;
}

static void assert_canvas(const char *expected)
{
    struct buf out;
    char *text;

    buf_init(&out, 0);
    canvas_text(&canvas, &out);
    text = buf_take(&out);
    assert_string_equal(text, expected);
    free(text);
}

static int put(int x, int y, int width, const char *text)
{
    return canvas_put(&canvas, (struct spot){ x, y, width, STYLE_PLAIN }, slice(text));
}

static void text_is_cut_to_its_spot_and_the_canvas(void **state)
{
    (void)state;
    assert_int_equal(put(0, 0, 3, "abcdef"), 3);
    assert_int_equal(put(6, 0, 10, "abcdef"), 2);
    assert_int_equal(put(0, 2, 8, "below"), 0);
    assert_int_equal(put(-1, 0, 8, "left"), 0);
    assert_int_equal(put(9, 0, 8, "right"), 0);
    assert_int_equal(put(0, 0, -3, "nothing"), 0);
    assert_canvas("abc   ab\n\n");
}

static void half_a_wide_character_is_not_drawn(void **state)
{
    (void)state;
    assert_int_equal(put(0, 0, 3, "日本"), 2);
    assert_int_equal(put(7, 0, 9, "本"), 0);
    assert_canvas("日\n\n");
}

static void what_is_drawn_over_half_of_one_takes_the_other_half_away(void **state)
{
    (void)state;
    put(0, 0, 8, "日本語");
    put(1, 0, 1, "x");
    assert_canvas(" x本語\n\n");
    put(2, 0, 1, "y");
    assert_canvas(" xy 語\n\n");
    assert_int_equal(canvas.cells[3].glyph.width, 1);
    put(3, 0, 2, "日"); /* over a space and the left half of the last */
    assert_canvas(" xy日\n\n");
}

static void the_right_end_stays_in_sight(void **state)
{
    (void)state;
    canvas_put_right(&canvas, (struct spot){ 0, 0, 8, STYLE_PLAIN }, slice("12"));
    canvas_put_right(&canvas, (struct spot){ 0, 1, 4, STYLE_PLAIN }, slice("123456"));
    assert_canvas("      12\n1234\n");
}

static void controls_reach_no_cell(void **state)
{
    (void)state;
    put(0, 0, 8, "\033[2J\n\x9b");
    for (int i = 0; i < 8; i++)
        assert_true((unsigned char)canvas.cells[i].glyph.bytes[0] >= 0x20);
    assert_canvas("·[2J··\n\n");
}

static void signs_stand_for_pictures_without_utf8(void **state)
{
    (void)state;
    canvas.is_ascii = true;
    put(0, 0, 8, "█░·日é");
    canvas.is_ascii = false;
    assert_canvas("#..???\n\n");
}

static void styles_are_kept_and_changed(void **state)
{
    (void)state;
    canvas_put(&canvas, (struct spot){ 0, 0, 8, STYLE_BAD }, slice("ab"));
    canvas_restyle(&canvas, (struct spot){ 1, 0, 99, STYLE_CHOSEN });
    assert_int_equal(canvas.cells[0].style, STYLE_BAD);
    assert_int_equal(canvas.cells[1].style, STYLE_CHOSEN);
    assert_int_equal(canvas.cells[7].style, STYLE_CHOSEN);
    assert_int_equal(canvas.cells[8].style, STYLE_PLAIN);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(text_is_cut_to_its_spot_and_the_canvas),
        TEST(half_a_wide_character_is_not_drawn),
        TEST(what_is_drawn_over_half_of_one_takes_the_other_half_away),
        TEST(the_right_end_stays_in_sight),
        TEST(controls_reach_no_cell),
        TEST(signs_stand_for_pictures_without_utf8),
        TEST(styles_are_kept_and_changed),
    };
    glyph_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
