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
    EventHub *hub;
    GThreadPool *pool;          /* one thread: checks come one after the other */
    NetlinkMonitor *links;
    NftMonitor *rules;
    GSource *reap;              /* main thread only */
} life;

/* What the checking thread is to look at; a NULL object is everything. */
typedef struct Check {
    NetworkObject *object;
    bool ports;
} Check;

void
network_life_emit(const NetworkObject *object, int event, int detail)
{
    NetworkEventLifecycleMsg msg = { .net = { .name = object->name }, .event = event, .detail = detail };

    memcpy(msg.net.uuid, object->uuid, 16);
    if (life.hub)
        event_emit(life.hub, EVENT_NETWORK, VIR_NETWORK_EVENT_ID_LIFECYCLE, &msg);
}

void
network_life_emit_metadata(const NetworkObject *object, int type, const char *uri)
{
    NetworkEventCallbackMetadataChangeMsg msg = { .net = { .name = object->name }, .type = type, .nsuri = (char *)uri };

    memcpy(msg.net.uuid, object->uuid, 16);
    if (life.hub)
        event_emit(life.hub, EVENT_NETWORK, VIR_NETWORK_EVENT_ID_METADATA_CHANGE, &msg);
}

static bool
is_taken(const char *name, void *data)
{
    return network_object_bridge_taken(name, data);
}

bool
network_life_settle(Network *network, const NetworkObject *own, GError **error)
{
    if (!uuid_is_valid(network->uuid))
        uuid_generate(network->uuid);
    if (!network_host_owns_bridge(network))
        return true;
    if (!network->bridge || strstr(network->bridge, "%d")) {
        const char *pattern = network->bridge ? network->bridge : "virbr%d";
        char *name = network_host_free_bridge(pattern, is_taken, (void *)own, error);

        if (!name)
            return false;
        g_free(network->bridge);
        network->bridge = name;
    } else if (network_object_bridge_taken(network->bridge, own)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "bridge name '%s' already in use: another network than '%s' has it; choose "
                  "another", network->bridge, network->name);
        return false;
    }
    if (!network->mac) {
        uint32_t random = g_random_int();

        network->mac = g_strdup_printf("52:54:00:%02x:%02x:%02x", random >> 16 & 0xff, random >> 8 & 0xff, random & 0xff);
    }
    return true;
}

/* Taps outlive the bridge they were in: a tap whose address but for the first byte is that of a port belongs
 * into the port's bridge. */
static void
attach_taps(NetworkObject *object, const Network *network)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Netlink) netlink = NULL;
    g_autoptr(GArray) links = NULL;
    g_autoptr(GPtrArray) macs = g_ptr_array_new_with_free_func(g_free);

    lock_acquire(&object->lock);
    for (guint i = 0; i < object->ports->len; i++) {
        const NetworkPort *port = object->ports->pdata[i];

        if (port->plug_type == PLUG_TYPE_NETWORK && g_strcmp0(port->bridge, network->bridge) == 0)
            g_ptr_array_add(macs, g_ascii_strdown(port->mac, -1));
    }
    lock_release(&object->lock);
    if (macs->len == 0)
        return;
    netlink = netlink_new(&error);
    links = netlink ? netlink_link_list(netlink, &error) : NULL;
    for (guint i = 0; links && i < links->len; i++) {
        const NetlinkLink *link = &g_array_index(links, NetlinkLink, i);
        g_autofree char *mac = g_strdup_printf("%02x:%02x:%02x:%02x:%02x", link->mac[1], link->mac[2], link->mac[3],
                                               link->mac[4], link->mac[5]);
        NetlinkChange up = { .mask = NETLINK_SET_UP, .up = true };
        bool wanted = false;

        for (guint j = 0; j < macs->len && !wanted; j++)
            wanted = strlen(macs->pdata[j]) == 17 && strcmp((char *)macs->pdata[j] + 3, mac) == 0;
        if (!wanted || link->master || (strcmp(link->kind, "tun") != 0 && strcmp(link->kind, "veth") != 0))
            continue;
        if (netlink_link_set_master(netlink, link->name, network->bridge, &error) &&
            netlink_link_set(netlink, link->name, &up, &error))
            log_info("network '%s': '%s' is back in bridge '%s'", object->name, link->name, network->bridge);
        if (error)
            log_gerror(error, "network '%s'", object->name);
        g_clear_error(&error);
    }
    if (error)
        log_gerror(error, "network '%s': cannot look for the taps of its ports", object->name);
}

