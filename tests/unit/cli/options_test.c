/* options_test.c - command lines against a table; jobs as shell lines. */
#include "tests/harness.h"

#include "cli/jobline.h"
#include "cli/options.h"
#include "lib/proto/proto.h"

#include <stdio.h>
#include <string.h>

static struct {
    bool flag;
    int count;
    const char *text;
    int64_t number, size, time;
    struct option_list list;
} opt;

static const struct option table[] = {
    OPT_FLAG('f', "flag", &opt.flag, "a flag"),
    OPT_COUNT('v', "verbose", &opt.count, "again: more"),
    OPT_STRING('t', "text", &opt.text, "TEXT", "some text"),
    OPT_INT(0, "number", &opt.number, "N", "a number"),
    OPT_SIZE(0, "size", &opt.size, "SIZE", "a size"),
    OPT_DURATION(0, "time", &opt.time, "TIME", "a time"),
    OPT_LIST('l', "list", &opt.list, "ITEM", "again: more"),
    OPT_END,
};

/* Splits at spaces. */
static int parse(const char *line, bool anywhere, struct args *args, struct error *err)
{
    static char copy[256], *argv[32];
    const struct option *const tables[] = { table, NULL };
    const struct options_grammar grammar = { tables, anywhere };
    int argc = 0;
    char *at = copy;

    memset(&opt, 0, sizeof(opt));
    snprintf(copy, sizeof(copy), "%s", line);
    while (*at != '\0') {
        argv[argc++] = at;
        at += strcspn(at, " ");
        if (*at == ' ')
            *at++ = '\0';
    }
    return options_parse(&grammar, argv, argc, args, err);
}

static void every_way_to_give_an_option(void **state)
{
    struct args args;
    struct error err;

    (void)state;
    assert_ok(
        parse("-fvv --text=a=b x --number -7 --size 2KiB --time 3m -lone -l two y",
              true, &args, &err),
        &err);
    assert_true(opt.flag);
    assert_int_equal(opt.count, 2);
    assert_string_equal(opt.text, "a=b");
    assert_int_equal(opt.number, -7);
    assert_int_equal(opt.size, 2048);
    assert_int_equal(opt.time, INT64_C(180000000000));
    assert_int_equal(opt.list.count, 2);
    assert_string_equal(opt.list.items[1], "two");
    assert_int_equal(args.count, 2);
    assert_string_equal(args.items[1], "y");
}

static void where_options_end(void **state)
{
    struct args args;
    struct error err;

    (void)state;
    assert_ok(parse("-f -- -v --text", true, &args, &err), &err);
    assert_int_equal(args.count, 2);
    assert_ok(parse("-f cmd -v --text", false, &args, &err), &err);
    assert_int_equal(args.count, 3);
    assert_int_equal(opt.count, 0);
    assert_ok(parse("- x", true, &args, &err), &err);
    assert_int_equal(args.count, 2);
}

static void refused(const char *line, const char *expected)
{
    struct args args;
    struct error err;

    assert_int_equal(parse(line, true, &args, &err), -ERR_USAGE);
    assert_string_equal(err.text, expected);
}

static void mistakes(void **state)
{
    (void)state;
    refused("--txet x", "no such option: --txet; did you mean --text?");
    refused("--zzz", "no such option: --zzz");
    refused("-x", "no such option: -x");
    refused("--text", "--text needs a value: TEXT");
    refused("--flag=1", "--flag takes no value");
    refused("--number 1x", "--number 1x: expected a whole number");
    refused("--size big", "--size: 'big' is no size (like 512M or 2GiB)");
}

static void words_are_quoted_for_the_shell(void **state)
{
    static char texts[][12] = {
        "echo", "a b", "it's", "", "$x", "ok-1.2/x=y", "a | b"
    };
    char *words[] = { texts[0], texts[1], texts[2], texts[3], texts[4], texts[5] };
    struct args args = { words, 6 };
    struct arena arena = { 0 };

    (void)state;
    assert_string_equal(jobline_quote(&arena, &args).data,
                        "echo 'a b' 'it'\\''s' '' '$x' ok-1.2/x=y");
    args.count = 1;
    words[0] = texts[6];
    assert_string_equal(jobline_quote(&arena, &args).data, "a | b");
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_give_an_option),
        cmocka_unit_test(where_options_end),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(words_are_quoted_for_the_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
