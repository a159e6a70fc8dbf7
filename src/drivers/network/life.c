/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* life.c - starts and ends networks, and looks after them in between
 *
 * The host is watched, not polled: netlink tells of bridges that go, netfilter of rules that others
 * removed, pidfds of a dnsmasq that ends.  Each leads to a check in a thread of its own, which is
 * network_host_apply() again.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/life.h"

#include <libvirt/libvirt.h>
#include <string.h>

#include "drivers/conf/network_update.h"
#include "drivers/network/firewall.h"
#include "util/error.h"
#include "util/log.h"
#include "util/netlink.h"
#include "util/nft.h"
#include "util/uuid.h"

LOG_SOURCE("network.life");

enum { PORT_GRACE_SECONDS = 30, QUICK_SECONDS = 10, MOST_QUICK_HEALS = 5, HEAL_LATER_SECONDS = 60 };

static struct {
    GMainContext *context;
    ObjectTable *table;
    GThreadPool *pool; /* one thread: checks come one after the other */
    NetlinkMonitor *links;
    NftMonitor *rules;
    GSource *reap; /* main thread only */
} life;

/* What the checking thread is to look at; a NULL object is everything. */
typedef struct Check {
    NetworkObject *network;
    bool ports;
} Check;

static bool
is_taken(const char *name, void *data)
{
    return network_object_bridge_taken(life.table, name, data);
}

static bool
settle(NetworkObject *own, Network *network, GError **error)
{
    if (!network_owns_bridge(network))
        return true;
    if (!network->bridge || strstr(network->bridge, "%d")) {
        const char *pattern = network->bridge ? network->bridge : "virbr%d";
        char *name = network_host_free_bridge(pattern, is_taken, own, error);

        if (!name)
            return false;
        g_free(network->bridge);
        network->bridge = name;
    } else if (network_object_bridge_taken(life.table, network->bridge, &own->object)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "bridge name '%s' already in use: another network than '%s' has it; choose "
                  "another",
                  network->bridge, network->name);
        return false;
    }
    if (!network->mac) {
        uint32_t random = g_random_int();

        network->mac = g_strdup_printf("52:54:00:%02x:%02x:%02x", random >> 16 & 0xff,
                                       random >> 8 & 0xff, random & 0xff);
    }
    return true;
}

/* Taps outlive the bridge they were in: a tap whose address but for the first byte is that of a
 * port belongs into the port's bridge. */
static void
attach_taps(NetworkObject *object, const Network *network)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Netlink) netlink = NULL;
    g_autoptr(GArray) links = NULL;
    g_autoptr(GPtrArray) macs = g_ptr_array_new_with_free_func(g_free);

    lock_acquire(&object->object.lock);
    for (guint i = 0; i < object->ports->len; i++) {
        const NetworkPort *port = object->ports->pdata[i];

        if (port->plug_type == PLUG_TYPE_NETWORK && g_strcmp0(port->bridge, network->bridge) == 0)
            g_ptr_array_add(macs, g_ascii_strdown(port->mac, -1));
    }
    lock_release(&object->object.lock);
    if (macs->len == 0)
        return;
    netlink = netlink_new(&error);
    links = netlink ? netlink_link_list(netlink, &error) : NULL;
    for (guint i = 0; links && i < links->len; i++) {
        const NetlinkLink *link = &g_array_index(links, NetlinkLink, i);
        g_autofree char *mac =
            g_strdup_printf("%02x:%02x:%02x:%02x:%02x", link->mac[1], link->mac[2], link->mac[3],
                            link->mac[4], link->mac[5]);
        NetlinkChange up = { .mask = NETLINK_SET_UP, .up = true };
        bool wanted = false;

        for (guint j = 0; j < macs->len && !wanted; j++)
            wanted = strlen(macs->pdata[j]) == 17 && strcmp((char *)macs->pdata[j] + 3, mac) == 0;
        if (!wanted || link->master ||
            (strcmp(link->kind, "tun") != 0 && strcmp(link->kind, "veth") != 0))
            continue;
        if (netlink_link_set_master(netlink, link->name, network->bridge, &error) &&
            netlink_link_set(netlink, link->name, &up, &error))
            log_info("network '%s': '%s' is back in bridge '%s'", network->name, link->name,
                     network->bridge);
        if (error)
            log_gerror(error, "network '%s'", network->name);
        g_clear_error(&error);
    }
    if (error)
        log_gerror(error, "network '%s': cannot look for the taps of its ports", network->name);
}

