/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pci.c - PCI devices of the host, as the kernel shows them: driver, way to the root, product data */
#define ERROR_FROM VIR_FROM_NONE
#include "util/pci.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "util/error.h"
#include "util/file.h"

/* Of the configuration space and its capabilities (PCI Express Base 4.0, 7.5 and 7.7.8). */
enum {
    CONFIG_MAX = 4096,
    CONFIG_BASE = 64,
    STATUS = 0x06,
    STATUS_CAPABILITIES = 0x10,
    CLASS = 0x0a,
    CLASS_BRIDGE = 0x0604,
    HEADER_TYPE = 0x0e,
    SECONDARY_BUS = 0x19,
    SUBORDINATE_BUS = 0x1a,
    CAPABILITIES = 0x34,
    CAP_EXPRESS = 0x10,
    EXPRESS_PORT_SHIFT = 4,
    EXPRESS_PORT_DOWNSTREAM = 6,
    EXTENDED = 0x100,
    EXT_ACS = 0x0d,
    ACS_CONTROL = 6,
    ACS_NEEDED = 0x01 | 0x04 | 0x08 | 0x10, /* source validation, request and completion redirect, upstream forwarding */
};

bool
pci_address_parse(const char *text, PciLocation *ret_address)
{
    PciLocation a;
    int end = 0;

    if (sscanf(text, "%4x:%2x:%2x.%1x%n", &a.domain, &a.bus, &a.slot, &a.function, &end) != 4 || text[end] || a.slot > 31 ||
        a.function > 7)
        return false;
    *ret_address = a;
    return true;
}

static bool
device_exists(const char *devices, const char *address, char **ret_folder, GError **error)
{
    g_autofree char *folder = g_build_filename(devices, address, NULL);

    if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "Device %s not found: could not access %s: No such file or directory", address,
                  folder);
        return false;
    }
    *ret_folder = g_steal_pointer(&folder);
    return true;
}

char *
pci_driver(const char *devices, const char *address, GError **error)
{
    g_autofree char *folder = NULL;
    g_autofree char *link = NULL;
    g_autofree char *target = NULL;

    if (!device_exists(devices, address, &folder, error))
        return NULL;
    link = g_build_filename(folder, "driver", NULL);
    target = g_file_read_link(link, NULL);
    return target ? g_path_get_basename(target) : NULL;
}

/* What of the configuration space may be read: 64 bytes without privileges.  Short is fine, absent is not. */
static bool
read_config(const char *devices, const char *address, uint8_t *config, size_t *ret_len)
{
    g_autofree char *path = g_build_filename(devices, address, "config", NULL);
    g_autofree char *data = NULL;

    if (!file_read_limited(path, CONFIG_MAX, &data, ret_len, NULL) || *ret_len < CONFIG_BASE)
        return false;
    memset(config, 0, CONFIG_MAX);
    memcpy(config, data, *ret_len);
    return true;
}

static unsigned
read16(const uint8_t *config, size_t at)
{
    return config[at] | (unsigned)config[at + 1] << 8;
}

/* Where the express capability is, 0 if the device has none. */
static size_t
find_express(const uint8_t *config, size_t len)
{
    unsigned at = read16(config, STATUS) & STATUS_CAPABILITIES ? config[CAPABILITIES] : 0;

    /* Each takes four bytes at least, so a longer chain goes in circles. */
    for (int i = 0; at >= CONFIG_BASE && at + 4 <= MIN(len, EXTENDED) && i < (EXTENDED - CONFIG_BASE) / 4; i++) {
        if (config[at] == CAP_EXPRESS)
            return at;
        at = config[at + 1];
    }
    return 0;
}

static bool
is_downstream_port(const uint8_t *config, size_t len)
{
    size_t at = find_express(config, len);

    return at && ((read16(config, at + 2) >> EXPRESS_PORT_SHIFT) & 0xf) == EXPRESS_PORT_DOWNSTREAM;
}

bool
pci_config_is_conventional(const char *path)
{
    g_autofree char *data = NULL;
    size_t len = 0;
    GStatBuf st;

    if (!file_read_limited(path, CONFIG_MAX, &data, &len, NULL) || len < CONFIG_BASE)
        return false;
    /* Who may not read capabilities still sees the size of the space. */
    if (len == CONFIG_BASE)
        return g_stat(path, &st) == 0 && st.st_size <= EXTENDED;
    return find_express((const uint8_t *)data, len) == 0;
}

static bool
enforces_access(const uint8_t *config, size_t len)
{
    size_t at = EXTENDED;

    for (int i = 0; at >= EXTENDED && at + 8 <= len && i < (CONFIG_MAX - EXTENDED) / 4; i++) {
        if (read16(config, at) == EXT_ACS)
            return (read16(config, at + ACS_CONTROL) & ACS_NEEDED) == ACS_NEEDED;
        at = read16(config, at + 2) >> 4;
    }
    return false;
}

