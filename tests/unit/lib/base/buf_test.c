/* buf_test.c - buffers with ceilings. */
#include "tests/harness.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ceiling_holds),
        cmocka_unit_test(taken_text_is_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
