/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_file.c - the format of .vmx files
 *
 * As VMware's programs write and read it: an optional '#!' line, comments, keys that occur once, values in double
 * quotes, or bare where they are one word.
 */
#define ERROR_FROM VIR_FROM_VMWARE
#include "drivers/vmware/vmx_file.h"

#include <string.h>

#include "util/error.h"
#include "util/text.h"

struct VmxFile {
    GHashTable *values;           /* key in lower case -> value */
};

/* ---- encodings ------------------------------------------------------------ */

/* The code pages of VMware's hosts.  No other name reaches iconv, whose rarer converters have a history. */
static const char *const encodings[] = {
    "UTF-8", "US-ASCII", "GBK", "GB18030", "Big5", "Shift_JIS", "EUC-JP", "EUC-KR", "ISO-8859-1", "ISO-8859-2",
    "ISO-8859-15", "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255",
    "windows-1256", "windows-1257", "windows-1258", "windows-932", "windows-936", "windows-949", "windows-950",
};

/* The value of '.encoding' in bytes whose encoding is not known yet: all of them contain ASCII. */
static char *
find_encoding(const char *text)
{
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += strspn(line, " \t\r\n");
        if (g_ascii_strncasecmp(line, ".encoding", 9) == 0) {
            const char *value = line + 9 + strspn(line + 9, " \t=\"");

            return g_strndup(value, strcspn(value, "\" \t\r\n"));
        }
    }
    return NULL;
}

static char *
to_utf8(const char *text, GError **error)
{
    g_autofree char *name = find_encoding(text);
    g_autoptr(GError) bad = NULL;
    const char *known = NULL;
    char *converted;

    if (text_is_utf8(text, strlen(text)) && (!name || g_ascii_strcasecmp(name, "UTF-8") == 0))
        return g_strdup(text);
    /* Files older than the key are in the code page of the host, mostly this one. */
    for (size_t i = 0; i < G_N_ELEMENTS(encodings); i++)
        if (g_ascii_strcasecmp(encodings[i], name ? name : "windows-1252") == 0)
            known = encodings[i];
    if (!known) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "encoding '%.32s' of the VMX file is not supported; save it as UTF-8", name);
        return NULL;
    }
    converted = g_convert(text, -1, "UTF-8", known, NULL, NULL, &bad);
    if (!converted)
        error_set(error, VIR_ERR_CONF_SYNTAX, "the VMX file is not in its encoding '%s': %s", known, bad->message);
    return converted;
}

/* ---- reading -------------------------------------------------------------- */

/* Replace "|7C" by '|' and so on, in place. */
static bool
unescape(char *value, unsigned number, GError **error)
{
    char *to = value;

    for (const char *from = value; *from; from++) {
        int byte = *from;

        if (*from == '|') {
            byte = g_ascii_isxdigit(from[1]) && g_ascii_isxdigit(from[2])
                       ? g_ascii_xdigit_value(from[1]) * 16 + g_ascii_xdigit_value(from[2]) : 0;
            if (!byte) {
                error_set(error, VIR_ERR_CONF_SYNTAX,
                          "line %u of the VMX file: '%.3s' is no escape; write '|7C' for '|'", number, from);
                return false;
            }
            from += 2;
        }
        *to++ = (char)byte;
    }
    *to = '\0';
    if (text_is_utf8(value, (size_t)(to - value)))
        return true;
    error_set(error, VIR_ERR_CONF_SYNTAX, "line %u of the VMX file: the escapes in the value are no UTF-8", number);
    return false;
}

/* The value behind the '=', in place. */
static char *
read_value(char *text, unsigned number, GError **error)
{
    char *end;

    text += strspn(text, " \t");
    if (*text != '"') {
        text[strcspn(text, " \t#")] = '\0';
    } else {
        end = strchr(++text, '"');
        if (!end) {
            error_set(error, VIR_ERR_CONF_SYNTAX, "line %u of the VMX file: the value has no closing quote", number);
            return NULL;
        }
        *end++ = '\0';
        end += strspn(end, " \t");
        if (*end && *end != '#') {
            error_set(error, VIR_ERR_CONF_SYNTAX,
                      "line %u of the VMX file: '%.20s' behind the value; write '|22' for a quote in it", number, end);
            return NULL;
        }
    }
    return unescape(text, number, error) ? text : NULL;
}

static bool
read_line(VmxFile *file, char *line, unsigned number, GError **error)
{
    g_autofree char *key = NULL;
    const char *value;
    char *equals;

    line = g_strstrip(line);
    if (!*line || *line == '#')
        return true;
    equals = strchr(line, '=');
    if (equals) {
        *equals = '\0';
        key = g_ascii_strdown(g_strstrip(line), -1);
    }
    if (!key || !*key || strpbrk(key, " \t\"")) {
        error_set(error, VIR_ERR_CONF_SYNTAX,
                  "line %u of the VMX file, '%.20s', is no 'key = \"value\"'", number, line);
        return false;
    }
    value = read_value(equals + 1, number, error);
    if (!value)
        return false;
    if (g_hash_table_contains(file->values, key)) {
        error_set(error, VIR_ERR_CONF_SYNTAX, "line %u of the VMX file: '%.64s' is there a second time", number, key);
        return false;
    }
    if (g_hash_table_size(file->values) >= VMX_MAX_KEYS) {
        error_set(error, VIR_ERR_CONF_SYNTAX, "the VMX file has more than %d keys", VMX_MAX_KEYS);
        return false;
    }
    g_hash_table_insert(file->values, g_steal_pointer(&key), g_strdup(value));
    return true;
}

VmxFile *
vmx_file_parse(const char *text, GError **error)
{
    g_autoptr(VmxFile) file = g_new0(VmxFile, 1);
    g_autofree char *copy = NULL;
    unsigned number = 0;
    char *next;

    file->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (strlen(text) > VMX_MAX_TEXT) {
        error_set(error, VIR_ERR_CONF_SYNTAX, "the VMX file is larger than %d bytes", VMX_MAX_TEXT);
        return NULL;
    }
    copy = to_utf8(text, error);
    if (!copy)
        return NULL;
    for (char *line = g_str_has_prefix(copy, "\xef\xbb\xbf") ? copy + 3 : copy; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (strlen(line) > VMX_MAX_LINE) {
            error_set(error, VIR_ERR_CONF_SYNTAX,
                      "line %u of the VMX file is longer than %d bytes", number + 1, VMX_MAX_LINE);
            return NULL;
        }
        if (!read_line(file, line, ++number, error))
            return NULL;
    }
    return g_steal_pointer(&file);
}

void
vmx_file_free(VmxFile *file)
{
    if (!file)
        return;
    g_clear_pointer(&file->values, g_hash_table_unref);
    g_free(file);
}

const char *
vmx_file_value(const VmxFile *file, const char *key)
{
    g_autofree char *name = g_ascii_strdown(key, -1);
    const char *value = g_hash_table_lookup(file->values, name);

    return value && *value ? value : NULL;
}

/* ---- writing -------------------------------------------------------------- */

void
vmx_file_add(GString *out, const char *key, const char *value)
{
    g_string_append_printf(out, "%s = \"", key);
    for (const char *p = value; *p; p++)
        if (*p == '|' || *p == '"' || (unsigned char)*p < ' ')
            g_string_append_printf(out, "|%02x", *p);
        else
            g_string_append_c(out, *p);
    g_string_append(out, "\"\n");
}
