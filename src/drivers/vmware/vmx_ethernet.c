/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_ethernet.c - network cards of a VMware guest */
#define ERROR_FROM VIR_FROM_VMWARE
#include "drivers/vmware/vmx_private.h"

#include <string.h>

#include "util/error.h"

enum { MAX_CARDS = 10, FEATURES_VMXNET2 = 15 };

static const char *const models[] = { "vlance", "vmxnet", "vmxnet2", "vmxnet3", "e1000", "e1000e", NULL };

/* ---- reading -------------------------------------------------------------- */

static void
read_mac(const VmxEthernet *card, Interface *interface)
{
    bool fixed = card->address_type == VMX_MAC_STATIC;

    interface->mac = g_strdup(fixed ? card->address : card->generated);
    if (interface->mac)
        interface->mac_type = g_strdup(fixed ? "static" : "generated");
    if (interface->mac && card->check_mac)
        interface->mac_check = card->check_mac == VMX_YES ? YESNO_YES : YESNO_NO;
}

static bool
read_switch(const VmxEthernet *card, const char *prefix, Interface *interface, GError **error)
{
    if (card->connection.value < 0 || card->connection.value > UINT_MAX) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'%sdvs.connectionId' of the VMX file is out of range", prefix);
        return false;
    }
    interface->type = INTERFACE_TYPE_VDS;
    interface->switchid = g_strdup(card->switch_id);
    interface->vds_port_id = g_strdup(card->port);
    interface->portgroupid = g_strdup(card->portgroup);
    interface->connectionid = (unsigned)card->connection.value;
    return true;
}

static bool
read_source(const VmxEthernet *card, const char *prefix, Interface *interface, GError **error)
{
    if (card->connected == VMX_NET_UNSET && card->switch_id)
        return read_switch(card, prefix, interface, error);
    if (card->connected == VMX_NET_NAT) {
        interface->type = INTERFACE_TYPE_USER;
        return true;
    }
    if (card->connected == VMX_NET_HOSTONLY) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "'%sconnectionType' of the VMX file is 'hostonly', for which there is no type of interface; "
                  "'custom' with 'vnet' and 'networkName' can say the same", prefix);
        return false;
    }
    /* A network of a manager beyond this host leaves neither. */
    if (card->connected == VMX_NET_UNSET && !card->network) {
        interface->type = INTERFACE_TYPE_NULL;
        return true;
    }
    interface->type = INTERFACE_TYPE_BRIDGE;
    /* The hosted products name no network: VMnet0 is the one they bridge. */
    interface->bridge = g_strdup(card->network ? card->network : card->connected == VMX_NET_CUSTOM ? card->vnet : "VMnet0");
    if (card->connected == VMX_NET_CUSTOM)
        interface->target = g_strdup(card->vnet);
    return true;
}

bool
vmx_ethernet_read(const VmxFile *file, const VmxContext *context G_GNUC_UNUSED, Domain *domain, GError **error)
{
    for (unsigned i = 0; i < MAX_CARDS; i++) {
        g_autofree char *prefix = g_strdup_printf("ethernet%u.", i);
        g_autoptr(VmxEthernet) card = NULL;
        Interface *interface;

        if (!vmx_is_present(file, prefix))
            continue;
        card = vmx_record_read(&vmx_ethernet, file, prefix, error);
        if (!card)
            return false;
        if (card->present != VMX_YES)
            continue;
        interface = xml_new(&interface_xml);
        vmx_append(&domain->interfaces, interface);
        interface->model = card->model ? g_ascii_strdown(card->model, -1) : NULL;
        if (!g_strcmp0(interface->model, "vmxnet") && card->features.value == FEATURES_VMXNET2) {
            g_free(interface->model);
            interface->model = g_strdup("vmxnet2");
        }
        read_mac(card, interface);
        if (!read_source(card, prefix, interface, error))
            return false;
    }
    return true;
}

/* ---- writing -------------------------------------------------------------- */

