/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json.c - json-c with errors that name the key */
#define ERROR_FROM VIR_FROM_NONE
#include "util/json.h"

#include <string.h>

#include "util/error.h"

Json *
json_ref(Json *json)
{
    return json_object_get(json);
}

void
json_unref(Json *json)
{
    json_object_put(json);
}

Json *
json_copy(Json *json)
{
    Json *copy = NULL;

    if (json && json_object_deep_copy(json, &copy, NULL) != 0)
        g_error("out of memory"); /* it fails for no other reason */
    return copy;
}

static void
tokener_free(struct json_tokener *tokener)
{
    json_tokener_free(tokener);
}
typedef struct json_tokener Tokener;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tokener, tokener_free)

/* json-c takes some things that JSON has not, even when strict: names in single quotes, comments,
 * NaN and Infinity.  None of them can begin a token of JSON. */
static bool
only_json(const char *text, size_t size)
{
    bool quoted = false;

    for (size_t i = 0; i < size; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] && strchr("'/NI", text[i]))
            return false;
    }
    return true;
}

Json *
json_parse(const char *text, ssize_t len, const char *what, GError **error)
{
    g_autoptr(Tokener) tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
    g_autoptr(Json) json = NULL;
    size_t size = len < 0 ? strlen(text) : (size_t)len, end;
    enum json_tokener_error status;

    if (size >= G_MAXINT) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "%s is too long for JSON", what);
        return NULL;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    json = json_tokener_parse_ex(tokener, text, (int)size);
    status = json_tokener_get_error(tokener);
    end = json_tokener_get_parse_end(tokener);
    if (status == json_tokener_continue) { /* a NUL tells a number that it is over */
        json = json_tokener_parse_ex(tokener, "", 1);
        status = json_tokener_get_error(tokener);
        end = size;
    }
    while (end < size && strchr(" \t\r\n", text[end]) && text[end])
        end++;
    if (status == json_tokener_success && (end < size || !only_json(text, size)))
        status = json_tokener_error_parse_unexpected;
    if (status != json_tokener_success || !json) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "cannot parse %s as JSON: %s near byte %zu", what,
                  status == json_tokener_success ? "it is null" : json_tokener_error_desc(status),
                  end);
        return NULL;
    }
    return g_steal_pointer(&json);
}

char *
json_format(Json *json, bool pretty)
{
    return g_strdup(json_object_to_json_string_ext(
        json, JSON_C_TO_STRING_NOSLASHESCAPE | (pretty ? JSON_C_TO_STRING_PRETTY : 0)));
}

static Json *
member(Json *object, const char *key)
{
    Json *value = NULL;

    if (!object || !json_object_is_type(object, json_type_object))
        return NULL;
    json_object_object_get_ex(object, key, &value);
    return value;
}

/* The member, of @type; else an error that says which is wrong. */
static Json *
require(Json *object, const char *key, enum json_type type, const char *wanted, GError **error)
{
    Json *value = member(object, key);

    if (!value) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "JSON object has no member '%s'", key);
        return NULL;
    }
    if (!json_object_is_type(value, type) &&
        !(type == json_type_double && json_object_is_type(value, json_type_int))) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "JSON member '%s' is %s, not %s", key,
                  json_type_to_name(json_object_get_type(value)), wanted);
        return NULL;
    }
    return value;
}

const char *
json_get_string(Json *object, const char *key, GError **error)
{
    Json *value = require(object, key, json_type_string, "a string", error);

    return value ? json_object_get_string(value) : NULL;
}

bool
json_get_int64(Json *object, const char *key, int64_t *ret_value, GError **error)
{
    Json *value = require(object, key, json_type_int, "a whole number", error);

    if (!value)
        return false;
    *ret_value = json_object_get_int64(value);
    return true;
}

bool
json_get_uint64(Json *object, const char *key, uint64_t *ret_value, GError **error)
{
    Json *value = require(object, key, json_type_int, "a whole number", error);

    if (!value)
        return false;
    if (json_object_get_int64(value) < 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "JSON member '%s' is negative", key);
        return false;
    }
    *ret_value = json_object_get_uint64(value);
    return true;
}

bool
json_get_uint(Json *object, const char *key, unsigned *ret_value, GError **error)
{
    uint64_t wide;

    if (!json_get_uint64(object, key, &wide, error))
        return false;
    if (wide > G_MAXUINT) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "JSON member '%s' is out of range", key);
        return false;
    }
    *ret_value = (unsigned)wide;
    return true;
}

Json *
json_get_object(Json *object, const char *key, GError **error)
{
    return require(object, key, json_type_object, "an object", error);
}

