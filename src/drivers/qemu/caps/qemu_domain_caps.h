/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_domain_caps.h - <domainCapabilities> of an emulator, an accelerator and a machine type on a host */
#pragma once

#include "drivers/conf/cpu_gen.h"
#include "drivers/conf/domaincaps_gen.h"
#include "drivers/qemu/caps/qemu_caps.h"
#include "drivers/qemu/firmware/firmware_list.h"

typedef struct QemuDomainCapsAsk {
    const QemuCaps *qemu;
    const char *virttype;        /* "kvm", "qemu", "hvf" */
    const char *machine;         /* NULL: the one for guests that name none */

    /* The host */
    const Cpu *host_cpu;         /* for emulators that do not tell the best CPU a guest can have; may be NULL */
    const FirmwareList *firmware;
    const char *const *loaders;  /* images named by qemu.conf in place of those described; NULL: the described ones */
    bool no_deprecated;          /* the host model is to be without features that will go away */
    bool vfio;                   /* devices can be given to guests */
    bool tpm12, tpm20;           /* what swtpm can be */
    bool protects;               /* s390: the machine runs secure guests */
    unsigned max_vcpus;          /* that KVM runs; 0: no limit */
    unsigned phys_bits;          /* of physical addresses; 0: not known */
    unsigned sev_guests, sev_es_guests; /* how many may be encrypted */
} QemuDomainCapsAsk;

DomainCaps *qemu_domain_caps_new(const QemuDomainCapsAsk *ask, GError **error);
