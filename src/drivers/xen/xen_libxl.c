/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_libxl.c - guests as libxl's domain configuration: the machine.  Devices are in xen_libxl_device.c.
 *
 * Names and nesting are those of libxl's types (libxl_domain_create_info, libxl_domain_build_info, ...), which print
 * their three-valued booleans as "True" and "False".
 */
#define ERROR_FROM VIR_FROM_LIBXL
#include "drivers/xen/xen_libxl.h"

#include <string.h>

#include "drivers/conf/cpu/cpu_map.h"
#include "drivers/xen/xen_config.h"
#include "drivers/xen/xen_cpu.h"
#include "drivers/xen/xen_fill.h"
#include "drivers/xen/xen_libxl_device.h"
#include "drivers/xen/xen_machine.h"
#include "drivers/xen/xen_os.h"
#include "drivers/xen/xen_port.h"
#include "util/bitmap.h"
#include "util/error.h"
#include "util/list.h"
#include "util/uuid.h"

static const char *
type_word(XenGuest guest)
{
    return guest == XEN_HVM ? "hvm" : guest == XEN_PVH ? "pvh" : "pv";
}

/* For each vCPU 1 MiB, and for each MiB a page to map it and one for its tables. */
static uint64_t
shadow_memory(uint64_t memory, unsigned vcpus)
{
    return 4 * (256 * (uint64_t)vcpus + 2 * (memory / 1024));
}

static Json *
make_create_info(const Domain *domain, XenGuest guest)
{
    Json *info = json_new_object();
    const Features *features = domain->features;
    g_autofree char *uuid = uuid_to_string(domain->uuid);

    json_add_string(info, "type", type_word(guest));
    json_add_string(info, "name", domain->name);
    json_add_string(info, "uuid", uuid);
    if (features && features->hap_state != ONOFF_UNSET)
        xen_libxl_bool(info, "hap", features->hap_state == ONOFF_ON);
    if (features && features->xen_passthrough_state != ONOFF_UNSET)
        json_add_string(info, "passthrough",
                        features->xen_passthrough_state == ONOFF_OFF ? "disabled"
                        : features->xen_passthrough_mode ? xen_passthrough_words[features->xen_passthrough_mode]
                                                        : "enabled");
    return info;
}

/* ---- CPUs ------------------------------------------------------------------ */

static void
add_vcpus(const Domain *domain, Json *info)
{
    Json *online = json_new_array();
    unsigned n = domain->has_current_vcpus ? domain->current_vcpus : domain->max_vcpus;

    json_add_uint64(info, "max_vcpus", domain->max_vcpus);
    for (unsigned i = 0; i < (list_len(domain->vcpus) ? 0 : n); i++)
        json_append(online, json_object_new_int((int)i));
    for (guint i = 0; i < list_len(domain->vcpus); i++) {
        const VcpuState *vcpu = list_at(domain->vcpus, i);

        if (vcpu->enabled == YESNO_YES)
            json_append(online, json_object_new_int((int)vcpu->id));
    }
    json_add(info, "avail_vcpus", online);
}

static const CpuMapFeature *
find_feature(const char *name)
{
    for (size_t i = 0; i < cpu_map_n_x86_features; i++)
        if (!strcmp(cpu_map_x86_features[i].name, name))
            return &cpu_map_x86_features[i];
    return NULL;
}

/* The entry of a leaf; a new one if there is none yet. */
static Json *
leaf_entry(Json *list, const CpuMapFeature *feature)
{
    /* Of other leaves the answer does not depend on ECX. */
    bool sub = feature->leaf == 7 || feature->leaf == 0xd || feature->leaf == 0x14;
    Json *entry;

    for (size_t i = 0; i < json_array_len(list); i++) {
        entry = json_array_at(list, i);
        if (json_opt_uint64(entry, "leaf", 0) == feature->leaf && json_opt_uint64(entry, "subleaf", 0) == feature->subleaf)
            return entry;
    }
    entry = json_new_object();
    json_add_uint64(entry, "leaf", feature->leaf);
    if (sub)
        json_add_uint64(entry, "subleaf", feature->subleaf);
    json_append(list, entry);
    return entry;
}

