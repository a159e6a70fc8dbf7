/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device.c - rules that hold for every device of a domain. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/device_gen.h"
#include "util/error.h"

#include <string.h>

#define USER_ALIAS "ua-"

/* Aliases are made when a guest starts, unless the user chose one: those are told by
 * their prefix, and only those are part of a definition. */
bool
device_check(void *obj, unsigned flags, GError **error)
{
    DeviceInfo *info = obj;
    const Address *address = info->address;

    info->user_alias = info->alias && g_str_has_prefix(info->alias, USER_ALIAS);
    if (flags & XML_PARSE_INACTIVE && !info->user_alias)
        g_clear_pointer(&info->alias, g_free);
    if (info->user_alias && strspn(info->alias, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
        strlen(info->alias)) {
        error_set(error, VIR_ERR_XML_ERROR, "alias '%s' may only have letters, digits, '_' and '-'", info->alias);
        return false;
    }
    if (address && address->type == ADDRESS_TYPE_PCI &&
        (address->pci.domain > 0xffff || address->pci.bus > 0xff || address->pci.slot > 0x1f ||
         address->pci.function > 7)) {
        error_set(error, VIR_ERR_XML_ERROR, "PCI address %04x:%02x:%02x.%x is out of range", address->pci.domain,
                  address->pci.bus, address->pci.slot, address->pci.function);
        return false;
    }
    return true;
}
