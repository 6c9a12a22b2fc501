/* digest_test.c - published test vectors; nearest names; states. */
#include "tests/harness.h"

#include "lib/base/digest.h"
#include "lib/base/fsm.h"
#include "lib/base/nearest.h"

#include <string.h>

/* FIPS 180-4, "abc" */
static void sha256_of_abc(void **state)
{
    uint8_t digest[DIGEST_SIZE];
    char hex[DIGEST_HEX_MAX];

    (void)state;
    digest_sha256(slice("abc"), digest);
    digest_hex(digest, sizeof(digest), hex);
    assert_string_equal(
        hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231, test case 2 */
static void hmac_of_rfc_4231(void **state)
{
    uint8_t mac[DIGEST_SIZE], other[DIGEST_SIZE] = { 0 };
    char hex[DIGEST_HEX_MAX];

    (void)state;
    digest_hmac(slice("Jefe"), slice("what do ya want for nothing?"), mac);
    digest_hex(mac, sizeof(mac), hex);
    assert_string_equal(
        hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_true(digest_equal(mac, mac, sizeof(mac)));
    assert_false(digest_equal(mac, other, sizeof(mac)));
    digest_random(other, sizeof(other));
    assert_false(digest_equal(mac, other, sizeof(mac)));
}

static void near_names(void **state)
{
    static const char *const names[] = { "list", "status", "submit", "summary",
                                         "stop" };

    (void)state;
    assert_string_equal(nearest(slice("lsit"), names, 5), "list");
    assert_string_equal(nearest(slice("statsu"), names, 5), "status");
    assert_string_equal(nearest(slice("SUBMTI"), names, 5), "submit");
    assert_string_equal(nearest(slice("summ"), names, 5), "summary");
    assert_null(nearest(slice("xyzzy"), names, 5));
    assert_null(nearest(slice(""), names, 5));
    assert_null(nearest(slice("s"), names, 0));
}

static const struct fsm_state lamp_states[] = { { "OFF", TO(1) },
                                                { "ON", TO(0) | TO(2) },
                                                { "BROKEN", 0 } };
static const struct fsm lamp = { "lamp", lamp_states, 3 };

static void states_move_along_edges(void **state)
{
    int lit = 0;

    (void)state;
    fsm_move(&lamp, &lit, 1, "a", "switch");
    fsm_move(&lamp, &lit, 1, "a", "again");
    fsm_move(&lamp, &lit, 2, "a", "old");
    assert_int_equal(lit, 2);
    assert_string_equal(fsm_name(&lamp, lit), "BROKEN");
    assert_int_equal(fsm_find(&lamp, "on"), 1);
    assert_int_equal(fsm_find(&lamp, "DIM"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_abc),
        cmocka_unit_test(hmac_of_rfc_4231),
        cmocka_unit_test(near_names),
        cmocka_unit_test(states_move_along_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
