/* taskenv_test.c - the same environment is the same bytes, whoever says it and how. */
#include "tests/harness.h"

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/client/taskenv.h"
#include "lib/proto/codec.h"
#include "lib/proto/proto.h"

#include <stdlib.h>
#include <string.h>

static struct ray_runtime_env vars_of(const char *const *vars, size_t count)
{
    return (struct ray_runtime_env){ .vars = vars, .vars_count = count };
}

static struct buf pack(const struct ray_runtime_env *env, const char *package,
                       struct slice below)
{
    struct buf out;
    struct error err;

    buf_init(&out, 0);
    assert_int_equal(taskenv_pack(env, slice(package), below, &out, &err), 0);
    return out;
}

static void the_order_does_not_count(void **state)
{
    const char *const one[] = { "A=1", "B=2=2", "A=3" };
    const char *const other[] = { "B=2=2", "A=3" };
    const struct ray_runtime_env first = vars_of(one, 3), second = vars_of(other, 2);
    struct buf a = pack(&first, "p", slice("")), b = pack(&second, "p", slice(""));

    (void)state;
    assert_true(a.size > 0);
    assert_true(slice_equal(buf_slice(&a), buf_slice(&b)));
    buf_finish(&a);
    buf_finish(&b);
}

static void inherited_or_said_is_the_same(void **state)
{
    const char *const low[] = { "A=1", "B=low" }, *const high[] = { "B=high" };
    const char *const both[] = { "A=1", "B=high" };
    const struct ray_runtime_env under = vars_of(low, 2), over = vars_of(high, 1);
    const struct ray_runtime_env all = vars_of(both, 2);
    struct buf below = pack(&under, "p", slice(""));
    struct buf a = pack(&over, "", buf_slice(&below)), b = pack(&all, "p", slice(""));

    (void)state;
    assert_true(slice_equal(buf_slice(&a), buf_slice(&b)));
    buf_finish(&below);
    buf_finish(&a);
    buf_finish(&b);
}

static void nothing_is_no_bytes(void **state)
{
    const struct ray_runtime_env none = { 0 };
    struct buf out = pack(&none, "", slice(""));

    (void)state;
    assert_int_equal(out.size, 0);
    buf_finish(&out);
}

static void values_travel_whole(void **state)
{
    const char *const vars[] = { "A=a=b", "EMPTY=" };
    const struct ray_runtime_env env = vars_of(vars, 2);
    struct buf out = pack(&env, "p", slice(""));
    struct arena arena = { 0 };
    struct runtime_env back;

    (void)state;
    assert_int_equal(
        codec_unpack(buf_slice(&out), &runtime_env_desc, &back, &arena, NULL), 0);
    assert_true(slice_is(back.package, "p"));
    assert_int_equal(back.env.count, 2);
    assert_true(slice_is(back.env.items[0].value, "a=b"));
    assert_true(slice_is(back.env.items[1].name, "EMPTY"));
    assert_int_equal(back.env.items[1].value.size, 0);
    arena_finish(&arena);
    buf_finish(&out);
}

static int refusal(const char *var)
{
    const struct ray_runtime_env env = vars_of(&var, 1);
    struct error err;
    struct buf out;
    int status;

    buf_init(&out, 0);
    status = taskenv_pack(&env, slice(""), slice(""), &out, &err);
    buf_finish(&out);
    return status;
}

static void what_is_no_variable_is_refused(void **state)
{
    char *large = malloc(TASKENV_SIZE_MAX + 10);

    (void)state;
    memset(large, 'x', TASKENV_SIZE_MAX + 9);
    large[1] = '=';
    large[TASKENV_SIZE_MAX + 9] = '\0';
    assert_int_equal(refusal("A"), -ERR_INVALID);
    assert_int_equal(refusal("=a"), -ERR_INVALID);
    assert_int_equal(refusal(NULL), -ERR_INVALID);
    assert_int_equal(refusal(large), -ERR_INVALID);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_does_not_count),
        cmocka_unit_test(inherited_or_said_is_the_same),
        cmocka_unit_test(nothing_is_no_bytes),
        cmocka_unit_test(values_travel_whole),
        cmocka_unit_test(what_is_no_variable_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
