/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_device.c - controllers, file systems, and the smaller devices */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/command/command.h"
#include "drivers/qemu/fill/board.h"
#include "util/error.h"
#include "util/uuid.h"

static Json *
usb_controller(Command *command, const Controller *c)
{
    static const struct { const char *model, *driver; int first_port; } rows[] = {
        { "piix3-uhci", "piix3-usb-uhci", -1 }, { "piix4-uhci", "piix4-usb-uhci", -1 }, { "ehci", "usb-ehci", -1 },
        { "ich9-ehci1", "ich9-usb-ehci1", -1 }, { "ich9-uhci1", "ich9-usb-uhci1", 0 }, { "ich9-uhci2", "ich9-usb-uhci2", 2 },
        { "ich9-uhci3", "ich9-usb-uhci3", 4 }, { "vt82c686b-uhci", "vt82c686b-usb-uhci", -1 }, { "pci-ohci", "pci-ohci", -1 },
        { "nec-xhci", "nec-usb-xhci", -1 }, { "qemu-xhci", "qemu-xhci", -1 },
    };
    const Controller *master = c;
    g_autofree char *bus = NULL;

    /* Companions share the index of the one they help. */
    for (size_t i = 0; i < list_len(command->def->controllers); i++) {
        const Controller *other = list_at(command->def->controllers, i);

        if (other->type == CONTROLLER_TYPE_USB && other->index == c->index && !g_strcmp0(other->model, "ich9-ehci1"))
            master = other;
    }
    bus = g_strdup_printf("%s.0", master->info.alias);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Json *device;

        if (g_strcmp0(c->model, rows[i].model) != 0)
            continue;
        device = command_new(rows[i].driver);
        if (c->has_ports) {
            json_add_uint64(device, "p2", c->ports);
            json_add_uint64(device, "p3", c->ports);
        }
        if (rows[i].first_port >= 0) {
            json_add_string(device, "masterbus", bus);
            json_add_uint64(device, "firstport",
                            c->info.has_master_startport ? c->info.master_startport : (unsigned)rows[i].first_port);
        } else {
            json_add_string(device, "id", c->info.alias);
        }
        return device;
    }
    return NULL;
}

static Json *
pci_controller(const Controller *c)
{
    const char *name = c->pci_model_name;
    Json *device = command_new(name ? name : "");

    if (g_str_equal(c->model, "pci-bridge")) {
        json_add_uint64(device, "chassis_nr", c->chassis_nr);
    } else if (strstr(c->model, "-port") && !g_str_equal(c->model, "pcie-switch-upstream-port")) {
        json_add_uint64(device, "port", c->port);
        json_add_uint64(device, "chassis", c->chassis);
        command_onoff(device, "hotplug", c->hotplug);
    } else if (strstr(c->model, "expander-bus")) {
        json_add_uint64(device, "bus_nr", c->bus_nr);
        if (c->has_numa_node)
            json_add_uint64(device, "numa_node", c->numa_node);
    }
    if (c->has_mem_reserve)
        json_add_uint64(device, "mem-reserve", c->mem_reserve * 1024);
    if (c->has_target_index)
        json_add_uint64(device, "index", c->target_index);
    json_add_string(device, "id", c->info.alias);
    return device;
}

static Json *
scsi_controller(const Controller *c)
{
    static const char *const rows[][2] = {
        { "lsilogic", "lsi" }, { "lsisas1078", "megasas" }, { "lsisas1068", "mptsas1068" }, { "vmpvscsi", "pvscsi" },
        { "am53c974", "am53c974" }, { "dc390", "dc-390" }, { "ibmvscsi", "spapr-vscsi" },
    };
    g_autofree char *driver = NULL;
    g_autofree char *thread = NULL;
    Json *device;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (!g_strcmp0(c->model, rows[i][0])) {
            device = command_new(rows[i][1]);
            json_add_string(device, "id", c->info.alias);
            return device;
        }
    if (!c->model || !g_str_has_prefix(c->model, "virtio"))
        return NULL;
    driver = command_virtio_driver("virtio-scsi", g_str_equal(c->model, "virtio-scsi") ? NULL : c->model, &c->info);
    device = command_new(driver);
    command_iothread_map(device, c->iothreads);
    if (c->iothread) {
        thread = g_strdup_printf("iothread%u", c->iothread);
        json_add_string(device, "iothread", thread);
    }
    command_onoff(device, "ioeventfd", c->ioeventfd);
    json_add_string(device, "id", c->info.alias);
    if (c->has_queues)
        json_add_uint64(device, "num_queues", c->queues);
    if (c->has_cmd_per_lun)
        json_add_uint64(device, "cmd_per_lun", c->cmd_per_lun);
    if (c->has_max_sectors)
        json_add_uint64(device, "max_sectors", c->max_sectors);
    return device;
}

