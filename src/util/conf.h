/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* conf.h - libvirt's configuration files: key = value, lists, comments
 *
 * A file is parsed to entries in order, comments among them, so that it can be written back.
 * Programs read it through a table of the keys they know: values land in a struct, and an unknown
 * key or a value of the wrong type is an error with file and line.
 *
 * The configuration files of Xen's guests are the same, with a few additions: CONF_XEN.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct Conf Conf;

typedef enum { CONF_VALUE_NUMBER, CONF_VALUE_STRING, CONF_VALUE_LIST } ConfValueKind;

/* CONF_XEN: numbers may be hexadecimal or octal, '+=' adds to a list or string, ';' ends a setting like a new line, and
 * a backslash stands before quotes and backslashes in strings. */
typedef enum { CONF_LIBVIRT, CONF_XEN } ConfSyntax;

typedef struct ConfValue {
    ConfValueKind kind;
    int line; /* where it begins */
    int64_t number;
    char *string;
    GPtrArray *list; /* ConfValue */
} ConfValue;

/* How a key's value is held in the struct. */
typedef enum {
    CONF_STRING,  /* char *, g_free'd and replaced */
    CONF_BOOL,    /* bool, from 0 or 1 */
    CONF_INT,     /* int */
    CONF_UINT,    /* unsigned */
    CONF_UINT64,  /* uint64_t */
    CONF_STRINGS, /* char **, from a list or a single string; g_strfreev'd and replaced */
} ConfType;

typedef struct ConfKey {
    const char *name; /* NULL ends a table */
    ConfType type;
    size_t offset;
    bool ignored;     /* known of old, accepted and not read */
} ConfKey;

#define CONF_KEY(struct_type, member, conf_type) \
    { #member, conf_type, offsetof(struct_type, member), false }

/* @name stands in errors, before the line. */
Conf *conf_parse_full(const char *text, ssize_t len, const char *name, ConfSyntax syntax, GError **error);
#define conf_parse(text, len, name, error) conf_parse_full(text, len, name, CONF_LIBVIRT, error)
/* A missing file is an empty one. */
Conf *conf_load(const char *path, GError **error);
void conf_free(Conf *conf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Conf, conf_free)

char *conf_format(const Conf *conf);

/* Making a file.  conf_add() takes the value, and so does the `list` of a value. */
Conf *conf_new(const char *name, ConfSyntax syntax);
void conf_add(Conf *conf, const char *key, ConfValue *value);
ConfValue *conf_value_number(int64_t number);
ConfValue *conf_value_string(const char *string);
ConfValue *conf_value_list(void);

/* The last value of @key, or NULL. */
const ConfValue *conf_get(const Conf *conf, const char *key);
/* Fill what the file mentions; the rest of the struct at @base stays. */
bool conf_read(const Conf *conf, const ConfKey *keys, void *base, GError **error);
/* Free strings and lists of the struct by the same table. */
void conf_clear(const ConfKey *keys, void *base);
