/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_vif.c - network interfaces: "mac=...,bridge=..." as in xl-network-configuration(5) */
#define ERROR_FROM VIR_FROM_XEN
#include "drivers/xen/xen_vif.h"

#include <string.h>

#include "drivers/xen/xen_private.h"
#include "util/error.h"
#include "util/text.h"

enum { VLAN_MAX = 4095 };

/* ---- reading -------------------------------------------------------------- */

/* "ovsbr0.5" and "ovsbr0:1:2" are VLANs of a port; only Open vSwitch has them. */
static bool
read_bridge(const ConfValue *value, const char *text, Interface *nic, GError **error)
{
    size_t len = strcspn(text, ".:");
    bool trunk = text[len] == ':';
    g_auto(GStrv) tags = text[len] ? g_strsplit(text + len + 1, trunk ? ":" : ".", VLAN_MAX) : NULL;

    nic->bridge = g_strndup(text, len);
    if (!tags)
        return true;
    nic->vlan = xml_new(&vlan_xml);
    if (trunk)
        nic->vlan->trunk = YESNO_YES;
    for (char **tag = tags; *tag; tag++) {
        int64_t id;

        if (!xen_parse_number(value, *tag, "VLAN", 0, VLAN_MAX, &id, error))
            return false;
        ((VlanTag *)xen_append(&nic->vlan->tags, &vlan_tag_xml))->id = (unsigned)id;
    }
    return true;
}

/* "10240KB/s@20ms": kilobytes, or with a 'b' bits; how often it is enforced has no place in a document. */
static bool
read_rate(const ConfValue *value, const char *text, Interface *nic, GError **error)
{
    static const struct { const char *unit; uint64_t factor, divisor; } units[] = {
        { "GB/s", 1 << 20, 1 }, { "MB/s", 1 << 10, 1 }, { "KB/s", 1, 1 }, { "B/s", 1, 1 << 10 },
        { "Gb/s", 1 << 20, 8 }, { "Mb/s", 1 << 10, 8 }, { "Kb/s", 1, 8 }, { "b/s", 1, 8 << 10 },
    };
    size_t digits = strspn(text, "0123456789"), len = strcspn(text, "@");
    g_autofree char *number = g_strndup(text, digits), *unit = len > digits ? g_strndup(text + digits, len - digits) : NULL;
    uint64_t rate;
    size_t i = 0;

    while (unit && i < G_N_ELEMENTS(units) && strcmp(units[i].unit, unit) != 0)
        i++;
    if (!unit || i == G_N_ELEMENTS(units) || !text_parse_uint64(number, 10, &rate) || rate > UINT64_MAX >> 21)
        return xen_refuse(value, error, "'rate' is '%.64s', expected a number and a unit as in '10240KB/s'", text);
    nic->bandwidth = xml_new(&bandwidth_xml);
    nic->bandwidth->outbound = xml_new(&bandwidth_rate_xml);
    nic->bandwidth->outbound->average = MAX(rate * units[i].factor / units[i].divisor, 1);
    nic->bandwidth->outbound->has_average = true;
    return true;
}

static bool
read_vif(const XenReader *r, const ConfValue *value, GError **error)
{
    g_auto(GStrv) options = xen_options(value->string);
    const char *mac = xen_option(options, "mac"), *bridge = xen_option(options, "bridge");
    const char *script = xen_option(options, "script"), *type = xen_option(options, "type");
    const char *model = xen_option(options, "model"), *rate = xen_option(options, "rate");
    const char *ip = xen_option(options, "ip"), *base = script ? strrchr(script, '/') : NULL;
    g_auto(GStrv) addresses = g_strsplit_set(ip ? ip : "", " ", -1);
    Interface *nic = xen_append(&r->domain->interfaces, &interface_xml);
    bool ovs;

    base = base ? base + 1 : script;
    ovs = base && !strcmp(base, "vif-openvswitch");
    if (bridge || ovs || (base && !strcmp(base, "vif-bridge"))) {
        nic->type = INTERFACE_TYPE_BRIDGE;
        if (!read_bridge(value, bridge && *bridge ? bridge : "xenbr0", nic, error))
            return false;
    } else {
        nic->type = INTERFACE_TYPE_ETHERNET;
    }
    if (ovs) {
        nic->virtualport = xml_new(&virtual_port_xml);
        nic->virtualport->type = VIRTUALPORT_TYPE_OPENVSWITCH;
    } else if (nic->vlan) {
        return xen_refuse(value, error, "a bridge with VLANs, '%.64s', needs 'script=vif-openvswitch'", bridge);
    }
    nic->mac = mac && *mac ? g_ascii_strdown(mac, -1) : NULL;
    nic->script = script && *script ? g_strdup(script) : NULL;
    nic->target = g_strdup(xen_option(options, "vifname"));
    nic->backend_domain = g_strdup(xen_option(options, "backend"));
    /* "vif" (xl) and "netfront" (xm): no card beside the paravirtual one; "ioemu" is the default. */
    if (type && (!strcmp(type, "netfront") || !strcmp(type, "vif")))
        nic->model = g_strdup("netfront");
    else if (type && strcmp(type, "ioemu") != 0)
        return xen_refuse(value, error, "'type' of an interface is '%.64s', expected ioemu or vif", type);
    else if (model && *model)
        nic->model = g_strdup(model);
    for (char **address = addresses; *address; address++) {
        GuestIp *guest;

        if (!**address)
            continue;
        if (!g_hostname_is_ip_address(*address))
            return xen_refuse(value, error, "'ip' of an interface, '%.64s', is no address", *address);
        guest = xen_append(&nic->ips, &guest_ip_xml);
        guest->address = g_strdup(*address);
        guest->family = strchr(*address, ':') ? IP_FAMILY_IPV6 : IP_FAMILY_IPV4;
    }
    return !rate || read_rate(value, rate, nic, error);
}

