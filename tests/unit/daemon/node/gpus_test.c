/* gpus_test.c - whole devices and parts of them: who has which. */
#include "tests/harness.h"

#include "daemon/node/gpus.h"

enum { ONE = RESOURCE_UNIT };

static char text[GPUS_TEXT_MAX];

static struct gpu_set take(struct gpus *gpus, int64_t amount, const char *which)
{
    struct gpu_set set;

    assert_true(gpus_fit(gpus, amount));
    gpus_take(gpus, amount, &set);
    assert_string_equal(gpus_text(gpus, &set, text), which);
    return set;
}

static void whole_devices_are_given_one_by_one(void **state)
{
    struct gpus gpus;
    struct gpu_set first, two;

    (void)state;
    gpus_init(&gpus, 4 * ONE, NULL);
    first = take(&gpus, ONE, "0");
    two = take(&gpus, 2 * ONE, "1,2");
    assert_false(gpus_fit(&gpus, 2 * ONE));
    gpus_return(&gpus, &first);
    assert_string_equal(gpus_text(&gpus, &first, text), "");
    take(&gpus, 2 * ONE, "0,3");
    assert_false(gpus_fit(&gpus, 1));
    gpus_return(&gpus, &two);
    take(&gpus, ONE, "1");
    gpus_finish(&gpus);
}

static void parts_fill_one_device_before_the_next(void **state)
{
    struct gpus gpus;
    struct gpu_set half;

    (void)state;
    gpus_init(&gpus, 2 * ONE, NULL);
    half = take(&gpus, ONE / 2, "0");
    take(&gpus, ONE / 4, "0");
    assert_false(gpus_fit(&gpus, 2 * ONE));
    take(&gpus, ONE, "1");
    assert_false(gpus_fit(&gpus, ONE / 2)); /* a quarter is left of each: no */
    assert_true(gpus_fit(&gpus, ONE / 4));
    gpus_return(&gpus, &half);
    take(&gpus, ONE / 2, "0");
    gpus_finish(&gpus);
}

static void halves_of_two_devices_are_no_whole_one(void **state)
{
    struct gpus gpus;

    (void)state;
    gpus_init(&gpus, 2 * ONE, NULL);
    take(&gpus, ONE * 6 / 10, "0");
    take(&gpus, ONE * 6 / 10, "1");
    assert_false(gpus_fit(&gpus, ONE));
    assert_false(gpus_fit(&gpus, ONE * 8 / 10));
    gpus_finish(&gpus);
}

static void devices_have_the_names_that_cuda_gives_them(void **state)
{
    struct gpus gpus;

    (void)state;
    gpus_init(&gpus, 2 * ONE, "3,GPU-8e1b,7");
    take(&gpus, 2 * ONE, "3,GPU-8e1b");
    gpus_finish(&gpus);
    gpus_init(&gpus, 2 * ONE, "3"); /* names too few: somebody knows better */
    take(&gpus, 2 * ONE, "0,1");
    gpus_finish(&gpus);
}

static void nobody_counts_what_is_not_whole(void **state)
{
    static const int64_t amounts[] = { 0, ONE / 2, (GPUS_MAX + 1) * (int64_t)ONE,
                                       -ONE };
    struct gpus gpus;

    (void)state;
    for (size_t i = 0; i < sizeof(amounts) / sizeof(*amounts); i++) {
        gpus_init(&gpus, amounts[i], NULL);
        take(&gpus, 0, "");
        take(&gpus, ONE, "");
        gpus_finish(&gpus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_devices_are_given_one_by_one),
        cmocka_unit_test(parts_fill_one_device_before_the_next),
        cmocka_unit_test(halves_of_two_devices_are_no_whole_one),
        cmocka_unit_test(devices_have_the_names_that_cuda_gives_them),
        cmocka_unit_test(nobody_counts_what_is_not_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
