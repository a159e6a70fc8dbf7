/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firmware_list.c - the firmware images a host describes, best first */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/firmware/firmware_list.h"

#include <sys/stat.h>

#include "drivers/qemu/firmware/interop.h"
#include "util/error.h"
#include "util/lock.h"
#include "util/log.h"
#include "util/ref.h"

LOG_SOURCE("qemu.firmware");

static void
list_free(FirmwareList *list)
{
    g_ptr_array_unref(list->all);
    g_free(list->stamp);
    g_free(list);
}

DEFINE_REF(FirmwareList, firmware_list, list_free)

/* What changes when one of the files does. */
static char *
stamp_of(const char *root, const GPtrArray *paths)
{
    g_autoptr(GString) stamp = g_string_new(NULL);

    for (size_t i = 0; i < paths->len; i++) {
        g_autofree char *full = g_build_filename(root, paths->pdata[i], NULL);
        struct stat st = { 0 };

        /* One that is gone by now shows as a change of its own. */
        if (stat(full, &st) == 0)
            g_string_append_printf(stamp, "%s %lld.%09ld %lld\n", full, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                                   (long long)st.st_size);
    }
    return g_string_free(g_steal_pointer(&stamp), FALSE);
}

static FirmwareList *
read_all(const char *root, const GPtrArray *paths)
{
    FirmwareList *list = g_new0(FirmwareList, 1);

    g_atomic_ref_count_init(&list->refs);
    list->all = g_ptr_array_new_with_free_func((GDestroyNotify)firmware_free);
    list->stamp = stamp_of(root, paths);
    for (size_t i = 0; i < paths->len; i++) {
        g_autoptr(GError) reason = NULL;
        g_autofree char *text = interop_read(root, paths->pdata[i], &reason);
        Firmware *firmware = text ? firmware_parse(text, paths->pdata[i], &reason) : NULL;

        if (firmware)
            g_ptr_array_add(list->all, firmware);
        else
            log_warning("a firmware descriptor is left out: %s", reason->message);
    }
    return list;
}

FirmwareList *
firmware_list_load(const char *root, const char *config_home, GError **error)
{
    g_autoptr(GPtrArray) paths = interop_list(root, config_home, "firmware", error);

    return paths ? read_all(root, paths) : NULL;
}

FirmwareList *
firmware_list_refresh(FirmwareList *old, const char *root, const char *config_home, GError **error)
{
    g_autoptr(GPtrArray) paths = interop_list(root, config_home, "firmware", error);
    g_autofree char *stamp = paths ? stamp_of(root, paths) : NULL;

    if (!paths)
        return NULL;
    return old && g_str_equal(old->stamp, stamp) ? firmware_list_ref(old) : read_all(root, paths);
}

FirmwareList *
firmware_list_host(const char *config_home, GError **error)
{
    static Lock lock = LOCK_INIT;
    static FirmwareList *cached;
    g_autoptr(FirmwareList) old = NULL;
    FirmwareList *list;

    lock_acquire(&lock);
    old = firmware_list_ref(cached);
    lock_release(&lock);
    list = firmware_list_refresh(old, "/", config_home, error);
    if (!list || list == old)
        return list;
    lock_acquire(&lock);
    firmware_list_unref(cached);
    cached = firmware_list_ref(list);
    lock_release(&lock);
    return list;
}

void
firmware_list_support(const FirmwareList *list, const char *arch, const char *machine, FirmwareSupport *ret_support)
{
    *ret_support = (FirmwareSupport){ .images = g_ptr_array_new() };
    for (size_t i = 0; i < list->all->len; i++) {
        Firmware *firmware = list->all->pdata[i];
        bool bios = firmware_has_interface(firmware, FIRMWARE_INTERFACE_BIOS);
        bool efi = firmware_has_interface(firmware, FIRMWARE_INTERFACE_UEFI);
        bool known = false;

        if ((!bios && !efi) || !firmware_fits(firmware, arch, machine))
            continue;
        ret_support->bios |= bios;
        ret_support->efi |= efi;
        ret_support->secure |= firmware_can(firmware, FIRMWARE_ABILITY_SECURE_BOOT) &&
                               firmware_can(firmware, FIRMWARE_ABILITY_REQUIRES_SMM);
        for (size_t j = 0; j < ret_support->images->len; j++) {
            const Firmware *other = ret_support->images->pdata[j];

            known |= !g_strcmp0(other->path, firmware->path) && !g_strcmp0(other->nvram, firmware->nvram);
        }
        if (!known)
            g_ptr_array_add(ret_support->images, firmware);
    }
}

void
firmware_support_clear(FirmwareSupport *support)
{
    g_clear_pointer(&support->images, g_ptr_array_unref);
}
