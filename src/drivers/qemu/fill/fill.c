/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill.c - make a definition whole: machine, CPU, controllers, implicit devices, models */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/fill/fill.h"

#include <string.h>

#include "drivers/qemu/address/address.h"
#include "drivers/qemu/firmware/firmware_fill.h"
#include "util/error.h"
#include "util/uuid.h"

typedef struct Fill {
    Domain *def;
    const QemuCaps *caps;
    const QemuConf *conf;
    const FillOptions *options;
    bool q35, i440fx, x86;
} Fill;

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
    if (def->type != VIRT_TYPE_QEMU && def->type != VIRT_TYPE_KVM && def->type != VIRT_TYPE_HVF) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "domain type '%s' is not one of QEMU: use 'kvm' or 'qemu'",
                  virt_type_words[def->type]);
        return false;
    }
    if (g_strcmp0(def->os_type, "hvm") != 0 && g_strcmp0(def->os_type, "linux") != 0) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "could not find capabilities for ostype=%s",
                  def->os_type ? def->os_type : "");
        return false;
    }
    if (!def->arch)
        def->arch = g_strdup(host_arch);
    if (!def->emulator)
        def->emulator = find(def->arch);
    if (def->emulator)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
              "could not find an emulator for arch '%s': install qemu-system or name one in <emulator>", def->arch);
    return false;
}

static bool
fill_machine(Fill *f, GError **error)
{
    Domain *def = f->def;
    QemuAccel accel = fill_accel(def);
    const QemuMachine *machine;

    if (g_strcmp0(def->arch, f->caps->arch) != 0 &&
        !(g_str_equal(f->caps->arch, "x86_64") && g_str_equal(def->arch, "i686"))) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "emulator '%s' does not support arch '%s'", def->emulator, def->arch);
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
    firmware_fill(f->def, &how);
    return true;
}

static void
fill_cpu(Fill *f)
{
    Domain *def = f->def;
    QemuAccel accel = fill_accel(def);
    const QemuMachine *machine = qemu_caps_machine(f->caps, accel, def->machine);
    const char *model = machine ? qemu_caps_model_of_type(f->caps, accel, machine->default_cpu) : NULL;
    bool bare;

    if (def->cpu && def->cpu->mode == CPU_MODE_UNSET && def->cpu->model)
        def->cpu->mode = CPU_MODE_CUSTOM;
    bare = !def->cpu || (!def->cpu->model && def->cpu->mode != CPU_MODE_HOST_MODEL &&
                         def->cpu->mode != CPU_MODE_HOST_PASSTHROUGH && def->cpu->mode != CPU_MODE_MAXIMUM);
    if (bare && model) {
        if (!def->cpu)
            def->cpu = xml_new(&cpu_xml);
        def->cpu->mode = CPU_MODE_CUSTOM;
        def->cpu->match = CPU_MATCH_EXACT;
        def->cpu->check = CPU_CHECK_NONE;
        def->cpu->fallback = CPU_FALLBACK_FORBID;
        def->cpu->model = g_strdup(model);
    }
    if (!def->cpu)
        return;
    if (def->cpu->mode == CPU_MODE_CUSTOM && def->cpu->match == CPU_MATCH_UNSET)
        def->cpu->match = CPU_MATCH_EXACT;
    if (def->cpu->mode == CPU_MODE_CUSTOM && def->cpu->model && def->cpu->fallback == CPU_FALLBACK_UNSET)
        def->cpu->fallback = CPU_FALLBACK_ALLOW;
    if (def->cpu->check == CPU_CHECK_UNSET && def->cpu->mode != CPU_MODE_UNSET)
        def->cpu->check = def->cpu->mode == CPU_MODE_HOST_PASSTHROUGH || def->cpu->mode == CPU_MODE_MAXIMUM ||
                                  (def->cpu->mode == CPU_MODE_CUSTOM && accel == QEMU_ACCEL_TCG)
                              ? CPU_CHECK_NONE : CPU_CHECK_PARTIAL;
    if ((def->cpu->mode == CPU_MODE_HOST_PASSTHROUGH || def->cpu->mode == CPU_MODE_MAXIMUM) &&
        def->cpu->migratable == YN_ONOFF_UNSET && f->x86)
        def->cpu->migratable = YN_ONOFF_ON;
}

