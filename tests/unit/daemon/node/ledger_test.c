/* ledger_test.c - nothing is taken in part, and all that is taken comes back. */
#include "tests/harness.h"

#include "daemon/node/ledger.h"

static struct resources of(int64_t cpu, int64_t gpu)
{
    struct resources set = { 0 };

    resources_set(&set, slice("CPU"), cpu);
    if (gpu >= 0)
        resources_set(&set, slice("GPU"), gpu);
    return set;
}

static void assert_free(const struct ledger *ledger, int64_t cpu, int64_t gpu)
{
    assert_int_equal(resources_get(&ledger->available, "CPU"), cpu);
    assert_int_equal(resources_get(&ledger->available, "GPU"), gpu);
}

static void all_or_nothing(void **state)
{
    struct resources total = of(40000, 10000), demand = of(10000, 10001);
    struct gpu_set gpus;
    struct ledger ledger;

    (void)state;
    ledger_init(&ledger, &total, NULL);
    resources_finish(&total); /* it was copied */
    assert_false(ledger_take(&ledger, &demand, &gpus));
    assert_free(&ledger, 40000, 10000);
    resources_set(&demand, slice("GPU"), 10000);
    assert_true(ledger_take(&ledger, &demand, &gpus));
    assert_free(&ledger, 30000, 0);
    assert_int_equal(resources_get(&ledger.total, "CPU"), 40000);
    resources_finish(&demand);
    ledger_finish(&ledger);
}

static void what_is_not_there_is_not_given(void **state)
{
    struct resources total = of(40000, -1), demand = of(0, 1), none = { 0 };
    struct gpu_set gpus;
    struct ledger ledger;

    (void)state;
    ledger_init(&ledger, &total, NULL);
    assert_false(ledger_take(&ledger, &demand, &gpus));
    assert_true(ledger_take(&ledger, &none, &gpus));
    resources_set(&demand, slice("GPU"), 0); /* asks for nothing of it */
    assert_true(ledger_take(&ledger, &demand, &gpus));
    assert_free(&ledger, 40000, 0);
    resources_finish(&demand);
    resources_finish(&total);
    ledger_finish(&ledger);
}

static void fractions_come_out_even(void **state)
{
    struct resources total = of(10000, -1), tenth = of(1000, -1);
    struct gpu_set gpus;
    struct ledger ledger;

    (void)state;
    ledger_init(&ledger, &total, NULL);
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < 10; i++)
            assert_true(ledger_take(&ledger, &tenth, &gpus));
        assert_false(ledger_take(&ledger, &tenth, &gpus));
        for (int i = 0; i < 10; i++)
            ledger_return(&ledger, &tenth, &gpus);
    }
    assert_true(resources_equal(&ledger.available, &ledger.total));
    resources_finish(&tenth);
    resources_finish(&total);
    ledger_finish(&ledger);
}

static void those_without_demand_run_while_oversubscribed(void **state)
{
    struct resources total = of(10000, 10000), cpu = of(10000, -1), gpu = of(0, 10000);
    struct gpu_set gpus;
    struct ledger ledger;

    (void)state;
    ledger_init(&ledger, &total, NULL);
    assert_true(ledger_take(&ledger, &cpu, &gpus));
    ledger_take_by_force(&ledger, &cpu);
    ledger_take_by_force(&ledger, &cpu);
    assert_free(&ledger, -20000, 10000);
    assert_true(
        ledger_take(&ledger, &gpu, &gpus)); /* CPU is short, but not asked for */
    assert_false(ledger_take(&ledger, &cpu, &gpus));
    for (int i = 0; i < 3; i++)
        ledger_return(&ledger, &cpu, &gpus);
    ledger_return(&ledger, &gpu, &gpus);
    assert_true(resources_equal(&ledger.available, &ledger.total));
    resources_finish(&cpu);
    resources_finish(&gpu);
    resources_finish(&total);
    ledger_finish(&ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(what_is_not_there_is_not_given),
        cmocka_unit_test(fractions_come_out_even),
        cmocka_unit_test(those_without_demand_run_while_oversubscribed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
