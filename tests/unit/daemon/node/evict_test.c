/* evict_test.c - the oldest go first, enough of them, and none in vain. */
#include "tests/harness.h"

#include "daemon/node/evict.h"

#include <stdlib.h>
#include <string.h>

static char a[] = "a", b[] = "b", c[] = "c";

static int64_t sum_of(const struct evict_candidate *candidates, size_t count)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += candidates[i].size;
    return sum;
}

static void the_oldest_go_first(void **state)
{
    struct evict_candidate candidates[] = { { 30, 10, c },
                                            { 10, 10, a },
                                            { 20, 10, b } };

    (void)state;
    assert_int_equal(evict_choose(candidates, 3, 15), 2);
    assert_int_equal(sum_of(candidates, 2), 20);
    assert_ptr_equal(candidates[2].object, c);
}

static void a_large_one_spares_the_small(void **state)
{
    struct evict_candidate candidates[] = { { 1, 5, a }, { 2, 7, b }, { 3, 100, c } };

    (void)state;
    assert_int_equal(evict_choose(candidates, 3, 90), 1);
    assert_ptr_equal(candidates[0].object, c);
}

static void all_go_when_all_do_not_suffice(void **state)
{
    struct evict_candidate candidates[] = { { 1, 5, NULL }, { 2, 7, NULL } };

    (void)state;
    assert_int_equal(evict_choose(candidates, 2, 13), 2);
    assert_int_equal(evict_choose(candidates, 2, 0), 0);
    assert_int_equal(evict_choose(NULL, 0, 13), 0);
}

/* Random crowds: nothing is lost or doubled, the sum suffices, and nobody goes whose
 * going is not needed. */
static void none_goes_in_vain(void **state)
{
    struct evict_candidate candidates[50];
    unsigned seed = 7;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t count = (size_t)rand_r(&seed) % 50, taken;
        int64_t total = 0, wanted = rand_r(&seed) % 3000, sum;
        int64_t seen = 0;
        for (size_t i = 0; i < count; i++) {
            candidates[i].last_use = rand_r(&seed) % 20;
            candidates[i].size = 1 + rand_r(&seed) % 100;
            candidates[i].object = (void *)(i + 1);
            total += candidates[i].size;
        }
        taken = evict_choose(candidates, count, wanted);
        sum = sum_of(candidates, taken);
        assert_int_equal(sum_of(candidates, count), total);
        for (size_t i = 0; i < count; i++)
            seen |= (int64_t)1 << (uintptr_t)candidates[i].object;
        assert_int_equal(seen, count > 0 ? ((int64_t)1 << (count + 1)) - 2 : 0);
        assert_true(sum >= wanted || taken == count);
        for (size_t i = 0; i < taken; i++)
            assert_true(sum - candidates[i].size < wanted);
    }
}

static void what_is_wanted(void **state)
{
    struct evict_need need = { .limit = 1000, .charged = 900, .threshold = 80 };

    (void)state;
    need.used = 800;
    assert_int_equal(evict_wanted(&need), 0);
    need.used = 850;
    assert_int_equal(evict_wanted(&need), 50);
    need.asked = 100; /* there is room for it */
    assert_int_equal(evict_wanted(&need), 50);
    need.asked = 300;
    assert_int_equal(evict_wanted(&need), 200);
    need.used = 10; /* even when objects use little: segments are what is scarce */
    assert_int_equal(evict_wanted(&need), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_go_first),
        cmocka_unit_test(a_large_one_spares_the_small),
        cmocka_unit_test(all_go_when_all_do_not_suffice),
        cmocka_unit_test(none_goes_in_vain),
        cmocka_unit_test(what_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