static bool
index_is_taken(const Domain *def, ControllerType type, unsigned index)
{
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        const Controller *c = list_at(def->controllers, i);

        if (c->type == type && c->has_index && c->index == index)
            return true;
    }
    return false;
}

/* Controllers without index get the next one of their kind; the parts of an ICH9 USB set share theirs. */
static void
fill_indexes(Domain *def)
{
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        Controller *c = list_at(def->controllers, i);
        unsigned index = 0;

        if (c->has_index)
            continue;
        if (c->type == CONTROLLER_TYPE_USB && c->model && g_str_has_prefix(c->model, "ich9-uhci")) {
            for (size_t j = 0; j < i; j++) {
                const Controller *o = list_at(def->controllers, j);

                if (o->type == c->type && o->model && g_str_has_prefix(o->model, "ich9-"))
                    index = o->index;
            }
        } else {
            while (index_is_taken(def, c->type, index))
                index++;
        }
        c->has_index = true;
        c->index = index;
    }
}

static bool
has_usb_none(const Domain *def)
{
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        const Controller *c = list_at(def->controllers, i);

        if (c->type == CONTROLLER_TYPE_USB && !g_strcmp0(c->model, "none"))
            return true;
    }
    return false;
}

static const char *
default_usb_model(const Fill *f)
{
    static const char *const express[] = { "qemu-xhci", "nec-xhci" };
    static const struct { const char *device, *model; } known[] = {
        { "qemu-xhci", "qemu-xhci" }, { "nec-usb-xhci", "nec-xhci" }, { "piix3-usb-uhci", "piix3-uhci" },
    };

    if (f->i440fx || !f->q35)
        return f->x86 ? "piix3-uhci" : express[0];
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (qemu_caps_has(f->caps, known[i].device))
            return known[i].model;
    return NULL;
}

static void
sort_controllers(Domain *def)
{
    GPtrArray *old = def->controllers;

    if (!old)
        return;
    def->controllers = g_ptr_array_new();
    for (size_t i = 0; i < old->len; i++)
        address_insert_controller(def->controllers, list_at(old, i));
    g_ptr_array_unref(old);
}

static void
fill_controllers(Fill *f)
{
    Domain *def = f->def;

    fill_indexes(def);
    sort_controllers(def);
    if (!device_controller(def, CONTROLLER_TYPE_USB, 0) && !has_usb_none(def) && f->x86)
        address_add_controller(def, CONTROLLER_TYPE_USB, 0, default_usb_model(f));
    if (f->q35 && !device_controller(def, CONTROLLER_TYPE_SATA, 0))
        address_add_controller(def, CONTROLLER_TYPE_SATA, 0, NULL);
    if ((f->x86 || g_str_equal(def->machine, "virt") || g_str_has_prefix(def->machine, "virt-")) &&
        !device_controller(def, CONTROLLER_TYPE_PCI, 0))
        address_add_controller(def, CONTROLLER_TYPE_PCI, 0, f->i440fx || !f->q35 ? f->x86 ? "pci-root" : "pcie-root"
                                                                              : "pcie-root");
    for (size_t i = 0; i < list_len(def->controllers); i++) {
        Controller *c = list_at(def->controllers, i);

        if (c->type == CONTROLLER_TYPE_USB && !c->model)
            c->model = g_strdup(f->x86 ? "piix3-uhci" : default_usb_model(f));
        if (c->type == CONTROLLER_TYPE_SCSI && (!c->model || g_str_equal(c->model, "auto"))) {
            g_free(c->model);
            c->model = g_strdup(f->x86 ? "lsilogic" : "virtio-scsi");
        }
        /* A companion serves the ports of its EHCI controller from here on. */
        for (unsigned u = 0; c->type == CONTROLLER_TYPE_USB && u < 3; u++) {
            static const char *const companions[] = { "ich9-uhci1", "ich9-uhci2", "ich9-uhci3" };

            if (!g_strcmp0(c->model, companions[u]) && !c->info.has_master_startport) {
                c->info.has_master_startport = true;
                c->info.master_startport = 2 * u;
            }
        }
        if (c->type == CONTROLLER_TYPE_PCI && c->index == 0 && !c->model)
            c->model = g_strdup(f->q35 ? "pcie-root" : "pci-root");
    }
}

