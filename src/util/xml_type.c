/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xml_type.c - the kinds of values a row can hold
 *
 * Each is a few lines: text to memory and back.  Parsers are strict (no blanks,
 * no sign where none belongs, overflow refused), because the same text may reach
 * another reader that is not.
 */
#define ERROR_FROM VIR_FROM_XML
#include "util/error.h"
#include "util/bitmap.h"
#include "util/xml_private.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

static bool
string_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    g_free(*(char **)p);
    *(char **)p = g_strdup(text);
    return true;
}

static void
string_format(const XmlField *f, const void *p, GString *out)
{
    if (*(char *const *)p)
        g_string_append(out, *(char *const *)p);
}

static void
string_clear(void *p)
{
    g_clear_pointer((char **)p, g_free);
}

static void
string_copy(void *dst, const void *src)
{
    *(char **)dst = g_strdup(*(char *const *)src);
}

static bool
string_equal(const void *a, const void *b)
{
    return !g_strcmp0(*(char *const *)a, *(char *const *)b);
}

int
xml_enum_value(const XmlEnum *words, const char *word)
{
    for (const char *const *alias = words->aliases; alias && *alias; alias += 2)
        if (!strcmp(alias[0], word))
            word = alias[1];
    for (int i = 0; *word && words->words[i]; i++)
        if (!strcmp(words->words[i], word))
            return i;
    return -1;
}

static bool
enum_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    int value = xml_enum_value(f->words, text);

    if (value < 0)
        return false;
    *(uint8_t *)p = value;
    return true;
}

static void
enum_format(const XmlField *f, const void *p, GString *out)
{
    g_string_append(out, f->words->words[*(const uint8_t *)p]);
}

/* Blanks and a plus sign may come before a number, as before those of C. */
static const char *
number_start(const char *text)
{
    text += strspn(text, " \t\n\r");
    return text[0] == '+' && g_ascii_isxdigit(text[1]) ? text + 1 : text;
}

/* Digits and nothing else. */
static bool
number_parse(const char *text, unsigned base, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;
    const char *c = text = number_start(text);

    for (; *c; c++) {
        int digit = g_ascii_xdigit_value(*c);

        if (digit < 0 || digit >= (int)base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value) || value > max)
            return false;
    }
    if (c == text)
        return false;
    *ret_value = value;
    return true;
}

static bool
ull_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    return number_parse(text, 10, UINT64_MAX, p);
}

static void
ull_format(const XmlField *f, const void *p, GString *out)
{
    char digits[20];
    size_t at = sizeof(digits);
    uint64_t value = *(const uint64_t *)p;

    do
        digits[--at] = '0' + value % 10;
    while (value /= 10);
    g_string_append_len(out, digits + at, sizeof(digits) - at);
}

static bool
ll_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    return g_ascii_string_to_signed(number_start(text), 10, INT64_MIN, INT64_MAX, p, NULL);
}

static void
ll_format(const XmlField *f, const void *p, GString *out)
{
    g_string_append_printf(out, "%" G_GINT64_FORMAT, *(const int64_t *)p);
}

static bool
uint_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    uint64_t v;

    if (!number_parse(text, 10, UINT_MAX, &v))
        return false;
    *(unsigned *)p = v;
    return true;
}

/* An unsigned that other readers hold in an int. */
static bool
natural_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    uint64_t v;

    if (!number_parse(text, 10, INT_MAX, &v))
        return false;
    *(unsigned *)p = v;
    return true;
}

static bool
positive_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    return uint_parse(f, text, unit, p) && *(unsigned *)p;
}

static void
uint_format(const XmlField *f, const void *p, GString *out)
{
    uint64_t value = *(const unsigned *)p;

    ull_format(f, &value, out);
}

static bool
int_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    gint64 v;

    if (!g_ascii_string_to_signed(number_start(text), 10, INT_MIN, INT_MAX, &v, NULL))
        return false;
    *(int *)p = v;
    return true;
}

static void
int_format(const XmlField *f, const void *p, GString *out)
{
    g_string_append_printf(out, "%d", *(const int *)p);
}

static bool
hex64_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    bool prefixed = g_str_has_prefix(text, "0x") || g_str_has_prefix(text, "0X");

    return number_parse(prefixed ? text + 2 : text, prefixed ? 16 : 10, UINT64_MAX, p);
}

