/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conf.c - libvirt's and Xen's configuration files: key = value, lists, comments */
#define ERROR_FROM VIR_FROM_CONF
#include "util/conf.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

enum { CONF_FILE_MAX = 1024 * 1024, CONF_LIST_DEPTH = 8, CONF_VALUES_MAX = 16384 };

typedef struct Entry {
    char *key; /* NULL: a line with a comment only */
    ConfValue *value;
    char *comment; /* without its '#' */
    int line;
} Entry;

struct Conf {
    char *name;
    ConfSyntax syntax;
    GPtrArray *entries; /* Entry */
};

typedef struct Parser {
    const char *name;
    const char *at, *end;
    int line;
    ConfSyntax syntax;
    size_t n_values;
} Parser;

static void
value_free(void *data)
{
    ConfValue *value = data;

    if (!value)
        return;
    g_free(value->string);
    g_clear_pointer(&value->list, g_ptr_array_unref);
    g_free(value);
}
typedef ConfValue ConfValueOwned;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConfValueOwned, value_free)

static void
entry_free(void *data)
{
    Entry *entry = data;

    g_free(entry->key);
    value_free(entry->value);
    g_free(entry->comment);
    g_free(entry);
}

ConfValue *
conf_value_number(int64_t number)
{
    ConfValue *value = g_new0(ConfValue, 1);

    value->kind = CONF_VALUE_NUMBER;
    value->number = number;
    return value;
}

ConfValue *
conf_value_string(const char *string)
{
    ConfValue *value = g_new0(ConfValue, 1);

    value->kind = CONF_VALUE_STRING;
    value->string = g_strdup(string);
    return value;
}

ConfValue *
conf_value_list(void)
{
    ConfValue *value = g_new0(ConfValue, 1);

    value->kind = CONF_VALUE_LIST;
    value->list = g_ptr_array_new_with_free_func(value_free);
    return value;
}

Conf *
conf_new(const char *name, ConfSyntax syntax)
{
    Conf *conf = g_new0(Conf, 1);

    conf->name = g_strdup(name);
    conf->syntax = syntax;
    conf->entries = g_ptr_array_new_with_free_func(entry_free);
    return conf;
}

void
conf_add(Conf *conf, const char *key, ConfValue *value)
{
    Entry *entry = g_new0(Entry, 1);

    entry->key = g_strdup(key);
    entry->value = value;
    g_ptr_array_add(conf->entries, entry);
}

void
conf_free(Conf *conf)
{
    if (!conf)
        return;
    g_free(conf->name);
    g_ptr_array_unref(conf->entries);
    g_free(conf);
}

static void
fail(const Parser *p, GError **error, const char *what)
{
    error_set(error, VIR_ERR_CONF_SYNTAX, "%s:%d: %s", p->name, p->line, what);
}

static void
skip_blanks(Parser *p, bool lines)
{
    for (; p->at < p->end; p->at++) {
        if (*p->at == '\n' && lines)
            p->line++;
        else if (*p->at == '#' && lines)
            while (p->at + 1 < p->end && p->at[1] != '\n')
                p->at++;
        else if (*p->at != ' ' && *p->at != '\t' && *p->at != '\r')
            return;
    }
}

static char *
parse_comment(Parser *p)
{
    const char *from = ++p->at;
    const char *stop = memchr(from, '\n', (size_t)(p->end - from));

    p->at = stop ? stop : p->end;
    return g_strndup(from, (size_t)(p->at - from));
}

/* The closing @quote; a backslash hides the character behind it where the syntax says so. */
static const char *
find_quote(const Parser *p, const char *from, const char *quote)
{
    size_t len = strlen(quote);

    for (; from + len <= p->end; from++) {
        if (memcmp(from, quote, len) == 0)
            return from;
        if (p->syntax == CONF_XEN && *from == '\\')
            from++;
    }
    return NULL;
}

