/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* crypto.h - the little cryptography that we do ourselves: one cipher, random bytes, and forgetting
 *
 * A thin layer over GnuTLS, which is linked for TLS anyway.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { CRYPTO_KEY_LEN = 32, CRYPTO_IV_LEN = 16 };

/* AES-256-CBC of @data, with PKCS#7 padding. */
bool crypto_encrypt(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t iv[CRYPTO_IV_LEN], const void *data, size_t len,
                    uint8_t **ret, size_t *ret_len, GError **error);
/* Fit for keys. */
bool crypto_random(void *bytes, size_t len, GError **error);
/* Zeroes that no compiler leaves out; @data may be NULL. */
void crypto_wipe(void *data, size_t len);
