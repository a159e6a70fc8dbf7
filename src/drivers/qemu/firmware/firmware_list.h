/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firmware_list.h - the firmware images a host describes, best first */
#pragma once

#include "drivers/qemu/firmware/firmware.h"

/* Does not change once made; shared by reference. */
typedef struct FirmwareList {
    gatomicrefcount refs;
    GPtrArray *all;     /* Firmware */
    char *stamp;        /* names, times and sizes of the files it was read from */
} FirmwareList;

/* @root stands for "/"; @config_home is the user's folder or NULL.  A descriptor that cannot be understood is left out,
 * with a warning. */
FirmwareList *firmware_list_load(const char *root, const char *config_home, GError **error);
/* @old again (referenced) if the files are those it was read from, else a new list.  @old may be NULL. */
FirmwareList *firmware_list_refresh(FirmwareList *old, const char *root, const char *config_home, GError **error);
/* That of this host, read again only when a file has changed. */
FirmwareList *firmware_list_host(const char *config_home, GError **error);

FirmwareList *firmware_list_ref(FirmwareList *list);
void firmware_list_unref(FirmwareList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FirmwareList, firmware_list_unref)

/* What domain capabilities say of a machine. */
typedef struct FirmwareSupport {
    bool bios, efi;
    bool secure;        /* one has secure boot that the guest cannot get around */
    GPtrArray *images;  /* Firmware of the list; one for each pair of image and template */
} FirmwareSupport;

void firmware_list_support(const FirmwareList *list, const char *arch, const char *machine, FirmwareSupport *ret_support);
void firmware_support_clear(FirmwareSupport *support);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FirmwareSupport, firmware_support_clear)
