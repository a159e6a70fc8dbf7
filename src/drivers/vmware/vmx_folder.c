/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_folder.c - folders of the host that a VMware guest sees */
#define ERROR_FROM VIR_FROM_VMWARE
#include "drivers/vmware/vmx_private.h"

#include "util/error.h"

enum { MAX_FOLDERS = 1024 };

bool
vmx_folder_read(const VmxFile *file, const VmxContext *context G_GNUC_UNUSED, Domain *domain, GError **error)
{
    g_autoptr(VmxSharing) sharing = vmx_record_read(&vmx_sharing, file, "", error);

    if (!sharing)
        return false;
    if (sharing->n_folders.value < 0 || sharing->n_folders.value > MAX_FOLDERS) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "'sharedFolder.maxNum' of the VMX file is out of range; at most %d are read", MAX_FOLDERS);
        return false;
    }
    /* Sharing is off unless the file says that it is not. */
    for (int64_t i = 0; sharing->disabled == VMX_NO && i < sharing->n_folders.value; i++) {
        g_autofree char *prefix = g_strdup_printf("sharedFolder%d.", (int)i);
        g_autoptr(VmxFolder) folder = vmx_record_read(&vmx_folder, file, prefix, error);
        Filesystem *fs;

        if (!folder)
            return false;
        if (folder->present != VMX_YES || folder->enabled != VMX_YES)
            continue;
        if (!folder->host || !folder->guest) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s%s' of the VMX file is missing", prefix,
                      folder->host ? "guestName" : "hostPath");
            return false;
        }
        fs = xml_new(&filesystem_xml);
        fs->type = FILESYSTEM_TYPE_MOUNT;
        fs->accessmode = ACCESS_MODE_PASSTHROUGH;
        fs->source_dir = g_strdup(folder->host);
        fs->target = g_strdup(folder->guest);
        fs->readonly = folder->writable != VMX_YES;
        vmx_append(&domain->filesystems, fs);
    }
    return true;
}

bool
vmx_folder_write(const Domain *domain, const VmxContext *context G_GNUC_UNUSED, GString *out, GError **error)
{
    g_autoptr(VmxSharing) sharing = vmx_record_new(&vmx_sharing);

    if (!list_len(domain->filesystems))
        return true;
    sharing->disabled = VMX_NO;
    sharing->n_folders = (VmxNumber) { true, domain->filesystems->len };
    vmx_record_write(sharing, "", out);
    for (guint i = 0; i < domain->filesystems->len; i++) {
        const Filesystem *fs = domain->filesystems->pdata[i];
        g_autofree char *prefix = g_strdup_printf("sharedFolder%u.", i);
        g_autoptr(VmxFolder) folder = vmx_record_new(&vmx_folder);

        if (fs->type != FILESYSTEM_TYPE_MOUNT || !fs->source_dir || i >= MAX_FOLDERS) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                      "domain '%s': VMware guests have at most %d <filesystem>s, all of type 'mount' with a folder "
                      "as source", domain->name, MAX_FOLDERS);
            return false;
        }
        folder->present = folder->enabled = folder->readable = VMX_YES;
        folder->writable = fs->readonly ? VMX_NO : VMX_YES;
        folder->host = g_strdup(fs->source_dir);
        folder->guest = g_strdup(fs->target);
        vmx_record_write(folder, prefix, out);
    }
    return true;
}