/* At least @width digits. */
static void
put_hex(uint64_t value, unsigned width, GString *out)
{
    char digits[16];
    size_t at = sizeof(digits);

    do
        digits[--at] = hex_digits[value & 15];
    while ((value >>= 4) || sizeof(digits) - at < width);
    g_string_append_len(out, digits + at, sizeof(digits) - at);
}

static void
hex64_format(const XmlField *f, const void *p, GString *out)
{
    g_string_append(out, "0x");
    put_hex(*(const uint64_t *)p, f->arg, out);
}

static bool
hex_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    uint64_t v;

    if (!hex64_parse(f, text, unit, &v) || v > UINT_MAX)
        return false;
    *(unsigned *)p = v;
    return true;
}

static void
hex_format(const XmlField *f, const void *p, GString *out)
{
    g_string_append(out, "0x");
    put_hex(*(const unsigned *)p, f->arg, out);
}

static bool
octal_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    uint64_t v;

    if (!number_parse(text, 8, 07777, &v))
        return false;
    *(unsigned *)p = v;
    return true;
}

static void
octal_format(const XmlField *f, const void *p, GString *out)
{
    g_string_append_printf(out, "0%o", *(const unsigned *)p);
}

static bool
double_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    char *end;
    double v;

    if (!g_ascii_isdigit(text[0]) && text[0] != '-' && text[0] != '.')
        return false;
    v = g_ascii_strtod(text, &end);
    if (*end || end == text || !isfinite(v))
        return false;
    *(double *)p = v;
    return true;
}

static void
double_format(const XmlField *f, const void *p, GString *out)
{
    char buf[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append(out, g_ascii_dtostr(buf, sizeof(buf), *(const double *)p));
}

/* 'KB' and 'MB' count in thousands, 'k' and 'KiB' in 1024s. */
bool
xml_scale(uint64_t value, const char *unit, uint64_t scale, uint64_t *ret_bytes)
{
    static const char suffixes[] = "kmgtpe";
    uint64_t factor = 1;

    if (!unit || !*unit) {
        factor = scale;
    } else if (g_ascii_strcasecmp(unit, "b") && g_ascii_strcasecmp(unit, "byte") &&
               g_ascii_strcasecmp(unit, "bytes")) {
        const char *suffix = strchr(suffixes, g_ascii_tolower(unit[0]));
        uint64_t base;

        if (!suffix)
            return false;
        if (!unit[1] || !g_ascii_strcasecmp(unit + 1, "iB"))
            base = 1024;
        else if (!g_ascii_strcasecmp(unit + 1, "B"))
            base = 1000;
        else
            return false;
        for (long n = suffix - suffixes + 1; n > 0; n--)
            if (__builtin_mul_overflow(factor, base, &factor))
                return false;
    }
    if (__builtin_mul_overflow(value, factor, &value))
        return false;
    *ret_bytes = value;
    return true;
}

/* The value is held in units of @scale, rounded up. */
static bool
scaled_parse(const char *text, const char *unit, uint64_t scale, void *p)
{
    uint64_t v;
    uint64_t bytes;

    if (!number_parse(text, 10, UINT64_MAX, &v))
        return false;
    /* Without a unit the value is in @scale already: no overflow by way of bytes. */
    if (!unit || !*unit) {
        if (v > (UINT64_MAX - scale) / scale)
            return false;
        *(uint64_t *)p = v;
        return true;
    }
    if (!xml_scale(v, unit, scale, &bytes))
        return false;
    *(uint64_t *)p = bytes / scale + !!(bytes % scale);
    return true;
}

static bool
kib_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    return scaled_parse(text, unit, 1024, p);
}

static bool
mib_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    return scaled_parse(text, unit, 1024 * 1024, p);
}

/* Decimal or hexadecimal on the way in, decimal on the way out. */
static bool
num_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    return hex_parse(f, text, unit, p);
}

static bool
num64_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    return hex64_parse(f, text, unit, p);
}

static bool
bytes_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    uint64_t v;

    return number_parse(text, 10, UINT64_MAX, &v) && xml_scale(v, unit, 1, p);
}

