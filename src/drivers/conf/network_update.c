/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_update.c - one table row a section: where its list is, and which entries are the same
 *
 * A changed definition is formatted and parsed again before it is accepted, so every rule of the
 * documents holds for the result, whatever the way it came about.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/conf/network_update.h"

#include <libvirt/libvirt.h>
#include <string.h>

#include "drivers/conf/network_address.h"
#include "util/error.h"

typedef struct Section {
    const char *element;
    const XmlStruct *type;
    size_t list; /* offset of the GPtrArray in Network, or in NetworkIp if in_ip */
    bool in_ip;
    bool modify; /* has an identity that a modification can go by */
    /* Is @have what @want names?  For adding, modifying and deleting in turn. */
    bool (*clash)(const void *have, const void *want);
    bool (*same)(const void *have, const void *want);
    bool (*matches)(const void *have, const void *want);
    const char *(*family_of)(const void *entry); /* an address of it */
    bool (*whole)(const void *entry);            /* fit to be added; NULL: always */
} Section;

static bool
equal(const char *a, const char *b)
{
    return a && b && g_ascii_strcasecmp(a, b) == 0;
}

/* A pattern's member that is not given matches anything. */
static bool
fits(const char *have, const char *pattern)
{
    return !pattern || equal(have, pattern);
}

static bool
host_clash(const void *have, const void *want)
{
    const DhcpHost *h = have, *w = want;

    return equal(h->mac, w->mac) || equal(h->id, w->id) || equal(h->name, w->name) ||
           equal(h->ip, w->ip);
}

static bool
host_same(const void *have, const void *want)
{
    const DhcpHost *h = have, *w = want;

    return w->mac ? equal(h->mac, w->mac) : w->id ? equal(h->id, w->id) : equal(h->name, w->name);
}

static bool
host_matches(const void *have, const void *want)
{
    const DhcpHost *h = have, *w = want;

    return (w->mac || w->id || w->name || w->ip) && fits(h->mac, w->mac) && fits(h->id, w->id) &&
           fits(h->name, w->name) && fits(h->ip, w->ip);
}

static const char *
host_address(const void *entry)
{
    return ((const DhcpHost *)entry)->ip;
}

static bool
range_same(const void *have, const void *want)
{
    const DhcpRange *h = have, *w = want;

    return equal(h->start, w->start) && equal(h->end, w->end);
}

static const char *
range_address(const void *entry)
{
    return ((const DhcpRange *)entry)->start;
}

static bool
interface_same(const void *have, const void *want)
{
    return equal(((const ForwardInterface *)have)->dev, ((const ForwardInterface *)want)->dev);
}

static bool
portgroup_same(const void *have, const void *want)
{
    return g_strcmp0(((const PortGroup *)have)->name, ((const PortGroup *)want)->name) == 0;
}

static bool
has_hostname(const DnsHost *host, const char *name)
{
    for (guint i = 0; host->hostnames && i < host->hostnames->len; i++)
        if (equal(host->hostnames->pdata[i], name))
            return true;
    return false;
}

static bool
dns_host_shares_name(const DnsHost *have, const DnsHost *want)
{
    for (guint i = 0; want->hostnames && i < want->hostnames->len; i++)
        if (has_hostname(have, want->hostnames->pdata[i]))
            return true;
    return false;
}

static bool
dns_host_same(const void *have, const void *want)
{
    return equal(((const DnsHost *)have)->ip, ((const DnsHost *)want)->ip);
}

static bool
dns_host_matches(const void *have, const void *want)
{
    const DnsHost *w = want;

    return (w->ip || w->hostnames) && fits(((const DnsHost *)have)->ip, w->ip) &&
           (!w->hostnames || dns_host_shares_name(have, want));
}

static bool
dns_host_whole(const void *entry)
{
    return ((const DnsHost *)entry)->ip && ((const DnsHost *)entry)->hostnames;
}

static bool
txt_same(const void *have, const void *want)
{
    return equal(((const DnsTxt *)have)->name, ((const DnsTxt *)want)->name);
}

static bool
txt_matches(const void *have, const void *want)
{
    return txt_same(have, want) &&
           fits(((const DnsTxt *)have)->value, ((const DnsTxt *)want)->value);
}

