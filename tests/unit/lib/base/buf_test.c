/* buf_test.c - buffers with ceilings, arenas, errors with context. */
#include "tests/harness.h"

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/error.h"

#include <stdlib.h>
#include <string.h>

static void a_ceiling_holds(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 10);
    assert_int_equal(buf_append(&buf, "12345678", 8), 0);
    assert_int_equal(buf_append(&buf, "abc", 3), -ERR_FULL);
    assert_int_equal(buf.size, 8);
    assert_int_equal(buf_printf(&buf, "%d", 12), 0);
    assert_int_equal(buf_printf(&buf, "x"), -ERR_FULL);
    buf_consume(&buf, 3);
    assert_memory_equal(buf.data, "4567812", 7);
    buf_consume(&buf, 100);
    assert_int_equal(buf.size, 0);
    buf_finish(&buf);
}

static void taken_text_is_terminated(void **state)
{
    struct buf buf;
    char *text;

    (void)state;
    buf_init(&buf, 0);
    for (int i = 0; i < 1000; i++)
        buf_printf(&buf, "%d,", i % 10);
    text = buf_take(&buf);
    assert_int_equal(strlen(text), 2000);
    assert_int_equal(buf.size, 0);
    free(text);
    buf_finish(&buf);
}

static void an_arena_aligns_and_zeroes(void **state)
{
    struct arena arena = { 0 };

    (void)state;
    for (size_t size = 0; size < 5000; size += 37) {
        unsigned char *p = arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
    }
    assert_string_equal(arena_string(&arena, slice_of("abcdef", 3)), "abc");
    arena_reset(&arena);
    assert_int_equal(*(unsigned char *)arena_alloc(&arena, 1), 0);
    assert_string_equal(arena_printf(&arena, "%d-%s", 5, "x").data, "5-x");
    arena_finish(&arena);
}

static void errors_gather_context(void **state)
{
    struct error err, copy = { 0 };
    char longer[2 * ERROR_TEXT_MAX];

    (void)state;
    assert_int_equal(fail(&err, ERR_NOT_FOUND, "no %s", "file"), -ERR_NOT_FOUND);
    assert_int_equal(wrap(&err, "open %d", 7), -ERR_NOT_FOUND);
    assert_string_equal(err.text, "open 7: no file");
    fail(&err, ERR_IO, "again: %s", err.text);
    assert_string_equal(err.text, "again: open 7: no file");
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    wrap(&err, "%s", longer);
    assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
    assert_int_equal(error_copy(&copy, &err), -ERR_IO);
    assert_int_equal(error_copy(&copy, NULL), 0);
    assert_int_equal(fail(NULL, ERR_FULL, "x"), -ERR_FULL);
    assert_int_equal(error_exit_status(ERR_NOT_FOUND), 3);
    assert_int_equal(error_exit_status((enum error_code)999), 1);
    assert_string_equal(error_name(ERR_TIMEOUT), "TIMEOUT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ceiling_holds),
        cmocka_unit_test(taken_text_is_terminated),
        cmocka_unit_test(an_arena_aligns_and_zeroes),
        cmocka_unit_test(errors_gather_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
