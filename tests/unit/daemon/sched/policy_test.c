/* policy_test.c - where a demand goes, and why it waits. */
#include "tests/harness.h"

#include "daemon/sched/policy.h"

#include <string.h>

enum { NODES = 3 };

static struct resources total[NODES], available[NODES];
static struct policy_node nodes[NODES];

static struct resources make(double cpus, double gold)
{
    struct resources set = { 0 };

    if (cpus > 0)
        resources_set(&set, slice("CPU"), (int64_t)(cpus * RESOURCE_UNIT));
    if (gold > 0)
        resources_set(&set, slice("gold"), (int64_t)(gold * RESOURCE_UNIT));
    return set;
}

/* Nodes of 4 CPUs, the last with gold, too; `used` CPUs of each. */
static void cluster(const double used[NODES])
{
    static const char *const names[] = { "a", "b", "c" };

    for (int i = 0; i < NODES; i++) {
        char id[ID_NODE] = { (char)(i + 1) };
        resources_finish(&total[i]);
        resources_finish(&available[i]);
        total[i] = make(4, i == 2 ? 1 : 0);
        available[i] = make(4 - used[i], i == 2 ? 1 : 0);
        nodes[i] = (struct policy_node){ id_from_bytes(id, sizeof(id)), names[i],
                                         &total[i], &available[i], true };
    }
}

static int pick(size_t local, double cpus, double gold, bool *now)
{
    struct resources demand = make(cpus, gold);
    int node = policy_pick(nodes, NODES, local, &demand, now);

    resources_finish(&demand);
    return node;
}

static void explained(double cpus, double gold, const char *expected)
{
    struct resources demand = make(cpus, gold);
    char text[200];

    policy_explain(nodes, NODES, &demand, text, sizeof(text));
    assert_string_equal(text, expected);
    resources_finish(&demand);
}

static void here_if_there_is_room(void **state)
{
    bool now;

    (void)state;
    cluster((double[]){ 0, 3, 0 });
    assert_int_equal(pick(1, 1, 0, &now), 1);
    assert_true(now);
    assert_int_equal(pick(1, 2, 0, &now), 0); /* the lower id of two that are empty */
    cluster((double[]){ 4, 4, 4 });
    assert_int_equal(pick(1, 1, 0, &now), 1);
    assert_false(now);
}

static void resources_decide(void **state)
{
    bool now;

    (void)state;
    cluster((double[]){ 0, 0, 3 });
    assert_int_equal(pick(0, 1, 1, &now), 2);
    assert_true(now);
    assert_int_equal(pick(0, 2, 1, &now), 2);
    assert_false(now);
    assert_int_equal(pick(0, 5, 0, &now), -1);
    assert_int_equal(pick(SIZE_MAX, 1, 2, &now), -1);
}

static void packs_until_half_then_spreads(void **state)
{
    bool now;

    (void)state;
    cluster((double[]){ 1, 0, 0 });
    assert_int_equal(pick(SIZE_MAX, 0.5, 0, &now), 0);
    cluster((double[]){ 3, 1, 2 });
    assert_int_equal(pick(SIZE_MAX, 1, 0, &now), 1);
}

static void those_that_drain_are_left_out(void **state)
{
    bool now;

    (void)state;
    cluster((double[]){ 0, 0, 0 });
    nodes[0].is_usable = false;
    assert_int_equal(pick(0, 1, 0, &now), 1);
}

static void reasons(void **state)
{
    (void)state;
    cluster((double[]){ 4, 4, 4 });
    explained(1, 0, "waiting for CPU: all 3 nodes that have it are busy");
    explained(16, 0, "no node has CPU=16 (largest: 4 on a)");
    explained(0, 2, "no node has gold=2 (largest: 1 on c)");
    explained(1, 1, "waiting for CPU: the 1 node that has it is busy");
    cluster((double[]){ 0, 0, 0 });
    explained(1, 0, "waiting for a worker");
    resources_finish(&total[2]);
    total[2] = make(4, 0);
    explained(1, 1, "no node has gold (needs 1)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(here_if_there_is_room),
        cmocka_unit_test(resources_decide),
        cmocka_unit_test(packs_until_half_then_spreads),
        cmocka_unit_test(those_that_drain_are_left_out),
        cmocka_unit_test(reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