static void *
add_device(Domain *def, DeviceKind kind)
{
    void *device = xml_new(device_xml(kind));

    g_ptr_array_add(*device_list(def, kind, true), device);
    return device;
}

/* The first console and the first serial port are one thing with two names. */
static void
fill_consoles(Fill *f)
{
    Domain *def = f->def;
    Console *first;
    Serial *serial;

    for (size_t i = 0; i < list_len(def->consoles); i++) {
        Console *c = list_at(def->consoles, i);

        if (!c->target_type)
            c->target_type = g_strdup("serial");
        if (c->port < 0)
            c->port = (int)i;
    }
    first = list_len(def->consoles) ? list_at(def->consoles, 0) : NULL;
    if (first && g_str_equal(first->target_type, "serial") && !list_len(def->serials) && f->x86) {
        Console *copy = xml_copy(&console_xml, first);

        serial = add_device(def, DEVICE_SERIAL);
        /* Both are a CharSource and a target; the source moves over. */
        serial->source = copy->source;
        memset(&copy->source, 0, sizeof(copy->source));
        console_free(copy);
        serial->port = 0;
    }
    if (!first && list_len(def->serials) && f->x86) {
        serial = list_at(def->serials, 0);
        if (serial->target_type && !g_str_equal(serial->target_type, "isa-serial"))
            return;
        Serial *copy = xml_copy(&serial_xml, serial);

        first = add_device(def, DEVICE_CONSOLE);
        first->source = copy->source;
        memset(&copy->source, 0, sizeof(copy->source));
        serial_free(copy);
        first->target_type = g_strdup("serial");
        first->port = 0;
    }
}

static void
fill_serials(Fill *f)
{
    int next = 0;

    for (size_t i = 0; i < list_len(f->def->serials); i++) {
        Serial *s = list_at(f->def->serials, i);

        if (!s->target_type && f->x86)
            s->target_type = g_strdup(s->info.address && s->info.address->type == ADDRESS_TYPE_USB ? "usb-serial"
                                      : s->info.address && s->info.address->type == ADDRESS_TYPE_PCI ? "pci-serial"
                                                                                                      : "isa-serial");
        if (!s->model && s->target_type) {
            if (g_str_equal(s->target_type, "isa-serial") || g_str_equal(s->target_type, "usb-serial") ||
                g_str_equal(s->target_type, "pci-serial"))
                s->model = g_strdup(s->target_type);
            else if (g_str_equal(s->target_type, "isa-debug"))
                s->model = g_strdup("isa-debugcon");
        }
        if (s->port < 0) {
            while (true) {
                bool taken = false;

                for (size_t j = 0; j < list_len(f->def->serials); j++)
                    taken |= ((Serial *)list_at(f->def->serials, j))->port == next;
                if (!taken)
                    break;
                next++;
            }
            s->port = next;
        }
    }
    for (size_t i = 0; i < list_len(f->def->parallels); i++) {
        Parallel *p = list_at(f->def->parallels, i);

        if (p->port < 0)
            p->port = (int)i;
    }
}

static bool
has_input(const Domain *def, InputType type, InputBus bus)
{
    for (size_t i = 0; i < list_len(def->inputs); i++) {
        const Input *input = list_at(def->inputs, i);

        if (input->type == type && input->bus == bus)
            return true;
    }
    return false;
}

static void
fill_inputs(Fill *f)
{
    static const InputType ps2[] = { INPUT_TYPE_MOUSE, INPUT_TYPE_KEYBOARD };

    for (size_t i = 0; i < list_len(f->def->inputs); i++) {
        Input *input = list_at(f->def->inputs, i);

        if (input->bus != INPUT_BUS_UNSET)
            continue;
        if (input->type == INPUT_TYPE_PASSTHROUGH)
            input->bus = INPUT_BUS_VIRTIO;
        else if (input->type == INPUT_TYPE_TABLET || !f->x86)
            input->bus = input->type == INPUT_TYPE_EVDEV ? INPUT_BUS_UNSET : INPUT_BUS_USB;
        else if (input->type != INPUT_TYPE_EVDEV)
            input->bus = INPUT_BUS_PS2;
    }
    if (!f->x86 || (f->def->features && f->def->features->ps2 == ONOFF_OFF))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(ps2); i++)
        if (!has_input(f->def, ps2[i], INPUT_BUS_PS2)) {
            Input *input = add_device(f->def, DEVICE_INPUT);

            input->type = ps2[i];
            input->bus = INPUT_BUS_PS2;
        }
}