static void
dnsmasq_ended(pid_t pid, int status, void *data)
{
    log_info("dnsmasq (process %d) has ended by itself", (int)pid);
    network_life_check(data);
}

static void
unwatch_dnsmasq(NetworkObject *network)
{
    if (network_state(network)->watch)
        g_source_destroy(network_state(network)->watch);
    g_clear_pointer(&network_state(network)->watch, g_source_unref);
}

static void
watch_dnsmasq(NetworkObject *network)
{
    unwatch_dnsmasq(network);
    if (network_state(network)->host.dnsmasq.pid > 0 && life.context)
        network_state(network)->watch = process_watch(life.context, &network_state(network)->host.dnsmasq, dnsmasq_ended,
                                       object_ref(&network->object), (GDestroyNotify)object_unref);
}

static bool
stop(NetworkObject *network, GError **error)
{
    NetworkHostDirs dirs = network_host_dirs();
    g_autoptr(Def) live = object_live(&network->object);
    bool forget = !object_is_persistent(&network->object), ok = false;

    unwatch_dnsmasq(network);
    ok = network_host_stop(live->doc, &dirs, &network_state(network)->host, forget, error);
    if (forget)
        network_forget_ports(network);
    network_object_delete_macs(&network->object);
    network_object_delete_status(&network->object);
    object_set_inactive(&network->object);
    return ok;
}

static bool
start(NetworkObject *network, const Network *doc, GError **error)
{
    NetworkHostDirs dirs = network_host_dirs();
    g_autoptr(GError) failure = NULL;

    if (!network_host_start(doc, &dirs, &network_state(network)->host, error))
        return false;
    attach_taps(network, doc);
    object_set_live(&network->object, xml_copy(&network_xml, doc));
    network_count_ports(network);
    if (!network_object_save_status(&network->object, &failure)) {
        stop(network, NULL);
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    network_object_save_macs(&network->object);
    watch_dnsmasq(network);
    return true;
}

static bool
apply(NetworkObject *network, unsigned *changed, GError **error)
{
    NetworkHostDirs dirs = network_host_dirs();
    g_autoptr(Def) live = object_live(&network->object);
    pid_t before = network_state(network)->host.dnsmasq.pid;

    if (!live || !network_host_apply(live->doc, &dirs, &network_state(network)->host, changed, error))
        return live == NULL;
    attach_taps(network, live->doc);
    if (network_state(network)->host.dnsmasq.pid != before || !network_state(network)->watch)
        watch_dnsmasq(network);
    return true;
}

static bool
apply_update(NetworkObject *network, GError **error)
{
    unsigned changed = 0;

    return apply(network, &changed, error);
}

static void
port_added(NetworkObject *network, const NetworkPort *port)
{
    char uuid[UUID_TEXT_LEN];

    uuid_format(port->uuid, uuid);
    g_hash_table_remove(network_state(network)->alone, uuid); /* its device is about to be made */
    network_life_check_ports();
}

const NetworkOps network_life_ops = {
    .init = network_object_init,
    .clear = network_object_clear,
    .settle = settle,
    .start = start,
    .stop = stop,
    .apply = apply_update,
    .save_status = network_object_save_status,
    .save_port = network_object_save_port,
    .delete_port = network_object_delete_port,
    .port_added = port_added,
};

static gboolean
check_later(void *data)
{
    network_life_check(data);
    return G_SOURCE_REMOVE;
}

/* What breaks again as soon as it is mended is not worth a busy loop. */
static bool
may_heal(NetworkObject *network)
{
    int64_t now = g_get_monotonic_time();
    g_autofree char *name = NULL;
    GSource *later = NULL;

    if (now - network_state(network)->healed > QUICK_SECONDS * G_USEC_PER_SEC)
        network_state(network)->heals = 0;
    if (network_state(network)->heals < MOST_QUICK_HEALS)
        return true;
    name = object_name(&network->object);
    log_warning("network '%s' breaks again as soon as it is mended; next try in %d seconds", name,
                HEAL_LATER_SECONDS);
    network_state(network)->heals = 0;
    later = g_timeout_source_new_seconds(HEAL_LATER_SECONDS);
    g_source_set_callback(later, check_later, object_ref(&network->object),
                          (GDestroyNotify)object_unref);
    g_source_attach(later, life.context);
    g_source_unref(later);
    return false;
}

static void
check_one(NetworkObject *network)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = object_name(&network->object);
    g_autoptr(Job) job =
        job_begin(&network->object.jobs, JOB_MODIFY, "check of the host", JOB_DEADLINE_S, &error);
    unsigned changed = 0;
    bool ok = true;

    /* It ended while the check was waiting for its turn. */
    if (!object_is_active(&network->object))
        return;
    if (job && may_heal(network)) {
        ok = apply(network, &changed, &error);
        if (changed || !ok) {
            network_state(network)->heals++;
            network_state(network)->healed = g_get_monotonic_time();
        }
        if (changed)
            log_info("network '%s': put %u things in order", name, changed);
    }
    if (error)
        log_gerror(error, "network '%s' is not well", name);
}

