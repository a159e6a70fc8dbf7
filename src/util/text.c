/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* text.c - small string helpers that GLib lacks */
#include "util/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool
text_parse_uint64(const char *text, int base, uint64_t *ret_value)
{
    char *end = NULL;
    uint64_t value;

    if (!text || !g_ascii_isxdigit(*text)) /* strtoull takes signs and blanks */
        return false;
    errno = 0;
    value = strtoull(text, &end, base);
    if (errno || end == text || *end)
        return false;
    *ret_value = value;
    return true;
}

bool
text_parse_int64(const char *text, int base, int64_t *ret_value)
{
    char *end = NULL;
    int64_t value;

    if (!text || !(g_ascii_isxdigit(*text) || (*text == '-' && g_ascii_isxdigit(text[1]))))
        return false;
    errno = 0;
    value = strtoll(text, &end, base);
    if (errno || end == text || *end)
        return false;
    *ret_value = value;
    return true;
}

bool
text_parse_uint(const char *text, int base, uint32_t *ret_value)
{
    uint64_t value;

    if (!text_parse_uint64(text, base, &value) || value > UINT32_MAX)
        return false;
    *ret_value = (uint32_t)value;
    return true;
}

bool
text_parse_int(const char *text, int base, int32_t *ret_value)
{
    int64_t value;

    if (!text_parse_int64(text, base, &value) || value > INT32_MAX || value < INT32_MIN)
        return false;
    *ret_value = (int32_t)value;
    return true;
}

bool
text_parse_double(const char *text, double *ret_value)
{
    char *end = NULL;
    double value;

    if (!text || !*text || g_ascii_isspace(*text))
        return false;
    errno = 0;
    value = g_ascii_strtod(text, &end);
    if (errno || *end)
        return false;
    *ret_value = value;
    return true;
}

char *
text_quote_argv(const char *const *argv)
{
    g_autoptr(GString) line = g_string_new(NULL);

    for (; *argv; argv++) {
        bool plain =
            **argv && !(*argv)[strspn(*argv, "abcdefghijklmnopqrstuvwxyz"
                                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,./:@%")];
        g_autofree char *quoted = plain ? NULL : g_shell_quote(*argv);

        if (line->len)
            g_string_append_c(line, ' ');
        g_string_append(line, plain ? *argv : quoted);
    }
    return g_string_free(g_steal_pointer(&line), FALSE);
}

int
text_index(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 0; i < n && words[i]; i++) {
        if (g_strcmp0(words[i], word) == 0)
            return (int)i;
    }
    return -1;
}

uint8_t *
text_unhex(const char *text, size_t *ret_len)
{
    size_t len = strlen(text);
    g_autofree uint8_t *data = NULL;

    if (len % 2)
        return NULL;
    data = g_malloc(len / 2 + 1);
    for (size_t i = 0; i < len; i += 2) {
        if (!g_ascii_isxdigit(text[i]) || !g_ascii_isxdigit(text[i + 1]))
            return NULL;
        data[i / 2] =
            (uint8_t)(g_ascii_xdigit_value(text[i]) << 4 | g_ascii_xdigit_value(text[i + 1]));
    }
    *ret_len = len / 2;
    return g_steal_pointer(&data);
}

char *
text_squash(const char *text, size_t max)
{
    g_autofree char *copy = g_strndup(text ? text : "", max);
    g_autofree char *valid = NULL;

    for (char *p = copy; *p; p++) {
        if (g_ascii_iscntrl(*p))
            *p = ' ';
    }
    g_strstrip(copy);
    valid = g_utf8_make_valid(copy, -1);
    return g_steal_pointer(&valid);
}

bool
text_is_file_name(const char *text)
{
    if (!*text || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
        return false;
    for (const char *p = text; *p; p++) {
        if (*p == '/' || g_ascii_iscntrl(*p))
            return false;
    }
    return strlen(text) <= 255;
}

bool
text_is_utf8(const char *text, size_t len)
{
    return g_utf8_validate_len(text, len, NULL);
}