/* A PC has one, which is told by -global what to boot from; NULL then. */
static Json *
floppy_controller(Command *command)
{
    bool built_in = device_is_i440fx(command->def);
    Json *device = built_in ? NULL : command_new("isa-fdc");

    for (size_t i = 0; i < list_len(command->def->disks); i++) {
        const Disk *d = list_at(command->def->disks, i);
        unsigned boot = d->bus == DISK_BUS_FDC ? command_boot_index(command, DEVICE_DISK, d, &d->info) : 0;
        char key[] = "bootindexA";

        if (!boot || !d->info.address)
            continue;
        key[sizeof(key) - 2] = (char)('A' + d->info.address->unit);
        if (built_in)
            command_addf(command, "-global", "isa-fdc.%s=%u", key, boot);
        else
            json_add_uint64(device, key, boot);
    }
    return device;
}

/* NULL without error for a controller that the machine has by itself. */
static bool
new_controller(Command *command, const Controller *c, Json **ret_device, GError **error)
{
    const Domain *def = command->def;
    g_autofree char *driver = NULL;
    Json *device = NULL;

    *ret_device = NULL;
    switch (c->type) {
    case CONTROLLER_TYPE_PCI:
        if (c->index)
            *ret_device = pci_controller(c);
        return true;
    case CONTROLLER_TYPE_IDE:
        if (c->index == 0 && device_is_i440fx(def))
            return true;
        break;
    case CONTROLLER_TYPE_SATA:
        if (c->index == 0 && device_is_q35(def))
            return true;
        device = command_new("ahci");
        json_add_string(device, "id", c->info.alias);
        break;
    case CONTROLLER_TYPE_FDC:
        *ret_device = floppy_controller(command);
        return true;
    case CONTROLLER_TYPE_ISA:
        return true;
    case CONTROLLER_TYPE_SCSI:
        device = scsi_controller(c);
        break;
    case CONTROLLER_TYPE_VIRTIO_SERIAL:
        driver = command_virtio_driver("virtio-serial", c->model, &c->info);
        device = command_new(driver);
        json_add_string(device, "id", c->info.alias);
        if (c->has_ports)
            json_add_uint64(device, "max_ports", c->ports);
        if (c->has_vectors)
            json_add_uint64(device, "vectors", c->vectors);
        break;
    case CONTROLLER_TYPE_CCID:
        device = command_new("usb-ccid");
        json_add_string(device, "id", c->info.alias);
        break;
    case CONTROLLER_TYPE_USB:
        /* Boards without USB take no notice of a controller that says no more than that it is one. */
        if (!g_strcmp0(c->model, "none") || (!c->model && !board_of(def)->usb[0]))
            return true;
        device = usb_controller(command, c);
        break;
    default:
        break;
    }
    if (!device) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "controller type '%s' with model '%s' is not supported by machine '%s'",
                  controller_type_words[c->type], c->model ? c->model : "default", def->machine);
        return false;
    }
    command_virtio(device, c->iommu, c->ats, c->packed, c->page_per_vq);
    *ret_device = device;
    return true;
}

