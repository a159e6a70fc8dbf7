/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx.h - guests as VMware's .vmx files, to documents and back: the native format "vmware-vmx" */
#pragma once

#include "drivers/conf/domain_gen.h"

typedef struct VmxContext {
    unsigned hardware;            /* virtualHW.version of what is written, 4 to 21 or later */
    const char *datacenter;       /* path, for the document; may be NULL */

    /* Where the .vmx file lies on a server with datastores: images then are "[STORE] PATH" in documents and
     * "/vmfs/volumes/STORE/PATH" in the file, or a bare name for those beside it.  Without a datastore
     * (Workstation, Player, Fusion) names stay as they are. */
    const char *datastore, *directory;

    /* Whether there is an image "[STORE] PATH"; NULL: all are. */
    bool (*exists)(void *data, const char *name);
    /* The SCSI model, as documents call it, that the image of @disk was made for; for controllers of model "auto".
     * NULL: it cannot be found out. */
    const char *(*scsi_model)(void *data, const Disk *disk);
    void *data;
} VmxContext;

/* The document says what the file says, no more: two buses may each have an 'sda', and a guest without 'uuid.bios' has no
 * UUID.  The rules of documents are for who defines it. */
Domain *vmx_read(const char *text, const VmxContext *context, GError **error);
char *vmx_write(const Domain *domain, const VmxContext *context, GError **error);