static bool
add_cpuid(const Domain *domain, const XenLibxlContext *context, XenGuest guest, Json *info, GError **error)
{
    static const char *const registers[] = { "eax", "ebx", "ecx", "edx" };
    const Cpu *cpu = domain->cpu;
    g_autoptr(Json) list = json_new_array();
    bool nested = context->nested_hvm;

    for (guint i = 0; cpu && i < list_len(cpu->features); i++) {
        const CpuFeature *feature = list_at(cpu->features, i);
        const CpuMapFeature *known = find_feature(feature->name);
        g_autofree char *bits = NULL;
        Json *entry;

        if (xen_cpu_nests(feature)) {
            nested = nested && xen_cpu_policy(feature) != '0';
            continue;
        }
        if (!known || known->msr) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unsupported cpu feature '%s'", feature->name);
            return false;
        }
        entry = leaf_entry(list, known);
        bits = g_strdup(json_opt_string(entry, registers[known->reg], "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
        bits[31 - known->bit] = xen_cpu_policy(feature);
        json_add_string(entry, registers[known->reg], bits);
    }
    if (cpu && cpu->mode == CPU_MODE_HOST_PASSTHROUGH && guest == XEN_HVM)
        xen_libxl_bool(info, "nested_hvm", nested);
    if (json_array_len(list))
        json_add(info, "cpuid", g_steal_pointer(&list));
    return true;
}

static void
add_vnuma(const Cpu *cpu, Json *info)
{
    Json *nodes = cpu && list_len(cpu->cells) ? json_new_array() : NULL;

    for (guint i = 0; nodes && i < cpu->cells->len; i++) {
        const NumaCell *cell = list_at(cpu->cells, i);
        Json *node = json_new_object(), *distances = json_new_array(), *vcpus = json_new_array();

        json_add_uint64(node, "memkb", cell->memory);
        for (guint k = 0; k < cpu->cells->len; k++)
            json_append(distances, json_object_new_int((int)xen_cpu_distance(cpu, i, k)));
        json_add(node, "distances", distances);
        if (i)
            json_add_uint64(node, "pnode", i);
        for (int vcpu = cell->cpus ? bitmap_next(cell->cpus, 0) : -1; vcpu >= 0; vcpu = bitmap_next(cell->cpus, vcpu + 1))
            json_append(vcpus, json_object_new_int(vcpu));
        json_add(node, "vcpus", vcpus);
        json_append(nodes, node);
    }
    if (nodes)
        json_add(info, "vnuma_nodes", nodes);
}

/* ---- clocks ---------------------------------------------------------------- */

static bool
add_clock(const Domain *domain, XenGuest guest, Json *info, Json *hvm, GError **error)
{
    bool variable = domain->clock_offset == CLOCK_OFFSET_VARIABLE;

    if (domain->clock_offset == CLOCK_OFFSET_TIMEZONE || domain->clock_offset == CLOCK_OFFSET_ABSOLUTE) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unsupported clock offset '%s'", clock_offset_words[domain->clock_offset]);
        return false;
    }
    if (variable && domain->clock_adjustment)
        json_add_int64(info, "rtc_timeoffset", domain->clock_adjustment);
    if (variable ? domain->clock_basis == CLOCK_BASIS_LOCALTIME : domain->clock_offset == CLOCK_OFFSET_LOCALTIME)
        xen_libxl_bool(info, "localtime", true);
    for (guint i = 0; i < list_len(domain->timers); i++) {
        const Timer *timer = list_at(domain->timers, i);

        if (timer->name == TIMER_NAME_TSC) {
            if (strcmp(xen_machine_tsc(timer), "default") != 0)
                json_add_string(info, "tsc_mode", xen_machine_tsc(timer));
        } else if (timer->name == TIMER_NAME_HPET && guest == XEN_HVM) {
            xen_libxl_bool(hvm, "hpet", timer->present != YESNO_NO);
        } else {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unsupported timer type (name) '%s'", timer_name_words[timer->name]);
            return false;
        }
    }
    return true;
}

/* ---- kinds of guests --------------------------------------------------------- */

static void
add_words(Json *object, const char *key, const char *text)
{
    g_auto(GStrv) words = text ? g_strsplit_set(text, " \t", -1) : NULL;
    Json *list = words ? json_new_array() : NULL;

    for (char **word = words; word && *word; word++)
        if (**word)
            json_append_string(list, *word);
    if (list)
        json_add(object, key, list);
}

