/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* uuid.h - 16-byte identifiers and their text */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { UUID_LEN = 16, UUID_TEXT_LEN = 37 /* with the final NUL */ };

/* 32 hex digits; hyphens between bytes and white space around are passed over. */
bool uuid_parse(const char *text, uint8_t uuid[UUID_LEN]);
void uuid_format(const uint8_t uuid[UUID_LEN], char text[UUID_TEXT_LEN]);
char *uuid_to_string(const uint8_t uuid[UUID_LEN]);
/* Random, version 4. */
void uuid_generate(uint8_t uuid[UUID_LEN]);
/* False for sixteen equal bytes, which firmware gives that knows no better. */
bool uuid_is_valid(const uint8_t uuid[UUID_LEN]);

/* For GHashTable keys that point to 16 bytes. */
unsigned uuid_hash(const void *uuid);
int uuid_equal(const void *a, const void *b);
