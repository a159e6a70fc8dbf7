/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_guest_caps.h - the guests an emulator makes possible, for <capabilities> */
#pragma once

#include "drivers/conf/capabilities_gen.h"
#include "drivers/qemu/caps/qemu_caps.h"

/* Adds a <guest>; machine types are listed where @machines. */
void qemu_guest_caps_add(Capabilities *caps, const QemuCaps *qemu, bool machines);
