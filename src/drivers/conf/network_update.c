/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network_update.c - one table row a section: where its list is, and which entries are the same
 *
 * A changed definition is checked as a new one is before it is accepted, so every rule of the
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
    const char *noun; /* in messages; that of a DNS record begins so */
    const XmlStruct *type;
    size_t list;      /* offset of the GPtrArray in Network, or in NetworkIp if in_ip */
    bool in_ip;
    bool modify;      /* has an identity that a modification can go by */
    /* Is @have what @want names?  For adding and deleting. */
    bool (*clash)(const void *have, const void *want);
    bool (*matches)(const void *have, const void *want);
    char *(*describe)(const void *entry); /* what identifies it, where messages show it */
    const char *optional[2];              /* required attributes that a pattern may lack, and where they are */
    size_t optional_at[2];
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
    return !pattern || g_strcmp0(have, pattern) == 0;
}

static bool
host_clash(const void *have, const void *want)
{
    const DhcpHost *h = have, *w = want;

    return equal(h->mac, w->mac) || equal(h->id, w->id) || equal(h->name, w->name) || equal(h->ip, w->ip);
}

static bool
host_matches(const void *have, const void *want)
{
    const DhcpHost *h = have, *w = want;

    return (!w->mac || equal(h->mac, w->mac)) && fits(h->id, w->id) && fits(h->name, w->name) && fits(h->ip, w->ip);
}

static char *
host_text(const void *entry)
{
    const DhcpHost *host = entry;

    return g_strdup_printf("<host mac='%s' name='%s' ip='%s'/>", host->mac ? host->mac : "unknown",
                           host->name ? host->name : "(null)", host->ip ? host->ip : "unknown");
}

static bool
range_same(const void *have, const void *want)
{
    const DhcpRange *h = have, *w = want;

    return equal(h->start, w->start) && equal(h->end, w->end);
}

static char *
range_text(const void *entry)
{
    const DhcpRange *range = entry;

    return g_strdup_printf("<range start='%s' end='%s'/>", range->start, range->end);
}

static bool
interface_same(const void *have, const void *want)
{
    return strcmp(((const ForwardInterface *)have)->dev, ((const ForwardInterface *)want)->dev) == 0;
}

static char *
interface_text(const void *entry)
{
    return g_strdup_printf("<interface dev='%s'>", ((const ForwardInterface *)entry)->dev);
}

static bool
portgroup_same(const void *have, const void *want)
{
    return strcmp(((const PortGroup *)have)->name, ((const PortGroup *)want)->name) == 0;
}

static char *
portgroup_text(const void *entry)
{
    return g_strdup_printf("<portgroup name='%s'>", ((const PortGroup *)entry)->name);
}

static bool
has_hostname(const DnsHost *host, const char *name)
{
    for (guint i = 0; host->hostnames && i < host->hostnames->len; i++)
        if (!strcmp(host->hostnames->pdata[i], name))
            return true;
    return false;
}

static bool
dns_host_same(const void *have, const void *want)
{
    return equal(((const DnsHost *)have)->ip, ((const DnsHost *)want)->ip);
}

/* The same address, or a name in common. */
static bool
dns_host_matches(const void *have, const void *want)
{
    const DnsHost *w = want;

    for (guint i = 0; w->hostnames && i < w->hostnames->len; i++)
        if (has_hostname(have, w->hostnames->pdata[i]))
            return true;
    return dns_host_same(have, want);
}

static bool
txt_same(const void *have, const void *want)
{
    return strcmp(((const DnsTxt *)have)->name, ((const DnsTxt *)want)->name) == 0;
}

static bool
srv_matches(const void *have, const void *want)
{
    const DnsSrv *h = have, *w = want;

    return fits(h->service, w->service) && fits(h->protocol, w->protocol) && fits(h->domain, w->domain) &&
           fits(h->target, w->target);
}