static bool
srv_clash(const void *have, const void *want)
{
    const DnsSrv *h = have, *w = want;

    return g_strcmp0(h->service, w->service) == 0 && g_strcmp0(h->protocol, w->protocol) == 0 &&
           g_strcmp0(h->domain, w->domain) == 0 && g_strcmp0(h->target, w->target) == 0;
}

static bool
srv_matches(const void *have, const void *want)
{
    const DnsSrv *h = have, *w = want;

    return fits(h->service, w->service) && fits(h->protocol, w->protocol) &&
           fits(h->domain, w->domain) && fits(h->target, w->target) &&
           (!w->port || h->port == w->port) && (!w->priority || h->priority == w->priority) &&
           (!w->weight || h->weight == w->weight);
}

static const Section sections[] = {
    [VIR_NETWORK_SECTION_IP_DHCP_HOST] = { "host", &dhcp_host_xml, offsetof(NetworkIp, hosts), true,
                                           true, host_clash, host_same, host_matches,
                                           host_address },
    [VIR_NETWORK_SECTION_IP_DHCP_RANGE] = { "range", &dhcp_range_xml, offsetof(NetworkIp, ranges),
                                            true, false, range_same, range_same, range_same,
                                            range_address },
    [VIR_NETWORK_SECTION_FORWARD_INTERFACE] = { "interface", &forward_interface_xml,
                                                offsetof(Network, interfaces), false, false,
                                                interface_same, interface_same, interface_same,
                                                NULL },
    [VIR_NETWORK_SECTION_PORTGROUP] = { "portgroup", &port_group_xml, offsetof(Network, portgroups),
                                        false, true, portgroup_same, portgroup_same, portgroup_same,
                                        NULL },
    [VIR_NETWORK_SECTION_DNS_HOST] = { "host", &dns_host_xml, offsetof(Network, dns_hosts), false,
                                       true, dns_host_same, dns_host_same, dns_host_matches, NULL,
                                       dns_host_whole },
    [VIR_NETWORK_SECTION_DNS_TXT] = { "txt", &dns_txt_xml, offsetof(Network, dns_txts), false,
                                      false, txt_same, txt_same, txt_matches, NULL },
    [VIR_NETWORK_SECTION_DNS_SRV] = { "srv", &dns_srv_xml, offsetof(Network, dns_srvs), false,
                                      false, srv_clash, srv_clash, srv_matches, NULL },
};

/* The entry that @xml describes.  A pattern for deletion need not be whole. */
static void *
read_entry(const Section *section, const char *xml, bool pattern, GError **error)
{
    g_autoptr(xmlDoc) doc = xml_read(xml, "network_update_xml", error);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

    if (!root)
        return NULL;
    if (strcmp((const char *)root->name, section->element) != 0) {
        error_set(error, VIR_ERR_XML_ERROR, "this section takes an element <%s>, not <%s>",
                  section->element, (const char *)root->name);
        return NULL;
    }
    /* Required members are so for a whole entry: fill in what a pattern may lack, and take it out
     * again. */
    if (pattern && section->type == &dns_srv_xml) {
        static const char *const names[] = { "service", "protocol" };
        bool absent[G_N_ELEMENTS(names)];
        DnsSrv *srv = NULL;

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
            absent[i] = !xmlHasProp(root, BAD_CAST names[i]);
            if (absent[i])
                xmlSetProp(root, BAD_CAST names[i], BAD_CAST "tcp");
        }
        srv = xml_parse(section->type, root, 0, error);
        if (srv && absent[0])
            g_clear_pointer(&srv->service, g_free);
        if (srv && absent[1])
            g_clear_pointer(&srv->protocol, g_free);
        return srv;
    }
    return xml_parse(section->type, root, pattern ? XML_PARSE_NO_CHECK : 0, error);
}

