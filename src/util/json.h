/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json.h - json-c with errors that name the key
 *
 * Parsing is strict and bounded in depth: what arrives is hostile.  Getters borrow from their
 * object; json_take() and json_add() hand ownership in.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct json_object Json;

enum { JSON_DEPTH_MAX = 100 };

Json *json_ref(Json *json);
void json_unref(Json *json);
/* A deep copy: its own to another thread. */
Json *json_copy(Json *json);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Json, json_unref)

/* One whole value with nothing behind it; NULL with @error set otherwise.  JSON's null parses to
 * NULL too, so as a whole document it is refused.  @len -1: to the final NUL; @what names the
 * source. */
Json *json_parse(const char *text, ssize_t len, const char *what, GError **error);
/* One line, or indented by two. */
char *json_format(Json *json, bool pretty);

/* Required members: NULL or false with @error set if missing or of another type. */
const char *json_get_string(Json *object, const char *key, GError **error);
bool json_get_int64(Json *object, const char *key, int64_t *ret_value, GError **error);
bool json_get_uint64(Json *object, const char *key, uint64_t *ret_value, GError **error);
bool json_get_uint(Json *object, const char *key, unsigned *ret_value, GError **error);
Json *json_get_object(Json *object, const char *key, GError **error);
Json *json_get_array(Json *object, const char *key, GError **error);

/* Optional members: the fallback if missing or of another type. */
const char *json_opt_string(Json *object, const char *key, const char *fallback);
int64_t json_opt_int64(Json *object, const char *key, int64_t fallback);
uint64_t json_opt_uint64(Json *object, const char *key, uint64_t fallback);
bool json_opt_bool(Json *object, const char *key, bool fallback);
Json *json_opt_object(Json *object, const char *key);
Json *json_opt_array(Json *object, const char *key);
bool json_has(Json *object, const char *key);

size_t json_array_len(Json *array);
Json *json_array_at(Json *array, size_t i);
/* The text of a string value, or NULL if @value is none. */
const char *json_string_value(Json *value);

/* Making.  NULL strings and values are left out. */
Json *json_new_object(void);
Json *json_new_array(void);
Json *json_new_string(const char *text);
void json_add(Json *object, const char *key, Json *value);
void json_add_string(Json *object, const char *key, const char *text);
void json_add_int64(Json *object, const char *key, int64_t value);
void json_add_uint64(Json *object, const char *key, uint64_t value);
void json_add_bool(Json *object, const char *key, bool value);
void json_append(Json *array, Json *value);
void json_append_string(Json *array, const char *text);

/* A copy of @object in which members with dotted names are nested ("a.b": 1 becomes "a": {"b": 1}),
 * as QEMU takes them either way.  NULL with @error set if a name is there twice. */
Json *json_deflatten(Json *object, GError **error);
