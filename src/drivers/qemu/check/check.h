/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check.h - can QEMU be what a definition asks for? */
#pragma once

#include "drivers/qemu/caps/qemu_caps.h"
#include "drivers/qemu/device.h"

typedef struct CheckOptions {
    bool fresh;             /* a new definition: refuse what older ones may still have */
    bool tpm_known;         /* the next two were asked of swtpm_setup */
    bool tpm_1_2, tpm_2_0;
    bool no_spice_tls;      /* qemu.conf has it switched off */
} CheckOptions;

/* False, with an error that names the device, the cause and what to change.  @def is filled (fill_definition()). */
bool check_definition(const Domain *def, const QemuCaps *caps, const CheckOptions *options, GError **error);

/* The same for one device that joins a guest that runs: the device itself, and that its place is free. */
bool check_attached(const Domain *def, const QemuCaps *caps, DeviceKind kind, void *device, GError **error);

/* The same for what a guest needs only when it starts.  @def may be read back from disk. */
bool check_start(const Domain *def, const QemuCaps *caps, GError **error);
/* Whether the host has the NUMA nodes (@there) that the guest's memory must come from. */
bool check_start_nodes(const Domain *def, const Bitmap *there, GError **error);