/* The bridge whose secondary bus is nearest above @bus: its address and configuration. */
static bool
find_parent(const char *devices, const PciLocation *child, PciLocation *ret_parent, uint8_t *ret_config, size_t *ret_len)
{
    g_autoptr(GDir) dir = g_dir_open(devices, 0, NULL);
    uint8_t config[CONFIG_MAX];
    const char *name;
    unsigned best = 0;
    bool found = false;
    size_t len;

    while (dir && (name = g_dir_read_name(dir))) {
        PciLocation a;

        if (!pci_address_parse(name, &a) || a.domain != child->domain || a.bus == child->bus ||
            !read_config(devices, name, config, &len) || read16(config, CLASS) != CLASS_BRIDGE ||
            (config[HEADER_TYPE] & 0x7f) != 1)
            continue;
        if (child->bus < config[SECONDARY_BUS] || child->bus > config[SUBORDINATE_BUS] || (found && config[SECONDARY_BUS] < best))
            continue;
        best = config[SECONDARY_BUS];
        found = true;
        *ret_parent = a;
        *ret_len = len;
        memcpy(ret_config, config, CONFIG_MAX);
    }
    return found;
}

bool
pci_is_assignable(const char *devices, const char *address, bool strict, bool *ret_assignable, GError **error)
{
    g_autofree char *folder = NULL;
    uint8_t config[CONFIG_MAX];
    PciLocation at, parent;
    size_t len = 0;

    if (!device_exists(devices, address, &folder, error))
        return false;
    if (!pci_address_parse(address, &at)) {
        error_set(error, VIR_ERR_INVALID_ARG, "'%s' is no PCI address", address);
        return false;
    }
    /* Buses are numbered with eight bits, so this ends. */
    for (int i = 0; strict && i < 256 && find_parent(devices, &at, &parent, config, &len); i++) {
        if (is_downstream_port(config, len) && !enforces_access(config, len)) {
            *ret_assignable = false;
            return true;
        }
        at = parent;
    }
    *ret_assignable = true;
    return true;
}

static void
field_free(void *data)
{
    PciVpdField *field = data;

    g_free(field->value);
    g_free(field);
}

void
pci_vpd_free(PciVpd *vpd)
{
    if (!vpd)
        return;
    g_ptr_array_unref(vpd->fields);
    g_free(vpd->name);
    g_free(vpd);
}

static bool
is_printable(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (data[i] < 0x20 || data[i] > 0x7e)
            return false;
    return true;
}

/* Keywords with a meaning: the values of others may be binary. */
static bool
is_text_keyword(const char *keyword, bool writable)
{
    static const char *const read_only[] = { "PN", "EC", "MN", "SN", "FG", "LC", "PG", NULL };

    if (keyword[0] == 'V')
        return true;
    return writable ? keyword[0] == 'Y' : g_strv_contains(read_only, keyword);
}

static bool
parse_fields(PciVpd *vpd, const uint8_t *data, size_t from, size_t to, bool writable, GError **error)
{
    bool checked = writable;

    for (size_t at = from; at < to;) {
        PciVpdField *field;
        char keyword[3] = { 0 };
        size_t len = to - at < 3 ? 0 : data[at + 2];

        if (to - at < 3 || len > to - at - 3) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "a field of the vital product data at byte %zu is cut off", at);
            return false;
        }
        memcpy(keyword, data + at, 2);
        at += 3;
        if (!writable && g_str_equal(keyword, "RV")) {
            uint8_t sum = 0;

            /* Everything up to and with this byte adds up to 0. */
            for (size_t i = 0; len && i <= at; i++)
                sum = (uint8_t)(sum + data[i]);
            if (!len || sum) {
                error_set(error, VIR_ERR_OPERATION_FAILED, "the checksum of the vital product data is wrong");
                return false;
            }
            checked = true;
        } else if (is_text_keyword(keyword, writable) && is_printable(data + at, len)) {
            field = g_new0(PciVpdField, 1);
            memcpy(field->keyword, keyword, sizeof(keyword));
            field->value = g_strchomp(g_strndup((const char *)data + at, len));
            field->writable = writable;
            g_ptr_array_add(vpd->fields, field);
        }
        at += len;
    }
    if (!checked)
        error_set(error, VIR_ERR_OPERATION_FAILED, "the vital product data has no checksum");
    return checked;
}

PciVpd *
pci_vpd_parse(const uint8_t *data, size_t len, GError **error)
{
    enum { TAG_NAME = 0x82, TAG_READ = 0x90, TAG_WRITE = 0x91, TAG_END = 0x78 };
    g_autoptr(PciVpd) vpd = g_new0(PciVpd, 1);
    size_t at = 0;

    vpd->fields = g_ptr_array_new_with_free_func(field_free);
    while (at < len && data[at] != TAG_END) {
        size_t size;
        uint8_t tag = data[at];

        if (len - at < 3 || !(tag & 0x80)) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "the vital product data has no resource at byte %zu", at);
            return NULL;
        }
        size = read16(data, at + 1);
        at += 3;
        if (size > len - at) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "a resource of the vital product data at byte %zu is cut off", at);
            return NULL;
        }
        if (tag == TAG_NAME) {
            if (!is_printable(data + at, size)) {
                error_set(error, VIR_ERR_OPERATION_FAILED, "the name in the vital product data is no text");
                return NULL;
            }
            g_free(vpd->name);
            vpd->name = g_strchomp(g_strndup((const char *)data + at, size));
        } else if ((tag == TAG_READ || tag == TAG_WRITE) && !parse_fields(vpd, data, at, at + size, tag == TAG_WRITE, error)) {
            return NULL;
        }
        at += size;
    }
    if (at >= len) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "the vital product data has no end");
        return NULL;
    }
    return g_steal_pointer(&vpd);
}