static void
dnsmasq_ended(pid_t pid, int status, void *data)
{
    NetworkObject *object = data;

    log_info("dnsmasq of network '%s' (process %d) has ended", object->name, (int)pid);
    network_life_check(object);
}

static void
watch_dnsmasq(NetworkObject *object)
{
    if (object->watch) {
        g_source_destroy(object->watch);
        g_clear_pointer(&object->watch, g_source_unref);
    }
    if (object->host.dnsmasq.pid > 0 && life.context)
        object->watch = process_watch(life.context, &object->host.dnsmasq, dnsmasq_ended, network_object_ref(object),
                                      (GDestroyNotify)network_object_unref);
}

static void
unwatch_dnsmasq(NetworkObject *object)
{
    if (object->watch)
        g_source_destroy(object->watch);
    g_clear_pointer(&object->watch, g_source_unref);
}

bool
network_life_start(NetworkObject *object, Network **live, GError **error)
{
    NetworkHostDirs dirs = network_host_dirs();
    g_autoptr(GError) failure = NULL;

    if (!network_host_start(*live, &dirs, &object->host, error))
        return false;
    attach_taps(object, *live);
    lock_acquire(&object->lock);
    network_free(object->live);
    object->live = g_steal_pointer(live);
    lock_release(&object->lock);
    if (!network_object_save_status(object, &failure)) {
        network_life_destroy(object, NULL);
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    watch_dnsmasq(object);
    network_life_emit(object, VIR_NETWORK_EVENT_STARTED, 0);
    return true;
}

bool
network_life_destroy(NetworkObject *object, GError **error)
{
    NetworkHostDirs dirs = network_host_dirs();
    g_autoptr(Network) live = NULL;
    bool forget = false, ok = false;

    lock_acquire(&object->lock);
    live = g_steal_pointer(&object->live);
    forget = object->config == NULL;
    lock_release(&object->lock);
    unwatch_dnsmasq(object);
    ok = network_host_stop(live, &dirs, &object->host, forget, error);
    network_object_delete_status(object);
    network_life_emit(object, VIR_NETWORK_EVENT_STOPPED, 0);
    return ok;
}

static bool
apply(NetworkObject *object, unsigned *changed, GError **error)
{
    NetworkHostDirs dirs = network_host_dirs();
    g_autoptr(Network) live = network_object_copy(object, true);
    pid_t before = object->host.dnsmasq.pid;

    if (!live || !network_host_apply(live, &dirs, &object->host, changed, error))
        return live == NULL;
    attach_taps(object, live);
    if (object->host.dnsmasq.pid != before || !object->watch)
        watch_dnsmasq(object);
    return true;
}

bool
network_life_apply(NetworkObject *object, GError **error)
{
    unsigned changed = 0;

    return apply(object, &changed, error);
}

static gboolean
check_later(void *data)
{
    network_life_check(data);
    return G_SOURCE_REMOVE;
}

/* What breaks again as soon as it is mended is not worth a busy loop. */
static bool
may_heal(NetworkObject *object)
{
    int64_t now = g_get_monotonic_time();
    GSource *later = NULL;

    if (now - object->healed > QUICK_SECONDS * G_USEC_PER_SEC)
        object->heals = 0;
    if (object->heals < MOST_QUICK_HEALS)
        return true;
    log_warning("network '%s' breaks again as soon as it is mended; next try in %d seconds", object->name,
                HEAL_LATER_SECONDS);
    object->heals = 0;
    later = g_timeout_source_new_seconds(HEAL_LATER_SECONDS);
    g_source_set_callback(later, check_later, network_object_ref(object), (GDestroyNotify)network_object_unref);
    g_source_attach(later, life.context);
    g_source_unref(later);
    return false;
}

static void
check_one(NetworkObject *object)
{
    g_autoptr(GError) error = NULL;
    g_auto(NetworkTurn) turn = network_turn_begin(object, "check", &error);
    unsigned changed = 0;
    bool ok = true;

    if (turn && network_object_is_active(object) && may_heal(object)) {
        ok = apply(object, &changed, &error);
        if (changed || !ok) {
            object->heals++;
            object->healed = g_get_monotonic_time();
        }
        if (changed)
            log_info("network '%s': put %u things in order", object->name, changed);
    }
    if (error)
        log_gerror(error, "network '%s' is not well", object->name);
}

/* Rules of bridges that are no network's any more. */
static void
purge_rules(const GPtrArray *objects)
{
    g_autoptr(GPtrArray) keep = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < objects->len; i++) {
        NetworkObject *object = objects->pdata[i];
        g_auto(LockHold) hold = lock_hold(&object->lock);

        if (object->live && object->live->bridge)
            g_ptr_array_add(keep, g_strdup(object->live->bridge));
    }
    if (keep->len > 0 && !network_firewall_purge(keep, &error))
        log_gerror(error, "firewall");
}