/* The IOMMU must be there before the devices behind it. */
static bool
add_iommu(Command *command, GError **error)
{
    const Iommu *i = command->def->iommu;
    Json *device;

    if (!i || !command_wants(command, i))
        return true;
    if (i->model == IOMMU_MODEL_INTEL) {
        device = command_new("intel-iommu");
        if (i->intremap != ONOFF_UNSET)
            json_add_string(device, "intremap", i->intremap == ONOFF_ON ? "on" : "off");
        command_onoff(device, "caching-mode", i->caching_mode);
        if (i->eim != ONOFF_UNSET)
            json_add_string(device, "eim", i->eim == ONOFF_ON ? "on" : "off");
        command_onoff(device, "device-iotlb", i->iotlb);
        if (i->aw_bits)
            json_add_uint64(device, "aw-bits", i->aw_bits);
        command_onoff(device, "dma-translation", i->dma_translation);
    } else if (i->model == IOMMU_MODEL_VIRTIO) {
        device = command_new("virtio-iommu");
    } else {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "IOMMU model '%s' is not supported by machine '%s'",
                  iommu_model_words[i->model], command->def->machine);
        return false;
    }
    json_add_string(device, "id", i->info.alias);
    return command_place_device(command, device, &i->info, error);
}

static bool
add_controllers(Command *command, ControllerType type, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->controllers); i++) {
        const Controller *c = list_at(command->def->controllers, i);
        Json *device;

        if (c->type != type || !command_wants(command, c))
            continue;
        if (!new_controller(command, c, &device, error))
            return false;
        if (device && !command_place_device(command, device, &c->info, error))
            return false;
    }
    return true;
}

bool
command_controllers(Command *command, GError **error)
{
    static const ControllerType order[] = { CONTROLLER_TYPE_PCI, CONTROLLER_TYPE_USB, CONTROLLER_TYPE_SCSI,
                                            CONTROLLER_TYPE_IDE, CONTROLLER_TYPE_SATA, CONTROLLER_TYPE_VIRTIO_SERIAL,
                                            CONTROLLER_TYPE_FDC, CONTROLLER_TYPE_ISA };

    if (!add_iommu(command, error))
        return false;
    for (size_t o = 0; o < G_N_ELEMENTS(order); o++)
        if (!add_controllers(command, order[o], error))
            return false;
    return true;
}

bool
command_hubs(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->hubs); i++) {
        const Hub *h = list_at(command->def->hubs, i);
        Json *device = command_wants(command, h) ? command_new("usb-hub") : NULL;

        if (!device)
            continue;
        json_add_string(device, "id", h->info.alias);
        if (!command_place_device(command, device, &h->info, error))
            return false;
    }
    /* Readers of smart cards are USB devices, and may be plugged into a hub. */
    return add_controllers(command, CONTROLLER_TYPE_CCID, error);
}

static bool
add_virtiofs(Command *command, const Filesystem *fs, GError **error)
{
    g_autofree char *driver = command_virtio_driver("vhost-user-fs", NULL, &fs->info);
    g_autofree char *id = g_strdup_printf("chr-vu-%s", fs->info.alias);
    CommandService service = { NULL, -1 };
    g_autofree char *served = NULL;
    g_autofree char *path = NULL;
    Json *device;

    if (!fs->socket && !command_helper(command, COMMAND_HELPER_VIRTIOFSD, fs->info.alias, fs, &service, error))
        return false;
    served = service.path;
    path = command_escape(fs->socket ? fs->socket : served);
    command_addf(command, "-chardev", "socket,id=%s,path=%s", id, path);
    device = command_new(driver);
    command_virtio(device, fs->iommu, fs->ats, fs->packed, fs->page_per_vq);
    json_add_string(device, "id", fs->info.alias);
    json_add_string(device, "chardev", id);
    if (fs->queue)
        json_add_uint64(device, "queue-size", fs->queue);
    json_add_string(device, "tag", fs->target);
    if (fs->info.boot_order)
        json_add_uint64(device, "bootindex", fs->info.boot_order);
    return command_place_device(command, device, &fs->info, error);
}

static bool
add_mtp(Command *command, const Filesystem *fs, GError **error)
{
    Json *device = command_new("usb-mtp");

    json_add_string(device, "id", fs->info.alias);
    json_add_string(device, "rootdir", fs->source_dir);
    json_add_string(device, "desc", fs->target);
    json_add_bool(device, "readonly", fs->readonly);
    return command_place_device(command, device, &fs->info, error);
}

