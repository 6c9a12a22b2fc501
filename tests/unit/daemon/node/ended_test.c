/* ended_test.c - which jobs are over, as far as a node remembers. */
#include "tests/harness.h"

#include "daemon/node/ended.h"

#include <stdlib.h>

static void jobs_are_remembered(void **state)
{
    struct ended *ended = calloc(1, sizeof(*ended));
    struct id first = id_job(1), second = id_job(2);

    (void)state;
    assert_false(ended_has(ended, &first));
    ended_add(ended, &first);
    assert_true(ended_has(ended, &first));
    assert_false(ended_has(ended, &second));
    free(ended);
}

static void only_the_last_ones(void **state)
{
    struct ended *ended = calloc(1, sizeof(*ended));
    struct id old = id_job(1), newest = id_job(ENDED_MAX + 1), kept = id_job(2);

    (void)state;
    ended_add(ended, &old);
    ended_add(ended, &old); /* again: takes no second place */
    for (uint32_t i = 2; i <= ENDED_MAX; i++) {
        struct id job = id_job(i);
        ended_add(ended, &job);
    }
    assert_true(ended_has(ended, &old));
    ended_add(ended, &newest);
    assert_false(ended_has(ended, &old));
    assert_true(ended_has(ended, &kept));
    assert_true(ended_has(ended, &newest));
    free(ended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_are_remembered),
        cmocka_unit_test(only_the_last_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
