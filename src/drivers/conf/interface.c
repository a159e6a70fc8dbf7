/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* interface.c - rules of <interface> in a domain that no single row can state. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/interface_gen.h"
#include "util/error.h"

#include <string.h>

/* Names we make up for tap devices are not part of a definition. */
static bool
is_generated_name(const char *name)
{
    static const char *const prefixes[] = { "vnet", "vif", "macvtap", "macvlan", NULL };

    for (int i = 0; name && prefixes[i]; i++)
        if (g_str_has_prefix(name, prefixes[i]) && name[strlen(prefixes[i])] &&
            strspn(name + strlen(prefixes[i]), "0123456789") == strlen(name + strlen(prefixes[i])))
            return true;
    return false;
}

static bool
fail_source(const Interface *interface, const char *what, GError **error)
{
    error_set(error, VIR_ERR_XML_ERROR, "<interface type='%s'> (MAC %s) needs %s in its <source>",
              interface_type_words[interface->type], interface->mac ? interface->mac : "not given", what);
    return false;
}

static bool
check_source(const Interface *interface, GError **error)
{
    switch (interface->type) {
    case INTERFACE_TYPE_NETWORK:
        return interface->network || fail_source(interface, "'network'", error);
    case INTERFACE_TYPE_BRIDGE:
        return interface->bridge || fail_source(interface, "'bridge'", error);
    case INTERFACE_TYPE_DIRECT:
        return interface->dev || fail_source(interface, "'dev'", error);
    case INTERFACE_TYPE_INTERNAL:
        return interface->internal_name || fail_source(interface, "'name'", error);
    case INTERFACE_TYPE_HOSTDEV:
        return interface->hostdev_address || fail_source(interface, "<address>", error);
    case INTERFACE_TYPE_VDPA:
        return interface->dev || fail_source(interface, "'dev'", error);
    case INTERFACE_TYPE_SERVER:
    case INTERFACE_TYPE_CLIENT:
    case INTERFACE_TYPE_MCAST:
    case INTERFACE_TYPE_UDP:
        return interface->port || fail_source(interface, "'port'", error);
    default:
        return true;
    }
}

bool
interface_check(void *obj, unsigned flags, GError **error)
{
    Interface *interface = obj;

    if (flags & XML_PARSE_INACTIVE && is_generated_name(interface->target))
        g_clear_pointer(&interface->target, g_free);
    if (interface->mac) {
        unsigned first = g_ascii_xdigit_value(interface->mac[1]);
        if (first & 1) {
            error_set(error, VIR_ERR_XML_ERROR, "expected unicast mac address, found multicast '%s'", interface->mac);
            return false;
        }
    }
    if (interface->teaming == TEAMING_TYPE_TRANSIENT && !interface->teaming_persistent) {
        error_set(error, VIR_ERR_XML_ERROR, "<teaming type='transient'> needs 'persistent', the alias of its partner");
        return false;
    }
    if (interface->rx_queue_size & (interface->rx_queue_size - 1)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "rx_queue_size has to be a power of two");
        return false;
    }
    if (interface->tx_queue_size & (interface->tx_queue_size - 1)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "tx_queue_size has to be a power of two");
        return false;
    }
    return check_source(interface, error);
}