bool
command_filesystems(Command *command, GError **error)
{
    static const char *const access_modes[] = { "passthrough", "passthrough", "mapped", "none" };

    for (size_t i = 0; i < list_len(command->def->filesystems); i++) {
        const Filesystem *fs = list_at(command->def->filesystems, i);
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *driver = NULL;
        g_autofree char *fsdev = g_strdup_printf("fsdev-%s", fs->info.alias);
        g_autofree char *path = command_escape(fs->source_dir);
        Json *device;

        if (!command_wants(command, fs))
            continue;
        if (fs->type != FILESYSTEM_TYPE_MOUNT) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "filesystem '%s': only mounts are supported", fs->target);
            return false;
        }
        if (fs->driver_type == FS_DRIVER_VIRTIOFS || fs->driver_type == FS_DRIVER_MTP) {
            if (!(fs->driver_type == FS_DRIVER_MTP ? add_mtp : add_virtiofs)(command, fs, error))
                return false;
            continue;
        }
        if (fs->driver_type == FS_DRIVER_HANDLE)
            g_string_append(text, "handle");
        else
            g_string_append_printf(text, "local,security_model=%s", access_modes[fs->accessmode]);
        if (fs->fmode)
            g_string_append_printf(text, ",fmode=%04o", fs->fmode);
        if (fs->dmode)
            g_string_append_printf(text, ",dmode=%04o", fs->dmode);
        if (fs->wrpolicy == FS_WRPOLICY_IMMEDIATE)
            g_string_append(text, ",writeout=immediate");
        if (fs->multidevs != FS_MULTIDEVS_UNSET && fs->multidevs != FS_MULTIDEVS_DEFAULT)
            g_string_append_printf(text, ",multidevs=%s", fs_multidevs_words[fs->multidevs]);
        g_string_append_printf(text, ",id=%s,path=%s", fsdev, path);
        if (fs->readonly)
            g_string_append(text, ",readonly=on");
        command_add(command, "-fsdev", text->str);
        driver = command_virtio_driver("virtio-9p", fs_model_words[fs->model], &fs->info);
        device = command_new(driver);
        command_virtio(device, fs->iommu, fs->ats, fs->packed, fs->page_per_vq);
        json_add_string(device, "id", fs->info.alias);
        json_add_string(device, "fsdev", fsdev);
        json_add_string(device, "mount_tag", fs->target);
        if (!command_place_device(command, device, &fs->info, error))
            return false;
    }
    return true;
}

bool
command_watchdogs(Command *command, GError **error)
{
    const Domain *def = command->def;
    WatchdogAction action = WATCHDOG_ACTION_RESET;

    for (size_t i = 0; i < list_len(def->watchdogs); i++) {
        const Watchdog *w = list_at(def->watchdogs, i);

        /* They share one action. */
        if (i == 0)
            action = w->action;
        if (!command_wants(command, w))
            continue;
        if (g_str_equal(w->model, "itco")) {
            command_add(command, "-global", "ICH9-LPC.noreboot=off");
            continue;
        }
        Json *device = command_new(w->model);
        json_add_string(device, "id", w->info.alias);
        if (!command_place_device(command, device, &w->info, error))
            return false;
    }
    if (list_len(def->watchdogs))
        command_add(command, "-watchdog-action",
                    action == WATCHDOG_ACTION_DUMP ? "pause" : watchdog_action_words[action]);
    return true;
}

/* "1.9" is 0x0190 on the bus: two digits before the point, two after. */
static void
add_version(GString *text, const char *version)
{
    g_auto(GStrv) parts = g_strsplit(version ? version : "-1", ".", 2);
    const char *minor = parts[1] ? parts[1] : "";
    char first = minor[0] ? minor[0] : '0';

    if (parts[0][0] == '-')
        g_string_append(text, "-1");
    else
        g_string_append_printf(text, "0x%02" PRIu64 "%c%c", g_ascii_strtoull(parts[0], NULL, 10), first,
                               minor[0] && minor[1] ? minor[1] : '0');
}