/* 32 hex digits; dashes between pairs are where people like them. */
static bool
uuid_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    uint8_t uuid[16] = { 0 };
    size_t n = 0;

    while (g_ascii_isspace(*text))
        text++;
    for (; *text && !g_ascii_isspace(*text); text++) {
        if (*text == '-' && n % 2 == 0)
            continue;
        if (!g_ascii_isxdigit(*text) || n == 32)
            return false;
        uuid[n / 2] = uuid[n / 2] << 4 | g_ascii_xdigit_value(*text);
        n++;
    }
    while (g_ascii_isspace(*text))
        text++;
    if (n != 32 || *text)
        return false;
    memcpy(p, uuid, sizeof(uuid));
    return true;
}

static void
uuid_format(const XmlField *f, const void *p, GString *out)
{
    const uint8_t *uuid = p;

    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            g_string_append_c(out, '-');
        put_hex(uuid[i], 2, out);
    }
}

static bool
mac_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    char mac[18];

    for (int i = 0; i < 6; i++) {
        int value = g_ascii_xdigit_value(*text);

        if (value < 0)
            return false;
        if (g_ascii_isxdigit(*++text))
            value = value << 4 | g_ascii_xdigit_value(*text++);
        if (*text++ != (i < 5 ? ':' : '\0'))
            return false;
        mac[3 * i] = hex_digits[value >> 4];
        mac[3 * i + 1] = hex_digits[value & 15];
        mac[3 * i + 2] = i < 5 ? ':' : '\0';
    }
    g_free(*(char **)p);
    *(char **)p = g_strdup(mac);
    return true;
}

static bool
ip_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    char buf[INET6_ADDRSTRLEN];
    struct in6_addr addr;
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    if (inet_pton(family, text, &addr) != 1)
        return false;
    g_free(*(char **)p);
    *(char **)p = g_strdup(inet_ntop(family, &addr, buf, sizeof(buf)));
    return true;
}

/* Bytes, read in MiB where no unit is given and shown in MiB. */
static bool
megs_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    uint64_t v;

    return number_parse(text, 10, UINT64_MAX, &v) && xml_scale(v, unit, 1 << 20, p);
}

static bool
kib_bytes_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    uint64_t v;

    return number_parse(text, 10, UINT64_MAX, &v) && xml_scale(v, unit, 1024, p);
}

/* What is no whole number of them stays exact. */
static const char *
megs_unit(const void *p)
{
    return *(const uint64_t *)p % (1 << 20) ? "b" : "M";
}

static void
megs_format(const XmlField *f, const void *p, GString *out)
{
    uint64_t bytes = *(const uint64_t *)p;

    g_string_append_printf(out, "%" G_GUINT64_FORMAT, bytes % (1 << 20) ? bytes : bytes >> 20);
}

/* Bytes, shown in the largest unit that divides them. */
static int
pretty_power(uint64_t bytes)
{
    int power = 0;

    while (bytes && bytes % 1024 == 0 && power < 5) {
        bytes /= 1024;
        power++;
    }
    return power;
}

static const char *
pretty_unit(const void *p)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };

    return units[pretty_power(*(const uint64_t *)p)];
}

static void
pretty_format(const XmlField *f, const void *p, GString *out)
{
    uint64_t bytes = *(const uint64_t *)p;

    g_string_append_printf(out, "%" G_GUINT64_FORMAT, bytes >> (10 * pretty_power(bytes)));
}

static bool
bitmap_type_parse(const XmlField *f, const char *text, const char *unit, void *p)
{
    Bitmap *bitmap = bitmap_parse(text);

    if (!bitmap)
        return false;
    bitmap_free(*(Bitmap **)p);
    *(Bitmap **)p = bitmap;
    return true;
}

static void
bitmap_type_format(const XmlField *f, const void *p, GString *out)
{
    g_autofree char *text = bitmap_format(*(Bitmap *const *)p);

    g_string_append(out, text);
}

static void
bitmap_type_clear(void *p)
{
    g_clear_pointer((Bitmap **)p, bitmap_free);
}

static void
bitmap_type_copy(void *dst, const void *src)
{
    *(Bitmap **)dst = bitmap_copy(*(Bitmap *const *)src);
}

static bool
bitmap_type_equal(const void *a, const void *b)
{
    return bitmap_equal(*(Bitmap *const *)a, *(Bitmap *const *)b);
}

#define STRING_METHODS(parse) parse, string_format, string_clear, string_copy, string_equal
const XmlType xml_type_string = { "string", "text", sizeof(char *), NULL, STRING_METHODS(string_parse) };
const XmlType xml_type_mac = { "mac", "a MAC address such as '52:54:00:12:34:56'", sizeof(char *), NULL,
                               STRING_METHODS(mac_parse) };
