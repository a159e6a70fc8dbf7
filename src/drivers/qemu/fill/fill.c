/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill.c - make a definition whole: machine, CPU, controllers, implicit devices, models */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/fill/fill.h"

#include <string.h>

#include "drivers/common/metadata.h"
#include "drivers/conf/domain.h"
#include "drivers/qemu/address/address.h"
#include "drivers/qemu/fill/fill_private.h"
#include "drivers/qemu/firmware/firmware_fill.h"
#include "util/error.h"
#include "util/uuid.h"

QemuAccel
fill_accel(const Domain *def)
{
    return def->type == VIRT_TYPE_KVM ? QEMU_ACCEL_KVM : QEMU_ACCEL_TCG;
}

bool
fill_emulator(Domain *def, const char *host_arch, char *(*find)(const char *arch), GError **error)
{
    static const uint8_t no_uuid[16];

    if (memcmp(def->uuid, no_uuid, 16) == 0)
        uuid_generate(def->uuid);
    if (g_strcmp0(def->os_type, "hvm") != 0 && g_strcmp0(def->os_type, "linux") != 0) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "could not find capabilities for ostype=%s",
                  def->os_type ? def->os_type : "");
        return false;
    }
    if (!def->arch)
        def->arch = g_strdup(host_arch);
    if (!def->emulator)
        def->emulator = find(def->arch);
    if (!def->emulator) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "could not find an emulator for arch '%s': install qemu-system or name one in <emulator>", def->arch);
        return false;
    }
    if (def->type == VIRT_TYPE_QEMU || def->type == VIRT_TYPE_KVM || def->type == VIRT_TYPE_HVF)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Emulator '%s' does not support virt type '%s'", def->emulator,
              virt_type_words[def->type]);
    return false;
}

/* Some emulators run the guests of a smaller or turned-around sibling, too. */
static bool
serves_arch(const char *emulator, const char *arch)
{
    static const char *const pairs[][2] = {
        { "x86_64", "i686" }, { "aarch64", "armv7l" }, { "aarch64", "armv6l" }, { "armv7l", "armv6l" },
        { "ppc64", "ppc64le" }, { "ppc64", "ppc" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
        if (!g_strcmp0(emulator, pairs[i][0]) && !g_strcmp0(arch, pairs[i][1]))
            return true;
    return !g_strcmp0(emulator, arch);
}

static bool
fill_machine(Fill *f, GError **error)
{
    Domain *def = f->def;
    QemuAccel accel = fill_accel(def);
    const QemuMachine *machine;

    if (!serves_arch(f->caps->arch, def->arch)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Emulator '%s' does not support arch '%s'", def->emulator, def->arch);
        return false;
    }
    if (accel == QEMU_ACCEL_KVM && !f->caps->kvm) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "Emulator '%s' does not support virt type 'kvm'; is /dev/kvm there and usable?", def->emulator);
        return false;
    }
    machine = def->machine ? qemu_caps_machine(f->caps, accel, def->machine)
                           : qemu_caps_default_machine(f->caps, accel);
    if (!machine) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Emulator '%s' does not support machine type '%s'", def->emulator,
                  def->machine ? def->machine : "");
        return false;
    }
    if (!def->machine || (!f->options->keep_machine_alias && !g_str_equal(def->machine, machine->name))) {
        g_free(def->machine);
        def->machine = g_strdup(f->options->keep_machine_alias && machine->alias ? machine->alias : machine->name);
    }
    if (def->max_vcpus > machine->max_cpus) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Maximum CPUs greater than specified machine type limit %u",
                  machine->max_cpus);
        return false;
    }
    return true;
}

static bool
fill_os_firmware(Fill *f, GError **error)
{
    FirmwareFill how = { f->options->firmware, f->conf->nvram, f->conf->nvram_dir, f->options->fresh };
    g_autoptr(FirmwareList) host = NULL;

    if (!f->def->loader && f->def->firmware == OS_FIRMWARE_UNSET)
        return true;
    if (!how.list)
        how.list = host = firmware_list_host(f->conf->privileged ? NULL : g_get_user_config_dir(), error);
    if (!how.list)
        return false;
    if (firmware_fill(f->def, &how) || !f->options->fresh)
        return true;
    firmware_fill_refuse(f->def, error);
    return false;
}

