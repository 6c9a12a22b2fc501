/* fit_test.c - the score of a node: the most used resource among those asked for. */
#include "tests/harness.h"

#include "lib/base/fit.h"

#include <math.h>

/* In whole units; negative: not there. */
static struct resources of(int64_t cpu, int64_t gpu)
{
    struct resources set = { 0 };

    if (cpu >= 0)
        resources_set(&set, slice("CPU"), cpu * RESOURCE_UNIT);
    if (gpu >= 0)
        resources_set(&set, slice("GPU"), gpu * RESOURCE_UNIT);
    return set;
}

static double score(struct resources total, struct resources available,
                    struct resources demand)
{
    double found = fit_score(&total, &available, &demand);

    resources_finish(&total);
    resources_finish(&available);
    resources_finish(&demand);
    return found;
}

static bool feasible(struct resources total, struct resources demand)
{
    bool found = fit_feasible(&total, &demand);

    resources_finish(&total);
    resources_finish(&demand);
    return found;
}

static void assert_near(double found, double expected)
{
    if (!(fabs(found - expected) < 1e-9))
        fail_msg("%g where %g is expected", found, expected);
}

static void below_half_is_zero(void **state)
{
    (void)state;
    assert_near(score(of(8, -1), of(8, -1), of(1, -1)), 0);
    assert_near(score(of(8, -1), of(6, -1), of(1, -1)), 0);   /* 3 of 8 */
    assert_near(score(of(8, -1), of(5, -1), of(1, -1)), 0.5); /* 4 of 8 */
    assert_near(score(of(8, -1), of(4, -1), of(1, -1)), 0.625);
    assert_near(score(of(8, -1), of(1, -1), of(1, -1)), 1);
}

static void the_critical_resource_counts(void **state)
{
    (void)state;
    assert_near(score(of(10, 4), of(10, 4), of(1, 3)), 0.75);
    assert_near(score(of(10, 4), of(2, 4), of(1, 1)), 0.9);
    /* What is not asked for does not count, full as it may be. */
    assert_near(score(of(10, 4), of(10, 0), of(1, -1)), 0);
    assert_near(score(of(10, 4), of(0, 0), of(-1, -1)), 0);
}

static void what_a_node_lacks_is_no_division_by_zero(void **state)
{
    (void)state;
    assert_near(score(of(10, -1), of(10, -1), of(1, 0)), 0);
    assert_near(score(of(0, -1), of(0, -1), of(0, -1)), 0);
    assert_near(score(of(-1, -1), of(-1, -1), of(-1, -1)), 0);
}

static void feasible_is_about_the_total(void **state)
{
    (void)state;
    assert_true(feasible(of(4, -1), of(4, -1)));
    assert_false(feasible(of(4, -1), of(5, -1)));
    assert_false(feasible(of(4, -1), of(1, 1)));
    assert_true(feasible(of(4, -1), of(1, 0))); /* nothing of it */
    assert_true(feasible(of(-1, -1), of(-1, -1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_half_is_zero),
        cmocka_unit_test(the_critical_resource_counts),
        cmocka_unit_test(what_a_node_lacks_is_no_division_by_zero),
        cmocka_unit_test(feasible_is_about_the_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