/* The list of @section, made if there is none. */
static GPtrArray **
find_list(Network *network, const Section *section, const void *entry, int parent, GError **error)
{
    const char *address = section->family_of ? section->family_of(entry) : NULL;
    NetworkIp *chosen = NULL;

    if (!section->in_ip)
        return (GPtrArray **)((char *)network + section->list);
    if (parent >= 0 && network->ips && (guint)parent >= network->ips->len) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "network '%s' has no <ip> number %d",
                  network->name, parent);
        return NULL;
    }
    for (guint i = 0; network->ips && i < network->ips->len; i++) {
        NetworkIp *ip = network->ips->pdata[i];
        bool fit = !address || network_ip_is_v6(ip) == (strchr(address, ':') != NULL);
        bool dhcp = ip->ranges || ip->hosts;

        if (parent == (int)i && fit)
            chosen = ip;
        else if (fit && (!chosen || (dhcp && parent < 0 && !chosen->ranges && !chosen->hosts)) &&
                 !(chosen && parent >= 0))
            chosen = ip;
        if (parent == (int)i && fit)
            break;
    }
    if (!chosen) {
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "network '%s' has no <ip> of the family of '%s'", network->name,
                  address ? address : "the host");
        return NULL;
    }
    return (GPtrArray **)((char *)chosen + section->list);
}

static int
find_entry(const GPtrArray *list, bool (*match)(const void *, const void *), const void *want,
           guint *ret_count)
{
    int found = -1;

    *ret_count = 0;
    for (guint i = 0; list && i < list->len; i++) {
        if (!match(list->pdata[i], want))
            continue;
        if ((*ret_count)++ == 0)
            found = (int)i;
    }
    return found;
}

static bool
change_list(const Network *network, const Section *section, GPtrArray **list, unsigned command,
            void **entry, GError **error)
{
    bool (*match)(const void *, const void *) =
        command == VIR_NETWORK_UPDATE_COMMAND_MODIFY   ? section->same
        : command == VIR_NETWORK_UPDATE_COMMAND_DELETE ? section->matches
                                                       : section->clash;
    guint matches = 0;
    int at = find_entry(*list, match, *entry, &matches);

    if (command != VIR_NETWORK_UPDATE_COMMAND_DELETE && section->whole && !section->whole(*entry)) {
        error_set(error, VIR_ERR_XML_ERROR, "network '%s': the <%s> is incomplete", network->name,
                  section->element);
        return false;
    }
    if (command == VIR_NETWORK_UPDATE_COMMAND_MODIFY && !section->modify) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "<%s> cannot be modified, only added and deleted", section->element);
        return false;
    }
    if (command == VIR_NETWORK_UPDATE_COMMAND_MODIFY ||
        command == VIR_NETWORK_UPDATE_COMMAND_DELETE) {
        if (matches != 1) {
            error_set(error, VIR_ERR_OPERATION_INVALID,
                      matches ? "network '%s': more than one <%s> matches; say more about it"
                              : "network '%s' has no <%s> that matches",
                      network->name, section->element);
            return false;
        }
        xml_free(section->type, (*list)->pdata[at]);
        if (command == VIR_NETWORK_UPDATE_COMMAND_MODIFY)
            (*list)->pdata[at] = g_steal_pointer(entry);
        else
            g_ptr_array_remove_index(*list, at);
        return true;
    }
    if (matches) {
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "network '%s' has a <%s> already that is the same or shares a name or address",
                  network->name, section->element);
        return false;
    }
    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_insert(*list, command == VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST ? 0 : -1,
                       g_steal_pointer(entry));
    return true;
}

/* 'dev' of <forward> follows its first interface. */
static void
settle_forward_dev(Network *network)
{
    const ForwardInterface *first =
        network->interfaces && network->interfaces->len ? network->interfaces->pdata[0] : NULL;

    g_free(network->forward_dev);
    network->forward_dev = g_strdup(first ? first->dev : NULL);
}

