/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* loader.c - what puts a guest's kernel into its memory before bhyve runs it
 *
 * bhyveload knows FreeBSD, grub-bhyve other systems, and the user may name a program of their own.  With UEFI there is
 * none: bhyve starts the firmware.
 */
#define ERROR_FROM VIR_FROM_BHYVE
#include <string.h>

#include "drivers/bhyve/caps.h"
#include "drivers/bhyve/command.h"
#include "util/error.h"
#include "util/list.h"

/* A disk that may be booted from, as grub-bhyve calls it. */
static char *
grub_name(const Domain *def, const Disk *wanted)
{
    unsigned disks = 0, drives = 0;

    for (size_t i = 0; i < list_len(def->disks); i++) {
        const Disk *disk = list_at(def->disks, i);
        bool cdrom = disk->device == DISK_DEVICE_CDROM;

        if (disk == wanted && cdrom)
            return drives ? g_strdup_printf("cd%u", drives) : g_strdup("cd");
        if (disk == wanted)
            return g_strdup_printf("hd%u", disks);
        *(cdrom ? &drives : &disks) += 1;
    }
    return NULL;
}

static const Disk *
first_of(const Domain *def, DiskDevice device)
{
    for (size_t i = 0; i < list_len(def->disks); i++)
        if (((const Disk *)list_at(def->disks, i))->device == device)
            return list_at(def->disks, i);
    return NULL;
}

/* The disk with the lowest boot order, else the first of the kind that <os> wants, else the first. */
static const Disk *
boot_disk(const Domain *def, GError **error)
{
    const Disk *found = NULL;

    for (size_t i = 0; i < list_len(def->disks); i++) {
        const Disk *disk = list_at(def->disks, i);

        if (disk->info.boot_order && (!found || disk->info.boot_order < found->info.boot_order))
            found = disk;
    }
    for (size_t i = 0; !found && i < list_len(def->boot_devices); i++) {
        const BootDevice *boot = list_at(def->boot_devices, i);

        if (boot->dev == BOOT_DEVICE_TYPE_CDROM || boot->dev == BOOT_DEVICE_TYPE_HD)
            found = first_of(def, boot->dev == BOOT_DEVICE_TYPE_CDROM ? DISK_DEVICE_CDROM : DISK_DEVICE_DISK);
    }
    if (!found && list_len(def->disks))
        found = list_at(def->disks, 0);
    if (!found)
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Domain should have at least one disk defined: a loader starts from one");
    return found;
}

static void
add(GPtrArray *argv, const char *option, const char *value)
{
    g_ptr_array_add(argv, g_strdup(option));
    if (value)
        g_ptr_array_add(argv, g_strdup(value));
}

/* There is no quoting in <bootloader_args>. */
static void
add_words(GPtrArray *argv, const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \t\n", -1);

    for (size_t i = 0; words[i]; i++)
        if (*words[i])
            g_ptr_array_add(argv, g_strdup(words[i]));
}

static bool
is_grub(const Domain *def)
{
    g_autofree char *name = def->bootloader ? g_path_get_basename(def->bootloader) : NULL;

    return !g_strcmp0(name, "grub-bhyve");
}

static bool
is_bhyveload(const Domain *def)
{
    g_autofree char *name = def->bootloader ? g_path_get_basename(def->bootloader) : NULL;

    return !name || !strcmp(name, "bhyveload");
}

static bool
build_bhyveload(const Domain *def, GPtrArray *argv, GError **error)
{
    g_autofree char *memory = g_strdup_printf("%" G_GUINT64_FORMAT, def->memory / 1024);
    const Disk *disk = boot_disk(def, error);
    const char *path = disk ? bhyve_command_disk_path(disk, error) : NULL;

    if (!path)
        return false;
    add(argv, "-m", memory);
    add(argv, "-d", path);
    add(argv, def->name, NULL);
    return true;
}

