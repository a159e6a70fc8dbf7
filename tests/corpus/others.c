/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* others.c - families of a few cases each: NSS, MAC addresses of guests, Open vSwitch, mdevctl, restarts, VMware,
 * VirtualBox, OpenVZ
 */
#define ERROR_FROM VIR_FROM_NONE
#include "corpus/tool.h"

#include <arpa/inet.h>
#include <string.h>

#include "drivers/common/ovs_stats.h"
#include "drivers/network/macs.h"
#include "drivers/nodedev/mdevctl.h"
#include "drivers/openvz/openvz_conf.h"
#include "drivers/vbox/vbox_machine.h"
#include "drivers/vmware/vmware_version.h"
#include "nss/nss_lookup.h"
#include "rpc/server/restart_state.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"
#include "util/xml.h"

enum { NOW = 1234567890 };

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
mac_map(const Request *request, GError **error)
{
    bool lookup = !g_strcmp0(request_option(request, "op"), "lookup");
    g_autoptr(NetworkMacs) macs = lookup ? network_macs_parse(request->input, "(macs)", error) : network_macs_new();
    g_autoptr(Json) list = json_new_array();
    GPtrArray *found;
    const char *add;
    guint at = 0;

    if (!macs)
        return NULL;
    if (!lookup) {
        while ((add = request_next_option(request, "add", &at))) {
            g_auto(GStrv) pair = g_strsplit(add, "=", 2);

            network_macs_add(macs, pair[0], pair[1]);
        }
        return network_macs_format(macs);
    }
    found = g_tree_lookup(macs, request_option(request, "domain"));
    if (found)
        g_ptr_array_sort(found, by_text);
    for (guint i = 0; found && i < found->len; i++)
        json_append_string(list, found->pdata[i]);
    return json_format(list, true);
}

static char *
nss(const Request *request, GError **error)
{
    const char *family = request_option(request, "family");
    const NssQuery query = {
        .folder = request_option(request, "leases"),
        .name = request_option(request, "name"),
        .guest = !g_strcmp0(request_option(request, "module"), "libvirt_guest"),
        .family = !g_strcmp0(family, "inet") ? AF_INET : !g_strcmp0(family, "inet6") ? AF_INET6 : AF_UNSPEC,
        .now = NOW,
    };
    g_autofree NssAddress *addresses = NULL;
    int n = nss_lookup(&query, &addresses);
    GString *out;

    if (n <= 0) {
        error_set(error, VIR_ERR_INVALID_ARG, "host '%s' is not found", query.name);
        return NULL;
    }
    out = g_string_new(NULL);
    for (int i = 0; i < n; i++) {
        char text[INET6_ADDRSTRLEN];

        /* As gethostbyname2() has it: one family. */
        if (addresses[i].family == addresses[0].family)
            g_string_append_printf(out, "%s\n", inet_ntop(addresses[i].family, &addresses[i].v4, text, sizeof(text)));
    }
    return g_string_free(out, FALSE);
}

static char *
ovs_stats(const Request *request, GError **error)
{
    DomainInterfaceStatsRet stats = { 0 };
    const struct { const char *name; const int64_t *value; } rows[] = {
        { "rx_bytes", &stats.rx_bytes }, { "rx_packets", &stats.rx_packets }, { "rx_errs", &stats.rx_errs },
        { "rx_drop", &stats.rx_drop }, { "tx_bytes", &stats.tx_bytes }, { "tx_packets", &stats.tx_packets },
        { "tx_errs", &stats.tx_errs }, { "tx_drop", &stats.tx_drop },
    };
    g_autoptr(Json) root = json_new_object();

    if (!ovs_stats_parse(request->input, &stats, error))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        json_add_int64(root, rows[i].name, *rows[i].value);
    return json_format(root, true);
}

/* The node devices of the recorded host. */
static const struct {
    const char *name, *address;
} parents[] = {
    { "pci_0000_00_02_0", "0000:00:02.0" }, { "ap_matrix", "matrix" }, { "css_0_0_0052", "0.0.0052" },
};

static char *
find_parent(void *data G_GNUC_UNUSED, const char *address)
{
    for (size_t i = 0; i < G_N_ELEMENTS(parents); i++)
        if (!strcmp(parents[i].address, address))
            return g_strdup(parents[i].name);
    return NULL;
}

static char *
print_list(const char *text, GError **error)
{
    g_autoptr(GPtrArray) list = nodedev_mdevctl_parse_list(text, find_parent, NULL, error);
    GString *out = list ? g_string_new(NULL) : NULL;

    for (guint i = 0; list && i < list->len; i++) {
        g_autofree char *xml = xml_format_text(&node_device_xml, list->pdata[i], 0);

        g_string_append(out, xml);
    }
    return out ? g_string_free(out, FALSE) : NULL;
}

