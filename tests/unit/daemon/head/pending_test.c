/* pending_test.c - the last write of a key counts; tables do not mix. */
#include "tests/harness.h"

#include "daemon/head/pending.h"
#include "lib/base/arena.h"

static void the_last_write_counts(void **state)
{
    struct pending pending = { 0 };
    const struct pending_write *write;

    (void)state;
    assert_true(pending_is_empty(&pending));
    assert_null(pending_find(&pending, "t", slice("k")));
    pending_put(&pending, "t", slice("k"), slice("one"));
    pending_put(&pending, "t", slice("k"), slice("three"));
    write = pending_find(&pending, "t", slice("k"));
    assert_false(write->is_removal);
    assert_true(slice_is(slice_of(write->value, write->value_size), "three"));
    pending_remove(&pending, "t", slice("k"));
    assert_true(pending_find(&pending, "t", slice("k"))->is_removal);
    pending_put(&pending, "t", slice("k"), slice(""));
    assert_false(pending_find(&pending, "t", slice("k"))->is_removal);
    pending_clear(&pending);
    assert_true(pending_is_empty(&pending));
}

static void tables_do_not_mix(void **state)
{
    struct pending pending = { 0 };

    (void)state;
    pending_put(&pending, "ab", slice("c"), slice("1"));
    assert_null(pending_find(&pending, "a", slice("bc")));
    assert_null(pending_find(&pending, "abc", slice("")));
    assert_non_null(pending_find(&pending, "ab", slice("c")));
    pending_clear(&pending);
}

static void a_list_is_in_order_of_keys(void **state)
{
    struct pending pending = { 0 };
    struct arena arena = { 0 };
    const struct pending_write **list;
    size_t count;

    (void)state;
    pending_put(&pending, "t", slice("xb"), slice("1"));
    pending_put(&pending, "t", slice("y"), slice("1"));
    pending_remove(&pending, "t", slice("xa"));
    pending_put(&pending, "t", slice_of("x\0", 2), slice("1"));
    pending_put(&pending, "u", slice("xc"), slice("1"));
    list = pending_list(&pending, "t", slice("x"), &arena, &count);
    assert_int_equal(count, 3);
    assert_true(slice_equal(list[0]->key, slice_of("x\0", 2)));
    assert_true(slice_is(list[1]->key, "xa"));
    assert_true(slice_is(list[2]->key, "xb"));
    arena_finish(&arena);
    pending_clear(&pending);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_write_counts),
        cmocka_unit_test(tables_do_not_mix),
        cmocka_unit_test(a_list_is_in_order_of_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