static const Section sections[] = {
    [VIR_NETWORK_SECTION_IP_DHCP_HOST] = { "host", "dhcp host", &dhcp_host_xml, offsetof(NetworkIp, hosts), true, true,
                                           host_clash, host_matches, host_text },
    [VIR_NETWORK_SECTION_IP_DHCP_RANGE] = { "range", "dhcp range", &dhcp_range_xml, offsetof(NetworkIp, ranges), true,
                                            false, range_same, range_same, range_text },
    [VIR_NETWORK_SECTION_FORWARD_INTERFACE] = { "interface", "interface", &forward_interface_xml,
                                                offsetof(Network, interfaces), false, false, interface_same,
                                                interface_same, interface_text },
    [VIR_NETWORK_SECTION_PORTGROUP] = { "portgroup", "portgroup", &port_group_xml, offsetof(Network, portgroups), false,
                                        true, portgroup_same, portgroup_same, portgroup_text },
    [VIR_NETWORK_SECTION_DNS_HOST] = { "host", "DNS HOST", &dns_host_xml, offsetof(Network, dns_hosts), false, true,
                                       dns_host_same, dns_host_matches, NULL },
    [VIR_NETWORK_SECTION_DNS_TXT] = { "txt", "DNS TXT", &dns_txt_xml, offsetof(Network, dns_txts), false, false, txt_same,
                                      txt_same, NULL, { "value" }, { offsetof(DnsTxt, value) } },
    [VIR_NETWORK_SECTION_DNS_SRV] = { "srv", "DNS SRV", &dns_srv_xml, offsetof(Network, dns_srvs), false, false,
                                      srv_matches, srv_matches, NULL, { "service", "protocol" },
                                      { offsetof(DnsSrv, service), offsetof(DnsSrv, protocol) } },
};

static const char *const section_words[] = {
    [VIR_NETWORK_SECTION_NONE] = "none", [VIR_NETWORK_SECTION_BRIDGE] = "bridge", [VIR_NETWORK_SECTION_DOMAIN] = "domain",
    [VIR_NETWORK_SECTION_IP] = "ip", [VIR_NETWORK_SECTION_FORWARD] = "forward",
    [VIR_NETWORK_SECTION_FORWARD_PF] = "forward pf",
};

/* The entry that @xml describes.  A pattern for deletion need not be whole. */
static void *
read_entry(const Network *network, const Section *section, const char *xml, bool pattern, GError **error)
{
    g_autoptr(xmlDoc) doc = xml_read(xml, "network_update_xml", error);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    bool absent[G_N_ELEMENTS(section->optional)] = { false };
    char *entry;

    if (!root)
        return NULL;
    if (strcmp((const char *)root->name, section->element) != 0) {
        error_set(error, VIR_ERR_XML_ERROR, "unexpected element <%s>, expecting <%s>, while updating network '%s'",
                  (const char *)root->name, section->element, network->name);
        return NULL;
    }
    /* Required members are so for a whole entry: fill in what a pattern may lack, and take it out again. */
    for (size_t i = 0; pattern && i < G_N_ELEMENTS(absent) && section->optional[i]; i++) {
        absent[i] = !xmlHasProp(root, BAD_CAST section->optional[i]);
        if (absent[i])
            xmlSetProp(root, BAD_CAST section->optional[i], BAD_CAST "");
    }
    entry = xml_parse(section->type, root, pattern ? XML_PARSE_NO_CHECK : 0, error);
    for (size_t i = 0; entry && i < G_N_ELEMENTS(absent); i++)
        if (absent[i])
            g_clear_pointer((char **)(entry + section->optional_at[i]), g_free);
    return entry;
}

/* Without a number, the <ip> that serves DHCP already, or else the first of the family of @address.  Ranges go where
 * their family is, whatever the number. */