/* Nothing, or a negative number, is anything. */
static void
add_id(GString *text, const char *value, int digits)
{
    int64_t id = value ? g_ascii_strtoll(value, NULL, 0) : -1;

    if (id < 0)
        g_string_append(text, "-1:");
    else
        g_string_append_printf(text, "0x%0*" PRIX64 ":", digits, (uint64_t)id);
}

/* What may be plugged in: CLASS:VENDOR:PRODUCT:VERSION:ALLOW, the first that fits counts. */
static void
add_filter(Json *device, const RedirFilter *filter)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (size_t i = 0; filter && i < list_len(filter->usbdevs); i++) {
        const UsbFilter *f = list_at(filter->usbdevs, i);

        if (i)
            g_string_append_c(text, '|');
        add_id(text, f->device_class, 2);
        add_id(text, f->vendor, 4);
        add_id(text, f->product, 4);
        add_version(text, f->version);
        g_string_append_printf(text, ":%d", f->allow == YESNO_YES);
    }
    if (text->len)
        json_add_string(device, "filter", text->str);
}

bool
command_redirs(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->redirdevs); i++) {
        RedirDev *r = list_at(command->def->redirdevs, i);
        g_autofree char *chardev = g_strconcat("char", r->info.alias, NULL);
        unsigned boot = r->info.boot_order;
        Json *device;

        if (!command_wants(command, r))
            continue;
        if (!command_chardev(command, &r->source, r->info.alias, error))
            return false;
        device = command_new("usb-redir");
        json_add_string(device, "chardev", chardev);
        json_add_string(device, "id", r->info.alias);
        add_filter(device, command->def->redirfilter);
        if (boot)
            json_add_uint64(device, "bootindex", boot);
        if (!command_place_device(command, device, &r->info, error))
            return false;
    }
    return true;
}

static bool
add_balloon(Command *command, GError **error)
{
    const Memballoon *b = command->def->memballoon;
    g_autofree char *driver = NULL;
    Json *device;

    if (!b || !g_strcmp0(b->model, "none"))
        return true;
    driver = command_virtio_driver("virtio-balloon", b->model, &b->info);
    device = command_new(driver);
    json_add_string(device, "id", b->info.alias);
    command_onoff(device, "deflate-on-oom", b->autodeflate);
    command_onoff(device, "free-page-reporting", b->free_page_reporting);
    command_virtio(device, b->iommu, b->ats, b->packed, b->page_per_vq);
    return command_place_device(command, device, &b->info, error);
}

bool
command_misc(Command *command, GError **error)
{
    const Nvram *nvram = command->def->nvram_device;

    if (!command_watchdogs(command, error) || !command_redirs(command, error) || !command_hostdevs(command, error))
        return false;
    if (command->incoming)
        command_add(command, "-incoming", command->incoming);
    if (!add_balloon(command, error) || !command_rngs(command, error))
        return false;
    if (nvram && nvram->info.address && nvram->info.address->has_reg)
        command_addf(command, "-global", "spapr-nvram.reg=0x%" PRIx64, nvram->info.address->reg);
    if (command->def->features && command->def->features->vmcoreinfo == ONOFF_ON)
        command_add_json(command, "-device", command_new("vmcoreinfo"));
    return command_launch_security(command, error);
}

bool
command_panics(Command *command, GError **error)
{
    for (size_t i = 0; i < list_len(command->def->panics); i++) {
        const Panic *p = list_at(command->def->panics, i);
        Json *device;

        if (p->model != PANIC_MODEL_ISA && p->model != PANIC_MODEL_PVPANIC)
            continue;
        device = command_new(p->model == PANIC_MODEL_ISA ? "pvpanic" : "pvpanic-pci");
        if (p->info.address && p->info.address->type == ADDRESS_TYPE_ISA && p->info.address->has_iobase)
            json_add_uint64(device, "ioport", p->info.address->iobase);
        if (p->model == PANIC_MODEL_PVPANIC && !command_address(command, device, &p->info, error)) {
            json_unref(device);
            return false;
        }
        command_add_json(command, "-device", device);
    }
    return true;
}
