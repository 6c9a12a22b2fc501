/* widget_text_test.c - reading lines: wrapping, following, scrolling, filtering. */
#include "tests/harness.h"

#include "tui/keys.h"
#include "tui/widget_text.h"

#include <stdio.h>
#include <stdlib.h>

static struct text text;

static int begin(void **state)
{
    (void)state;
    text_init(&text, true);
    return 0;
}

static int end(void **state)
{
    (void)state;
    text_finish(&text);
    return 0;
}

static void add_numbers(int from, int to)
{
    for (int i = from; i <= to; i++) {
        char line[16];
        snprintf(line, sizeof(line), "line %d", i);
        text_add(&text, STYLE_PLAIN, slice(line));
    }
}

static void assert_drawn(int width, int height, const char *expected)
{
    struct canvas canvas;
    struct buf out;
    char *drawn;

    canvas_init(&canvas, width, height);
    text_draw(&text, &canvas, (struct area){ 0, 0, width, height });
    buf_init(&out, 0);
    canvas_text(&canvas, &out);
    drawn = buf_take(&out);
    assert_string_equal(drawn, expected);
    free(drawn);
    canvas_finish(&canvas);
}

static unsigned press(int key)
{
    return text_input(&text, &(struct input){ .key = key });
}

static void the_end_stays_in_sight(void **state)
{
    (void)state;
    assert_drawn(8, 2, "\n\n");
    add_numbers(1, 5);
    assert_drawn(8, 2, "line 4\nline 5\n");
    add_numbers(6, 6);
    assert_drawn(8, 2, "line 5\nline 6\n");
    assert_drawn(8, 7, "line 1\nline 2\nline 3\nline 4\nline 5\nline 6\n\n");
}

static void scrolling_up_stays_there_until_end(void **state)
{
    (void)state;
    add_numbers(1, 9);
    assert_drawn(8, 3, "line 7\nline 8\nline 9\n");
    assert_int_equal(press(INPUT_UP), SCREEN_REDRAW);
    assert_drawn(8, 3, "line 6\nline 7\nline 8\n");
    add_numbers(10, 11);
    assert_drawn(8, 3, "line 6\nline 7\nline 8\n");
    press(INPUT_HOME);
    assert_drawn(8, 3, "line 1\nline 2\nline 3\n");
    press(INPUT_PAGE_DOWN);
    assert_drawn(8, 3, "line 3\nline 4\nline 5\n");
    press(INPUT_WHEEL_DOWN);
    assert_drawn(8, 3, "line 6\nline 7\nline 8\n");
    assert_int_equal(press(INPUT_END), SCREEN_REDRAW);
    add_numbers(12, 12);
    assert_drawn(8, 3, "line 10\nline 11\nline 12\n");
}

static void long_lines_are_wrapped(void **state)
{
    (void)state;
    text_add(&text, STYLE_PLAIN, slice("0123456789"));
    text_add(&text, STYLE_PLAIN, slice("日本語"));
    assert_drawn(5, 4, "01234\n56789\n日本\n語\n");
    /* The first does not fit any more: not half of it. */
    assert_drawn(5, 3, "日本\n語\n\n");
}

static void a_filter_hides_other_lines(void **state)
{
    (void)state;
    add_numbers(1, 30);
    snprintf(text.filter, sizeof(text.filter), "LINE 2");
    assert_drawn(8, 3, "line 27\nline 28\nline 29\n");
    press(INPUT_UP);
    assert_drawn(8, 3, "line 26\nline 27\nline 28\n");
    snprintf(text.filter, sizeof(text.filter), "no such");
    assert_drawn(8, 2, "\n\n");
}

static void the_oldest_lines_are_forgotten(void **state)
{
    (void)state;
    add_numbers(1, TEXT_LINES_MAX + 5);
    assert_int_equal(text.count, TEXT_LINES_MAX);
    assert_drawn(10, 1, "line 10005\n");
    press(INPUT_HOME);
    assert_drawn(10, 2, "line 6\nline 7\n");
    text_clear(&text);
    text_add(&text, STYLE_PLAIN, slice("again"));
    assert_drawn(10, 1, "again\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(the_end_stays_in_sight),         TEST(scrolling_up_stays_there_until_end),
        TEST(long_lines_are_wrapped),         TEST(a_filter_hides_other_lines),
        TEST(the_oldest_lines_are_forgotten),
    };
    glyph_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
