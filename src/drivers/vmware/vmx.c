/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx.c - guests as VMware's .vmx files: the order of the parts, and what is the same for all guests */
#define ERROR_FROM VIR_FROM_VMWARE
#include "drivers/vmware/vmx.h"

#include "drivers/vmware/vmx_private.h"
#include "util/error.h"

/* In the order in which they are written. */
static const struct {
    bool (*read)(const VmxFile *file, const VmxContext *context, Domain *domain, GError **error);
    bool (*write)(const Domain *domain, const VmxContext *context, GString *out, GError **error);
} parts[] = {
    { vmx_machine_read, vmx_machine_write },
    { vmx_vnc_read, vmx_vnc_write },
    { vmx_disk_read, vmx_disk_write },
    { vmx_folder_read, vmx_folder_write },
    { vmx_ethernet_read, vmx_ethernet_write },
    { vmx_video_read, vmx_video_write },
    { vmx_port_read, vmx_port_write },
};

/* First of the virtual hardware with a PCI Express bus and VMCI. */
enum { HARDWARE_PCIE = 7 };

Domain *
vmx_read(const char *text, const VmxContext *context, GError **error)
{
    g_autoptr(VmxFile) file = vmx_file_parse(text, error);
    g_autoptr(Domain) domain = xml_new(&domain_xml);

    if (!file)
        return NULL;
    domain->type = VIRT_TYPE_VMWARE;
    domain->datacenterpath = g_strdup(context->datacenter);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (!parts[i].read(file, context, domain, error))
            return NULL;
    return g_steal_pointer(&domain);
}

/* Devices for which the keys are not known here, or that VMware does not have. */
static bool
check_devices(const Domain *domain, GError **error)
{
    const struct { const GPtrArray *list; const char *name; } others[] = {
        { domain->hostdevs, "hostdev" }, { domain->redirdevs, "redirdev" }, { domain->channels, "channel" },
        { domain->smartcards, "smartcard" }, { domain->tpms, "tpm" }, { domain->watchdogs, "watchdog" },
        { domain->rngs, "rng" }, { domain->shmems, "shmem" }, { domain->memory_devices, "memory" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (list_len(others[i].list)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                      "domain '%s': a <%s> cannot be written to a VMX file", domain->name, others[i].name);
            return false;
        }
    return true;
}

static void
write_bridges(GString *out)
{
    vmx_file_add(out, "pciBridge0.present", "true");
    for (unsigned i = 4; i < 8; i++)
        g_string_append_printf(out, "pciBridge%u.present = \"true\"\npciBridge%u.virtualDev = \"pcieRootPort\"\n"
                               "pciBridge%u.functions = \"8\"\n", i, i, i);
    vmx_file_add(out, "vmci0.present", "true");
}

char *
vmx_write(const Domain *domain, const VmxContext *context, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);

    if (!check_devices(domain, error))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (!parts[i].write(domain, context, out, error))
            return NULL;
    if (context->hardware >= HARDWARE_PCIE)
        write_bridges(out);
    return g_string_free(g_steal_pointer(&out), FALSE);
}
