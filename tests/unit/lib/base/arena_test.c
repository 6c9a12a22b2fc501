/* arena_test.c - allocations stay apart and whole until the arena is reset. */
#include "tests/harness.h"

#include "lib/base/arena.h"

#include <string.h>

enum { PIECES = 400 };

static size_t size_of(size_t i)
{
    return i * i % 3001;
}

static void pieces_do_not_overlap(void **state)
{
    struct arena arena = { 0 };
    unsigned char *pieces[PIECES];

    (void)state;
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = arena_alloc(&arena, size_of(i));
        memset(pieces[i], (int)(i % 251), size_of(i));
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t j = 0; j < size_of(i); j++)
            assert_int_equal(pieces[i][j], i % 251);
    arena_finish(&arena);
}

static void what_is_reused_is_zeroed(void **state)
{
    struct arena arena = { 0 };

    (void)state;
    for (size_t round = 0; round < 20; round++) {
        const size_t size = 100 + 5000 * round;
        unsigned char *bytes = arena_array(&arena, size, 1);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, size);
        arena_reset(&arena);
    }
    arena_finish(&arena);
    arena_finish(&arena); /* harmless */
}

/* A loop over frames of one size calls malloc no more after the first rounds. */
static void a_reset_keeps_one_block(void **state)
{
    struct arena arena = { 0 };
    struct arena_block *kept;

    (void)state;
    arena_reset(&arena); /* of none */
    assert_null(arena.blocks);
    for (int round = 0; round < 12; round++) {
        for (int i = 0; i < 1000; i++)
            arena_alloc(&arena, 100);
        arena_reset(&arena);
    }
    kept = arena.blocks;
    assert_non_null(kept);
    for (int i = 0; i < 1000; i++)
        arena_alloc(&arena, 100);
    assert_ptr_equal(arena.blocks, kept);
    arena_finish(&arena);
    assert_null(arena.blocks);
}

static void text_is_terminated(void **state)
{
    struct arena arena = { 0 };
    char longer[5000];
    struct slice copy;

    (void)state;
    assert_string_equal(arena_string(&arena, (struct slice){ NULL, 0 }), "");
    copy = arena_copy(&arena, slice_of("a\0b", 3));
    assert_int_equal(copy.size, 3);
    assert_memory_equal(copy.data, "a\0b", 4); /* and its terminator */
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    copy = arena_printf(&arena, "%s%s", longer, longer);
    assert_int_equal(copy.size, 2 * (sizeof(longer) - 1));
    assert_int_equal(strlen(copy.data), copy.size);
    assert_int_equal(arena_printf(&arena, "%s", "").size, 0);
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_do_not_overlap),
        cmocka_unit_test(what_is_reused_is_zeroed),
        cmocka_unit_test(a_reset_keeps_one_block),
        cmocka_unit_test(text_is_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
