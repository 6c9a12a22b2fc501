/* filter_test.c - terms and their edges, a kind of field each. */
#include "tests/harness.h"

#include "lib/text/filter.h"

#include <math.h>
#include <string.h>

struct label {
    struct slice name, value;
};

static const struct field label_fields[] = {
    { 1, KIND_STRING, 0, offsetof(struct label, name), "name", NULL },
    { 2, KIND_STRING, 0, offsetof(struct label, value), "value", NULL },
};
static const struct desc label_desc = { "label", sizeof(struct label), label_fields,
                                        2 };

struct row {
    struct id id;
    struct slice state;
    int64_t size, cpu, start;
    double load;
    bool head;
    struct list_field labels;
};

static const struct field row_fields[] = {
    { 1, KIND_ID, 0, offsetof(struct row, id), "id", NULL },
    { 2, KIND_STRING, 0, offsetof(struct row, state), "state", NULL },
    { 3, KIND_SIZE, 0, offsetof(struct row, size), "size", NULL },
    { 4, KIND_AMOUNT, 0, offsetof(struct row, cpu), "cpu", NULL },
    { 5, KIND_TIME, 0, offsetof(struct row, start), "start", NULL },
    { 6, KIND_FLOAT, 0, offsetof(struct row, load), "load", NULL },
    { 7, KIND_BOOL, 0, offsetof(struct row, head), "head", NULL },
    { 8, KIND_PAIRS, 0, offsetof(struct row, labels), "labels", &label_desc },
};
static const struct desc row_desc = { "row", sizeof(struct row), row_fields, 8 };

static struct label labels[] = {
    { { "zone", 4 }, { "A.1", 3 } },
    { { "k8s.io/x", 8 }, { "", 0 } },
};

static struct row sample(void)
{
    return (struct row){ .id = id_job(0x00cdab),
                         .state = slice("ALIVE"),
                         .size = INT64_MAX,
                         .cpu = 5000,
                         .load = 0.5,
                         .head = true,
                         .labels = { labels, 2 } };
}

static bool matches(const char *text, const struct row *row)
{
    struct filter_term term;
    struct error err;

    assert_ok(filter_parse(slice(text), &term, &err), &err);
    assert_ok(filter_check(&row_desc, &term, &err), &err);
    return filter_matches(&row_desc, row, &term);
}

/* Also tries the opposite. */
static void assert_match(const char *key, const char *value, bool expected)
{
    struct row row = sample();
    struct filter_term term = { .key = slice(key), .value = slice(value) };

    if (filter_matches(&row_desc, &row, &term) != expected)
        fail_msg("%s=%s is %s", key, value, expected ? "false" : "true");
    term.op = FILTER_NOT_EQUAL;
    if (filter_matches(&row_desc, &row, &term) == expected)
        fail_msg("%s!=%s is %s", key, value, expected ? "true" : "false");
}

static void terms_are_split_at_the_first_sign(void **state)
{
    struct filter_term term;

    (void)state;
    assert_int_equal(filter_parse(slice(" a != b = c "), &term, NULL), 0);
    assert_int_equal(term.op, FILTER_NOT_EQUAL);
    assert_true(slice_is(term.key, "a"));
    assert_true(slice_is(term.value, "b = c"));
    assert_int_equal(filter_parse(slice("a=b!=c"), &term, NULL), 0);
    assert_int_equal(term.op, FILTER_EQUAL);
    assert_true(slice_is(term.value, "b!=c"));
    assert_int_equal(filter_parse(slice("a="), &term, NULL), 0);
    assert_int_equal(term.value.size, 0);
}

static void what_is_no_term(void **state)
{
    static const char *const bad[] = { "", "a", "a!", "=", "!=", " = b", " != b" };
    struct filter_term term;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (filter_parse(slice(bad[i]), &term, &err) != -ERR_INVALID)
            fail_msg("'%s' is a term", bad[i]);
    assert_int_equal(filter_parse((struct slice){ NULL, 0 }, &term, &err),
                     -ERR_INVALID);
}