static bool
build_grub(const Domain *def, unsigned caps, const char *map, GPtrArray *argv, GError **error)
{
    g_autofree char *memory = g_strdup_printf("%" G_GUINT64_FORMAT, def->memory / 1024), *root = NULL;
    const Disk *disk = boot_disk(def, error);
    const Serial *serial = list_len(def->serials) ? list_at(def->serials, 0) : NULL;

    if (!disk || !bhyve_command_disk_path(disk, error))
        return false;
    root = grub_name(def, disk);
    if (disk->device != DISK_DEVICE_CDROM) {
        /* A disk is taken to start from its first partition. */
        char *partition = g_strconcat(root, ",msdos1", NULL);

        g_free(root);
        root = partition;
    }
    add(argv, "--root", root);
    add(argv, "--device-map", map);
    add(argv, "--memory", memory);
    if (caps & BHYVE_CAPS_GRUB_CONSDEV && serial && serial->source.type == CHAR_TYPE_NMDM)
        add(argv, "--cons-dev", serial->source.master);
    add(argv, def->name, NULL);
    return true;
}

bool
bhyve_loader_build(const Domain *def, unsigned caps, const char *map, char ***ret_argv, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

    *ret_argv = NULL;
    if (!def->bootloader && (def->loader || def->firmware != OS_FIRMWARE_UNSET))
        return true;
    g_ptr_array_add(argv, g_strdup(def->bootloader ? def->bootloader : "bhyveload"));
    if (def->bootloader_args) {
        add_words(argv, def->bootloader_args);
    } else if (is_bhyveload(def)) {
        if (!build_bhyveload(def, argv, error))
            return false;
    } else if (is_grub(def)) {
        if (!build_grub(def, caps, map, argv, error))
            return false;
    } else {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Custom loader requires explicit %s configuration", "bootloader_args");
        return false;
    }
    g_ptr_array_add(argv, NULL);
    *ret_argv = (char **)g_ptr_array_free(g_steal_pointer(&argv), FALSE);
    return true;
}

char *
bhyve_loader_map(const Domain *def)
{
    GString *out;

    if (!is_grub(def) || def->bootloader_args)
        return NULL;
    out = g_string_new(NULL);
    for (size_t i = 0; i < list_len(def->disks); i++) {
        const Disk *disk = list_at(def->disks, i);
        g_autofree char *name = grub_name(def, disk);

        if (disk->path)
            g_string_append_printf(out, "(%s) %s\n", name, disk->path);
    }
    return g_string_free(out, FALSE);
}

/* ---- firmware -------------------------------------------------------------- */

/* The usual file, one with BIOS services beside it, else the first by name. */
static bool
is_better(const char *name, const char *than)
{
    static const char *const preferred[] = { "BHYVE_UEFI.fd", "BHYVE_UEFI_CSM.fd" };

    for (size_t i = 0; than && i < G_N_ELEMENTS(preferred); i++)
        if (!strcmp(name, preferred[i]) || !strcmp(than, preferred[i]))
            return !strcmp(name, preferred[i]);
    return !than || strcmp(name, than) < 0;
}

bool
bhyve_loader_choose_firmware(Domain *def, const char *folder, GError **error)
{
    g_autoptr(GDir) dir = NULL;
    g_autofree char *best = NULL;
    const char *name;

    if (def->firmware == OS_FIRMWARE_UNSET || def->loader)
        return true;
    if (def->firmware != OS_FIRMWARE_EFI) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "bhyve has firmware of type 'efi', not '%s'",
                  os_firmware_words[def->firmware]);
        return false;
    }
    dir = g_dir_open(folder, 0, NULL);
    while (dir && (name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, ".fd") && is_better(name, best)) {
            g_free(best);
            best = g_strdup(name);
        }
    if (!best) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "no firmware is in '%s': install some, or set firmware_dir in bhyve.conf",
                  folder);
        return false;
    }
    def->loader = g_build_filename(folder, best, NULL);
    return true;
}
