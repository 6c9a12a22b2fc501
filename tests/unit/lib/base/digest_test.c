/* digest_test.c - published test vectors. */
#include "tests/harness.h"

#include "lib/base/digest.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_abc),
        cmocka_unit_test(hmac_of_rfc_4231),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
