/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_private.h - the parts of a guest, each with both directions
 *
 * X_read() adds what the file says to the document, X_write() appends the lines for what the document says.
 */
#pragma once

#include "drivers/vmware/vmx.h"
#include "drivers/vmware/vmx_record.h"
#include "util/list.h"

#define VMX_PART(part)                                                                                                   \
    bool vmx_##part##_read(const VmxFile *file, const VmxContext *context, Domain *domain, GError **error);              \
    bool vmx_##part##_write(const Domain *domain, const VmxContext *context, GString *out, GError **error)

VMX_PART(machine);
VMX_PART(vnc);
VMX_PART(disk);
VMX_PART(folder);
VMX_PART(ethernet);
VMX_PART(video);
VMX_PART(port);

/* Names of images; *@ret_missing says that there is no such image. */
char *vmx_path_read(const VmxContext *context, const char *name, bool *ret_missing, GError **error);
char *vmx_path_write(const VmxContext *context, const char *name, GError **error);

static inline void
vmx_append(GPtrArray **list, void *item)
{
    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_add(*list, item);
}

static inline bool
vmx_is_present(const VmxFile *file, const char *prefix)
{
    g_autofree char *key = g_strconcat(prefix, "present", NULL);

    return vmx_file_value(file, key);
}
