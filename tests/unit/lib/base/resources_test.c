/* resources_test.c - fixed-point amounts, sets of them. */
#include "tests/harness.h"

#include "lib/base/resources.h"

#include <math.h>
#include <string.h>

static void set(struct resources *set, const char *name, double amount)
{
    int64_t fixed;
    assert_int_equal(resources_from_double(amount, &fixed, NULL), 0);
    assert_int_equal(resources_set(set, slice(name), fixed), 0);
}

static void fractions_add_up(void **state)
{
    struct resources total = { 0 }, tenth = { 0 };
    char text[100];

    (void)state;
    set(&total, "GPU", 1);
    set(&tenth, "GPU", 0.1);
    for (int i = 0; i < 10; i++) {
        assert_true(resources_fit(&total, &tenth));
        resources_subtract(&total, &tenth);
    }
    assert_false(resources_fit(&total, &tenth));
    assert_true(resources_is_empty(&total));
    for (int i = 0; i < 10; i++)
        resources_add(&total, &tenth);
    resources_format(&total, text, sizeof(text));
    assert_string_equal(text, "GPU=1");
    resources_finish(&total);
    resources_finish(&tenth);
}

static void text_is_canonical(void **state)
{
    struct resources a = { 0 }, b = { 0 };
    char text[100];

    (void)state;
    set(&a, "b", 0.25);
    set(&a, "a", 2);
    set(&b, "a", 2);
    set(&b, "b", 0.25);
    assert_true(resources_equal(&a, &b));
    resources_format(&a, text, sizeof(text));
    assert_string_equal(text, "a=2 b=0.25");
    set(&b, "b", 0.5);
    assert_false(resources_equal(&a, &b));
    assert_string_equal(resources_lacking(&a, &b), "b");
    assert_null(resources_lacking(&b, &a));
    assert_int_equal(resources_format(&a, text, 4), 3);
    resources_finish(&a);
    resources_finish(&b);
}

static void amounts_are_checked(void **state)
{
    struct resources none = { 0 };
    struct error err;
    int64_t amount;
    char name[RESOURCE_NAME_MAX + 2];

    (void)state;
    assert_ok(resources_parse_amount(slice("0.0001"), &amount, &err), &err);
    assert_int_equal(amount, 1);
    assert_ok(resources_parse_amount(slice("12"), &amount, &err), &err);
    assert_int_equal(amount, 120000);
    assert_int_equal(resources_parse_amount(slice("0.00001"), &amount, &err),
                     -ERR_INVALID);
    assert_int_equal(resources_parse_amount(slice("-1"), &amount, &err), -ERR_INVALID);
    assert_int_equal(resources_parse_amount(slice(""), &amount, &err), -ERR_INVALID);
    assert_int_equal(resources_parse_amount(slice("1x"), &amount, &err), -ERR_INVALID);
    assert_int_equal(resources_from_double(NAN, &amount, &err), -ERR_INVALID);
    assert_int_equal(resources_from_double(-0.5, &amount, &err), -ERR_INVALID);
    assert_int_equal(resources_from_double(1e300, &amount, &err), -ERR_INVALID);
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(resources_set(&none, slice(name), 1), -ERR_INVALID);
    assert_int_equal(resources_set(&none, slice(""), 1), -ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fractions_add_up),
        cmocka_unit_test(text_is_canonical),
        cmocka_unit_test(amounts_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