void *
fill_add_device(Domain *def, DeviceKind kind)
{
    void *device = xml_new(device_xml(kind));

    g_ptr_array_add(*device_list(def, kind, true), device);
    return device;
}

void
fill_set(char **where, const char *value)
{
    char *copy = g_strdup(value);

    g_free(*where);
    *where = copy;
}

static void
fill_random(const Fill *f, uint8_t *bytes, size_t n)
{
    uint8_t uuid[16];

    if (f->options->random) {
        f->options->random(bytes, n);
        return;
    }
    uuid_generate(uuid);
    memcpy(bytes, uuid, MIN(n, sizeof(uuid)));
}

static void
fill_ids(Fill *f)
{
    static const uint8_t none[16];

    if (!f->def->genid || memcmp(f->def->genid_uuid, none, 16) != 0)
        return;
    fill_random(f, f->def->genid_uuid, 16);
    /* RFC 4122: a random UUID. */
    f->def->genid_uuid[6] = (f->def->genid_uuid[6] & 0x0f) | 0x40;
    f->def->genid_uuid[8] = (f->def->genid_uuid[8] & 0x3f) | 0x80;
}

/* A clock that is so many seconds away from that of the host. */
static void
fill_clock(Domain *def)
{
    char *end = NULL;
    int64_t seconds = def->clock_reset ? g_ascii_strtoll(def->clock_reset, &end, 10) : 0;

    if (def->clock_offset == CLOCK_OFFSET_VARIABLE && def->clock_basis == CLOCK_BASIS_UNSET)
        def->clock_basis = CLOCK_BASIS_UTC;
    if (!end || end == def->clock_reset || *end)
        return;
    def->clock_basis = def->clock_offset == CLOCK_OFFSET_LOCALTIME ? CLOCK_BASIS_LOCALTIME : CLOCK_BASIS_UTC;
    def->clock_offset = CLOCK_OFFSET_VARIABLE;
    def->clock_adjustment = seconds;
    g_clear_pointer(&def->clock_reset, g_free);
}

/* So many vCPUs need an IOMMU that remaps their interrupts; a new guest gets one. */
static void
fill_iommu(Fill *f)
{
    enum { VCPUS_WITHOUT = 255 };
    Domain *def = f->def;

    if (!f->options->fresh || f->accel != QEMU_ACCEL_KVM || !device_is_q35(def) || def->max_vcpus <= VCPUS_WITHOUT)
        return;
    if (!def->iommu) {
        def->iommu = xml_new(&iommu_xml);
        def->iommu->model = IOMMU_MODEL_INTEL;
    }
    if (def->iommu->model != IOMMU_MODEL_INTEL)
        return;
    if (def->iommu->intremap == ONOFF_UNSET)
        def->iommu->intremap = ONOFF_ON;
    if (def->iommu->eim == ONOFF_UNSET && def->iommu->intremap == ONOFF_ON)
        def->iommu->eim = ONOFF_ON;
    if (!def->features)
        def->features = xml_new(&features_xml);
    if (def->features->ioapic == APIC_DRIVER_UNSET)
        def->features->ioapic = APIC_DRIVER_QEMU;
}

/* Features that the board has in any case, and those that it cannot have. */
void
fill_features(Fill *f)
{
    static const Features empty;
    Features *features = f->def->features;

    if (!f->options->fresh && f->board->flags & BOARD_NO_ACPI && features && features->acpi) {
        features->acpi = false;
        if (memcmp(features, &empty, sizeof(empty)) == 0)
            g_clear_pointer(&f->def->features, features_free);
        features = f->def->features;
    }
    if (f->board->flags & BOARD_GIC && (!features || features->gic_version == GIC_VERSION_UNSET)) {
        /* The emulated version 3 has no MSI for PCI devices; KVM's has. */
        bool v3 = f->accel == QEMU_ACCEL_KVM && f->caps->gic[QEMU_ACCEL_KVM] & 1u << 3;

        if (!features)
            f->def->features = features = xml_new(&features_xml);
        features->gic = true;
        features->gic_version = v3 ? GIC_VERSION_3 : GIC_VERSION_2;
    }
}

