/* yaml_test.c - trees with positions. */
#include "tests/harness.h"

#include "lib/text/yaml.h"

#include <string.h>

static struct yaml *parse(const char *text)
{
    struct error err;
    struct yaml *yaml = yaml_parse("f", slice(text), &err);

    if (yaml == NULL)
        fail_msg("%s: %s", text, err.text);
    return yaml;
}

static void refused(const char *text, const char *expected)
{
    struct error err;

    assert_null(yaml_parse("f", slice(text), &err));
    assert_int_equal(err.code, ERR_INVALID);
    if (strncmp(err.text, expected, strlen(expected)) != 0)
        fail_msg("'%s' does not begin with '%s'", err.text, expected);
}

static void a_tree(void **state)
{
    struct yaml *yaml = parse("a: 1\nb: [x, ~, {c: 'null'}]\nd:\n");
    const struct yaml_node *root = yaml_root(yaml), *b = yaml_find(root, "b");
    const char *text;
    int64_t number;
    struct error err;

    (void)state;
    assert_int_equal(yaml_count(root), 3);
    assert_ok(yaml_int(yaml_find(root, "a"), "a", &number, &err), &err);
    assert_int_equal(number, 1);
    assert_int_equal(yaml_kind(b), YAML_LIST);
    assert_int_equal(yaml_kind(yaml_item(b, 1)), YAML_NULL);
    assert_ok(yaml_string(yaml_find(yaml_item(b, 2), "c"), "c", &text, &err), &err);
    assert_string_equal(text, "null");
    assert_int_equal(yaml_kind(yaml_find(root, "d")), YAML_NULL);
    assert_null(yaml_find(root, "e"));
    assert_int_equal(yaml_kind(yaml_find(root, "e")), YAML_NULL);
    yaml_destroy(yaml);
}

static void readings_name_the_place(void **state)
{
    struct yaml *yaml = parse("a: one\nb:\n  c: [1]\n");
    const struct yaml_node *root = yaml_root(yaml);
    struct error err;
    int64_t number;
    double real;
    bool truth;
    const char *text;

    (void)state;
    assert_int_equal(yaml_int(yaml_find(root, "a"), "a", &number, &err), -ERR_INVALID);
    assert_string_equal(err.text, "f:1:4: a: expected a whole number, found 'one'");
    assert_int_equal(yaml_number(yaml_find(root, "a"), "a", &real, &err), -ERR_INVALID);
    assert_int_equal(yaml_bool(yaml_find(root, "a"), "a", &truth, &err), -ERR_INVALID);
    assert_int_equal(yaml_string(yaml_find(root, "b"), "b", &text, &err), -ERR_INVALID);
    assert_string_equal(err.text, "f:3:3: b: expected text, found a map");
    yaml_destroy(yaml);
}

static void what_is_no_yaml(void **state)
{
    (void)state;
    refused("a: [1, 2\n", "f:");
    refused("a: 1\na: 2\n", "f:2:1: ");
    refused("a: b: c\n", "f:1:");
    refused("\ta: 1\n", "f:1:");
    refused("? [1, 2]\n: x\n", "f:1:");
    refused("a: 1\n%\x98", "f:2:2: this is not text in UTF-8");
    refused("a: \x1b[2J", "f:1:4: a control character");
}

/* What would take all memory or all of the stack is refused. */
static void bombs_are_refused(void **state)
{
    static const char laughs[] = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
                                 "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                                 "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                                 "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                                 "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                                 "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
                                 "g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
    static char nested[2 * 120 + 1];

    (void)state;
    memset(nested, '[', 120);
    memset(nested + 120, ']', 120);
    refused(nested, "f:");
    refused(laughs, "f:");
    yaml_destroy(parse("[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]"));
}

static void numbers_are_read_whole(void **state)
{
    static const char *const bad[] = { "1.5", "1e3", "0x10", "9223372036854775808",
                                       "1 2", "12k", "''" };
    struct error err;
    int64_t number;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct yaml *yaml = parse(bad[i]);
        if (yaml_int(yaml_root(yaml), "n", &number, &err) != -ERR_INVALID)
            fail_msg("'%s' is a whole number", bad[i]);
        yaml_destroy(yaml);
    }
}

static void files_that_cannot_be_read(void **state)
{
    struct error err;

    (void)state;
    assert_null(yaml_load("/nonexistent/f.yaml", &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_null(yaml_load(harness_dir(), &err)); /* a folder */
    assert_int_equal(err.code, ERR_IO);
}

static void nothing_is_nothing(void **state)
{
    struct yaml *yaml = parse(" \n\n");

    (void)state;
    assert_null(yaml_root(yaml));
    yaml_destroy(yaml);
    yaml_destroy(NULL);
}

static void anchors_are_resolved(void **state)
{
    struct yaml *yaml = parse("a: &x {k: 5}\nb: *x\n");
    int64_t number;
    struct error err;

    (void)state;
    assert_ok(
        yaml_int(yaml_find(yaml_find(yaml_root(yaml), "b"), "k"), "k", &number, &err),
        &err);
    assert_int_equal(number, 5);
    yaml_destroy(yaml);
}

static void json_becomes_blocks(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 0);
    yaml_append_json(&out, slice("{\"a\": [1, {\"b\": \"yes\"}], \"c\": null}"));
    buf_append(&out, "", 1);
    assert_string_equal((char *)out.data,
                        "\"a\":\n- 1\n- \"b\": \"yes\"\n\"c\": null\n");
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree),
        cmocka_unit_test(readings_name_the_place),
        cmocka_unit_test(what_is_no_yaml),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(numbers_are_read_whole),
        cmocka_unit_test(files_that_cannot_be_read),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(anchors_are_resolved),
        cmocka_unit_test(json_becomes_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