static void
fill_videos(Fill *f)
{
    Domain *def = f->def;
    bool real = false;

    for (size_t i = 0; i < list_len(def->graphics); i++)
        real |= ((Graphics *)list_at(def->graphics, i))->type != GRAPHICS_TYPE_EGL_HEADLESS;
    if (real && !list_len(def->videos))
        add_device(def, DEVICE_VIDEO);
    for (size_t i = 0; i < list_len(def->videos); i++) {
        Video *v = list_at(def->videos, i);

        if (!v->model)
            v->model = g_strdup(!f->x86 ? "virtio"
                                : qemu_caps_has(f->caps, "cirrus-vga") ? "cirrus"
                                : qemu_caps_has(f->caps, "VGA") ? "vga" : "virtio");
        if (g_str_equal(v->model, "none"))
            continue;
        if (!v->has_heads) {
            v->has_heads = true;
            v->heads = 1;
        }
        if (!v->has_vram && !g_str_equal(v->model, "virtio") && !g_str_equal(v->model, "ramfb")) {
            v->has_vram = true;
            v->vram = g_str_equal(v->model, "qxl") ? 64 * 1024 : 16 * 1024;
        }
        if (g_str_equal(v->model, "qxl")) {
            if (!v->has_ram) {
                v->has_ram = true;
                v->ram = 64 * 1024;
            }
            if (!v->has_vgamem) {
                v->has_vgamem = true;
                v->vgamem = 16 * 1024;
            }
        }
        if (i == 0 && v->primary == YESNO_UNSET)
            v->primary = YESNO_YES;
    }
}

static void
fill_audio(Fill *f)
{
    Domain *def = f->def;
    Audio *audio;
    bool spice = false;
    bool wanted = !list_len(def->graphics);

    if (list_len(def->audios))
        return;
    for (size_t i = 0; i < list_len(def->graphics); i++) {
        const Graphics *g = list_at(def->graphics, i);

        wanted |= g->type == GRAPHICS_TYPE_VNC || g->type == GRAPHICS_TYPE_SPICE;
        spice |= g->type == GRAPHICS_TYPE_SPICE;
    }
    if (!wanted)
        return;
    audio = xml_new(&audio_xml);
    audio->id = 1;
    audio->type = spice ? AUDIO_TYPE_SPICE : AUDIO_TYPE_NONE;
    if (!def->audios)
        def->audios = g_ptr_array_new();
    g_ptr_array_add(def->audios, audio);
}

static void
fill_misc(Fill *f)
{
    Domain *def = f->def;

    if (!def->memballoon) {
        def->memballoon = xml_new(&memballoon_xml);
        def->memballoon->model = g_strdup("virtio");
    }
    if (f->q35) {
        bool itco = false;

        for (size_t i = 0; i < list_len(def->watchdogs); i++)
            itco |= !g_strcmp0(((Watchdog *)list_at(def->watchdogs, i))->model, "itco");
        if (!itco)
            ((Watchdog *)add_device(def, DEVICE_WATCHDOG))->model = g_strdup("itco");
    }
    for (size_t i = 0; i < list_len(def->watchdogs); i++) {
        Watchdog *w = list_at(def->watchdogs, i);

        if (w->action == WATCHDOG_ACTION_UNSET)
            w->action = WATCHDOG_ACTION_RESET;
    }
    for (size_t i = 0; i < list_len(def->panics); i++) {
        Panic *p = list_at(def->panics, i);

        if (p->model == PANIC_MODEL_UNSET || p->model == PANIC_MODEL_DEFAULT)
            p->model = PANIC_MODEL_ISA;
    }
    for (size_t i = 0; i < list_len(def->rngs); i++) {
        Rng *r = list_at(def->rngs, i);

        if (r->backend == RNG_MODEL_RANDOM && (!r->path || !r->path[0])) {
            g_free(r->path);
            r->path = g_strdup("/dev/random");
        }
    }
    if (def->vsock && !def->vsock->model)
        def->vsock->model = g_strdup("virtio");
    for (size_t i = 0; i < list_len(def->tpms); i++) {
        Tpm *t = list_at(def->tpms, i);

        if (!t->model)
            t->model = g_strdup("tpm-tis");
        if (t->type == TPM_BACKEND_EMULATOR && t->version == TPM_VERSION_UNSET)
            t->version = g_str_equal(t->model, "tpm-crb") ? TPM_VERSION_2_0 : TPM_VERSION_1_2;
    }
}

