/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_probe.h - asking emulators what they can do, once each
 *
 * Answers are kept in memory and in CACHE_DIR/capabilities, under a key that changes with the binary, the kernel,
 * whether KVM works, and our own version.
 */
#pragma once

#include "drivers/qemu/caps/qemu_caps.h"
#include "drivers/qemu/qemu_conf.h"

typedef struct QemuProbe QemuProbe;

/* @context runs the monitors of the emulators that are asked; @conf is borrowed. */
QemuProbe *qemu_probe_new(GMainContext *context, const QemuConf *conf);
void qemu_probe_free(QemuProbe *probe);

/* May take a while the first time.  Fails if there is no such program, or it is no QEMU. */
QemuCaps *qemu_probe_get(QemuProbe *probe, const char *binary, GError **error);

/* /usr/bin/qemu-system-ARCH or another in PATH; NULL when it is not installed. */
char *qemu_probe_find(const char *arch);

/* Whether a KVM guest could be made here: the device opens and makes one. */
bool qemu_probe_kvm_works(void);
