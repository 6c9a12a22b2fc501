/* nearest_test.c - where "did you mean" begins and where it ends. */
#include "tests/harness.h"

#include "lib/base/nearest.h"

static const char *const one[] = { "abcdef" };

/* Whether `word` is taken for "abcdef". */
static bool is_near(const char *word)
{
    return nearest(slice(word), one, 1) != NULL;
}

static void one_step_is_a_change_of_one_letter(void **state)
{
    (void)state;
    /* 2 steps of 6 letters */
    assert_true(is_near("abcdef"));
    assert_true(is_near("abcxef"));   /* replaced */
    assert_true(is_near("abef"));     /* two missing */
    assert_true(is_near("abcdexxf")); /* two more (3 of 8) */
    assert_true(is_near("badcef"));   /* two swaps are two steps */
    assert_true(is_near("ABCDXX"));   /* case is no step */
    assert_false(is_near("abcxxx"));
    assert_false(is_near("badcfe")); /* three swaps */
    assert_false(is_near("fedcba"));
}

static void a_beginning_is_near(void **state)
{
    static const char *const names[] = { "memory", "max_workers", "min_workers" };

    (void)state;
    assert_string_equal(nearest(slice("me"), names, 3), "memory");
    assert_string_equal(nearest(slice("MA"), names, 3), "max_workers");
    assert_null(nearest(slice("m"), names, 3)); /* of three: none */
    assert_string_equal(nearest(slice("max_workers_"), names, 3), "max_workers");
}

static void the_nearest_wins_the_first_of_equals(void **state)
{
    static const char *const names[] = { "worker", "workers", "worked" };

    (void)state;
    assert_string_equal(nearest(slice("workesr"), names, 3), "worker");
    assert_string_equal(nearest(slice("wrokers"), names, 3), "workers");
    assert_string_equal(nearest(slice("worker"), names, 3), "worker"); /* of two */
    assert_string_equal(nearest(slice("worke_"), names, 3), "worker");
}

static void long_words_are_near_nothing(void **state)
{
    static const char longest[] =
        "0123456789012345678901234567890123456789012345678901234567890123";
    static const char *const names[] = {
        longest, "01234567890123456789012345678901234567890123456789012345678901234567"
    };

    (void)state;
    assert_int_equal(sizeof(longest), 65);
    assert_ptr_equal(nearest(slice(longest + 1), names, 1), longest);
    assert_ptr_equal(nearest(slice(longest), names, 1), longest);
    assert_null(nearest(slice(names[1]), names, 2));
    assert_ptr_equal(nearest(slice(longest), names + 1, 1), names[1]); /* begins so */
    assert_null(nearest((struct slice){ NULL, 0 }, names, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_step_is_a_change_of_one_letter),
        cmocka_unit_test(a_beginning_is_near),
        cmocka_unit_test(the_nearest_wins_the_first_of_equals),
        cmocka_unit_test(long_words_are_near_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