static void
add_kernel(const Domain *domain, Json *object)
{
    g_autofree char *all = domain->root ? g_strconcat("root=", domain->root, domain->cmdline ? " " : NULL, domain->cmdline, NULL)
                                        : NULL;

    json_add_string(object, "kernel", domain->kernel);
    json_add_string(object, "ramdisk", domain->initrd);
    json_add_string(object, "cmdline", all ? all : domain->cmdline);
}

static Json *
make_pv(const Domain *domain)
{
    Json *pv = json_new_object();

    add_kernel(domain, pv);
    /* A guest that says neither has a boot loader of its own on its disk. */
    json_add_string(pv, "bootloader", domain->bootloader ? domain->bootloader : domain->kernel ? NULL : "pygrub");
    add_words(pv, "bootloader_args", domain->bootloader_args);
    if (domain->features && domain->features->xen_e820_host != ONOFF_UNSET)
        xen_libxl_bool(pv, "e820_host", domain->features->xen_e820_host == ONOFF_ON);
    return pv;
}

static bool
add_ports(const Domain *domain, Json *hvm, GError **error)
{
    g_autoptr(Json) list = json_new_array();

    if (list_len(domain->parallels)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "domain '%s': libxl has no parallel ports", domain->name);
        return false;
    }
    for (guint i = 0; i < list_len(domain->serials); i++) {
        g_autofree char *port = xen_port_format(&((const Serial *)list_at(domain->serials, i))->source, error);

        if (!port)
            return false;
        json_append_string(list, port);
    }
    if (json_array_len(list) == 1)
        json_add_string(hvm, "serial", json_string_value(json_array_at(list, 0)));
    else if (json_array_len(list) > 1)
        json_add(hvm, "serial_list", g_steal_pointer(&list));
    return true;
}

static void
add_viridian(const Features *features, Json *hvm)
{
    unsigned groups = xen_machine_viridian(features);
    Json *list = groups ? json_new_array() : NULL;

    if (features->viridian)
        xen_libxl_bool(hvm, "viridian", true);
    for (int i = 0; groups >> i; i++)
        if (groups >> i & 1)
            json_append(list, json_object_new_int(i));
    if (list)
        json_add(hvm, "viridian_enable", list);
}

static Json *
make_hvm(const Domain *domain, const XenLibxlContext *context, GError **error)
{
    g_autoptr(Json) hvm = json_new_object();
    g_autofree char *boot = xen_os_boot(domain), *made = NULL, *name = NULL;
    const char *ovmf = xen_os_ovmf(domain, context->firmware ? context->firmware : XEN_FIRMWARE, &made);

    xen_libxl_bool(hvm, "pae", domain->features && domain->features->pae);
    if (domain->features)
        add_viridian(domain->features, hvm);
    if (ovmf) {
        json_add_string(hvm, "bios", "ovmf");
        json_add_string(hvm, "system_firmware", ovmf);
    } else if (domain->loader) {
        name = g_path_get_basename(domain->loader);
        if (strcmp(name, "hvmloader") != 0)
            json_add_string(hvm, "firmware", domain->loader);
    }
    if (list_len(domain->acpi_tables))
        json_add_string(hvm, "acpi_firmware", ((const AcpiTable *)list_at(domain->acpi_tables, 0))->path);
    if (domain->suspend_to_mem != YESNO_UNSET)
        xen_libxl_bool(hvm, "acpi_s3", domain->suspend_to_mem == YESNO_YES);
    if (domain->suspend_to_disk != YESNO_UNSET)
        xen_libxl_bool(hvm, "acpi_s4", domain->suspend_to_disk == YESNO_YES);
    json_add_string(hvm, "boot", boot);
    json_add(hvm, "rdm", json_new_object());
    if (!add_ports(domain, hvm, error) || !xen_libxl_emulated(domain, hvm, error))
        return NULL;
    return g_steal_pointer(&hvm);
}

