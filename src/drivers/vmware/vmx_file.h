/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_file.h - the format of .vmx files: lines of 'key = "value"', whatever the keys mean
 *
 * Case does not count in keys.  What a value may not hold as it is, it holds as '|' and two hex digits.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What a hostile file may cost. */
enum { VMX_MAX_TEXT = 4 << 20, VMX_MAX_LINE = 1 << 18, VMX_MAX_KEYS = 1 << 15 };

typedef struct VmxFile VmxFile;

/* @text is in the encoding that its '.encoding' says; the values are UTF-8. */
VmxFile *vmx_file_parse(const char *text, GError **error);
void vmx_file_free(VmxFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmxFile, vmx_file_free)

/* NULL where there is no such key or nothing in it. */
const char *vmx_file_value(const VmxFile *file, const char *key);

/* Append a line. */
void vmx_file_add(GString *out, const char *key, const char *value);