/* Other characters keep their backslash: paths and options of block devices have some. */
static void
unescape(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        if (*from == '\\' && from[1] && strchr("\\\"'", from[1]))
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

/* 'text', "text" (within one line), or """text""" that may span lines. */
static ConfValue *
parse_string(Parser *p, GError **error)
{
    const char *quote = *p->at == '\'' ? "'" : "\"";
    const char *stop = NULL;
    ConfValue *value;
    const char *from;

    if (p->end - p->at >= 3 && memcmp(p->at, "\"\"\"", 3) == 0)
        quote = "\"\"\"";
    from = p->at + strlen(quote);
    if (from <= p->end)
        stop = find_quote(p, from, quote);
    if (!stop || (strlen(quote) == 1 && memchr(from, '\n', (size_t)(stop - from)))) {
        fail(p, error, "string has no closing quote");
        return NULL;
    }
    value = g_new0(ConfValue, 1);
    value->kind = CONF_VALUE_STRING;
    value->string = g_strndup(from, (size_t)(stop - from));
    if (p->syntax == CONF_XEN)
        unescape(value->string);
    for (const char *c = from; c < stop; c++)
        p->line += *c == '\n';
    p->at = stop + strlen(quote);
    return value;
}

static ConfValue *
parse_number(Parser *p, GError **error)
{
    const char *from = p->at;
    g_autofree char *text = NULL;
    int64_t number;

    if (*p->at == '-')
        p->at++;
    while (p->at < p->end && (p->syntax == CONF_XEN ? g_ascii_isalnum(*p->at) : g_ascii_isdigit(*p->at)))
        p->at++;
    text = g_strndup(from, (size_t)(p->at - from));
    if (!text_parse_int64(text, p->syntax == CONF_XEN ? 0 : 10, &number)) {
        fail(p, error, "number out of range or without digits");
        return NULL;
    }
    return conf_value_number(number);
}

static ConfValue *parse_value(Parser *p, int depth, GError **error);

static ConfValue *
parse_any(Parser *p, int depth, GError **error)
{
    g_autoptr(ConfValueOwned) list = NULL;

    if (p->at == p->end || *p->at == '\n') {
        fail(p, error, "value expected: a number, a string in quotes or a list in brackets");
        return NULL;
    }
    if (*p->at == '"' || *p->at == '\'')
        return parse_string(p, error);
    if (*p->at == '-' || g_ascii_isdigit(*p->at))
        return parse_number(p, error);
    if (*p->at != '[') {
        fail(p, error, "value expected: a number, a string in quotes or a list in brackets");
        return NULL;
    }
    if (depth == CONF_LIST_DEPTH) {
        fail(p, error, "lists are nested too deeply");
        return NULL;
    }
    p->at++;
    list = conf_value_list();
    for (;;) {
        ConfValue *item;

        skip_blanks(p, true);
        if (p->at < p->end && *p->at == ']')
            break;
        item = parse_value(p, depth + 1, error);
        if (!item)
            return NULL;
        g_ptr_array_add(list->list, item);
        skip_blanks(p, true);
        if (p->at < p->end && *p->at == ',')
            p->at++;
        else if (p->at == p->end || *p->at != ']') {
            fail(p, error, "list has no ',' or ']' after an element");
            return NULL;
        }
    }
    p->at++;
    return g_steal_pointer(&list);
}

static ConfValue *
parse_value(Parser *p, int depth, GError **error)
{
    ConfValue *value;
    int line;

    skip_blanks(p, depth > 0);
    line = p->line;
    if (p->syntax == CONF_XEN && ++p->n_values > CONF_VALUES_MAX) {
        fail(p, error, "the file has too many values");
        return NULL;
    }
    value = parse_any(p, depth, error);
    if (value)
        value->line = line;
    return value;
}

/* '+=': what stood before goes in front of @value, which takes its place. */
static bool
join(const Parser *p, ConfValue *before, ConfValue *value, GError **error)
{
    g_autofree char *tail = NULL;
    GPtrArray *list;

    if (!before)
        return true;
    if (before->kind != value->kind || value->kind == CONF_VALUE_NUMBER) {
        fail(p, error, "'+=' joins two lists or two strings");
        return false;
    }
    if (value->kind == CONF_VALUE_STRING) {
        tail = value->string;
        value->string = g_strconcat(before->string, tail, NULL);
        return true;
    }
    list = before->list;
    while (value->list->len)
        g_ptr_array_add(list, g_ptr_array_steal_index(value->list, 0));
    before->list = value->list;
    value->list = list;
    return true;
}

static bool
parse_entry(Parser *p, const Conf *conf, Entry *entry, GError **error)
{
    const char *from = p->at;
    ConfValue *before = NULL;

    entry->line = p->line;
    if (*p->at == '#') {
        entry->comment = parse_comment(p);
        return true;
    }
    if (!g_ascii_isalpha(*p->at) && *p->at != '_') {
        fail(p, error, "name of a setting expected");
        return false;
    }
    while (p->at < p->end && (g_ascii_isalnum(*p->at) || strchr("_-.", *p->at)))
        p->at++;
    entry->key = g_strndup(from, (size_t)(p->at - from));
    skip_blanks(p, false);
    if (p->syntax == CONF_XEN && p->end - p->at > 1 && p->at[0] == '+' && p->at[1] == '=') {
        p->at++;
        before = (ConfValue *)conf_get(conf, entry->key);
    }
    if (p->at == p->end || *p->at != '=') {
        fail(p, error, "'=' expected after the name of a setting");
        return false;
    }
    p->at++;
    entry->value = parse_value(p, 0, error);
    if (!entry->value || !join(p, before, entry->value, error))
        return false;
    skip_blanks(p, false);
    if (p->at < p->end && *p->at == ';') { /* seen in files of old, too */
        p->at++;
        if (p->syntax == CONF_XEN)
            return true;
    }
    skip_blanks(p, false);
    if (p->at < p->end && *p->at == '#')
        entry->comment = parse_comment(p);
    if (p->at < p->end && *p->at != '\n') {
        fail(p, error, "end of line expected after the value");
        return false;
    }
    return true;
}

Conf *
conf_parse_full(const char *text, ssize_t len, const char *name, ConfSyntax syntax, GError **error)
{
    Parser p = {
        .name = name, .at = text, .end = text + (len < 0 ? strlen(text) : (size_t)len), .line = 1, .syntax = syntax
    };
    g_autoptr(Conf) conf = conf_new(name, syntax);

    if (memchr(p.at, 0, (size_t)(p.end - p.at))) {
        error_set(error, VIR_ERR_CONF_SYNTAX, "%s: holds a zero byte", name);
        return NULL;
    }
    for (;;) {
        Entry *entry;

        skip_blanks(&p, false);
        if (p.at < p.end && *p.at == '\n') {
            p.at++;
            p.line++;
            continue;
        }
        if (p.at == p.end)
            break;
        entry = g_new0(Entry, 1);
        if (!parse_entry(&p, conf, entry, error)) {
            entry_free(entry);
            return NULL;
        }
        g_ptr_array_add(conf->entries, entry);
    }
    return g_steal_pointer(&conf);
}

Conf *
conf_load(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    size_t len = 0;

    if (access(path, F_OK) < 0 && errno == ENOENT)
        return conf_parse("", 0, path, error);
    if (!file_read_limited(path, CONF_FILE_MAX, &text, &len, error))
        return NULL;
    return conf_parse(text, (ssize_t)len, path, error);
}

/* A quote within """ needs its backslash where it might be taken for an end. */
static void
escape(const char *text, bool triple, GString *out)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\\' || (triple && *p == '"' && (p[1] == '"' || !p[1])))
            g_string_append_c(out, '\\');
        g_string_append_c(out, *p);
    }
}