/* Rules of bridges that are no network's any more. */
static void
purge_rules(const GPtrArray *objects)
{
    g_autoptr(GPtrArray) keep = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < objects->len; i++) {
        g_autoptr(Def) live = object_live(objects->pdata[i]);

        if (live && ((const Network *)live->doc)->bridge)
            g_ptr_array_add(keep, g_strdup(((const Network *)live->doc)->bridge));
    }
    if (keep->len > 0 && !network_firewall_purge(keep, &error))
        log_gerror(error, "firewall");
}

static bool
has_link(const GArray *links, const char *mac)
{
    for (guint i = 0; i < links->len; i++) {
        const NetlinkLink *link = &g_array_index(links, NetlinkLink, i);
        g_autofree char *text =
            g_strdup_printf("%02x:%02x:%02x:%02x:%02x", link->mac[1], link->mac[2], link->mac[3],
                            link->mac[4], link->mac[5]);

        if (strlen(mac) == 17 && g_ascii_strcasecmp(mac + 3, text) == 0)
            return true;
    }
    return false;
}

/* True when @port has been without a device for so long that nobody can be about to make one. */
static bool
is_forsaken(NetworkObject *network, const NetworkPort *port, const GArray *links, bool *again)
{
    char uuid[UUID_TEXT_LEN];
    int64_t now = g_get_monotonic_time(), *since = NULL;

    uuid_format(port->uuid, uuid);
    if (port->plug_type != PLUG_TYPE_NETWORK || has_link(links, port->mac)) {
        g_hash_table_remove(network_state(network)->alone, uuid);
        return false;
    }
    since = g_hash_table_lookup(network_state(network)->alone, uuid);
    if (since && now - *since >= PORT_GRACE_SECONDS * G_USEC_PER_SEC) {
        g_hash_table_remove(network_state(network)->alone, uuid);
        return true;
    }
    if (!since)
        g_hash_table_insert(network_state(network)->alone, g_strdup(uuid), g_memdup2(&now, sizeof(now)));
    *again = true;
    return false;
}

/* Ports in a bridge whose guest end is gone: their hypervisor died with the guest, or forgot them.
 * True if some may be so next time. */
static bool
reap_ports(NetworkObject *network)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func((GDestroyNotify)network_port_free);
    g_autoptr(GError) error = NULL;
    g_autofree char *name = object_name(&network->object);
    g_autoptr(Job) job =
        job_begin(&network->object.jobs, JOB_MODIFY, "check of its ports", JOB_DEADLINE_S, &error);
    g_autoptr(Netlink) netlink = job ? netlink_new(&error) : NULL;
    g_autoptr(GArray) links = netlink ? netlink_link_list(netlink, &error) : NULL;
    bool again = false;

    if (!object_is_active(&network->object))
        return false;
    if (!links) {
        log_gerror(error, "ports of network '%s' are not checked", name);
        return true;
    }
    lock_acquire(&network->object.lock);
    for (guint i = network->ports->len; i-- > 0;)
        if (is_forsaken(network, network->ports->pdata[i], links, &again))
            g_ptr_array_add(gone, g_ptr_array_steal_index(network->ports, i));
    lock_release(&network->object.lock);
    for (guint i = 0; i < gone->len; i++) {
        const NetworkPort *port = gone->pdata[i];

        log_info("network '%s': port of '%s' (%s) has no device any more and is removed", name,
                 port->owner_name, port->mac);
        network_object_delete_port(&network->object, port->uuid);
    }
    if (gone->len > 0)
        network_count_ports(network);
    return again;
}