bool
network_update(Network **network, unsigned command, unsigned number, int parent, const char *xml,
               GError **error)
{
    const Section *section =
        number < G_N_ELEMENTS(sections) && sections[number].element ? &sections[number] : NULL;
    g_autoptr(Network) changed = NULL;
    g_autoptr(Network) checked = NULL;
    g_autofree char *text = NULL;
    GPtrArray **list = NULL;
    void *entry = NULL;
    bool ok = false;

    if (!section) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "this section of network '%s' cannot be updated by itself; define "
                  "the network anew",
                  (*network)->name);
        return false;
    }
    if (command < VIR_NETWORK_UPDATE_COMMAND_MODIFY ||
        command > VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST) {
        error_set(error, VIR_ERR_INVALID_ARG, "unknown update command %u", command);
        return false;
    }
    entry = read_entry(section, xml, command == VIR_NETWORK_UPDATE_COMMAND_DELETE, error);
    if (!entry)
        return false;
    changed = xml_copy(&network_xml, *network);
    list = find_list(changed, section, entry, parent, error);
    ok = list && change_list(changed, section, list, command, &entry, error);
    xml_free(section->type, entry);
    if (!ok)
        return false;
    if (*list && (*list)->len == 0)
        g_clear_pointer(list, g_ptr_array_unref);
    if (number == VIR_NETWORK_SECTION_FORWARD_INTERFACE)
        settle_forward_dev(changed);
    text = xml_format_text(&network_xml, changed, XML_FORMAT_INACTIVE);
    checked = xml_parse_text(&network_xml, text, XML_PARSE_INACTIVE, error);
    if (!checked || !network_validate(checked, error))
        return false;
    network_free(*network);
    *network = g_steal_pointer(&changed);
    return true;
}

static bool
validate_range(const Network *network, const NetworkIp *ip, const DhcpRange *range, GError **error)
{
    unsigned prefix = network_ip_prefix(ip);
    g_autofree char *subnet = network_ip_subnet(ip);
    NetworkAddress start, end, own;

    if (!network_address_parse(range->start, &start) || !network_address_parse(range->end, &end) ||
        !ip->address || !network_address_parse(ip->address, &own))
        return true;
    if (!network_address_in_subnet(&start, &own, prefix) ||
        !network_address_in_subnet(&end, &own, prefix)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "network '%s': DHCP range %s - %s is not entirely within %s", network->name,
                  range->start, range->end, subnet);
        return false;
    }
    if (network_address_count(&start, &end) == 0) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "network '%s': DHCP range %s - %s ends before it begins", network->name,
                  range->start, range->end);
        return false;
    }
    if (network_address_count(&start, &end) > (network_ip_is_v6(ip) ? 0x10000 : 0x1000000)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "network '%s': DHCP range %s - %s is too large",
                  network->name, range->start, range->end);
        return false;
    }
    return true;
}

static bool
validate_lease(const Network *network, const Lease *lease, GError **error)
{
    static const unsigned seconds[] = { [LEASE_UNIT_UNSET] = 60,
                                        [LEASE_UNIT_SECONDS] = 1,
                                        [LEASE_UNIT_MINUTES] = 60,
                                        [LEASE_UNIT_HOURS] = 3600 };
    enum { LEAST = 120 };

    if (!lease || lease->expiry == 0 ||
        (lease->expiry < UINT32_MAX / 3600 && lease->expiry * seconds[lease->unit] >= LEAST))
        return true;
    error_set(error, VIR_ERR_XML_ERROR,
              "network '%s': a lease must last from two minutes to some years, or for ever ('0')",
              network->name);
    return false;
}

bool
network_validate(const Network *network, GError **error)
{
    const NetworkIp *dhcp[2] = { NULL, NULL };

    for (guint i = 0; network->ips && i < network->ips->len; i++) {
        const NetworkIp *ip = network->ips->pdata[i];
        bool v6 = network_ip_is_v6(ip);

        if (!ip->ranges && !ip->hosts)
            continue;
        if (dhcp[v6]) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                      "network '%s': only one IPv%d <ip> can have <dhcp>", network->name,
                      v6 ? 6 : 4);
            return false;
        }
        dhcp[v6] = ip;
        for (guint j = 0; ip->ranges && j < ip->ranges->len; j++) {
            const DhcpRange *range = ip->ranges->pdata[j];

            if (!validate_range(network, ip, range, error) ||
                !validate_lease(network, range->lease, error))
                return false;
        }
        for (guint j = 0; ip->hosts && j < ip->hosts->len; j++)
            if (!validate_lease(network, ((DhcpHost *)ip->hosts->pdata[j])->lease, error))
                return false;
    }
    return true;
}
