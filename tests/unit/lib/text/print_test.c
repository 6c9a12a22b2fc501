/* print_test.c - one set of rows in every format; filters on them. */
#include "tests/harness.h"

#include "lib/base/resources.h"
#include "lib/text/filter.h"
#include "lib/text/print.h"

#include <stdlib.h>
#include <string.h>

struct pair {
    struct slice name;
    int64_t value;
};

static const struct field pair_fields[] = {
    { 1, KIND_STRING, 0, offsetof(struct pair, name), "name", NULL },
    { 2, KIND_AMOUNT, 0, offsetof(struct pair, value), "value", NULL },
};
static const struct desc pair_desc = { "pair", sizeof(struct pair), pair_fields, 2 };

struct row {
    struct id id;
    struct slice name;
    int64_t size, count, start;
    bool good;
    struct list_field amounts;
};

static const struct field row_fields[] = {
    { 1, KIND_ID, 0, offsetof(struct row, id), "id", NULL },
    { 2, KIND_STRING, 0, offsetof(struct row, name), "name", NULL },
    { 3, KIND_SIZE, 0, offsetof(struct row, size), "size", NULL },
    { 4, KIND_INT, 0, offsetof(struct row, count), "count", NULL },
    { 5, KIND_TIME, FIELD_DETAIL, offsetof(struct row, start), "start", NULL },
    { 6, KIND_BOOL, 0, offsetof(struct row, good), "good", NULL },
    { 7, KIND_PAIRS, 0, offsetof(struct row, amounts), "amounts", &pair_desc },
};
static const struct desc row_desc = { "row", sizeof(struct row), row_fields, 7 };

static struct pair amounts[] = { { { "CPU", 3 }, 5000 }, { { "gold", 4 }, 20000 } };

static struct row rows[2];

static int make_rows(void **state)
{
    (void)state;
    rows[0] = (struct row){ .id = id_from_bytes("\x01\x23\x45\x67\x89", 5),
                            .name = slice("a,\"b\""),
                            .size = 1536,
                            .count = -3,
                            .start = 1000000000,
                            .good = true,
                            .amounts = { amounts, 2 } };
    rows[1] = (struct row){ .name = slice("tab\there\x1b[31m") };
    return 0;
}

static char *print(enum print_format format, int width)
{
    const struct print_options options = { .format = format, .width = width };
    const struct print_rows all = { &row_desc, rows, 2, 3 };
    struct buf out;

    buf_init(&out, 0);
    print_rows(&out, &options, &all);
    return buf_take(&out);
}

static void json_is_exact(void **state)
{
    char *text = print(PRINT_JSONL, 0);

    (void)state;
    assert_string_equal(text, "{\"id\": \"0123456789\", \"name\": \"a,\\\"b\\\"\", "
                              "\"size\": 1536, \"count\": -3, "
                              "\"start\": 1000000000, \"good\": true, \"amounts\": "
                              "{\"CPU\": 0.5, \"gold\": 2}}\n"
                              "{\"id\": null, \"name\": \"tab\\there\\u001B[31m\", "
                              "\"size\": 0, \"count\": 0, "
                              "\"start\": null, \"good\": false, \"amounts\": {}}\n");
    free(text);
    text = print(PRINT_JSON, 0);
    assert_non_null(strstr(text, "\"total\": 3,\n  \"truncated\": true,"));
    free(text);
}