static void
do_check(void *data, void *user_data)
{
    g_autofree Check *check = data;
    g_autoptr(GPtrArray) all = check->network ? NULL : object_table_list(life.table);

    if (check->ports) {
        bool again = false;

        for (guint i = 0; i < all->len; i++)
            again = reap_ports(all->pdata[i]) || again;
        if (again)
            network_life_check_ports();
        return;
    }
    if (check->network) {
        check_one(check->network);
        object_unref(&check->network->object);
        return;
    }
    for (guint i = 0; i < all->len; i++)
        check_one(all->pdata[i]);
    purge_rules(all);
}

static void
push(NetworkObject *network, bool ports)
{
    Check *check = g_new0(Check, 1);

    if (network)
        object_ref(&network->object);
    check->network = network;
    check->ports = ports;
    g_thread_pool_push(life.pool, check, NULL);
}

void
network_life_check(NetworkObject *network)
{
    push(network, false);
}

static gboolean
reap_now(void *data)
{
    g_clear_pointer(&life.reap, g_source_unref);
    push(NULL, true);
    return G_SOURCE_REMOVE;
}

static gboolean
reap_soon(void *data)
{
    if (life.reap)
        return G_SOURCE_REMOVE;
    life.reap = g_timeout_source_new_seconds(PORT_GRACE_SECONDS);
    g_source_set_callback(life.reap, reap_now, NULL, NULL);
    g_source_attach(life.reap, life.context);
    return G_SOURCE_REMOVE;
}

void
network_life_check_ports(void)
{
    /* Not g_main_context_invoke(), which runs it here and now while the main loop has not begun. */
    g_autoptr(GSource) source = g_idle_source_new();

    g_source_set_callback(source, reap_soon, NULL, NULL);
    g_source_attach(source, life.context);
}

/* Main thread: a bridge of ours went or was put down, or something that may have been a guest's
 * went. */
static void
link_changed(const NetlinkLink *link, bool gone, void *data)
{
    g_autoptr(GPtrArray) list = NULL;

    if (!link) {
        network_life_check(NULL);
        return;
    }
    if (gone && link->mac[0] == 0xfe)
        reap_soon(NULL);
    if (!gone && (link->flags & IFF_UP))
        return;
    list = object_table_list(life.table);
    for (guint i = 0; i < list->len; i++) {
        g_autoptr(Def) live = object_live(list->pdata[i]);

        /* While somebody works on it, it is that work that is seen. */
        if (live && g_strcmp0(((const Network *)live->doc)->bridge, link->name) == 0 &&
            !job_queue_state(&((Object *)list->pdata[i])->jobs).ordinary_who)
            network_life_check(list->pdata[i]);
    }
}

static void
rules_changed(void *data)
{
    network_life_check(NULL);
}

bool
network_life_init(const DriverEnv *env, ObjectTable *table, GError **error)
{
    life.context = env->context;
    life.table = table;
    life.pool = g_thread_pool_new(do_check, NULL, 1, FALSE, NULL);
    life.links = netlink_monitor_new(env->context, link_changed, NULL, error);
    if (!life.links)
        return false;
    /* Without root or without nftables in the kernel there are no rules to watch. */
    if (env->privileged)
        life.rules = nft_monitor_new(env->context, "libvirt_network", rules_changed, NULL, NULL);
    return true;
}

void
network_life_stop_watching(void)
{
    g_autoptr(GPtrArray) list = object_table_list(life.table);

    g_clear_pointer(&life.links, netlink_monitor_free);
    g_clear_pointer(&life.rules, nft_monitor_free);
    if (life.reap)
        g_source_destroy(life.reap);
    g_clear_pointer(&life.reap, g_source_unref);
    /* Ends when the checks that were asked for are over. */
    if (life.pool)
        g_thread_pool_free(g_steal_pointer(&life.pool), FALSE, TRUE);
    for (guint i = 0; i < list->len; i++)
        unwatch_dnsmasq(list->pdata[i]);
    life.context = NULL;
    life.table = NULL;
}
