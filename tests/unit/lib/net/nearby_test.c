/* nearby_test.c - the same folder means the same machine. */
#include "tests/harness.h"

#include "lib/base/mem.h"
#include "lib/net/nearby.h"

#include <stdlib.h>
#include <string.h>

static void those_here_take_the_socket(void **state)
{
    char *local = xprintf("unix:%s/node-a.sock", harness_dir());
    char text[NEARBY_TEXT_MAX], address[NEARBY_TEXT_MAX];
    struct error err;

    (void)state;
    assert_ok(nearby_format("10.0.0.1:7000", local, text, &err), &err);
    nearby_pick(text, address);
    assert_string_equal(address, local);
    free(local);
}

static void others_take_tcp(void **state)
{
    char *local = xprintf("unix:%s/node-a.sock", harness_dir());
    char text[NEARBY_TEXT_MAX], address[NEARBY_TEXT_MAX];
    struct error err;
    size_t last;

    (void)state;
    assert_ok(nearby_format("[::1]:7000", local, text, &err), &err);
    last = strlen(text) - 1;
    text[last] = text[last] == '0' ? '1' : '0'; /* another machine's mark */
    nearby_pick(text, address);
    assert_string_equal(address, "[::1]:7000");
    nearby_pick("10.0.0.1:7000,unix:/nowhere/at/all.sock,0123456789abcdef", address);
    assert_string_equal(address, "10.0.0.1:7000");
    free(local);
}

static void one_way_is_the_way(void **state)
{
    char text[NEARBY_TEXT_MAX], address[NEARBY_TEXT_MAX];
    struct error err;

    (void)state;
    assert_ok(nearby_format(NULL, "unix:/a/b", text, &err), &err);
    assert_string_equal(text, "unix:/a/b");
    nearby_pick(text, address);
    assert_string_equal(address, "unix:/a/b");
    nearby_pick("10.0.0.1:7000", address);
    assert_string_equal(address, "10.0.0.1:7000");
    assert_int_equal(nearby_format("h:1", "unix:/no/such/folder/s", text, &err),
                     -ERR_IO);
}

static void people_see_the_public_part(void **state)
{
    (void)state;
    assert_true(slice_is(nearby_public(slice("h:1,unix:/a,ff")), "h:1"));
    assert_true(slice_is(nearby_public(slice("unix:/a")), "unix:/a"));
    assert_int_equal(nearby_public(slice("")).size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_here_take_the_socket),
        cmocka_unit_test(others_take_tcp),
        cmocka_unit_test(one_way_is_the_way),
        cmocka_unit_test(people_see_the_public_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
