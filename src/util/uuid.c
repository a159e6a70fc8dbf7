/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* uuid.c - 16-byte identifiers and their text */
#include "util/uuid.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/random.h>

bool
uuid_parse(const char *text, uint8_t uuid[UUID_LEN])
{
    uint8_t bytes[UUID_LEN];
    const char *p = text;

    while (g_ascii_isspace(*p))
        p++;
    for (int i = 0; i < UUID_LEN; p += 2) {
        if (*p == '-' && i > 0)
            p++;
        if (!g_ascii_isxdigit(p[0]) || !g_ascii_isxdigit(p[1]))
            return false;
        bytes[i++] = (uint8_t)(g_ascii_xdigit_value(p[0]) << 4 | g_ascii_xdigit_value(p[1]));
    }
    while (g_ascii_isspace(*p))
        p++;
    if (*p)
        return false;
    memcpy(uuid, bytes, UUID_LEN);
    return true;
}

void
uuid_format(const uint8_t uuid[UUID_LEN], char text[UUID_TEXT_LEN])
{
    static const char digits[] = "0123456789abcdef";
    char *p = text;

    for (int i = 0; i < UUID_LEN; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        *p++ = digits[uuid[i] >> 4];
        *p++ = digits[uuid[i] & 15];
    }
    *p = 0;
}

char *
uuid_to_string(const uint8_t uuid[UUID_LEN])
{
    char *text = g_malloc(UUID_TEXT_LEN);

    uuid_format(uuid, text);
    return text;
}

void
uuid_generate(uint8_t uuid[UUID_LEN])
{
    ssize_t got;

    do {
        got = getrandom(uuid, UUID_LEN, 0);
    } while (got < 0 && errno == EINTR);
    g_assert_cmpint(got, ==, UUID_LEN);
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

bool
uuid_is_valid(const uint8_t uuid[UUID_LEN])
{
    for (int i = 1; i < UUID_LEN; i++) {
        if (uuid[i] != uuid[0])
            return true;
    }
    return false;
}

unsigned
uuid_hash(const void *uuid)
{
    uint32_t word;

    memcpy(&word, (const uint8_t *)uuid + 12, sizeof(word)); /* the random end */
    return word;
}

int
uuid_equal(const void *a, const void *b)
{
    return memcmp(a, b, UUID_LEN) == 0;
}