static NetworkIp *
find_ip(Network *network, const Section *section, const char *address, int parent, GError **error)
{
    NetworkIp *fit = NULL;

    if (parent >= 0) {
        fit = network->ips && (guint)parent < network->ips->len ? network->ips->pdata[parent] : NULL;
        if (fit && section->type == &dhcp_range_xml && network_ip_is_v6(fit) != (strchr(address, ':') != NULL))
            return find_ip(network, section, address, -1, error);
        if (fit)
            return fit;
        error_set(error, VIR_ERR_OPERATION_INVALID, "couldn't update %s entry - no <ip> element found at index %d in "
                  "network '%s'",
                  section->noun, parent, network->name);
        return NULL;
    }
    for (guint i = 0; network->ips && i < network->ips->len; i++) {
        NetworkIp *ip = network->ips->pdata[i];

        bool family = !address || network_ip_is_v6(ip) == (strchr(address, ':') != NULL);

        if ((ip->ranges || ip->hosts) && (family || section->type != &dhcp_range_xml))
            return ip;
        if (!fit && family)
            fit = ip;
    }
    if (!fit)
        error_set(error, VIR_ERR_OPERATION_INVALID, "couldn't update %s entry - no <ip> element found at index %d in "
                  "network '%s'",
                  section->noun, parent, network->name);
    return fit;
}

/* The list of @section, made if there is none. */
static GPtrArray **
find_list(Network *network, const Section *section, const void *entry, int parent, bool pattern, GError **error)
{
    const char *address = section->type == &dhcp_host_xml ? ((const DhcpHost *)entry)->ip
                          : section->in_ip                ? ((const DhcpRange *)entry)->start
                                                          : NULL;
    NetworkIp *ip;

    if (!section->in_ip)
        return (GPtrArray **)((char *)network + section->list);
    ip = find_ip(network, section, address, parent, error);
    if (ip && !pattern && section->type == &dhcp_host_xml && address && network_ip_is_v6(ip) != (strchr(address, ':') != NULL)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "the address family of a host entry IP must match the address family of "
                  "the dhcp element's parent");
        return NULL;
    }
    return ip ? (GPtrArray **)((char *)ip + section->list) : NULL;
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

static void
refuse_missing(const Network *network, const Section *section, unsigned command, const void *entry, GError **error)
{
    g_autofree char *text = section->describe ? section->describe(entry) : NULL;
    const DhcpHost *host = entry;

    if (!text)
        error_set(error, VIR_ERR_OPERATION_INVALID, "couldn't locate a matching %s record in network %s", section->noun,
                  network->name);
    else if (!section->in_ip)
        error_set(error, VIR_ERR_OPERATION_INVALID, "couldn't find %s %s entry in network '%s' matching %s",
                  section->noun[0] == 'i' ? "an" : "a", section->noun, network->name, text);
    else if (command == VIR_NETWORK_UPDATE_COMMAND_DELETE)
        error_set(error, VIR_ERR_OPERATION_INVALID, "couldn't locate a matching %s entry in network '%s'", section->noun,
                  network->name);
    else
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "couldn't locate an existing dhcp host entry with \"mac='%s'\" \"name='%s'\" \"ip='%s'\" in network '%s'",
                  host->mac ? host->mac : "unknown", host->name ? host->name : "(null)", host->ip ? host->ip : "unknown",
                  network->name);
}

static void
refuse_clash(const Network *network, const Section *section, const void *entry, GError **error)
{
    g_autofree char *text = section->describe ? section->describe(entry) : NULL;

    if (text)
        error_set(error, VIR_ERR_OPERATION_INVALID, "there is an existing %s entry in network '%s' that matches \"%s\"",
                  section->noun, network->name, text);
    else if (section->type == &dns_txt_xml)
        error_set(error, VIR_ERR_OPERATION_INVALID, "there is already a DNS TXT record with name '%s' in network %s",
                  ((const DnsTxt *)entry)->name, network->name);
    else
        error_set(error, VIR_ERR_OPERATION_INVALID, "there is already at least one %s record %s in network %s", section->noun,
                  section->type == &dns_srv_xml ? "matching all specified fields" : "with a matching field", network->name);
}

