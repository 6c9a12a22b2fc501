/* ignore_test.c - what gitignore(5) says, line by line. */
#include "tests/harness.h"

#include "envs/ignore.h"

/* Whether `path` is left out by the lines. */
static bool out(const char *lines, const char *path, bool is_folder)
{
    struct ignore ignore;
    bool is_out;

    ignore_init(&ignore);
    ignore_add_lines(&ignore, "", slice(lines));
    is_out = ignore_matches(&ignore, path, is_folder);
    ignore_finish(&ignore);
    return is_out;
}

static void names_match_at_any_depth(void **state)
{
    (void)state;
    assert_true(out("*.o", "a.o", false));
    assert_true(out("*.o", "x/y/a.o", false));
    assert_false(out("*.o", "a.out", false));
    assert_true(out("core", "x/core", false));
    assert_false(out("core", "score", false));
    assert_true(out("a?c", "abc", false));
    assert_false(out("a?c", "ac", false));
    assert_true(out("[a-c]x", "bx", false));
    assert_false(out("[!a-c]x", "bx", false));
    assert_true(out("[!a-c]x", "dx", false));
    assert_true(out("[]]", "]", false));
}

static void a_slash_anchors(void **state)
{
    (void)state;
    assert_true(out("/a", "a", false));
    assert_false(out("/a", "x/a", false));
    assert_true(out("x/a", "x/a", false));
    assert_false(out("x/a", "y/x/a", false));
    assert_false(out("x/*", "x/a/b", false));
    assert_true(out("x/*", "x/a", true));
}

static void a_slash_at_the_end_means_folders(void **state)
{
    (void)state;
    assert_true(out("build/", "build", true));
    assert_false(out("build/", "build", false));
    assert_true(out("build/", "x/build", true));
}

static void two_stars_cross_folders(void **state)
{
    (void)state;
    assert_true(out("**/a", "a", false));
    assert_true(out("**/a", "x/y/a", false));
    assert_true(out("x/**/a", "x/a", false));
    assert_true(out("x/**/a", "x/1/2/a", false));
    assert_true(out("x/**", "x/1/2", false));
    assert_false(out("x/**", "x", true));
    assert_false(out("x/**/a", "y/a", false));
}

static void the_last_rule_decides(void **state)
{
    (void)state;
    assert_false(out("*.o\n!keep.o", "keep.o", false));
    assert_true(out("*.o\n!keep.o", "other.o", false));
    assert_true(out("!keep.o\n*.o", "keep.o", false));
}

static void comments_spaces_and_quotes(void **state)
{
    (void)state;
    assert_false(out("# a\n\n  \n", "a", false));
    assert_true(out("\\#a", "#a", false));
    assert_true(out("\\!a", "!a", false));
    assert_true(out("a   ", "a", false));
    assert_true(out("a\r\nb\r\n", "b", false));
    assert_true(out("a\\*", "a*", false));
    assert_false(out("a\\*", "ab", false));
}

static void rules_count_from_their_folder(void **state)
{
    struct ignore ignore;

    (void)state;
    ignore_init(&ignore);
    ignore_add_lines(&ignore, "sub", slice("/a\n*.x\n"));
    assert_true(ignore_matches(&ignore, "sub/a", false));
    assert_false(ignore_matches(&ignore, "a", false));
    assert_true(ignore_matches(&ignore, "sub/deep/b.x", false));
    assert_false(ignore_matches(&ignore, "b.x", false));
    assert_false(ignore_matches(&ignore, "subway/b.x", false));
    ignore_finish(&ignore);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_match_at_any_depth),
        cmocka_unit_test(a_slash_anchors),
        cmocka_unit_test(a_slash_at_the_end_means_folders),
        cmocka_unit_test(two_stars_cross_folders),
        cmocka_unit_test(the_last_rule_decides),
        cmocka_unit_test(comments_spaces_and_quotes),
        cmocka_unit_test(rules_count_from_their_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
