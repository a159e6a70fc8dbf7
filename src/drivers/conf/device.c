/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* device.c - rules that hold for every device of a domain. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/device.h"
#include "util/error.h"

#include <string.h>

#define USER_ALIAS "ua-"
#define LOADPARM_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789. "

bool
device_pci_check(const PciAddress *pci, GError **error)
{
    if (pci->bus > 0xff) {
        error_set(error, VIR_ERR_XML_ERROR, "Invalid PCI address bus='0x%02x', must be <= 0xFF", pci->bus);
        return false;
    }
    if (pci->slot > 0x1f) {
        error_set(error, VIR_ERR_XML_ERROR, "Invalid PCI address slot='0x%02x', must be <= 0x1F", pci->slot);
        return false;
    }
    if (pci->function > 7) {
        error_set(error, VIR_ERR_XML_ERROR, "Invalid PCI address function=0x%x, must be <= 7", pci->function);
        return false;
    }
    if (pci->has_zpci_uid && (pci->zpci_uid == 0 || pci->zpci_uid > 0xffff)) {
        error_set(error, VIR_ERR_XML_ERROR, "Invalid PCI address uid='0x%04x', must be > 0x0000 and <= 0xffff",
                  pci->zpci_uid);
        return false;
    }
    return true;
}

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
    for (char *c = info->loadparm; c && *c; c++)
        *c = g_ascii_toupper(*c);
    if (info->loadparm && (!info->loadparm[0] || strlen(info->loadparm) > 8)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "loadparm value '%s' must be between 1 and 8 characters",
                  info->loadparm);
        return false;
    }
    if (info->loadparm && strspn(info->loadparm, LOADPARM_CHARACTERS) != strlen(info->loadparm)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "invalid loadparm '%s', expecting chars in set of [a-zA-Z0-9.] and blank spaces",
                  info->loadparm);
        return false;
    }
    if (info->rom_enabled == YESNO_NO && (info->rom_bar != ONOFF_UNSET || info->rom_file)) {
        error_set(error, VIR_ERR_XML_DETAIL, "ROM tuning is not supported when ROM is disabled");
        return false;
    }
    return !address || address->type != ADDRESS_TYPE_PCI || device_pci_check(&address->pci, error);
}

/* ---- character devices --------------------------------------------------- */

bool
device_reconnect_check(void *obj, unsigned flags, GError **error)
{
    const Reconnect *reconnect = obj;

    if (reconnect->enabled != YESNO_YES)
        return true;
    if (!reconnect->has_timeout && !reconnect->has_delay) {
        error_set(error, VIR_ERR_XML_ERROR, "Missing required attribute 'timeout' in element 'reconnect'");
        return false;
    }
    if (reconnect->has_timeout && !reconnect->timeout) {
        error_set(error, VIR_ERR_INVALID_ARG, "chardev reconnect source timeout cannot be '0'");
        return false;
    }
    return true;
}

/* A datagram socket has at most one end of each kind; where it listens comes first. */
static bool
settle_endpoints(CharSource *source, GError **error)
{
    GPtrArray *ends = source->endpoints;
    CharEndpoint *first, *second;

    for (guint i = 0; ends && i < ends->len; i++)
        if (((CharEndpoint *)ends->pdata[i])->mode == CHAR_MODE_UNSET)
            ((CharEndpoint *)ends->pdata[i])->mode = CHAR_MODE_CONNECT;
    if (!ends || ends->len < 2)
        return true;
    first = ends->pdata[0];
    second = ends->pdata[1];
    if (ends->len > 2 || first->mode == second->mode) {
        error_set(error, VIR_ERR_XML_ERROR, "a udp character device takes one <source> with mode 'bind' and one with "
                  "mode 'connect'");
        return false;
    }
    if (first->mode == CHAR_MODE_CONNECT) {
        ends->pdata[0] = second;
        ends->pdata[1] = first;
    }
    return true;
}

bool
device_char_check(void *obj, unsigned flags, GError **error)
{
    CharSource *source = obj;

    switch (source->type) {
    case CHAR_TYPE_UDP:
        if (!source->endpoints || !source->endpoints->len) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "Missing source service attribute for char device");
            return false;
        }
        return settle_endpoints(source, error);
    case CHAR_TYPE_NMDM:
        /* bhyve makes up a pair where neither is given. */
        if (!source->master == !source->slave)
            return true;
        error_set(error, VIR_ERR_INTERNAL_ERROR, "Should define both master and slave path attributes for nmdm device");
        return false;
    case CHAR_TYPE_SPICEPORT:
        if (!source->channel) {
            error_set(error, VIR_ERR_XML_ERROR, "Missing source channel attribute for char device");
            return false;
        }
        return true;
    case CHAR_TYPE_TCP:
        if (source->mode == CHAR_MODE_UNSET)
            source->mode = CHAR_MODE_CONNECT;
        if (!source->host && source->mode == CHAR_MODE_CONNECT) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "Missing source host attribute for char device");
            return false;
        }
        if (!source->service) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "Missing source service attribute for char device");
            return false;
        }
        break;
    case CHAR_TYPE_UNIX:
        /* Without a path the driver makes one up and listens there. */
        if (source->mode == CHAR_MODE_UNSET && source->path)
            source->mode = CHAR_MODE_CONNECT;
        if (source->mode == CHAR_MODE_CONNECT && !source->path)
            source->mode = CHAR_MODE_UNSET;
        break;
    default:
        return true;
    }
    if (source->reconnect && source->reconnect->enabled == YESNO_YES && source->mode != CHAR_MODE_CONNECT) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "chardev reconnect is possible only for connect mode");
        return false;
    }
    return true;
}

bool
device_char_needs_path(const CharSource *source, GError **error)
{
    bool with_path = source->type == CHAR_TYPE_UNIX || source->type == CHAR_TYPE_DEV || source->type == CHAR_TYPE_FILE ||
                     source->type == CHAR_TYPE_PIPE;

    if (!with_path || source->path)
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "Missing source path attribute for char device");
    return false;
}
