/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* crypto.c - the little cryptography that we do ourselves
 *
 * Padding is ours: GnuTLS has padded ciphers only in newer releases than the oldest we build with.
 */
#define ERROR_FROM VIR_FROM_CRYPTO
#include "util/crypto.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "util/error.h"

enum { BLOCK = 16 };

bool
crypto_encrypt(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t iv[CRYPTO_IV_LEN], const void *data, size_t len, uint8_t **ret,
               size_t *ret_len, GError **error)
{
    gnutls_datum_t key_datum = { (unsigned char *)key, CRYPTO_KEY_LEN }, iv_datum = { (unsigned char *)iv, CRYPTO_IV_LEN };
    size_t padding = BLOCK - len % BLOCK, full = len + padding;
    g_autofree uint8_t *text = g_malloc(full);
    gnutls_cipher_hd_t cipher;
    int rc;

    memcpy(text, data, len);
    memset(text + len, (int)padding, padding);
    rc = gnutls_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_CBC, &key_datum, &iv_datum);
    if (rc >= 0) {
        rc = gnutls_cipher_encrypt(cipher, text, full);
        gnutls_cipher_deinit(cipher);
    }
    if (rc < 0) {
        crypto_wipe(text, full);
        error_set(error, VIR_ERR_INTERNAL_ERROR, "cannot encrypt with AES-256-CBC: %s", gnutls_strerror(rc));
        return false;
    }
    *ret = g_steal_pointer(&text);
    *ret_len = full;
    return true;
}

bool
crypto_random(void *bytes, size_t len, GError **error)
{
    int rc = gnutls_rnd(GNUTLS_RND_KEY, bytes, len);

    if (rc < 0)
        error_set(error, VIR_ERR_INTERNAL_ERROR, "cannot make random bytes: %s", gnutls_strerror(rc));
    return rc >= 0;
}

void
crypto_wipe(void *data, size_t len)
{
    if (data)
        explicit_bzero(data, len);
}
