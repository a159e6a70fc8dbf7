/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dnsmasq_config.h - what dnsmasq is to do for a network, as the text of its files */
#pragma once

#include "drivers/conf/network_gen.h"
#include "drivers/network/dnsmasq.h"

typedef struct NetworkDnsmasqConfig {
    char *conf, *hosts, *addnhosts;
    bool dhcp; /* it keeps leases */
} NetworkDnsmasqConfig;

void network_dnsmasq_config_clear(NetworkDnsmasqConfig *config);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NetworkDnsmasqConfig, network_dnsmasq_config_clear)

/* True if the network has any use for dnsmasq. */
bool network_dnsmasq_config_needed(const Network *network);

/* The files say where the others are, so @paths is needed.  Refuses values that would not stay on
 * their line. */
bool network_dnsmasq_config_make(const Network *network, const NetworkDnsmasqPaths *paths,
                                 NetworkDnsmasqConfig *ret_config, GError **error);

/* Write those of the files that differ; @ret_conf_changed: dnsmasq must be started anew,
 * @ret_hosts_changed: it must read its hosts again. */
bool network_dnsmasq_config_save(const NetworkDnsmasqConfig *config,
                                 const NetworkDnsmasqPaths *paths, bool *ret_conf_changed,
                                 bool *ret_hosts_changed, GError **error);
