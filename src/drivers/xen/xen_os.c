/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_os.c - firmware, boot loader, kernel and the order of boot devices
 *
 * 'kernel' is a kernel, but with xm and full virtualisation the firmware.
 */
#define ERROR_FROM VIR_FROM_XEN
#include "drivers/xen/xen_os.h"

#include <string.h>

#include "drivers/xen/xen_private.h"
#include "util/error.h"

static const struct { char letter; BootDeviceType type; } boot_letters[] = {
    { 'a', BOOT_DEVICE_TYPE_FD }, { 'c', BOOT_DEVICE_TYPE_HD }, { 'd', BOOT_DEVICE_TYPE_CDROM },
    { 'n', BOOT_DEVICE_TYPE_NETWORK },
};

/* ---- reading -------------------------------------------------------------- */

/* 'cmdline' says it all; 'root' and 'extra' are its parts of old. */
static bool
read_cmdline(const XenReader *r, GError **error)
{
    g_autofree char *root = NULL, *extra = NULL;
    bool paravirtual = r->guest != XEN_HVM;

    if (!xen_get_text(r, "cmdline", &r->domain->cmdline, error) || !xen_get_text(r, "extra", &extra, error) ||
        (paravirtual && !xen_get_text(r, "root", &root, error)))
        return false;
    if (r->domain->cmdline)
        return true;
    if (root)
        r->domain->cmdline = g_strconcat("root=", root, extra ? " " : NULL, extra, NULL);
    else
        r->domain->cmdline = g_steal_pointer(&extra);
    return true;
}

static bool
read_bootloader(const XenReader *r, GError **error)
{
    g_autoptr(GPtrArray) items = NULL;
    g_autoptr(GString) words = g_string_new(NULL);

    if (!xen_get_text(r, "bootloader", &r->domain->bootloader, error) ||
        !xen_get_items(r, conf_get(r->conf, "bootloader_args") ? "bootloader_args" : "bootargs", &items, error))
        return false;
    for (guint i = 0; i < list_len(items); i++)
        g_string_append_printf(words, "%s%s", i ? " " : "", ((const ConfValue *)list_at(items, i))->string);
    if (words->len)
        r->domain->bootloader_args = g_strdup(words->str);
    return true;
}

static bool
read_boot(const XenReader *r, GError **error)
{
    g_autofree char *boot = g_strdup("c");

    if (!xen_get_text(r, "boot", &boot, error))
        return false;
    for (const char *p = boot; *p; p++) {
        size_t i = 0;

        while (i < G_N_ELEMENTS(boot_letters) && boot_letters[i].letter != *p)
            i++;
        if (i == G_N_ELEMENTS(boot_letters))
            return xen_refuse(conf_get(r->conf, "boot"), error, "'boot' is '%.64s', expected the letters a, c, d and n", boot);
        for (guint k = 0; k < list_len(r->domain->boot_devices); k++)
            if (((const BootDevice *)list_at(r->domain->boot_devices, k))->dev == boot_letters[i].type)
                return xen_refuse(conf_get(r->conf, "boot"), error, "'boot' has '%c' twice", *p);
        ((BootDevice *)xen_append(&r->domain->boot_devices, &boot_device_xml))->dev = boot_letters[i].type;
    }
    return true;
}