Json *
json_get_array(Json *object, const char *key, GError **error)
{
    return require(object, key, json_type_array, "an array", error);
}

static Json *
optional(Json *object, const char *key, enum json_type type)
{
    Json *value = member(object, key);

    return value && json_object_is_type(value, type) ? value : NULL;
}

const char *
json_opt_string(Json *object, const char *key, const char *fallback)
{
    Json *value = optional(object, key, json_type_string);

    return value ? json_object_get_string(value) : fallback;
}

int64_t
json_opt_int64(Json *object, const char *key, int64_t fallback)
{
    Json *value = optional(object, key, json_type_int);

    return value ? json_object_get_int64(value) : fallback;
}

uint64_t
json_opt_uint64(Json *object, const char *key, uint64_t fallback)
{
    Json *value = optional(object, key, json_type_int);

    return value && json_object_get_int64(value) >= 0 ? json_object_get_uint64(value) : fallback;
}

bool
json_opt_bool(Json *object, const char *key, bool fallback)
{
    Json *value = optional(object, key, json_type_boolean);

    return value ? json_object_get_boolean(value) : fallback;
}

Json *
json_opt_object(Json *object, const char *key)
{
    return optional(object, key, json_type_object);
}

Json *
json_opt_array(Json *object, const char *key)
{
    return optional(object, key, json_type_array);
}

bool
json_has(Json *object, const char *key)
{
    return object && json_object_is_type(object, json_type_object) &&
           json_object_object_get_ex(object, key, NULL);
}

size_t
json_array_len(Json *array)
{
    return array && json_object_is_type(array, json_type_array) ? json_object_array_length(array)
                                                                : 0;
}

Json *
json_array_at(Json *array, size_t i)
{
    return i < json_array_len(array) ? json_object_array_get_idx(array, i) : NULL;
}

const char *
json_string_value(Json *value)
{
    return value && json_object_is_type(value, json_type_string) ? json_object_get_string(value)
                                                                 : NULL;
}

Json *
json_new_object(void)
{
    return json_object_new_object();
}

Json *
json_new_array(void)
{
    return json_object_new_array();
}

Json *
json_new_string(const char *text)
{
    return text ? json_object_new_string(text) : NULL;
}

void
json_add(Json *object, const char *key, Json *value)
{
    if (value)
        json_object_object_add(object, key, value);
}

void
json_add_string(Json *object, const char *key, const char *text)
{
    json_add(object, key, json_new_string(text));
}

void
json_add_int64(Json *object, const char *key, int64_t value)
{
    json_add(object, key, json_object_new_int64(value));
}

void
json_add_uint64(Json *object, const char *key, uint64_t value)
{
    json_add(object, key, json_object_new_uint64(value));
}

void
json_add_bool(Json *object, const char *key, bool value)
{
    json_add(object, key, json_object_new_boolean(value));
}

void
json_append(Json *array, Json *value)
{
    if (value)
        json_object_array_add(array, value);
}

void
json_append_string(Json *array, const char *text)
{
    json_append(array, json_new_string(text));
}

/* Put @value (taken) at the dotted @name below @into. */
static bool
add_deep(Json *into, const char *name, Json *value, GError **error)
{
    g_autoptr(Json) mine = value;
    const char *dot = strchr(name, '.');
    g_autofree char *head = dot ? g_strndup(name, (gsize)(dot - name)) : g_strdup(name);
    Json *there = member(into, head);

    if (there && !json_object_is_type(there, json_type_object)) {
        error_set(error, VIR_ERR_INVALID_ARG, "JSON member '%s' is there twice", head);
        return false;
    }
    if (dot) {
        if (!there)
            json_add(into, head, there = json_new_object());
        return add_deep(there, dot + 1, g_steal_pointer(&mine), error);
    }
    if (!there) {
        json_object_object_add(into, head, g_steal_pointer(&mine));
        return true;
    }
    if (!json_object_is_type(mine, json_type_object)) {
        error_set(error, VIR_ERR_INVALID_ARG, "JSON member '%s' is there twice", head);
        return false;
    }
    json_object_object_foreach(mine, key, item)
    {
        if (!add_deep(there, key, json_ref(item), error))
            return false;
    }
    return true;
}

Json *
json_deflatten(Json *object, GError **error)
{
    g_autoptr(Json) out = json_new_object();

    json_object_object_foreach(object, key, item)
    {
        Json *value = json_object_is_type(item, json_type_object) ? json_deflatten(item, error)
                                                                  : json_ref(item);

        if ((item && !value) || !add_deep(out, key, value, error))
            return NULL;
    }
    return g_steal_pointer(&out);
}