static void
format_value(const ConfValue *value, ConfSyntax syntax, GString *out)
{
    const char *quote = "\"";

    switch (value->kind) {
    case CONF_VALUE_NUMBER:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, value->number);
        break;
    case CONF_VALUE_STRING:
        if (strchr(value->string, '\n') ||
            (strchr(value->string, '"') && strchr(value->string, '\'')))
            quote = "\"\"\"";
        else if (strchr(value->string, '"'))
            quote = "'";
        g_string_append(out, quote);
        if (syntax == CONF_XEN)
            escape(value->string, strlen(quote) > 1, out);
        else
            g_string_append(out, value->string);
        g_string_append(out, quote);
        break;
    case CONF_VALUE_LIST:
        g_string_append(out, "[ ");
        for (guint i = 0; i < value->list->len; i++) {
            if (i)
                g_string_append(out, ", ");
            format_value(value->list->pdata[i], syntax, out);
        }
        g_string_append(out, " ]");
        break;
    }
}

char *
conf_format(const Conf *conf)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < conf->entries->len; i++) {
        const Entry *entry = conf->entries->pdata[i];

        if (entry->key) {
            g_string_append_printf(out, "%s = ", entry->key);
            format_value(entry->value, conf->syntax, out);
            if (entry->comment)
                g_string_append_c(out, ' ');
        }
        if (entry->comment)
            g_string_append_printf(out, "#%s", entry->comment);
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

const ConfValue *
conf_get(const Conf *conf, const char *key)
{
    for (guint i = conf->entries->len; i > 0; i--) {
        const Entry *entry = conf->entries->pdata[i - 1];

        if (g_strcmp0(entry->key, key) == 0)
            return entry->value;
    }
    return NULL;
}

static const ConfKey *
find_key(const ConfKey *keys, const char *name)
{
    for (; keys->name; keys++) {
        if (strcmp(keys->name, name) == 0)
            return keys;
    }
    return NULL;
}

static bool
read_strings(const ConfValue *value, char ***strings)
{
    g_autoptr(GPtrArray) array = g_ptr_array_new_with_free_func(g_free);

    if (value->kind == CONF_VALUE_STRING)
        g_ptr_array_add(array, g_strdup(value->string));
    else if (value->kind != CONF_VALUE_LIST)
        return false;
    for (guint i = 0; value->list && i < value->list->len; i++) {
        const ConfValue *item = value->list->pdata[i];

        if (item->kind != CONF_VALUE_STRING)
            return false;
        g_ptr_array_add(array, g_strdup(item->string));
    }
    g_ptr_array_add(array, NULL);
    g_strfreev(*strings);
    *strings = (char **)g_ptr_array_free(g_steal_pointer(&array), FALSE);
    return true;
}

static bool
read_value(const ConfValue *value, ConfType type, void *at)
{
    bool number = value->kind == CONF_VALUE_NUMBER;

    switch (type) {
    case CONF_STRING:
        if (value->kind != CONF_VALUE_STRING)
            return false;
        g_free(*(char **)at);
        *(char **)at = g_strdup(value->string);
        return true;
    case CONF_BOOL:
        if (!number || value->number < 0 || value->number > 1)
            return false;
        *(bool *)at = value->number == 1;
        return true;
    case CONF_INT:
        if (!number || value->number < G_MININT || value->number > G_MAXINT)
            return false;
        *(int *)at = (int)value->number;
        return true;
    case CONF_UINT:
        if (!number || value->number < 0 || value->number > G_MAXUINT)
            return false;
        *(unsigned *)at = (unsigned)value->number;
        return true;
    case CONF_UINT64:
        if (!number || value->number < 0)
            return false;
        *(uint64_t *)at = (uint64_t)value->number;
        return true;
    case CONF_STRINGS:
        return read_strings(value, at);
    }
    return false;
}

bool
conf_read(const Conf *conf, const ConfKey *keys, void *base, GError **error)
{
    static const char *const wanted[] = {
        [CONF_STRING] = "a string",
        [CONF_BOOL] = "0 or 1",
        [CONF_INT] = "a whole number",
        [CONF_UINT] = "a whole number, not negative",
        [CONF_UINT64] = "a whole number, not negative",
        [CONF_STRINGS] = "a list of strings",
    };

    for (guint i = 0; i < conf->entries->len; i++) {
        const Entry *entry = conf->entries->pdata[i];
        const ConfKey *key;

        if (!entry->key)
            continue;
        key = find_key(keys, entry->key);
        if (!key) {
            error_set(error, VIR_ERR_CONF_SYNTAX, "%s:%d: unknown setting '%s'", conf->name,
                      entry->line, entry->key);
            return false;
        }
        if (!key->ignored && !read_value(entry->value, key->type, (char *)base + key->offset)) {
            error_set(error, VIR_ERR_CONF_SYNTAX, "%s:%d: setting '%s' must be %s", conf->name,
                      entry->line, entry->key, wanted[key->type]);
            return false;
        }
    }
    return true;
}

void
conf_clear(const ConfKey *keys, void *base)
{
    for (; keys->name; keys++) {
        void *at = (char *)base + keys->offset;

        if (keys->type == CONF_STRING && !keys->ignored)
            g_clear_pointer((char **)at, g_free);
        else if (keys->type == CONF_STRINGS && !keys->ignored)
            g_clear_pointer((char ***)at, g_strfreev);
    }
}
