/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_upgrade.h - state files of guests that an older release started */
#pragma once

#include "drivers/conf/domstatus_gen.h"
#include "drivers/qemu/qemu_conf.h"

/* Write down what such files leave out and later ones say: defaults, names of objects within the emulator. */
void guest_upgrade_status(DomainStatus *status, const QemuConf *conf);
