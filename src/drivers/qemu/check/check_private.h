/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_private.h - what the files of check/ share: the definition in question, and their tables of rules */
#pragma once

#include "drivers/qemu/check/check.h"

typedef struct Check {
    const Domain *def;
    const QemuCaps *caps;
    const CheckOptions *options;
    bool x86, q35, i440fx, arm, s390, pseries, virt; /* virt: the ARM, RISC-V or LoongArch machine of that name */
} Check;

typedef bool (*CheckRule)(const Check *c, GError **error);
typedef bool (*CheckDeviceRule)(const Check *c, const void *device, GError **error);

/* End with NULL. */
extern const CheckRule check_os_rules[];
extern const CheckRule check_emulator_rules[];
extern const CheckRule check_memory_rules[];
extern const CheckRule check_bus_rules[];
extern const CheckRule check_usb_rules[];
extern const CheckRule check_start_rules[];
extern const CheckRule check_display_rules[];
extern const CheckRule check_device_rules[];

extern const CheckDeviceRule check_disk_rules[];
extern const CheckDeviceRule check_nvram_rules[], check_controller_rules[];
extern const CheckDeviceRule check_filesystem_rules[];
extern const CheckDeviceRule check_interface_rules[];
extern const CheckDeviceRule check_smartcard_rules[];
extern const CheckDeviceRule check_serial_rules[];
extern const CheckDeviceRule check_parallel_rules[];
extern const CheckDeviceRule check_console_rules[];
extern const CheckDeviceRule check_channel_rules[];
extern const CheckDeviceRule check_input_rules[];
extern const CheckDeviceRule check_tpm_rules[];
extern const CheckDeviceRule check_sound_rules[];
extern const CheckDeviceRule check_video_rules[];
extern const CheckDeviceRule check_hostdev_rules[];
extern const CheckDeviceRule check_redirdev_rules[];
extern const CheckDeviceRule check_hub_rules[];
extern const CheckDeviceRule check_watchdog_rules[];
extern const CheckDeviceRule check_memballoon_rules[];
extern const CheckDeviceRule check_rng_rules[];
extern const CheckDeviceRule check_panic_rules[];
extern const CheckDeviceRule check_shmem_rules[];
extern const CheckDeviceRule check_memdev_rules[];
extern const CheckDeviceRule check_iommu_rules[];
extern const CheckDeviceRule check_vsock_rules[];
extern const CheckDeviceRule check_crypto_rules[];

/* error_set() with VIR_ERR_CONFIG_UNSUPPORTED; false. */
bool check_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

bool check_has_usb(const Domain *def);        /* not switched off by model='none' */
bool check_is_shared_memory(const Domain *def);
/* Whether @model is "virtio-transitional" or "virtio-non-transitional". */
bool check_is_versioned(const char *model);

static inline AddressType
check_address(const DeviceInfo *info)
{
    return info->address ? info->address->type : ADDRESS_TYPE_UNSET;
}
