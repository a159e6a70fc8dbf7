/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table.c - the daemons of the suite: what each serves and which URIs open it
 *
 * Rows with schemes are hypervisors; the proxy probes those in this order.  systemd/units.py
 * reads this file too, so keep one row a line.
 */
#include "daemons/daemon.h"

#define B(cls) (1u << CLASS_##cls)
#define HYPERVISOR (B(DOMAIN) | B(DOMAIN_SNAPSHOT) | B(DOMAIN_CHECKPOINT))
#define ALL (B(ADMIN) - 1)
#define SCHEMES(...)                                                                               \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

const ServerPeer daemon_table[] = {
    { "virtqemud", "qemu", HYPERVISOR, SCHEMES("qemu") },
    { "virtlxcd", "lxc", HYPERVISOR, SCHEMES("lxc") },
    { "virtxend", "xen", HYPERVISOR, SCHEMES("xen") },
    { "virtchd", "ch", HYPERVISOR, SCHEMES("ch") },
    { "virtvboxd", "vbox", ALL, SCHEMES("vbox") },
    { "virtvzd", "vz", ALL, SCHEMES("vz", "parallels") },
    { "virttestd", "test", ALL, SCHEMES("test") },
    { "virtinterfaced", "interface", B(INTERFACE), NULL },
    { "virtnetworkd", "network", B(NETWORK) | B(NETWORK_PORT), NULL },
    { "virtnodedevd", "nodedev", B(NODE_DEVICE), NULL },
    { "virtnwfilterd", "nwfilter", B(NWFILTER) | B(NWFILTER_BINDING), NULL },
    { "virtsecretd", "secret", B(SECRET), NULL },
    { "virtstoraged", "storage", B(STORAGE_POOL) | B(STORAGE_VOL), NULL },
    { NULL },
};