static bool
change_list(const Network *network, const Section *section, GPtrArray **list, unsigned command,
            void **entry, GError **error)
{
    bool delete = command == VIR_NETWORK_UPDATE_COMMAND_DELETE, modify = command == VIR_NETWORK_UPDATE_COMMAND_MODIFY;
    guint matches = 0;
    int at = find_entry(*list, delete ? section->matches : section->clash, *entry, &matches);

    if ((modify || delete) && !matches) {
        refuse_missing(network, section, command, *entry, error);
        return false;
    }
    if (delete && matches > 1 && !section->describe) {
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  section->type == &dns_srv_xml ? "multiple %s records matching all specified fields were found in network %s"
                                                : "multiple matching %s records were found in network %s",
                  section->noun, network->name);
        return false;
    }
    if (modify || delete) {
        xml_free(section->type, (*list)->pdata[at]);
        if (modify)
            (*list)->pdata[at] = g_steal_pointer(entry);
        else
            g_ptr_array_remove_index(*list, at);
        return true;
    }
    if (matches) {
        refuse_clash(network, section, *entry, error);
        return false;
    }
    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_insert(*list, command == VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST ? 0 : -1,
                       g_steal_pointer(entry));
    return true;
}

/* What a pattern must say at least. */
static bool
check_pattern(const Network *network, const Section *section, const void *entry, GError **error)
{
    const DhcpHost *host = entry;
    const DnsHost *name = entry;

    if (section->type == &dhcp_host_xml && !host->mac && !host->id && !host->name && !host->ip)
        error_set(error, VIR_ERR_XML_ERROR,
                  "At least one of name, mac, or ip attribute must be specified for static host definition in network '%s' ",
                  network->name);
    else if (section->type == &dns_host_xml && !name->ip && !name->hostnames)
        error_set(error, VIR_ERR_XML_DETAIL, "Missing ip and hostname in network '%s' DNS HOST record", network->name);
    else
        return true;
    return false;
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
    GPtrArray **list = NULL;
    void *entry = NULL;
    bool delete = command == VIR_NETWORK_UPDATE_COMMAND_DELETE, ok = false;

    if (!section) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "can't update '%s' section of network '%s'",
                  number < G_N_ELEMENTS(section_words) && section_words[number] ? section_words[number] : "unknown",
                  (*network)->name);
        return false;
    }
    if (command < VIR_NETWORK_UPDATE_COMMAND_MODIFY ||
        command > VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST) {
        error_set(error, VIR_ERR_INVALID_ARG, "unknown update command %u", command);
        return false;
    }
    if (command == VIR_NETWORK_UPDATE_COMMAND_MODIFY && !section->modify) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "%s%s cannot be modified, only added or deleted",
                  section->in_ip ? "dhcp ranges" : section->describe ? "forward interface" : section->noun,
                  section->in_ip ? "" : section->describe ? " entries" : " records");
        return false;
    }
    entry = read_entry(*network, section, xml, delete, error);
    if (!entry)
        return false;
    if (delete && !check_pattern(*network, section, entry, error)) {
        xml_free(section->type, entry);
        return false;
    }
    changed = xml_copy(&network_xml, *network);
    list = find_list(changed, section, entry, parent, delete, error);
    ok = list && change_list(changed, section, list, command, &entry, error);
    xml_free(section->type, entry);
    if (!ok)
        return false;
    if (*list && (*list)->len == 0)
        g_clear_pointer(list, g_ptr_array_unref);
    if (number == VIR_NETWORK_SECTION_FORWARD_INTERFACE)
        settle_forward_dev(changed);
    if (!network_content_check(changed, error) || !network_validate(changed, error))
        return false;
    network_free(*network);
    *network = g_steal_pointer(&changed);
    return true;
}

static bool
validate_portgroups(const Network *network, GError **error)
{
    const PortGroup *standard = NULL;

    for (guint i = 0; network->portgroups && i < network->portgroups->len; i++) {
        const PortGroup *group = network->portgroups->pdata[i];

        for (guint j = 0; j < i; j++) {
            if (strcmp(group->name, ((PortGroup *)network->portgroups->pdata[j])->name) != 0)
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "network '%s': two port groups are called '%s'", network->name, group->name);
            return false;
        }
        if (group->is_default == YESNO_YES && standard) {
            error_set(error, VIR_ERR_XML_ERROR, "a different portgroup entry in network '%s' is already set as the default. "
                      "Only one default is allowed.", network->name);
            return false;
        }
        if (group->is_default == YESNO_YES)
            standard = group;
    }
    return true;
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
    }
    return validate_portgroups(network, error);
}
