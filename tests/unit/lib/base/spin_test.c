/* spin_test.c - spins: shorter when they are in vain, full again when they are not. */
#include "tests/harness.h"

#include "lib/base/spin.h"

enum { MOST = 1000 };

static void full_as_long_as_something_is_found(void **state)
{
    struct spin spin;

    (void)state;
    spin_init(&spin, MOST);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(spin_begin(&spin), MOST);
        spin_end(&spin, true);
    }
}

static void shorter_and_then_none_when_in_vain(void **state)
{
    int before = MOST + 1, spins = 0;
    struct spin spin;

    (void)state;
    spin_init(&spin, MOST);
    for (int looks; (looks = spin_begin(&spin)) > 0; spins++) {
        assert_true(looks < before);
        before = looks;
        spin_end(&spin, false);
    }
    assert_in_range(spins, 2, 10);
}

/* Looks of the spins until one is full; all of them are in vain. */
static int looks_until_full(struct spin *spin, int *spins)
{
    int sum = 0;

    for (*spins = 1; *spins < 10000; ++*spins) {
        int looks = spin_begin(spin);
        if (looks == MOST)
            return sum;
        sum += looks;
        spin_end(spin, false);
    }
    return sum;
}

static void a_full_one_finds_out_now_and_then(void **state)
{
    struct spin spin;
    int spins;

    (void)state;
    spin_init(&spin, MOST);
    assert_int_equal(spin_begin(&spin), MOST);
    spin_end(&spin, false);
    assert_true(looks_until_full(&spin, &spins) < MOST);
    assert_in_range(spins, 20, 200);
    spin_end(&spin, false); /* in vain, too: back to none for as long */
    assert_int_equal(looks_until_full(&spin, &spins), 0);
    assert_in_range(spins, 20, 200);
    spin_end(&spin, true);
    assert_int_equal(spin_begin(&spin), MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_as_long_as_something_is_found),
        cmocka_unit_test(shorter_and_then_none_when_in_vain),
        cmocka_unit_test(a_full_one_finds_out_now_and_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
