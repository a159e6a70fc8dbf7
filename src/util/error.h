/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* error.h - errors of the whole project, carried as GError
 *
 * A file says once who it is, before its includes:
 *
 *     #define ERROR_FROM VIR_FROM_QEMU
 *     #include "util/error.h"
 *
 * and then sets errors with error_set().  GError.code is a virErrorNumber,
 * GError.domain a quark made from a virErrorDomain; message is the detail only
 * ("domain is not running"): the text in front of it ("Requested operation is
 * not valid: ") is added where the error leaves the process, from one table.
 * Log or return, never both.
 */
#pragma once

#include <errno.h>
#include <glib.h>
#include <libvirt/virterror.h>
#include <stdarg.h>
#include <stdbool.h>

/* The quark that stands for a virErrorDomain, and back.  Errors that GLib,
 * GIO or libxml2 made count as VIR_FROM_NONE with VIR_ERR_INTERNAL_ERROR. */
GQuark error_quark(int from);
int error_from(const GError *error);

/* The virErrorNumber of @error; VIR_ERR_INTERNAL_ERROR when it is foreign. */
int error_code(const GError *error);
bool error_is(const GError *error, int code);

/* GError.code packs three facts, so read it by these: the virErrorNumber, the
 * errno of a VIR_ERR_SYSTEM_ERROR (0 otherwise), and whether the message is
 * whole as it stands, as those of argument checks are. */
int error_errno(const GError *error);
bool error_is_plain(const GError *error);

void error_set_full(GError **error, int from, int code, const char *format, ...) G_GNUC_PRINTF(4, 5);
void error_set_errno_full(GError **error, int from, int errnum, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* A message that gets no template in front of it. */
void error_set_plain_full(GError **error, int from, int code, const char *format, ...) G_GNUC_PRINTF(4, 5);

#define error_set_plain(error, code, ...) error_set_plain_full(error, ERROR_FROM, code, __VA_ARGS__)
#define error_set(error, code, ...) error_set_full(error, ERROR_FROM, code, __VA_ARGS__)
#define error_set_errno(error, errnum, ...) error_set_errno_full(error, ERROR_FROM, errnum, __VA_ARGS__)

/* What a virError says beside code and message.  Only errors that came from a peer or an application
 * have it: so they leave as they came. */
typedef struct ErrorDetails {
    char *str1, *str2, *str3;
    int int1, int2;
} ErrorDetails;

/* Give @error (one of ours) a copy of @details. */
void error_set_details(GError *error, const ErrorDetails *details);
/* What it was given, or NULL. */
const ErrorDetails *error_details(const GError *error);

/* Put "context: " in front of the message of *@error, if it is set. */
void error_prefix(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The whole text a user sees: the words of the code, then the detail. */
char *error_text(const GError *error);

/* The message template of @code, with "%s" for the detail when @with_info
 * (source: error-codes.tsv); NULL for an unknown code. */
const char *error_template(int code, bool with_info);
