/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill.h - make a definition whole: what the document left to us, chosen once and then kept
 *
 * After fill_definition() a domain names its machine, CPU, controllers and every address; started twice, it shows
 * its guest the same hardware.  fill_aliases() is for a domain that is about to run.
 */
#pragma once

#include "drivers/qemu/caps/qemu_caps.h"
#include "drivers/qemu/device.h"
#include "drivers/qemu/firmware/firmware_list.h"
#include "drivers/qemu/qemu_conf.h"

typedef struct FillOptions {
    bool keep_machine_alias; /* "pc" stays "pc" */
    bool live;               /* a guest that runs: what was made up for the run is true */
    bool ports;              /* choose USB ports, too, and the hubs they need */
    bool fresh;              /* a new definition: newer defaults may be chosen */
    const FirmwareList *firmware; /* NULL: what this host has */
    char **env;              /* the environment of the daemon, NULL for none */
    bool no_tpm_1_2;         /* swtpm makes 2.0 only */
    void (*random)(uint8_t *bytes, size_t n);    /* NULL: the real thing */
    /* Of a PCI device of the host ("0000:01:00.0"): its IOMMU group, -1 where it is not known, and whether it is no
     * express device.  NULL: nothing is known. */
    int (*iommu_group)(const void *data, const char *address);
    bool (*is_conventional)(const void *data, const char *address);
    const void *data;        /* for the calls above */
} FillOptions;

/* @caps are those of the emulator; see fill_emulator(). */
bool fill_definition(Domain *def, const QemuCaps *caps, const QemuConf *conf, const FillOptions *options,
                     GError **error);

/* What can be said of a guest that runs, without asking its emulator. */
void fill_running(Domain *def, const QemuConf *conf);

/* Set arch and emulator where the document has none.  @find gives the emulator of an architecture, or NULL. */
bool fill_emulator(Domain *def, const char *host_arch, char *(*find)(const char *arch), GError **error);

/* What is chosen for one run: USB ports where the definition has none, and the names of devices within QEMU. */
bool fill_aliases(Domain *def, GError **error);
/* The same for one device. */
void fill_alias(const Domain *def, DeviceKind kind, void *device);

/* Leave out what older hosts do not understand and fill in by themselves: VIR_DOMAIN_XML_MIGRATABLE. */
void fill_migratable(Domain *def, const QemuConf *conf, char **env);

QemuAccel fill_accel(const Domain *def);

/* Sizes of memory that the machine can have, for a guest that is started here. */
void fill_memory_start(Domain *def);

/* What displays of one run find on the host. */
typedef struct FillDisplay {
    const char *dir;            /* for sockets */
    const char *render_node;    /* "/dev/dri/renderD128", or NULL */
    /* The address of the host in a network, to be freed. */
    char *(*network_address)(void *data, const char *network, GError **error);
    void *data;
} FillDisplay;
bool fill_display_start(Domain *def, const QemuConf *conf, const FillDisplay *display, GError **error);
