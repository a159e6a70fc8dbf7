/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu.h - what families of the QEMU driver share: definitions made whole, and a host as the corpus' README describes it */
#pragma once

#include "corpus/tool.h"
#include "drivers/qemu/command/command.h"

#define QEMU_OPTIONS "arch caps fixtures no-aliases host-cpu refresh-host-model caps-add caps-del gic abi-update conf env tpm " \
                     "nbdkit-cap fd-group vdpa-fd slirp-helper migrate-from migrate-fd"

QemuConf *qemu_case_conf(const Request *request, GError **error);
/* request->input, parsed with @flags. */
Domain *qemu_case_domain(const Request *request, QemuCaps *caps, QemuConf *conf, unsigned flags, GError **error);

typedef struct FakeHost {
    const char *fixtures;
    const Bitmap *nodes;
    const Request *request;
    const QemuConf *conf;
} FakeHost;

CommandHost qemu_case_host(FakeHost *fake);
