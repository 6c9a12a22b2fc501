/* requests_test.c - groups of waiting requests, and the ledger that they wait for. */
#include "tests/harness.h"

#include "daemon/node/ledger.h"
#include "daemon/node/requests.h"
#include "lib/net/peer.h"

#include <stdlib.h>

static struct resources cpus(int64_t amount)
{
    struct resources set = { 0 };
    resources_set(&set, slice("CPU"), amount);
    return set;
}

/* A request by hand: there is no call behind it. */
static struct request *make(uint32_t job, int64_t amount)
{
    struct request *request = calloc(1, sizeof(*request));

    list_init(&request->list);
    request->job = id_job(job);
    request->shape = cpus(amount);
    return request;
}

static size_t groups(const struct requests *requests)
{
    const struct list *at;
    size_t count = 0;

    list_each(at, &requests->groups)
        count++;
    return count;
}

static void one_group_a_shape_and_job(void **state)
{
    struct requests requests;
    struct request *all[] = { make(1, 10000), make(1, 10000), make(1, 5000),
                              make(2, 10000) };

    (void)state;
    requests_init(&requests);
    for (size_t i = 0; i < 4; i++)
        requests_add(&requests, all[i]);
    assert_int_equal(groups(&requests), 3);
    assert_ptr_equal(all[0]->group, all[1]->group);
    assert_int_equal(all[0]->group->waiting, 2);
    requests_remove(all[2]);
    assert_null(all[2]->group);
    assert_int_equal(groups(&requests), 2);
    requests_add(&requests, all[2]);
    for (size_t i = 0; i < 4; i++)
        request_destroy(all[i]);
    assert_int_equal(groups(&requests), 0);
}

static void what_is_taken_comes_back(void **state)
{
    struct resources total = cpus(20000), one = cpus(10000);
    struct gpu_set gpus;
    struct ledger ledger = { 0 };

    (void)state;
    ledger_init(&ledger, &total, NULL);
    assert_true(ledger_take(&ledger, &one, &gpus));
    assert_true(ledger_take(&ledger, &one, &gpus));
    assert_false(ledger_take(&ledger, &one, &gpus));
    ledger_take_by_force(&ledger, &one);
    assert_int_equal(resources_get(&ledger.available, "CPU"), -10000);
    ledger_return(&ledger, &one, &gpus);
    assert_false(ledger_take(&ledger, &one, &gpus));
    ledger_return(&ledger, &one, &gpus);
    assert_true(ledger_take(&ledger, &one, &gpus));
    ledger_finish(&ledger);
    resources_finish(&total);
    resources_finish(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_group_a_shape_and_job),
        cmocka_unit_test(what_is_taken_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