static void
fill_disks(Fill *f)
{
    for (size_t i = 0; i < list_len(f->def->disks); i++) {
        Disk *d = list_at(f->def->disks, i);

        if (!d->driver_name)
            d->driver_name = g_strdup("qemu");
        if (d->format == DISK_FORMAT_UNSET && d->type != DISK_TYPE_VOLUME)
            d->format = d->type == DISK_TYPE_DIR ? DISK_FORMAT_FAT : DISK_FORMAT_RAW;
    }
}

static void
fill_interfaces(Fill *f)
{
    for (size_t i = 0; i < list_len(f->def->interfaces); i++) {
        Interface *n = list_at(f->def->interfaces, i);

        if (!n->mac) {
            uint8_t random[16];

            uuid_generate(random);
            n->mac = g_strdup_printf("52:54:00:%02x:%02x:%02x", random[0], random[1], random[2]);
        }
        if (!n->model && n->type != INTERFACE_TYPE_HOSTDEV)
            n->model = g_strdup(!f->x86 ? "virtio"
                                : qemu_caps_has(f->caps, "rtl8139") ? "rtl8139"
                                : qemu_caps_has(f->caps, "e1000") ? "e1000" : "virtio");
    }
}

static void
fill_boot(Domain *def)
{
    unsigned order = 0;

    for (size_t i = 0; i < list_len(def->disks); i++)
        order |= ((Disk *)list_at(def->disks, i))->info.boot_order;
    for (size_t i = 0; i < list_len(def->interfaces); i++)
        order |= ((Interface *)list_at(def->interfaces, i))->info.boot_order;
    for (size_t i = 0; i < list_len(def->hostdevs); i++)
        order |= ((Hostdev *)list_at(def->hostdevs, i))->info.boot_order;
    for (size_t i = 0; i < list_len(def->redirdevs); i++)
        order |= ((RedirDev *)list_at(def->redirdevs, i))->info.boot_order;
    if (!order && !list_len(def->boot_devices)) {
        BootDevice *boot = xml_new(&boot_device_xml);

        boot->dev = BOOT_DEVICE_TYPE_HD;
        if (!def->boot_devices)
            def->boot_devices = g_ptr_array_new();
        g_ptr_array_add(def->boot_devices, boot);
    }
}

bool
fill_definition(Domain *def, const QemuCaps *caps, const QemuConf *conf, const FillOptions *options, GError **error)
{
    static const FillOptions none;
    Fill f = { .def = def, .caps = caps, .conf = conf, .options = options ? options : &none };

    if (!fill_machine(&f, error) || !fill_os_firmware(&f, error))
        return false;
    f.x86 = device_is_x86(def);
    f.q35 = f.x86 && device_is_q35(def);
    f.i440fx = f.x86 && device_is_i440fx(def);
    fill_cpu(&f);
    fill_boot(def);
    fill_disks(&f);
    fill_interfaces(&f);
    fill_consoles(&f);
    fill_serials(&f);
    fill_inputs(&f);
    fill_videos(&f);
    fill_audio(&f);
    fill_misc(&f);
    fill_controllers(&f);
    if (!address_assign_drives(def, error) || !address_assign_serial_ports(def, error))
        return false;
    fill_controllers(&f);
    return address_assign_pci(def, caps, error);
}