static bool
read_firmware(const XenReader *r, GError **error)
{
    Domain *domain = r->domain;
    g_autofree char *bios = NULL, *path = NULL, *table = NULL;

    if (!xen_get_text(r, "bios", &bios, error) || !xen_get_text(r, "bios_path_override", &path, error) ||
        !xen_get_text(r, "acpi_firmware", &table, error) || !xen_get_text(r, "firmware_override", &domain->loader, error))
        return false;
    if (table) {
        AcpiTable *acpi = xen_append(&domain->acpi_tables, &acpi_table_xml);

        acpi->type = ACPI_TABLE_TYPE_RAWSET;
        acpi->path = g_steal_pointer(&table);
    }
    if (bios && strcmp(bios, "ovmf") != 0 && strcmp(bios, "seabios") != 0 && strcmp(bios, "rombios") != 0)
        return xen_refuse(conf_get(r->conf, "bios"), error, "'bios' is '%.64s', expected ovmf, seabios or rombios", bios);
    if (path && g_strcmp0(bios, "ovmf") != 0)
        return xen_refuse(conf_get(r->conf, "bios_path_override"), error,
                          "'bios_path_override' is supported only with 'bios = \"ovmf\"'");
    if (bios && !strcmp(bios, "ovmf")) {
        g_free(domain->loader);
        domain->loader = path ? g_steal_pointer(&path) : g_strconcat(xen_firmware(r->context), "/ovmf.bin", NULL);
        domain->loader_type = LOADER_TYPE_PFLASH;
        domain->loader_readonly = YESNO_YES;
    }
    return true;
}

bool
xen_os_read(const XenReader *r, GError **error)
{
    Domain *domain = r->domain;
    bool xm = r->context->dialect == XEN_XM;

    if (r->guest != XEN_HVM) {
        return read_bootloader(r, error) && xen_get_text(r, "kernel", &domain->kernel, error) &&
               xen_get_text(r, "ramdisk", &domain->initrd, error) &&
               (xm ? xen_get_text(r, "root", &domain->root, error) && xen_get_text(r, "extra", &domain->cmdline, error)
                   : read_cmdline(r, error));
    }
    if (!read_boot(r, error))
        return false;
    if (xm && !xen_get_text(r, "kernel", &domain->loader, error))
        return false;
    if (!xm && (!read_firmware(r, error) || !xen_get_text(r, "kernel", &domain->kernel, error) ||
                !xen_get_text(r, "ramdisk", &domain->initrd, error) || !read_cmdline(r, error)))
        return false;
    if (!domain->loader)
        domain->loader = g_strconcat(xen_firmware(r->context), "/hvmloader", NULL);
    return true;
}

/* ---- writing -------------------------------------------------------------- */

static void
write_kernel(const XenWriter *w)
{
    const Domain *domain = w->domain;
    bool xm = w->context->dialect == XEN_XM;
    g_autofree char *all = NULL;

    xen_put_text(w, "kernel", domain->kernel);
    xen_put_text(w, "ramdisk", domain->initrd);
    if (xm) {
        xen_put_text(w, "root", domain->root);
        xen_put_text(w, "extra", domain->cmdline);
        return;
    }
    if (domain->root)
        all = g_strconcat("root=", domain->root, domain->cmdline ? " " : NULL, domain->cmdline, NULL);
    xen_put_text(w, "cmdline", all ? all : domain->cmdline);
}

static void
write_bootloader(const XenWriter *w)
{
    const char *args = w->domain->bootloader_args;
    g_auto(GStrv) words = args ? g_strsplit_set(args, " \t", -1) : NULL;
    g_autoptr(GPtrArray) items = g_ptr_array_new();

    xen_put_text(w, "bootloader", w->domain->bootloader);
    if (w->context->dialect == XEN_XM) {
        xen_put_text(w, "bootargs", args);
        return;
    }
    for (char **word = words; word && *word; word++)
        if (**word)
            g_ptr_array_add(items, *word);
    xen_put_items(w, "bootloader_args", items);
}

typedef struct Ordered {
    unsigned order;
    char letter;
} Ordered;

static int
compare_order(const void *a, const void *b)
{
    unsigned x = ((const Ordered *)a)->order, y = ((const Ordered *)b)->order;

    return x < y ? -1 : x > y;
}

static void
add_ordered(GArray *list, const DeviceInfo *info, char letter)
{
    const Ordered item = { info->boot_order, letter };

    if (info->boot_order)
        g_array_append_val(list, item);
}

