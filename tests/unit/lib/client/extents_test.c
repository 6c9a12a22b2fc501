/* extents_test.c - taken, given back, merged; and never handed out twice. */
#include "tests/harness.h"

#include "lib/client/extents.h"

enum { SIZE = 64, ROUNDS = 20000 };

static void the_first_that_fits_is_taken(void **state)
{
    struct extents extents;

    (void)state;
    extents_init(&extents, 100);
    assert_int_equal(extents_take(&extents, 40), 0);
    assert_int_equal(extents_take(&extents, 40), 40);
    assert_int_equal(extents_take(&extents, 40), -1);
    extents_give(&extents, 0, 40);
    assert_int_equal(extents_take(&extents, 10), 0);
    assert_int_equal(extents_take(&extents, 30), 10);
    assert_int_equal(extents_take(&extents, 20), 80);
    assert_int_equal(extents_take(&extents, 1), -1);
    extents_finish(&extents);
}

static void neighbours_become_one(void **state)
{
    struct extents extents;

    (void)state;
    extents_init(&extents, 30);
    for (int i = 0; i < 3; i++)
        assert_int_equal(extents_take(&extents, 10), i * 10);
    assert_false(extents_is_all(&extents, 30));
    extents_give(&extents, 0, 10);
    extents_give(&extents, 20, 10);
    assert_int_equal(extents_take(&extents, 20), -1);
    extents_give(&extents, 10, 10);
    assert_true(extents_is_all(&extents, 30));
    assert_int_equal(extents_take(&extents, 30), 0);
    extents_finish(&extents);
}

/* A byte is of one block at a time, whatever is taken and given back. */
static void no_byte_is_given_twice(void **state)
{
    struct block {
        int64_t offset, size;
    } blocks[SIZE] = { 0 };
    bool is_taken[SIZE] = { false };
    struct extents extents;
    unsigned random = 1;

    (void)state;
    extents_init(&extents, SIZE);
    for (int round = 0; round < ROUNDS; round++) {
        struct block *block;
        random = random * 1103515245u + 12345u; /* ISO C's example of rand() */
        block = &blocks[(random >> 16) % SIZE];
        if (block->size > 0) {
            extents_give(&extents, block->offset, block->size);
            for (int64_t i = 0; i < block->size; i++)
                is_taken[block->offset + i] = false;
            block->size = 0;
            continue;
        }
        block->size = 1 + (random >> 24) % 9;
        block->offset = extents_take(&extents, block->size);
        if (block->offset < 0)
            block->size = 0;
        for (int64_t i = 0; i < block->size; i++) {
            assert_false(is_taken[block->offset + i]);
            is_taken[block->offset + i] = true;
        }
    }
    for (int i = 0; i < SIZE; i++)
        if (blocks[i].size > 0)
            extents_give(&extents, blocks[i].offset, blocks[i].size);
    assert_true(extents_is_all(&extents, SIZE));
    extents_finish(&extents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_fits_is_taken),
        cmocka_unit_test(neighbours_become_one),
        cmocka_unit_test(no_byte_is_given_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