const XmlType xml_type_uuid = { "uuid", "a UUID of 32 hexadecimal digits", 16, NULL, uuid_parse, uuid_format };
const XmlType xml_type_ip = { "ip", "an IPv4 or IPv6 address", sizeof(char *), NULL, STRING_METHODS(ip_parse) };
const XmlType xml_type_bitmap = { "bitmap", "a list of numbers such as '0-3,^2,8'", sizeof(Bitmap *), NULL,
                                  bitmap_type_parse, bitmap_type_format, bitmap_type_clear, bitmap_type_copy,
                                  bitmap_type_equal };
const XmlType xml_type_enum = { "enum", "one of", sizeof(uint8_t), NULL, enum_parse, enum_format };
const XmlType xml_type_uint = { "uint", "a number from 0 to 4294967295", sizeof(unsigned), NULL, uint_parse,
                                uint_format };
const XmlType xml_type_natural = { "natural", "a number from 0 to 2147483647", sizeof(unsigned), NULL, natural_parse,
                                   uint_format };
const XmlType xml_type_positive = { "positive", "a number from 1 to 4294967295", sizeof(unsigned), NULL, positive_parse,
                                    uint_format };
const XmlType xml_type_int = { "int", "a number from -2147483648 to 2147483647", sizeof(int), NULL, int_parse,
                               int_format };
const XmlType xml_type_ull = { "ull", "a number from 0 to 2^64-1", sizeof(uint64_t), NULL, ull_parse, ull_format };
const XmlType xml_type_ll = { "ll", "a number from -2^63 to 2^63-1", sizeof(int64_t), NULL, ll_parse, ll_format };
const XmlType xml_type_hex = { "hex", "a number of at most 32 bits, such as '0x1f'", sizeof(unsigned), NULL,
                               hex_parse, hex_format };
const XmlType xml_type_hex64 = { "hex64", "a number of at most 64 bits, such as '0x1f'", sizeof(uint64_t), NULL,
                                 hex64_parse, hex64_format };
const XmlType xml_type_octal = { "octal", "a file mode such as '0644'", sizeof(unsigned), NULL, octal_parse,
                                 octal_format };
const XmlType xml_type_double = { "double", "a number", sizeof(double), NULL, double_parse, double_format };
const XmlType xml_type_kib = { "kib", "a size that fits 64 bits, with a unit such as 'KiB'", sizeof(uint64_t), "KiB",
                               kib_parse, ull_format };
const XmlType xml_type_mib = { "mib", "a size that fits 64 bits, with a unit such as 'MiB'", sizeof(uint64_t), "MiB",
                               mib_parse, ull_format };
const XmlType xml_type_megs = { "megs", "a size that fits 64 bits, with a unit such as 'M'", sizeof(uint64_t), "M",
                                megs_parse, megs_format, NULL, NULL, NULL, megs_unit };
const XmlType xml_type_octets = { "octets", "a size that fits 64 bits, with a unit such as 'B'", sizeof(uint64_t), "B",
                                  bytes_parse, ull_format };
const XmlType xml_type_pretty = { "pretty", "a size that fits 64 bits, with a unit such as 'KiB'", sizeof(uint64_t), "B",
                                  bytes_parse, pretty_format, NULL, NULL, NULL, pretty_unit };
const XmlType xml_type_prettykib = { "prettykib", "a size that fits 64 bits, with a unit such as 'KiB'", sizeof(uint64_t),
                                     "KiB", kib_bytes_parse, pretty_format, NULL, NULL, NULL, pretty_unit };
const XmlType xml_type_prettymegs = { "prettymegs", "a size that fits 64 bits, with a unit such as 'MiB'", sizeof(uint64_t),
                                      "M", megs_parse, pretty_format, NULL, NULL, NULL, pretty_unit };
const XmlType xml_type_num = { "num", "a number of at most 32 bits, such as '17' or '0x11'", sizeof(unsigned), NULL,
                               num_parse, uint_format };
const XmlType xml_type_num64 = { "num64", "a number of at most 64 bits, such as '17' or '0x11'", sizeof(uint64_t), NULL,
                                 num64_parse, ull_format };
const XmlType xml_type_bytes = { "bytes", "a size that fits 64 bits, with a unit such as 'bytes'", sizeof(uint64_t),
                                 "bytes", bytes_parse, ull_format };
