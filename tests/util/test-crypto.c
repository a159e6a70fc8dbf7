/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-crypto.c - the cipher against the values that NIST published, padding, and random bytes */
#include "util/crypto.h"

#include <string.h>

/* NIST SP 800-38A, F.2.5. */
static const uint8_t key[CRYPTO_KEY_LEN] = {
    0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81,
    0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4,
};
static const uint8_t iv[CRYPTO_IV_LEN] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
static const uint8_t plain[] = {
    0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
    0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51,
};
static const uint8_t cipher[] = {
    0xf5, 0x8c, 0x4c, 0x04, 0xd6, 0xe5, 0xf1, 0xba, 0x77, 0x9e, 0xab, 0xfb, 0x5f, 0x7b, 0xfb, 0xd6,
    0x9c, 0xfc, 0x4e, 0x96, 0x7e, 0xdb, 0x80, 0x8d, 0x67, 0x9f, 0x77, 0x7b, 0xc6, 0x70, 0x2c, 0x7d,
};

static void
test_cipher(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree uint8_t *out = NULL;
    size_t len = 0;

    g_assert_true(crypto_encrypt(key, iv, plain, sizeof(plain), &out, &len, &error));
    g_assert_no_error(error);
    g_assert_cmpmem(out, sizeof(cipher), cipher, sizeof(cipher));
}

static void
test_padding(void)
{
    for (size_t n = 0; n <= sizeof(plain); n++) {
        g_autoptr(GError) error = NULL;
        g_autofree uint8_t *out = NULL;
        size_t len = 0;

        g_assert_true(crypto_encrypt(key, iv, plain, n, &out, &len, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(len, ==, n / 16 * 16 + 16);
    }
}

static void
test_random(void)
{
    uint8_t first[64] = { 0 }, second[64] = { 0 };

    g_assert_true(crypto_random(first, sizeof(first), NULL));
    g_assert_true(crypto_random(second, sizeof(second), NULL));
    g_assert_true(memcmp(first, second, sizeof(first)) != 0);
    crypto_wipe(first, sizeof(first));
    for (size_t i = 0; i < sizeof(first); i++)
        g_assert_cmpuint(first[i], ==, 0);
    crypto_wipe(NULL, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/util/crypto/cipher", test_cipher);
    g_test_add_func("/util/crypto/padding", test_padding);
    g_test_add_func("/util/crypto/random", test_random);
    return g_test_run();
}
