/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* neterror.h - errors as they travel: GError from and to the record WireError
 *
 * The client sees the whole text in message, the template of the code in str1 and
 * the detail in str2; int1 is the errno of a system error, -1 otherwise.
 */
#pragma once

#include <glib.h>

#include "rpc/api_gen.h"
#include "rpc/wire.h"

/* Fill @wire (zeroed before) from @error. */
void neterror_fill(const GError *error, WireError *wire);

/* The payload of an error reply; cannot fail. */
void neterror_encode(const GError *error, GByteArray *out);

/* The error that a peer sent. */
GError *neterror_to_gerror(const WireError *wire);

/* The same from a payload; if that cannot be read, an error that says so. */
GError *neterror_decode(const uint8_t *payload, size_t len);
