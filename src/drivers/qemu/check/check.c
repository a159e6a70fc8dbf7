/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check.c - walk the tables of rules */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/check/check_private.h"

#include <stdarg.h>
#include <string.h>

#include "util/error.h"

bool
check_fail(GError **error, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s", text);
    return false;
}

bool
check_has_usb(const Domain *def)
{
    bool there = false;

    for (size_t i = 0; i < list_len(def->controllers); i++) {
        const Controller *controller = list_at(def->controllers, i);

        if (controller->type != CONTROLLER_TYPE_USB)
            continue;
        if (!g_strcmp0(controller->model, "none"))
            return false;
        there = true;
    }
    return there;
}

bool
check_is_shared_memory(const Domain *def)
{
    const GPtrArray *cells = def->cpu ? def->cpu->cells : NULL;
    size_t shared = 0;

    for (size_t i = 0; i < list_len(cells); i++) {
        const NumaCell *cell = list_at(cells, i);

        shared += cell->mem_access == MEM_ACCESS_SHARED ||
                  (cell->mem_access == MEM_ACCESS_UNSET && def->memory_access == MEM_ACCESS_SHARED);
    }
    return list_len(cells) ? shared == cells->len : def->memory_access == MEM_ACCESS_SHARED;
}

bool
check_is_versioned(const char *model)
{
    return model && g_str_has_prefix(model, "virtio-") && g_str_has_suffix(model, "transitional");
}

static const CheckDeviceRule *const device_rules[DEVICE_LAST] = {
    [DEVICE_DISK] = check_disk_rules,
    [DEVICE_CONTROLLER] = check_controller_rules,
    [DEVICE_FILESYSTEM] = check_filesystem_rules,
    [DEVICE_INTERFACE] = check_interface_rules,
    [DEVICE_SMARTCARD] = check_smartcard_rules,
    [DEVICE_SERIAL] = check_serial_rules,
    [DEVICE_PARALLEL] = check_parallel_rules,
    [DEVICE_CONSOLE] = check_console_rules,
    [DEVICE_CHANNEL] = check_channel_rules,
    [DEVICE_INPUT] = check_input_rules,
    [DEVICE_TPM] = check_tpm_rules,
    [DEVICE_SOUND] = check_sound_rules,
    [DEVICE_VIDEO] = check_video_rules,
    [DEVICE_HOSTDEV] = check_hostdev_rules,
    [DEVICE_REDIRDEV] = check_redirdev_rules,
    [DEVICE_HUB] = check_hub_rules,
    [DEVICE_WATCHDOG] = check_watchdog_rules,
    [DEVICE_MEMBALLOON] = check_memballoon_rules,
    [DEVICE_RNG] = check_rng_rules,
    [DEVICE_NVRAM] = check_nvram_rules,
    [DEVICE_PANIC] = check_panic_rules,
    [DEVICE_SHMEM] = check_shmem_rules,
    [DEVICE_MEMORY] = check_memdev_rules,
    [DEVICE_IOMMU] = check_iommu_rules,
    [DEVICE_VSOCK] = check_vsock_rules,
    [DEVICE_CRYPTO] = check_crypto_rules,
};

static bool
check_device(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    for (const CheckDeviceRule *rule = device_rules[kind]; rule && *rule; rule++)
        if (!(*rule)(data, device, error))
            return false;
    return true;
}

static Check
check_of(const Domain *def, const QemuCaps *caps, const CheckOptions *options)
{
    static const CheckOptions none;
    bool arm = def->arch && (g_str_equal(def->arch, "aarch64") || g_str_has_prefix(def->arch, "arm"));

    return (Check){
        .def = def, .caps = caps, .options = options ? options : &none,
        .x86 = device_is_x86(def), .q35 = device_is_x86(def) && device_is_q35(def),
        .i440fx = device_is_x86(def) && device_is_i440fx(def), .arm = arm,
        .s390 = def->arch && g_str_has_prefix(def->arch, "s390"),
        .pseries = def->arch && g_str_has_prefix(def->arch, "ppc64") && def->machine &&
                   g_str_has_prefix(def->machine, "pseries"),
        .virt = def->machine && (g_str_equal(def->machine, "virt") || g_str_has_prefix(def->machine, "virt-")),
    };
}

static bool
check_whole(const Check *c, const CheckRule *rules, GError **error)
{
    for (; *rules; rules++)
        if (!(*rules)(c, error))
            return false;
    return true;
}

bool
check_definition(const Domain *def, const QemuCaps *caps, const CheckOptions *options, GError **error)
{
    Check c = check_of(def, caps, options);

    /* What a device is comes before where it is. */
    return check_whole(&c, check_os_rules, error) && check_whole(&c, check_emulator_rules, error) &&
           check_whole(&c, check_memory_rules, error) &&
           check_whole(&c, check_device_rules, error) && check_whole(&c, check_display_rules, error) &&
           device_each(def, DEVICE_LAST, check_device, &c, error) && check_whole(&c, check_bus_rules, error) &&
           check_whole(&c, check_usb_rules, error);
}

bool
check_attached(const Domain *def, const QemuCaps *caps, DeviceKind kind, void *device, GError **error)
{
    Check c = check_of(def, caps, NULL);

    return check_device(kind, device, NULL, 0, &c, error) && check_whole(&c, check_bus_rules, error) &&
           check_whole(&c, check_usb_rules, error) &&
           (kind != DEVICE_MEMORY || check_whole(&c, check_memory_rules, error));
}

bool
check_start(const Domain *def, const QemuCaps *caps, GError **error)
{
    Check c = check_of(def, caps, NULL);

    return check_whole(&c, check_start_rules, error);
}
