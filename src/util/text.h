/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* text.h - small string helpers that GLib lacks */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Whole string, no sign games, no trailing garbage.  @base as strtol's.  No error is set:
 * the caller knows what the text was for. */
bool text_parse_uint(const char *text, int base, uint32_t *ret_value);
bool text_parse_int(const char *text, int base, int32_t *ret_value);
bool text_parse_uint64(const char *text, int base, uint64_t *ret_value);
bool text_parse_int64(const char *text, int base, int64_t *ret_value);
bool text_parse_double(const char *text, double *ret_value);

/* "a b" -> "'a b'": for messages and log files that show a command. */
char *text_quote_argv(const char *const *argv);

/* Position of @word in the NULL-terminated or @n long list, or -1. */
int text_index(const char *const *words, size_t n, const char *word);

/* The bytes of hex digits, of which there must be an even count. */
uint8_t *text_unhex(const char *text, size_t *ret_len);

/* At most @max bytes of @text on one line, without white space at its ends: for a child's
 * stderr in an error. */
char *text_squash(const char *text, size_t max);

/* No control characters, no '/', neither "." nor "..", not empty: fit to be part of a path. */
bool text_is_file_name(const char *text);
bool text_is_utf8(const char *text, size_t len);