static void text_in_any_case(void **state)
{
    (void)state;
    assert_match("state", "alive", true);
    assert_match("state", "ALIV", false);
    assert_match("state", "ALIVE1", false);
    assert_match("state", "", false);
}

static void ids_by_prefix(void **state)
{
    struct row none = { .id = { 0 } };

    (void)state;
    assert_match("id", "abcd", true);
    assert_match("id", "ABCd00", true);
    assert_match("id", "abcd0000", true);
    assert_match("id", "abcd000000", false);
    assert_match("id", "bcd", false);
    assert_match("id", "", false);
    assert_true(matches("id=", &none)); /* those that have none */
    assert_false(matches("id=a", &none));
}

static void numbers_by_value(void **state)
{
    (void)state;
    assert_match("size", "9223372036854775807", true);
    assert_match("size", "9223372036854775806", false); /* one, as doubles */
    assert_match("cpu", "0.5", true);
    assert_match("cpu", "0.50", true);
    assert_match("cpu", "5e-1", true);
    assert_match("cpu", "5000", false);
    assert_match("load", ".5", true);
    assert_match("start", "0.0", true);
    assert_match("start", "", false);
    assert_match("start", "0x", false);
    assert_match("start", "now", false);
}

static void what_is_no_number_matches_none(void **state)
{
    struct row row = sample();

    (void)state;
    assert_match("start", "nan", false);
    assert_match("load", "nan", false);
    assert_match("cpu", "-nan", false);
    assert_match("load", "inf", false);
    row.load = (double)NAN;
    assert_false(matches("load=1", &row));
    assert_true(matches("load!=1", &row));
}

static void long_values_are_cut_nowhere(void **state)
{
    char value[200];

    (void)state;
    memset(value, '0', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    assert_match("id", value, false);
    assert_match("state", value, false);
    assert_match("start", value, false); /* more digits than any number has */
}

static void booleans_have_two_spellings(void **state)
{
    (void)state;
    assert_match("head", "true", true);
    assert_match("head", "True", true);
    assert_match("head", "1", true);
    assert_match("head", "false", false);
    assert_match("head", "0", false);
    assert_match("head", "yes", false);
}

static void pairs_by_their_names(void **state)
{
    (void)state;
    assert_match("labels.zone", "a.1", true);
    assert_match("labels.ZONE", "a.1", false); /* names are exact */
    assert_match("labels.k8s.io/x", "", true); /* dots after the first are its own */
    assert_match("labels.zon", "a.1", false);
    assert_match("labels.", "", false);
    assert_match("labels", "zone", false);
}

static void keys_are_checked(void **state)
{
    static const struct {
        const char *key, *says;
    } bad[] = {
        { "stat", "'stat'; did you mean 'state'?" },
        { "state.x", "'state.x'" }, /* no pairs */
        { ".zone", "'.zone'" },
        { "", "''" },
    };
    struct row row = sample();
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct filter_term term = { .key = slice(bad[i].key), .value = slice("x") };
        assert_int_equal(filter_check(&row_desc, &term, &err), -ERR_INVALID);
        if (strstr(err.text, bad[i].says) == NULL)
            fail_msg("'%s' does not say %s", err.text, bad[i].says);
        assert_false(filter_matches(&row_desc, &row, &term));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_are_split_at_the_first_sign),
        cmocka_unit_test(what_is_no_term),
        cmocka_unit_test(text_in_any_case),
        cmocka_unit_test(ids_by_prefix),
        cmocka_unit_test(numbers_by_value),
        cmocka_unit_test(what_is_no_number_matches_none),
        cmocka_unit_test(long_values_are_cut_nowhere),
        cmocka_unit_test(booleans_have_two_spellings),
        cmocka_unit_test(pairs_by_their_names),
        cmocka_unit_test(keys_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
