/* overlay_test.c - folders replace each other, variables are put together. */
#include "tests/harness.h"

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/proto/codec.h"
#include "lib/proto/overlay.h"

static struct label below_vars[] = { { { "B", 1 }, { "below", 5 } },
                                     { { "A", 1 }, { "below", 5 } } };
static struct label above_vars[] = { { { "C", 1 }, { "above", 5 } },
                                     { { "B", 1 }, { "above", 5 } } };

static struct runtime_env env_of(const char *package, struct label *vars, size_t count)
{
    struct runtime_env env = { .package = slice(package) };

    env.env.items = vars;
    env.env.count = count;
    return env;
}

static void check_var(const struct runtime_env *env, size_t i, const char *name,
                      const char *value)
{
    assert_true(i < env->env.count);
    assert_true(slice_is(env->env.items[i].name, name));
    assert_true(slice_is(env->env.items[i].value, value));
}

static void variables_come_together_by_name(void **state)
{
    const struct runtime_env below = env_of("", below_vars, 2);
    const struct runtime_env above = env_of("", above_vars, 2);
    struct arena arena = { 0 };
    struct runtime_env all = overlay(&above, &below, &arena);

    (void)state;
    assert_int_equal(all.env.count, 3);
    check_var(&all, 0, "A", "below");
    check_var(&all, 1, "B", "above");
    check_var(&all, 2, "C", "above");
    assert_int_equal(all.package.size, 0);
    arena_finish(&arena);
}

static void the_folder_above_replaces_the_one_below(void **state)
{
    const struct runtime_env none = env_of("", NULL, 0);
    const struct runtime_env below = env_of("below", NULL, 0);
    const struct runtime_env above = env_of("above", NULL, 0);
    struct arena arena = { 0 };

    (void)state;
    assert_true(slice_is(overlay(&above, &below, &arena).package, "above"));
    assert_true(slice_is(overlay(&none, &below, &arena).package, "below"));
    assert_true(slice_is(overlay(&above, &none, &arena).package, "above"));
    assert_int_equal(overlay(&none, &none, &arena).env.count, 0);
    arena_finish(&arena);
}

static void the_later_of_a_name_counts(void **state)
{
    struct label twice[] = { { { "A", 1 }, { "one", 3 } },
                             { { "A", 1 }, { "two", 3 } },
                             { { "A", 1 }, { "three", 5 } } };
    const struct runtime_env none = env_of("", NULL, 0);
    const struct runtime_env above = env_of("", twice, 3);
    struct arena arena = { 0 };
    struct runtime_env all = overlay(&above, &none, &arena);

    (void)state;
    assert_int_equal(all.env.count, 1);
    check_var(&all, 0, "A", "three");
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_come_together_by_name),
        cmocka_unit_test(the_folder_above_replaces_the_one_below),
        cmocka_unit_test(the_later_of_a_name_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
