/* log_plan_test.c - which log files give back room, in which order. */
#include "tests/harness.h"

#include "lib/base/clock.h"
#include "lib/base/log_plan.h"

enum { MB = 1 << 20 };

static const struct log_bounds bounds = { 100 * MB, 10 * NS_PER_S };

static struct log_plan_file file(int64_t used, int64_t age_s, bool is_over)
{
    return (struct log_plan_file){ .used = used,
                                   .modified = (1000 - age_s) * NS_PER_S,
                                   .is_over = is_over,
                                   .action = LOG_REMOVE };
}

static void plan(struct log_plan_file *files, size_t count)
{
    log_plan(files, count, &bounds, 1000 * NS_PER_S);
}

static void what_fits_and_is_young_stays(void **state)
{
    struct log_plan_file files[] = { file(50 * MB, 1, true), file(50 * MB, 10, true),
                                     file(0, 500, false) };

    (void)state;
    plan(files, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(files[i].action, LOG_KEEP);
    plan(files, 0);
}

static void old_files_go_when_nobody_writes(void **state)
{
    struct log_plan_file files[] = { file(1, 11, true), file(1, 11, false) };

    (void)state;
    plan(files, 2);
    assert_int_equal(files[0].action, LOG_REMOVE);
    assert_int_equal(files[1].action, LOG_KEEP);
}

static void a_large_file_keeps_its_end(void **state)
{
    struct log_plan_file files[] = { file(51 * MB, 1, false), file(51 * MB, 1, true) };

    (void)state;
    plan(files, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(files[i].action, LOG_CUT);
        assert_int_equal(files[i].keep, 25 * MB);
    }
}

static void the_oldest_goes_first_then_the_largest_is_halved(void **state)
{
    struct log_plan_file files[] = { file(40 * MB, 1, true), file(40 * MB, 3, true),
                                     file(40 * MB, 2, true), file(40 * MB, 9, false) };
    struct log_plan_file used[] = { file(40 * MB, 1, false), file(30 * MB, 2, false),
                                    file(45 * MB, 2, false) };

    (void)state;
    plan(files, 4);
    assert_int_equal(files[0].action, LOG_KEEP);
    assert_int_equal(files[1].action, LOG_REMOVE);
    assert_int_equal(files[2].action, LOG_REMOVE);
    assert_int_equal(files[3].action, LOG_KEEP);
    plan(used, 3);
    assert_int_equal(used[0].action, LOG_KEEP);
    assert_int_equal(used[1].action, LOG_KEEP);
    assert_int_equal(used[2].action, LOG_CUT);
    assert_int_equal(used[2].keep, 45 * MB / 2);
}

static void small_files_in_use_stay_whatever_they_fill(void **state)
{
    const struct log_bounds least = { 1, 1 };
    struct log_plan_file files[] = { file(LOG_PLAN_LEAST, 1, false),
                                     file(LOG_PLAN_LEAST + 1, 1, false) };

    (void)state;
    log_plan(files, 2, &least, 1000 * NS_PER_S);
    assert_int_equal(files[0].action, LOG_KEEP);
    assert_int_equal(files[1].action, LOG_CUT);
    assert_int_equal(files[1].keep, LOG_PLAN_LEAST);
}

static void files_are_counted_too(void **state)
{
    enum { COUNT = LOG_PLAN_FILES + 3 };
    static struct log_plan_file files[COUNT];
    size_t removed = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        files[i] = file(0, i % 7, i != 6 && i != 13);
    plan(files, COUNT);
    for (int i = 0; i < COUNT; i++) {
        removed += files[i].action == LOG_REMOVE;
        assert_true(files[i].action == LOG_KEEP || (i % 7 == 6 && i > 13));
    }
    assert_int_equal(removed, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_and_is_young_stays),
        cmocka_unit_test(old_files_go_when_nobody_writes),
        cmocka_unit_test(a_large_file_keeps_its_end),
        cmocka_unit_test(the_oldest_goes_first_then_the_largest_is_halved),
        cmocka_unit_test(files_are_counted_too),
        cmocka_unit_test(small_files_in_use_stay_whatever_they_fill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
