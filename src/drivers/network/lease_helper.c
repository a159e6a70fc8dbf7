/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lease_helper.c - libvirt_leaseshelper: what dnsmasq runs when a lease changes
 *
 * dnsmasq keeps no lease file of its own (leasefile-ro): it asks for the leases once at its start
 * ("init") and tells of every change after that ("add", "old", "del").  The arguments are those of
 * dnsmasq's dhcp-script; the environment names the bridge and, from our own daemon, the file.
 * Other calls (tftp, arp-add ...) are of no interest and succeed.
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <fcntl.h>

#include "drivers/network/leases.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

static const char *
lease_env(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

static char *
lease_path(GError **error)
{
    const char *path = lease_env("LIBVIRT_LEASES_FILE");
    const char *bridge = lease_env("VIR_BRIDGE_NAME");

    if (!bridge)
        bridge = lease_env("DNSMASQ_INTERFACE");
    if (path)
        return g_strdup(path);
    if (bridge && text_is_file_name(bridge))
        return g_strdup_printf(LEASES_DIR "/%s.status", bridge);
    error_set(error, VIR_ERR_INVALID_ARG, "neither LIBVIRT_LEASES_FILE nor VIR_BRIDGE_NAME is set");
    return NULL;
}

/* Drop the entry for @ip and all that have run out; the entry, if there was one, is returned. */
static NetworkLease *
take_lease(GPtrArray *leases, const char *ip)
{
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    NetworkLease *found = NULL;

    for (size_t i = leases->len; i-- > 0;) {
        NetworkLease *lease = leases->pdata[i];

        if (strcmp(lease->ip, ip) == 0) {
            network_lease_free(found);
            found = g_ptr_array_steal_index(leases, i);
        } else if (network_lease_is_expired(lease, now)) {
            g_ptr_array_remove_index(leases, i);
        }
    }
    return found;
}

/* The lease as dnsmasq describes it; what it leaves out is as it was. */
static NetworkLease *
describe_lease(const char *id, const char *ip, const char *hostname, NetworkLease *old)
{
    NetworkLease *lease = g_new0(NetworkLease, 1);
    const char *iaid = lease_env("DNSMASQ_IAID"), *expires = lease_env("DNSMASQ_LEASE_EXPIRES");
    const char *mac = iaid ? lease_env("DNSMASQ_MAC") : id;
    const char *client_id = iaid ? id : lease_env("DNSMASQ_CLIENT_ID");
    int64_t expiry = 0;

    lease->ip = g_strdup(ip);
    lease->mac = mac ? g_strdup(mac) : old ? g_steal_pointer(&old->mac) : NULL;
    lease->client_id = client_id ? g_strdup(client_id)
                       : old     ? g_steal_pointer(&old->client_id)
                                 : NULL;
    lease->hostname = g_strdup(hostname ? hostname : lease_env("DNSMASQ_SUPPLIED_HOSTNAME"));
    lease->iaid = g_strdup(iaid);
    lease->server_duid = g_strdup(iaid ? lease_env("DNSMASQ_SERVER_DUID") : NULL);
    if (expires && text_parse_int64(expires, 10, &expiry))
        lease->expiry = expiry;
    return lease;
}

static bool
change(const char *path, const char *action, const char *id, const char *ip, const char *hostname,
       GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    autofd int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(GPtrArray) leases = NULL;
    NetworkLease *old = NULL;

    /* One dnsmasq calls in turn, but the one of a network that is being restarted may overlap. */
    if (lock < 0 || flock(lock, LOCK_EX) < 0) {
        error_set_errno(error, errno, "cannot lock '%s'", folder);
        return false;
    }
    leases = network_leases_read(path, error);
    if (!leases)
        return false;
    old = take_lease(leases, ip);
    if (strcmp(action, "del") != 0)
        g_ptr_array_add(leases, describe_lease(id, ip, hostname, old));
    network_lease_free(old);
    return network_leases_write(path, leases, error);
}

/* The lease database, in the form of dnsmasq's own file. */
static bool
print_all(const char *path, GError **error)
{
    g_autoptr(GPtrArray) leases = network_leases_read(path, error);
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    const char *server_duid = NULL;

    if (!leases)
        return false;
    for (size_t i = 0; i < leases->len; i++) {
        const NetworkLease *lease = leases->pdata[i];

        if (lease->iaid || network_lease_is_expired(lease, now) || !lease->mac)
            continue;
        printf("%" G_GINT64_FORMAT " %s %s %s %s\n", lease->expiry, lease->mac, lease->ip,
               lease->hostname ? lease->hostname : "*", lease->client_id ? lease->client_id : "*");
    }
    for (size_t i = 0; i < leases->len; i++) {
        const NetworkLease *lease = leases->pdata[i];

        if (!lease->iaid || network_lease_is_expired(lease, now) || !lease->client_id)
            continue;
        if (!server_duid && lease->server_duid)
            printf("duid %s\n", server_duid = lease->server_duid);
        printf("%" G_GINT64_FORMAT " %s %s %s %s\n", lease->expiry, lease->iaid, lease->ip,
               lease->hostname ? lease->hostname : "*", lease->client_id);
    }
    return true;
}

int
main(int argc, char **argv)
{
    const char *action = argc > 1 ? argv[1] : "";
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    bool ok = true;

    if (argc < 2 || strcmp(action, "--help") == 0) {
        fprintf(argc < 2 ? stderr : stdout, "usage: %s add|old|del ID IP [HOSTNAME] | init\n",
                argv[0]);
        return argc < 2 ? 1 : 0;
    }
    if (strcmp(action, "add") != 0 && strcmp(action, "old") != 0 && strcmp(action, "del") != 0 &&
        strcmp(action, "init") != 0)
        return 0;
    path = lease_path(&error);
    if (path && strcmp(action, "init") == 0)
        ok = print_all(path, &error);
    else if (path && argc >= 4)
        ok = change(path, action, argv[2], argv[3], argc > 4 ? argv[4] : NULL, &error);
    else if (path)
        ok = false;
    if (path && ok)
        return 0;
    fprintf(stderr, "%s: %s\n", argv[0],
            error ? error->message : "the address of the lease is missing");
    return 1;
}