static bool
has_link(const GArray *links, const char *mac)
{
    for (guint i = 0; i < links->len; i++) {
        const NetlinkLink *link = &g_array_index(links, NetlinkLink, i);
        g_autofree char *text = g_strdup_printf("%02x:%02x:%02x:%02x:%02x", link->mac[1], link->mac[2], link->mac[3],
                                                link->mac[4], link->mac[5]);

        if (strlen(mac) == 17 && g_ascii_strcasecmp(mac + 3, text) == 0)
            return true;
    }
    return false;
}

/* Ports in a bridge whose guest end is gone: their hypervisor died with the guest, or forgot them. */
static void
reap_ports(NetworkObject *object, const GArray *links)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func((GDestroyNotify)network_port_free);

    lock_acquire(&object->lock);
    for (guint i = object->ports->len; object->live && i-- > 0;) {
        NetworkPort *port = object->ports->pdata[i];

        if (port->plug_type == PLUG_TYPE_NETWORK && !has_link(links, port->mac))
            g_ptr_array_add(gone, g_ptr_array_steal_index(object->ports, i));
    }
    lock_release(&object->lock);
    for (guint i = 0; i < gone->len; i++) {
        const NetworkPort *port = gone->pdata[i];

        log_info("network '%s': port of '%s' (%s) has no device any more and is removed", object->name,
                 port->owner_name, port->mac);
        network_object_delete_port(object, port->uuid);
    }
}

static void
do_check(void *data, void *user_data)
{
    g_autofree Check *check = data;
    g_autoptr(NetworkObject) one = check->object;
    g_autoptr(GPtrArray) all = one ? NULL : network_object_list();
    g_autoptr(GError) error = NULL;

    if (check->ports) {
        g_autoptr(Netlink) netlink = netlink_new(&error);
        g_autoptr(GArray) links = netlink ? netlink_link_list(netlink, &error) : NULL;

        for (guint i = 0; links && i < all->len; i++)
            reap_ports(all->pdata[i], links);
        if (error)
            log_gerror(error, "ports are not checked");
        return;
    }
    if (one) {
        check_one(one);
        return;
    }
    for (guint i = 0; i < all->len; i++)
        check_one(all->pdata[i]);
    purge_rules(all);
}

static void
push(NetworkObject *object, bool ports)
{
    Check *check = g_new0(Check, 1);

    check->object = network_object_ref(object);
    check->ports = ports;
    g_thread_pool_push(life.pool, check, NULL);
}

void
network_life_check(NetworkObject *object)
{
    push(object, false);
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
    g_main_context_invoke(life.context, reap_soon, NULL);
}

/* Main thread: a bridge of ours went or was put down, or something that may have been a guest's went. */
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
    list = network_object_list();
    for (guint i = 0; i < list->len; i++) {
        NetworkObject *object = list->pdata[i];
        bool hit = false;

        lock_acquire(&object->lock);
        hit = object->live && !object->turn && g_strcmp0(object->live->bridge, link->name) == 0;
        lock_release(&object->lock);
        if (hit)
            network_life_check(object);
    }
}

static void
rules_changed(void *data)
{
    network_life_check(NULL);
}

bool
network_life_init(const DriverEnv *env, GError **error)
{
    life.context = env->context;
    life.hub = env->hub;
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
    g_autoptr(GPtrArray) list = network_object_list();

    g_clear_pointer(&life.links, netlink_monitor_free);
    g_clear_pointer(&life.rules, nft_monitor_free);
    if (life.reap)
        g_source_destroy(life.reap);
    g_clear_pointer(&life.reap, g_source_unref);
    /* Ends when the check that runs is over. */
    if (life.pool)
        g_thread_pool_free(g_steal_pointer(&life.pool), TRUE, TRUE);
    for (guint i = 0; i < list->len; i++)
        unwatch_dnsmasq(list->pdata[i]);
    life.context = NULL;
    life.hub = NULL;
}