/* VMware's ranges; a server checks addresses that claim to be of them. */
static void
write_mac(const Interface *interface, VmxEthernet *card)
{
    bool of_server = interface->mac && g_str_has_prefix(interface->mac, "00:0c:29:");
    bool of_vmware = interface->mac && g_str_has_prefix(interface->mac, "00:50:56:");
    guint64 fourth = of_vmware ? g_ascii_strtoull(interface->mac + 9, NULL, 16) : 0;
    bool of_center = of_vmware && fourth >= 0x80 && fourth < 0xc0;

    if (!interface->mac) {
        card->address_type = VMX_MAC_GENERATED;
    } else if ((of_server || of_center) && g_strcmp0(interface->mac_type, "static") != 0) {
        card->address_type = of_server ? VMX_MAC_GENERATED : VMX_MAC_VPX;
        card->generated = g_strdup(interface->mac);
        card->generated_offset.given = of_server;
    } else {
        card->address_type = VMX_MAC_STATIC;
        card->address = g_strdup(interface->mac);
        if (!of_server && !of_center && !(of_vmware && fourth < 0x40))
            card->check_mac = VMX_NO;
    }
    if (interface->mac_check)
        card->check_mac = interface->mac_check == YESNO_YES && card->check_mac != VMX_NO ? VMX_YES : VMX_NO;
}

static bool
write_source(const Interface *interface, VmxEthernet *card, const char *domain, GError **error)
{
    switch (interface->type) {
    case INTERFACE_TYPE_BRIDGE:
        card->network = g_strdup(interface->bridge);
        card->connected = interface->target ? VMX_NET_CUSTOM : VMX_NET_BRIDGED;
        card->vnet = g_strdup(interface->target);
        return true;
    case INTERFACE_TYPE_USER:
        card->connected = VMX_NET_NAT;
        return true;
    case INTERFACE_TYPE_VDS:
        card->switch_id = g_strdup(interface->switchid);
        card->port = g_strdup(interface->vds_port_id);
        card->portgroup = g_strdup(interface->portgroupid);
        card->connection = (VmxNumber) { true, interface->connectionid };
        return true;
    case INTERFACE_TYPE_NULL:
        return true;
    default:
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': an interface of type '%s' cannot be written to a VMX file; expected bridge, user, "
                  "vds or null", domain, interface_type_words[interface->type]);
        return false;
    }
}

static bool
write_model(const Interface *interface, VmxEthernet *card, const char *domain, GError **error)
{
    if (!interface->model)
        return true;
    for (int i = 0; models[i]; i++)
        if (g_ascii_strcasecmp(models[i], interface->model) == 0) {
            if (!strcmp(models[i], "vmxnet2"))
                card->features = (VmxNumber) { true, FEATURES_VMXNET2 };
            card->model = g_strdup(card->features.given ? "vmxnet" : models[i]);
            return true;
        }
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
              "domain '%s': VMware has no network card of model '%s'; expected vlance, vmxnet, vmxnet2, vmxnet3, "
              "e1000 or e1000e", domain, interface->model);
    return false;
}

bool
vmx_ethernet_write(const Domain *domain, const VmxContext *context G_GNUC_UNUSED, GString *out, GError **error)
{
    if (list_len(domain->interfaces) > MAX_CARDS) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s' has %u interfaces; VMware guests have at most %d", domain->name,
                  domain->interfaces->len, MAX_CARDS);
        return false;
    }
    for (guint i = 0; i < list_len(domain->interfaces); i++) {
        const Interface *interface = domain->interfaces->pdata[i];
        g_autofree char *prefix = g_strdup_printf("ethernet%u.", i);
        g_autoptr(VmxEthernet) card = vmx_record_new(&vmx_ethernet);

        card->present = VMX_YES;
        write_mac(interface, card);
        if (!write_model(interface, card, domain->name, error) || !write_source(interface, card, domain->name, error))
            return false;
        vmx_record_write(card, prefix, out);
    }
    return true;
}
