/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* openvz_conf.h - containers as OpenVZ keeps them: assignments as in a shell script */
#pragma once

#include "drivers/conf/domain_gen.h"

/* The value of @key in @text, without quotes; the last counts.  NULL if it is not there. */
char *openvz_conf_value(const char *text, const char *key);

/* A container of which nothing is known but the program it begins with. */
Domain *openvz_conf_new(const char *init);

/* Add the interfaces that @text tells of: routed addresses (IP_ADDRESS) and Ethernet (NETIF). */
bool openvz_conf_read_network(Domain *domain, const char *text, GError **error);