static void
add_model(const Domain *domain, XenGuest guest, Json *info)
{
    g_autofree char *name = domain->emulator ? g_path_get_basename(domain->emulator) : NULL;
    Json *args = list_len(domain->xen_args) ? json_new_array() : NULL;

    if (name && guest == XEN_HVM) {
        json_add_string(info, "device_model_version", strcmp(name, "qemu-dm") ? "qemu_xen" : "qemu_xen_traditional");
        json_add_string(info, "device_model", domain->emulator);
    }
    for (guint i = 0; args && i < domain->xen_args->len; i++)
        json_append_string(args, ((const XenArg *)list_at(domain->xen_args, i))->value);
    if (args)
        json_add(info, guest == XEN_HVM ? "extra_hvm" : "extra_pv", args);
}

static Json *
make_build_info(const Domain *domain, const XenLibxlContext *context, XenGuest guest, GError **error)
{
    g_autoptr(Json) info = json_new_object(), own = NULL;
    g_autofree char *key = g_strconcat("type.", type_word(guest), NULL);
    const Video *video = list_len(domain->videos) ? list_at(domain->videos, 0) : NULL;
    Json *sched = json_new_object();

    own = guest == XEN_HVM ? make_hvm(domain, context, error) : guest == XEN_PV ? make_pv(domain) : json_new_object();
    if (domain->has_cpu_shares)
        json_add_uint64(sched, "weight", domain->cpu_shares);
    json_add(info, "sched_params", sched);
    json_add(info, "arch_arm", json_new_object());
    json_add_uint64(info, "max_memkb", domain->memory);
    json_add_uint64(info, "target_memkb", domain->has_current_memory ? domain->current_memory : domain->memory);
    json_add_uint64(info, "shadow_memkb", (context->shadow ? context->shadow : shadow_memory)(domain->memory, domain->max_vcpus));
    add_vcpus(domain, info);
    if (!own || !add_cpuid(domain, context, guest, info, error) ||
        !add_clock(domain, guest, info, own, error))
        return NULL;
    add_vnuma(domain->cpu, info);
    add_model(domain, guest, info);
    if (guest == XEN_HVM) {
        xen_libxl_bool(info, "acpi", domain->features && domain->features->acpi);
        xen_libxl_bool(info, "apic", domain->features && domain->features->apic);
        if (video && video->has_vram && video->vram)
            json_add_uint64(info, "video_memkb", video->vram);
    }
    if (guest != XEN_PV)
        add_kernel(domain, info);
    if (guest == XEN_PVH) {
        json_add_string(info, "bootloader", domain->bootloader);
        add_words(info, "bootloader_args", domain->bootloader_args);
    }
    for (guint i = 0; i < list_len(domain->controllers); i++) {
        const Controller *controller = list_at(domain->controllers, i);

        if (controller->type == CONTROLLER_TYPE_XENBUS && controller->has_max_grant_frames)
            json_add_uint64(info, "max_grant_frames", controller->max_grant_frames);
        if (controller->type == CONTROLLER_TYPE_XENBUS && controller->has_max_event_channels)
            json_add_uint64(info, "event_channels", controller->max_event_channels);
    }
    json_add(info, key, g_steal_pointer(&own));
    return g_steal_pointer(&info);
}

static void
add_action(Json *config, const char *key, LifecycleAction action)
{
    static const char *const words[LIFECYCLE_ACTION_LAST] = {
        [LIFECYCLE_ACTION_RESTART] = "restart", [LIFECYCLE_ACTION_RENAME_RESTART] = "restart_rename",
        [LIFECYCLE_ACTION_PRESERVE] = "preserve", [LIFECYCLE_ACTION_COREDUMP_DESTROY] = "coredump_destroy",
        [LIFECYCLE_ACTION_COREDUMP_RESTART] = "coredump_restart",
    };

    json_add_string(config, key, words[action]); /* "destroy" is the default */
}

Json *
xen_libxl_config(const Domain *domain, const XenLibxlContext *context, GError **error)
{
    g_autoptr(Json) config = json_new_object();
    XenGuest guest = xen_fill_guest(domain);
    Json *build;

    json_add(config, "c_info", make_create_info(domain, guest));
    build = make_build_info(domain, context, guest, error);
    if (!build)
        return NULL;
    json_add(config, "b_info", build);
    if (!xen_libxl_devices(domain, context, config, error))
        return NULL;
    add_action(config, "on_poweroff", domain->on_poweroff);
    add_action(config, "on_reboot", domain->on_reboot);
    add_action(config, "on_crash", domain->on_crash);
    return g_steal_pointer(&config);
}