bool
xen_vif_read(const XenReader *r, GError **error)
{
    g_autoptr(GPtrArray) items = NULL;

    if (!xen_get_items(r, "vif", &items, error))
        return false;
    for (guint i = 0; i < list_len(items); i++)
        if (!read_vif(r, list_at(items, i), error))
            return false;
    return true;
}

/* ---- writing -------------------------------------------------------------- */

bool
xen_vif_bridge(const Interface *nic, char **ret_bridge, GError **error)
{
    GString *out;
    guint n = nic->vlan ? list_len(nic->vlan->tags) : 0;
    bool ovs = nic->virtualport && nic->virtualport->type == VIRTUALPORT_TYPE_OPENVSWITCH;

    if ((n && !ovs) || (nic->virtualport && !ovs)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "interface %s: Xen has VLANs and virtual ports only of type 'openvswitch'", nic->mac);
        return false;
    }
    out = g_string_new(nic->bridge);
    for (guint i = 0; i < n; i++)
        g_string_append_printf(out, "%c%u", nic->vlan->trunk == YESNO_YES || n > 1 ? ':' : '.',
                               ((const VlanTag *)list_at(nic->vlan->tags, i))->id);
    *ret_bridge = g_string_free(out, FALSE);
    return true;
}

char *
xen_vif_addresses(const Interface *nic)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();

    for (guint i = 0; i < list_len(nic->ips); i++)
        g_ptr_array_add(words, ((const GuestIp *)list_at(nic->ips, i))->address);
    if (!words->len)
        return NULL;
    g_ptr_array_add(words, NULL);
    return g_strjoinv(" ", (char **)words->pdata);
}

const char *
xen_vif_script(const Interface *nic)
{
    if (nic->script)
        return nic->script;
    return nic->virtualport && nic->virtualport->type == VIRTUALPORT_TYPE_OPENVSWITCH ? "vif-openvswitch" : NULL;
}

static bool
write_vif(const XenWriter *w, const Interface *nic, GString *out, GError **error)
{
    g_autofree char *bridge = NULL, *addresses = xen_vif_addresses(nic);
    const char *script = xen_vif_script(nic);
    bool front = w->guest == XEN_HVM && !g_strcmp0(nic->model, "netfront");

    if (nic->type == INTERFACE_TYPE_BRIDGE) {
        if (!xen_vif_bridge(nic, &bridge, error))
            return false;
        if (!script)
            script = "vif-bridge";
    } else if (nic->type != INTERFACE_TYPE_ETHERNET) {
        return xen_unsupported(w, error, "an interface of type '%s'; use 'bridge' or 'ethernet'",
                               interface_type_words[nic->type]);
    }
    if (!xen_add_option(out, "mac", nic->mac, error) || !xen_add_option(out, "bridge", bridge, error) ||
        !xen_add_option(out, "ip", addresses, error) || !xen_add_option(out, "script", script, error) ||
        !xen_add_option(out, "backend", nic->backend_domain, error) ||
        !xen_add_option(out, "model", front ? NULL : nic->model, error) ||
        !xen_add_option(out, "type", !front ? NULL : w->context->dialect == XEN_XL ? "vif" : "netfront", error) ||
        !xen_add_option(out, "vifname", nic->target, error))
        return false;
    if (nic->bandwidth && nic->bandwidth->inbound)
        return xen_unsupported(w, error, "a limit of what interface %s receives", nic->mac);
    if (nic->bandwidth && nic->bandwidth->outbound && nic->bandwidth->outbound->average)
        g_string_append_printf(out, ",rate=%" G_GUINT64_FORMAT "KB/s", nic->bandwidth->outbound->average);
    return true;
}

bool
xen_vif_write(const XenWriter *w, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < list_len(w->domain->interfaces); i++) {
        const Interface *nic = list_at(w->domain->interfaces, i);
        g_autoptr(GString) item = g_string_new(NULL);

        /* Those are PCI devices. */
        if (nic->type == INTERFACE_TYPE_HOSTDEV)
            continue;
        if (!write_vif(w, nic, item, error))
            return false;
        g_ptr_array_add(items, g_string_free(g_steal_pointer(&item), FALSE));
    }
    xen_put_items(w, "vif", items);
    return true;
}
