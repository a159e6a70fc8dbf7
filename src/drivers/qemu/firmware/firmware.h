/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firmware.h - descriptors of firmware images (QEMU's docs/interop/firmware.json)
 *
 * A descriptor says for which machines an image is, how it is given to QEMU, and what it can do.  Of several that fit
 * a guest the first in order of preference is taken.
 */
#pragma once

#include <glib.h>

#include "drivers/conf/disk_gen.h"

typedef enum {
    FIRMWARE_INTERFACE_BIOS, FIRMWARE_INTERFACE_OPENFIRMWARE, FIRMWARE_INTERFACE_UBOOT, FIRMWARE_INTERFACE_UEFI,
    FIRMWARE_INTERFACE_LAST,
} FirmwareInterface;

/* What to do with the image: write it into flash, start it as a kernel, or map it as ROM. */
typedef enum { FIRMWARE_DEVICE_FLASH, FIRMWARE_DEVICE_KERNEL, FIRMWARE_DEVICE_MEMORY, FIRMWARE_DEVICE_LAST } FirmwareDevice;

/* Where variables are kept: in a file of their own, in the image (a copy for each guest), nowhere. */
typedef enum { FIRMWARE_MODE_SPLIT, FIRMWARE_MODE_COMBINED, FIRMWARE_MODE_STATELESS, FIRMWARE_MODE_LAST } FirmwareMode;

typedef enum {
    FIRMWARE_ABILITY_ACPI_S3, FIRMWARE_ABILITY_ACPI_S4, FIRMWARE_ABILITY_AMD_SEV, FIRMWARE_ABILITY_AMD_SEV_ES,
    FIRMWARE_ABILITY_AMD_SEV_SNP, FIRMWARE_ABILITY_ENROLLED_KEYS, FIRMWARE_ABILITY_REQUIRES_SMM,
    FIRMWARE_ABILITY_SECURE_BOOT, FIRMWARE_ABILITY_VERBOSE_DYNAMIC, FIRMWARE_ABILITY_VERBOSE_STATIC,
    FIRMWARE_ABILITY_INTEL_TDX, /* matched, but not among the words that firmware_format() prints */
    FIRMWARE_ABILITY_LAST,
} FirmwareAbility;

typedef struct FirmwareTarget {
    char *arch;        /* as in domain XML: "i686" */
    char **machines;   /* patterns: "pc-q35-*" */
} FirmwareTarget;

typedef struct Firmware {
    GArray *interfaces;      /* FirmwareInterface, as in the file */
    GArray *abilities;       /* FirmwareAbility; those we do not know are left out */
    GPtrArray *targets;      /* FirmwareTarget */
    FirmwareDevice device;
    FirmwareMode mode;       /* of flash */
    char *path;
    char *nvram;             /* template, only of split flash */
    DiskFormat format, nvram_format;
} Firmware;

void firmware_free(Firmware *firmware);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Firmware, firmware_free)

/* @name is the file's, for errors. */
Firmware *firmware_parse(const char *text, const char *name, GError **error);
/* JSON with what was understood. */
char *firmware_format(const Firmware *firmware);

bool firmware_can(const Firmware *firmware, FirmwareAbility ability);
bool firmware_has_interface(const Firmware *firmware, FirmwareInterface interface);
/* Whether the image is for @machine of @arch ("x86_64", "pc-q35-9.2"). */
bool firmware_fits(const Firmware *firmware, const char *arch, const char *machine);