/* Only virtio has a back end in the kernel and queues; one queue is what there is anyway. */
static void
fill_driver(Interface *n)
{
    bool virtio = n->model && g_str_has_prefix(n->model, "virtio");

    if (n->type == INTERFACE_TYPE_HOSTDEV)
        return;
    if (n->queues == 1 || !virtio)
        n->queues = 0;
    if (!virtio) {
        n->driver_name = NET_VHOST_UNSET;
        g_clear_pointer(&n->backend_vhost, g_free);
    }
}

static void
fill_interfaces(Fill *f)
{
    static const char *const words[] = { "virtio", "virtio-transitional", "virtio-non-transitional", "rtl8139", "e1000",
                                         "e1000e", "usb-net", "spapr-vlan", "lan9118" };

    for (size_t i = 0; i < list_len(f->def->interfaces); i++) {
        Interface *n = list_at(f->def->interfaces, i);

        if (!n->mac) {
            uint8_t random[3];

            fill_random(f, random, sizeof(random));
            n->mac = g_strdup_printf("52:54:00:%02x:%02x:%02x", random[0], random[1], random[2]);
        }
        for (size_t w = 0; n->model && w < G_N_ELEMENTS(words); w++)
            if (!g_ascii_strcasecmp(n->model, words[w]))
                fill_set(&n->model, words[w]);
        /* Other kinds do not pass the host's firewall. */
        if (n->type != INTERFACE_TYPE_NETWORK && n->type != INTERFACE_TYPE_BRIDGE && n->type != INTERFACE_TYPE_ETHERNET) {
            g_clear_pointer(&n->filter, g_free);
            for (size_t k = 0; k < list_len(n->filter_parameters); k++)
                filter_parameter_free(list_at(n->filter_parameters, k));
            g_clear_pointer(&n->filter_parameters, g_ptr_array_unref);
        }
        fill_driver(n);
        /* What moves its packets speaks virtio, too. */
        if (!n->model && n->type == INTERFACE_TYPE_VDPA)
            n->model = g_strdup("virtio");
        if (!n->model && n->type != INTERFACE_TYPE_HOSTDEV)
            n->model = board_choose(f->board->nic, f->caps);
    }
}

static bool
fill_addresses(Fill *f, GError **error)
{
    const AddressHost host = { f->options->iommu_group, f->options->is_conventional, f->options->data };

    return address_assign_drives(f->def, f->board, f->caps, error) && address_assign_serial_ports(f->def, error) &&
           address_assign_ccids(f->def, error) && address_assign_modules(f->def, error) &&
           address_assign_spapr(f->def, error) && address_assign_virtio(f->def, f->board, f->caps, error) &&
           address_assign_pci(f->def, f->board, f->caps, &host, error) &&
           (!f->options->ports || address_assign_usb(f->def, error));
}

bool
fill_definition(Domain *def, const QemuCaps *caps, const QemuConf *conf, const FillOptions *options, GError **error)
{
    static const FillOptions none;
    Fill f = { .def = def, .caps = caps, .conf = conf, .options = options ? options : &none, .accel = fill_accel(def) };

    if (!metadata_clean(&def->metadata, error) || !fill_machine(&f, error) || !fill_os_firmware(&f, error))
        return false;
    f.board = board_of(def);
    fill_cpu(&f);
    fill_ids(&f);
    fill_clock(def);
    fill_features(&f);
    fill_iommu(&f);
    if (!fill_memory(&f, error))
        return false;
    fill_disks(&f);
    fill_interfaces(&f);
    fill_chars_first(&f);
    fill_chars(&f);
    fill_inputs(&f);
    fill_displays(&f);
    fill_audio(&f);
    fill_misc(&f);
    fill_controllers_implicit(&f);
    fill_controllers_models(&f);
    if (!fill_addresses(&f, error))
        return false;
    domain_console_mirror(f.def);
    return true;
}

void
fill_running(Domain *def, const QemuConf *conf)
{
    const FillOptions options = { .live = true };
    Fill f = { .def = def, .conf = conf, .options = &options, .board = board_of(def), .accel = fill_accel(def) };

    fill_disks(&f);
    fill_audio(&f);
}
