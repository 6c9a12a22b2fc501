/* resources_test.c - fixed-point amounts, sets of them. */
#include "tests/harness.h"

#include "lib/base/resources.h"

#include <math.h>
#include <stdio.h>
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

static void numbers_as_people_write_them(void **state)
{
    static const char *const bad[] = {
        ".",       "1..2", "1.2.3", " 1",  "1 ",  "+1",
        "1.00000", "1e3",  "0x1",   "inf", "nan", "99999999999999999999"
    };
    int64_t amount;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (resources_parse_amount(slice(bad[i]), &amount, NULL) != -ERR_INVALID)
            fail_msg("'%s' is an amount", bad[i]);
    assert_int_equal(resources_parse_amount(slice(".5"), &amount, NULL), 0);
    assert_int_equal(amount, 5000);
    assert_int_equal(resources_parse_amount(slice("007."), &amount, NULL), 0);
    assert_int_equal(amount, 70000);
    assert_int_equal(resources_from_double(0.00005, &amount, NULL), 0);
    assert_int_equal(amount, 1); /* rounded */
    assert_int_equal(resources_from_double(1e14, &amount, NULL), 0);
    assert_true(amount == INT64_C(1000000000000000000));
}

static void sets_stay_sorted_and_hold_zeros(void **state)
{
    static const char *const names[] = { "b", "a", "d", "c", "aa" };
    struct resources some = { 0 }, none = { 0 }, copy;
    char text[100];

    (void)state;
    for (size_t i = 0; i < 5; i++)
        set(&some, names[i], (double)i + 1);
    resources_format(&some, text, sizeof(text));
    assert_string_equal(text, "a=2 aa=5 b=1 c=4 d=3");
    set(&some, "aa", 0);
    assert_int_equal(some.count, 5);
    resources_format(&some, text, sizeof(text));
    assert_string_equal(text, "a=2 b=1 c=4 d=3");
    assert_true(resources_fit(&some, &none));
    set(&none, "x", 0); /* nothing of what is not there */
    assert_true(resources_fit(&some, &none));
    assert_true(resources_is_empty(&none));
    resources_copy(&copy, &some);
    resources_finish(&some);
    assert_int_equal(resources_get(&copy, "c"), 40000);
    assert_int_equal(resources_get(&copy, "cc"), 0);
    resources_subtract(&none, &copy);
    assert_int_equal(resources_get(&none, "c"), -40000);
    assert_true(resources_is_empty(&none));
    resources_finish(&none);
    resources_finish(&copy);
}

static void there_is_a_largest_set(void **state)
{
    struct resources many = { 0 };
    char name[32];

    (void)state;
    for (int i = 0; i < RESOURCE_KINDS_MAX; i++) {
        snprintf(name, sizeof(name), "r%d", i);
        assert_int_equal(resources_set(&many, slice(name), 1), 0);
    }
    assert_int_equal(resources_set(&many, slice("more"), 1), -ERR_INVALID);
    assert_int_equal(resources_set(&many, slice("r7"), 2), 0); /* is there */
    assert_int_equal(resources_get(&many, "r7"), 2);
    assert_int_equal(resources_set(&many, slice_of("r\0", 2), 1), -ERR_INVALID);
    resources_finish(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fractions_add_up),
        cmocka_unit_test(text_is_canonical),
        cmocka_unit_test(amounts_are_checked),
        cmocka_unit_test(numbers_as_people_write_them),
        cmocka_unit_test(sets_stay_sorted_and_hold_zeros),
        cmocka_unit_test(there_is_a_largest_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