/* The letters, from <boot> of <os> or from the devices themselves; each kind once. */
char *
xen_os_boot(const Domain *domain)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(Ordered));
    GString *boot = g_string_new(NULL);

    for (guint i = 0; i < list_len(domain->boot_devices); i++) {
        BootDeviceType type = ((const BootDevice *)list_at(domain->boot_devices, i))->dev;

        for (size_t k = 0; k < G_N_ELEMENTS(boot_letters); k++)
            if (boot_letters[k].type == type) {
                const Ordered item = { i + 1, boot_letters[k].letter };

                g_array_append_val(list, item);
            }
    }
    for (guint i = 0; i < list_len(domain->disks); i++) {
        const Disk *disk = list_at(domain->disks, i);

        add_ordered(list, &disk->info,
                    disk->device == DISK_DEVICE_CDROM ? 'd' : disk->device == DISK_DEVICE_FLOPPY ? 'a' : 'c');
    }
    for (guint i = 0; i < list_len(domain->interfaces); i++)
        add_ordered(list, &((const Interface *)list_at(domain->interfaces, i))->info, 'n');
    g_array_sort(list, compare_order);
    for (guint i = 0; i < list->len; i++)
        if (!strchr(boot->str, g_array_index(list, Ordered, i).letter))
            g_string_append_c(boot, g_array_index(list, Ordered, i).letter);
    if (!boot->len)
        g_string_append_c(boot, 'c');
    return g_string_free(boot, FALSE);
}

const char *
xen_os_ovmf(const Domain *domain, const char *firmware, char **ret_made)
{
    if (domain->loader_type == LOADER_TYPE_PFLASH && domain->loader)
        return domain->loader;
    if (domain->firmware != OS_FIRMWARE_EFI)
        return NULL;
    return *ret_made = g_strconcat(firmware, "/ovmf.bin", NULL);
}

static bool
write_firmware(const XenWriter *w, GError **error)
{
    const Domain *domain = w->domain;
    g_autofree char *made = NULL, *name = domain->loader ? g_path_get_basename(domain->loader) : NULL;
    const char *ovmf = xen_os_ovmf(domain, xen_firmware(w->context), &made);

    if (domain->nvram)
        return xen_unsupported(w, error, "where variables of UEFI are kept (<nvram>)");
    if (ovmf) {
        xen_put_text(w, "bios", "ovmf");
        xen_put_text(w, "bios_path_override", ovmf);
    } else if (name && strcmp(name, "hvmloader") != 0) {
        xen_put_text(w, "firmware_override", domain->loader);
    }
    for (guint i = 0; i < list_len(domain->acpi_tables); i++) {
        const AcpiTable *table = list_at(domain->acpi_tables, i);

        if (i || table->type == ACPI_TABLE_TYPE_MSDM)
            return xen_unsupported(w, error, "an ACPI table of type '%s' beside others", acpi_table_type_words[table->type]);
        xen_put_text(w, "acpi_firmware", table->path);
    }
    return true;
}

bool
xen_os_write(const XenWriter *w, GError **error)
{
    const Domain *domain = w->domain;
    g_autofree char *boot = NULL;

    if (w->guest == XEN_PVH)
        xen_put_text(w, "type", "pvh");
    if (w->guest != XEN_HVM) {
        write_bootloader(w);
        write_kernel(w);
        return true;
    }
    xen_put_text(w, "builder", "hvm");
    if (w->context->dialect == XEN_XM) {
        g_autofree char *made = NULL;

        if (domain->kernel || list_len(domain->acpi_tables) || xen_os_ovmf(domain, "", &made))
            return xen_unsupported(w, error, "a kernel, UEFI or ACPI tables for a guest of type hvm");
        xen_put_text(w, "kernel", domain->loader);
    } else if (write_firmware(w, error)) {
        write_kernel(w);
    } else {
        return false;
    }
    boot = xen_os_boot(domain);
    xen_put_text(w, "boot", boot);
    return true;
}
