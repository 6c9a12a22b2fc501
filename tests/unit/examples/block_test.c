/* block_test.c - blocks of bytes, and the texts of errors. */
#include "examples/automl/block.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "examples/automl/automl_error.h"

#define MAGIC 0x1122334455667788u

static unsigned char *make_block(size_t *size)
{
    struct block_writer writer;
    block_init(&writer);
    block_put_u32(&writer, 7);
    block_put_double(&writer, 0.1);
    for (uint32_t i = 0; i < 1000; i++)
        block_put_u32(&writer, i);
    return block_take(&writer, MAGIC, size, NULL);
}

static void what_is_put_is_got(void **state)
{
    (void)state;
    size_t size;
    struct block_reader reader;
    unsigned char *bytes = make_block(&size);
    assert_non_null(bytes);
    assert_int_equal(block_open(&reader, bytes, size, MAGIC, NULL), 0);
    assert_int_equal(block_get_u32(&reader), 7);
    assert_true(block_get_double(&reader) == 0.1);
    const unsigned char *array = block_get_array(&reader, 999, sizeof(uint32_t));
    uint32_t last;
    assert_non_null(array);
    memcpy(&last, array + 998 * sizeof(last), sizeof(last));
    assert_int_equal(last, 998);
    assert_false(block_is_read(&reader));
    assert_int_equal(block_get_u32(&reader), 999);
    assert_true(block_is_read(&reader));
    free(bytes);
}

static void reading_past_the_end_gives_zeros_and_is_remembered(void **state)
{
    (void)state;
    size_t size;
    struct block_reader reader;
    unsigned char *bytes = make_block(&size);
    assert_int_equal(block_open(&reader, bytes, size, MAGIC, NULL), 0);
    assert_null(block_get_array(&reader, SIZE_MAX / 4, 8));
    assert_int_equal(block_get_u32(&reader), 0);
    assert_true(block_get_double(&reader) == 0);
    assert_false(block_is_read(&reader));
    free(bytes);
}

static void cut_and_changed_blocks_are_refused(void **state)
{
    (void)state;
    size_t size;
    struct block_reader reader;
    struct automl_error err;
    unsigned char *bytes = make_block(&size);
    for (size_t cut = 0; cut < size; cut++)
        assert_true(block_open(&reader, bytes, cut, MAGIC, &err) < 0);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 0x40;
        assert_true(block_open(&reader, bytes, size, MAGIC, &err) < 0);
        bytes[i] ^= 0x40;
    }
    assert_true(block_open(&reader, bytes, size, MAGIC + 1, &err) < 0);
    assert_int_equal(block_open(&reader, bytes, size, MAGIC, &err), 0);
    free(bytes);
}

static void contexts_are_put_before_the_text_and_cut(void **state)
{
    (void)state;
    struct automl_error err;
    assert_true(automl_fail(&err, "no %s", "wine") < 0);
    assert_true(automl_wrap(&err, "dinner %d", 2) < 0);
    assert_string_equal(err.text, "dinner 2: no wine");
    for (int i = 0; i < 100; i++)
        automl_wrap(&err, "0123456789");
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    assert_true(automl_fail(NULL, "nobody asks") < 0);
    assert_true(automl_wrap(NULL, "nobody asks") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_got),
        cmocka_unit_test(reading_past_the_end_gives_zeros_and_is_remembered),
        cmocka_unit_test(cut_and_changed_blocks_are_refused),
        cmocka_unit_test(contexts_are_put_before_the_text_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