static void json_survives_bytes_that_are_no_text(void **state)
{
    char *text;

    (void)state;
    rows[1].name = slice_of("\xff\xc0\x80ok\xed\xa0\x80", 8);
    text = print(PRINT_JSONL, 0);
    assert_non_null(strstr(text, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdok\xef\xbf\xbd"));
    free(text);
    make_rows(NULL);
}

static void csv_quotes_what_must_be(void **state)
{
    char *text = print(PRINT_CSV, 0);

    (void)state;
    assert_memory_equal(
        text,
        "id,name,size,count,start,good,amounts\n"
        "0123456789,\"a,\"\"b\"\"\",1536,-3,1000000000,true,CPU=0.5 gold=2\n",
        strlen("id,name,size,count,start,good,amounts\n") + 50);
    free(text);
}

static void tables_are_cut_and_clean(void **state)
{
    char *text = print(PRINT_TABLE, 0);

    (void)state;
    assert_non_null(strstr(text, "ID        NAME"));
    assert_null(strstr(text, "START")); /* a detail */
    assert_non_null(strstr(text, "01234567  a,\"b\""));
    assert_non_null(strstr(text, "1.5 KiB"));
    assert_non_null(strstr(text, "tab here?[31m"));
    assert_null(strchr(text, '\x1b'));
    assert_non_null(strstr(text, "(2 of 3 shown"));
    free(text);
    text = print(PRINT_TABLE, 12);
    assert_int_equal(strcspn(text, "\n"), 12);
    assert_non_null(strstr(text, "\n01234567  a,\n"));
    free(text);
}

static void yaml_is_quoted(void **state)
{
    char *text = print(PRINT_YAML, 0);

    (void)state;
    assert_non_null(strstr(text, "\"total\": 3\n"));
    assert_non_null(strstr(text, "\"0123456789\""));
    free(text);
}

static void one_message_leaves_out_what_is_not_set(void **state)
{
    const struct print_options options = { .format = PRINT_TABLE };
    struct buf out;
    char *text;

    (void)state;
    buf_init(&out, 0);
    print_one(&out, &options, &row_desc, &rows[1]);
    text = buf_take(&out);
    assert_null(strstr(text, "id:"));
    assert_null(strstr(text, "start:"));
    assert_non_null(strstr(text, "count:"));
    free(text);
}

static bool filter(const char *text, const struct row *row)
{
    struct filter_term term;
    struct error err;

    assert_ok(filter_parse(slice(text), &term, &err), &err);
    assert_ok(filter_check(&row_desc, &term, &err), &err);
    return filter_matches(&row_desc, row, &term);
}

static void filters_compare_by_kind(void **state)
{
    (void)state;
    assert_true(filter("id=0123", &rows[0]));
    assert_false(filter("id=0123", &rows[1]));
    assert_true(filter("name = A,\"B\"", &rows[0]));
    assert_true(filter("count=-3.0", &rows[0]));
    assert_false(filter("count!=-3", &rows[0]));
    assert_true(filter("good=1", &rows[0]));
    assert_true(filter("good!=true", &rows[1]));
    assert_true(filter("amounts.CPU=0.50", &rows[0]));
    assert_false(filter("amounts.CPU=0.5", &rows[1]));
    assert_true(filter("amounts.silver!=1", &rows[0]));
}

static void bad_filters(void **state)
{
    struct filter_term term;
    struct error err;

    (void)state;
    assert_int_equal(filter_parse(slice("name"), &term, &err), -ERR_INVALID);
    assert_int_equal(filter_parse(slice("=x"), &term, &err), -ERR_INVALID);
    assert_int_equal(filter_parse(slice("!=x"), &term, &err), -ERR_INVALID);
    assert_int_equal(filter_parse(slice("nmae=x"), &term, &err), 0);
    assert_int_equal(filter_check(&row_desc, &term, &err), -ERR_INVALID);
    assert_non_null(strstr(err.text, "did you mean 'name'?"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_exact),
        cmocka_unit_test(json_survives_bytes_that_are_no_text),
        cmocka_unit_test(csv_quotes_what_must_be),
        cmocka_unit_test(tables_are_cut_and_clean),
        cmocka_unit_test(yaml_is_quoted),
        cmocka_unit_test(one_message_leaves_out_what_is_not_set),
        cmocka_unit_test(filters_compare_by_kind),
        cmocka_unit_test(bad_filters),
    };
    return cmocka_run_group_tests(tests, make_rows, NULL);
}
