/* cache_test.c - what goes first when the folders of environments are too large. */
#include "tests/harness.h"

#include "envs/cache.h"

static void nothing_goes_while_there_is_room(void **state)
{
    struct cache_item a, b;
    struct cache cache;

    (void)state;
    cache_init(&cache, 100);
    cache_add(&cache, &a, 60);
    cache_add(&cache, &b, 40);
    cache_leave(&cache, &a);
    cache_leave(&cache, &b);
    assert_null(cache_evict(&cache));
}

static void the_longest_unused_goes_first(void **state)
{
    struct cache_item a, b, c;
    struct cache cache;

    (void)state;
    cache_init(&cache, 50);
    cache_add(&cache, &a, 40);
    cache_add(&cache, &b, 40);
    cache_add(&cache, &c, 40);
    cache_leave(&cache, &b);
    cache_leave(&cache, &a);
    cache_leave(&cache, &c);
    cache_use(&b); /* makes it the latest */
    cache_leave(&cache, &b);
    assert_ptr_equal(cache_evict(&cache), &a);
    assert_ptr_equal(cache_evict(&cache), &c);
    assert_null(cache_evict(&cache)); /* 40 are left of 50 */
    assert_int_equal(cache.size, 40);
}

static void what_is_used_stays_however_large(void **state)
{
    struct cache_item a, b;
    struct cache cache;

    (void)state;
    cache_init(&cache, 50);
    cache_add(&cache, &a, 100);
    cache_use(&a); /* two users */
    cache_add(&cache, &b, 10);
    cache_leave(&cache, &a);
    assert_null(cache_evict(&cache));
    cache_leave(&cache, &b);
    assert_ptr_equal(cache_evict(&cache), &b);
    assert_null(cache_evict(&cache));
    cache_leave(&cache, &a);
    assert_ptr_equal(cache_evict(&cache), &a);
    assert_int_equal(cache.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_goes_while_there_is_room),
        cmocka_unit_test(the_longest_unused_goes_first),
        cmocka_unit_test(what_is_used_stays_however_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
