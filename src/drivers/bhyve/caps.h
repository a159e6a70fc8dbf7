/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* caps.h - what a bhyve may lack, as its help text and its answers to probes tell */
#pragma once

#include "drivers/conf/domaincaps_gen.h"

enum {
    BHYVE_CAPS_RTC_UTC = 1 << 0,       /* the clock may show UTC */
    BHYVE_CAPS_AHCI32SLOT = 1 << 1,    /* a SATA controller has 32 ports, not one */
    BHYVE_CAPS_NET_E1000 = 1 << 2,
    BHYVE_CAPS_LPC_BOOTROM = 1 << 3,   /* firmware is loaded by bhyve itself */
    BHYVE_CAPS_FBUF = 1 << 4,          /* frame buffer with VNC */
    BHYVE_CAPS_XHCI = 1 << 5,
    BHYVE_CAPS_CPUTOPOLOGY = 1 << 6,
    BHYVE_CAPS_SOUND_HDA = 1 << 7,
    BHYVE_CAPS_VNC_PASSWORD = 1 << 8,
    BHYVE_CAPS_VIRTIO_9P = 1 << 9,
    BHYVE_CAPS_GRUB_CONSDEV = 1 << 10, /* grub-bhyve, where it is the loader, can use a serial port */
};

/* The bit of a name such as "ahci32slot"; 0 for one that is not known. */
unsigned bhyve_caps_flag(const char *name);

/* @loaders: firmware of the host, ends with NULL. */
DomainCaps *bhyve_caps_domain(unsigned caps, const char *emulator, const char *arch, const char *const *loaders);
