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

/* RFC 5869, test case 3 (no salt, no info), its first 32 bytes */
static void hkdf_of_rfc_5869(void **state)
{
    uint8_t secret[22], key[DIGEST_SIZE], other[DIGEST_SIZE] = { 0 };
    char hex[DIGEST_HEX_MAX];

    (void)state;
    memset(secret, 0x0b, sizeof(secret));
    digest_hkdf(slice_of(secret, sizeof(secret)), slice(""), key);
    digest_hex(key, sizeof(key), hex);
    assert_string_equal(
        hex, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
    assert_true(digest_equal(key, key, sizeof(key)));
    assert_false(digest_equal(key, other, sizeof(key)));
    digest_random(other, sizeof(other));
    assert_false(digest_equal(key, other, sizeof(key)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_of_abc),
        cmocka_unit_test(hkdf_of_rfc_5869),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