/* One command, or what it reads, behind what is there. */
static bool
add_command(const Request *request, NodedevMdevCommand command, const NodeDevice *device, unsigned affect, GString *out,
            GError **error)
{
    g_autofree char *input = NULL, *line = NULL;
    g_auto(GStrv) words = NULL;
    const char *address = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(parents); i++)
        if (!g_strcmp0(parents[i].name, device->parent))
            address = parents[i].address;
    if (!address) {
        error_set(error, VIR_ERR_NO_NODE_DEVICE, "no node device with matching name '%s'", device->parent);
        return false;
    }
    words = nodedev_mdevctl_command(command, device, address, affect, &input, error);
    if (!words)
        return false;
    line = g_strjoinv(" ", words);
    g_string_append_printf(out, "%s\n", !g_strcmp0(request_option(request, "print"), "stdin") ? input : line);
    return true;
}

static char *
mdevctl(const Request *request, GError **error)
{
    static const char *const words[NODEDEV_MDEV_LAST] = { "create", "define", "start", "stop", "undefine", "modify" };
    const char *op = request_option(request, "op");
    int command = text_index(words, G_N_ELEMENTS(words), op);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(NodeDevice) device = NULL, update = NULL;
    g_autofree char *text = NULL;

    if (!strcmp(op, "parse-list"))
        return print_list(request->input, error);
    if (!strcmp(op, "list-defined")) {
        g_auto(GStrv) argv = nodedev_mdevctl_list_command(true);

        return g_strjoinv(" ", argv);
    }
    device = xml_parse_text(&node_device_xml, request->input, 0, error);
    if (!device)
        return NULL;
    if (!strcmp(op, "autostart")) {
        const char *uuid = nodedev_mdevctl_capability(device)->mdev_uuid;

        for (int on = 1; on >= 0; on--) {
            g_auto(GStrv) argv = nodedev_mdevctl_autostart_command(uuid, on);
            g_autofree char *line = g_strjoinv(" ", argv);

            g_string_append_printf(out, "%s\n", line);
        }
    } else if (command == NODEDEV_MDEV_MODIFY) {
        text = request_file(request, "update", error);
        update = text ? xml_parse_text(&node_device_xml, text, 0, error) : NULL;
        if (!update || !add_command(request, command, device, NODEDEV_MDEV_CONFIG, out, error) ||
            !add_command(request, command, update, NODEDEV_MDEV_LIVE, out, error) ||
            !add_command(request, command, device, NODEDEV_MDEV_LIVE, out, error) ||
            !add_command(request, command, update, NODEDEV_MDEV_LIVE | NODEDEV_MDEV_CONFIG, out, error))
            return NULL;
    } else if (!add_command(request, command, device, 0, out, error)) {
        return NULL;
    }
    return g_strdup(out->str);
}

static char *
netdaemon_restart(const Request *request, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(Json) state = NULL;
    const char *name;
    guint at = 0;

    while ((name = request_next_option(request, "server", &at)))
        g_ptr_array_add(names, (void *)name);
    g_ptr_array_add(names, NULL);
    state = restart_state_parse(request->input, (const char *const *)names->pdata, error);
    return state ? json_format(state, true) : NULL;
}

static char *
vmware_version(const Request *request, GError **error)
{
    int program = text_index(vmware_program_words, VMWARE_LAST, request_option(request, "type"));
    unsigned long version;

    return vmware_version_parse((VmwareProgram)program, request->input, &version, error)
               ? g_strdup_printf("%lu\n", version) : NULL;
}

static char *
vbox_snapshot(const Request *request, GError **error)
{
    g_autoptr(VboxMachine) machine = vbox_machine_parse(request->input, error);

    return machine ? vbox_machine_format(machine) : NULL;
}

static char *
openvz_conf(const Request *request, GError **error)
{
    /* The recorded document has the zeros that upstream prints of a UUID nobody has set; ours has none then. */
    static const char unset[] = "  <uuid>00000000-0000-0000-0000-000000000000</uuid>\n";
    g_autoptr(Domain) domain = openvz_conf_new(request_option(request, "init"));
    g_autofree char *text = NULL;
    char *rest;

    if (!openvz_conf_read_network(domain, request->input, error))
        return NULL;
    text = xml_format_text(&domain_xml, domain, 0);
    rest = strchr(text, '\n');
    return g_strdup_printf("%.*s\n%s%s", (int)(rest - text), text, unset, rest + 1);
}

const Family other_families[] = {
    { "mac-map", mac_map, "op domain add" },
    { "nss-lookup", nss, "module name family leases" },
    { "ovs-stats", ovs_stats, "" },
    { "nodedev-mdevctl", mdevctl, "op update print" },
    { "netdaemon-restart", netdaemon_restart, "server" },
    { "vmware-version", vmware_version, "type" },
    { "vbox-snapshot", vbox_snapshot, "" },
    { "openvz-conf2xml", openvz_conf, "read init" },
    { 0 },
};
