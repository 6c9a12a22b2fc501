/* prompt_test.c - the line that asks. */
#include "tests/harness.h"

#include "tui/input.h"
#include "tui/prompt.h"

#include <string.h>

static struct prompt prompt;
static char text[8];

static enum prompt_result press(int key)
{
    return prompt_input(&prompt, &(struct input){ .key = key });
}

static void edit(const char *before)
{
    memset(text, 0, sizeof(text));
    memcpy(text, before, strlen(before));
    prompt_edit(&prompt, "filter: ", text, sizeof(text));
}

static void text_is_edited_in_place(void **state)
{
    (void)state;
    edit("ab");
    assert_int_equal(press('c'), PROMPT_GOES_ON);
    assert_string_equal(text, "abc");
    press(INPUT_BACKSPACE);
    press(INPUT_BACKSPACE);
    press(INPUT_BACKSPACE);
    press(INPUT_BACKSPACE);
    assert_string_equal(text, "");
    press(0xe9);
    press(0x672c);
    assert_string_equal(text, "é本");
    press(INPUT_BACKSPACE);
    assert_string_equal(text, "é");
    press(INPUT_UP); /* no character */
    press(0x01);
    assert_string_equal(text, "é");
    assert_int_equal(press(INPUT_ENTER), PROMPT_DONE);
    assert_false(prompt.is_open);
}

static void what_does_not_fit_is_not_taken(void **state)
{
    (void)state;
    edit("123456");
    press(0x672c); /* three bytes: not half of them */
    assert_string_equal(text, "123456");
    press('7');
    press('8');
    assert_string_equal(text, "1234567");
}

static void escape_gives_the_old_text_back(void **state)
{
    (void)state;
    edit("old");
    press('x');
    assert_int_equal(press(INPUT_ESCAPE), PROMPT_LEFT);
    assert_string_equal(text, "old");
    assert_false(prompt.is_open);
}

static void a_question_wants_y_or_n(void **state)
{
    (void)state;
    prompt_ask(&prompt, "kill it?");
    assert_int_equal(press('x'), PROMPT_GOES_ON);
    assert_int_equal(press(INPUT_ENTER), PROMPT_GOES_ON);
    assert_int_equal(press('Y'), PROMPT_DONE);
    prompt_ask(&prompt, "kill it?");
    assert_int_equal(press(INPUT_ESCAPE), PROMPT_LEFT);
    assert_false(prompt.is_open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_edited_in_place),
        cmocka_unit_test(what_does_not_fit_is_not_taken),
        cmocka_unit_test(escape_gives_the_old_text_back),
        cmocka_unit_test(a_question_wants_y_or_n),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
