/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* image.c - what the header of an image file says
 *
 * Layouts: docs/interop/{qcow2,qed_spec,vmdk}.txt of QEMU, the LUKS on-disk format, ECMA-119.
 */
#define ERROR_FROM VIR_FROM_STORAGE
#include "drivers/conf/image.h"

#include <string.h>

#include "drivers/conf/disk_gen.h"
#include "util/error.h"
#include "util/text.h"

enum { BACKING_MAX = 1023 }; /* qcow2's own limit */

static uint64_t
number(const uint8_t *data, size_t len, size_t at, size_t bytes, bool big)
{
    uint64_t value = 0;

    if (at > len || bytes > len - at)
        return 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | data[at + (big ? i : bytes - 1 - i)];
    return value;
}

static uint32_t
be32(const uint8_t *data, size_t len, size_t at)
{
    return (uint32_t)number(data, len, at, 4, true);
}

static bool
bad(GError **error, const char *name, const char *what)
{
    error_set(error, VIR_ERR_INTERNAL_ERROR, "header of image '%s' is damaged: %s", name, what);
    return false;
}

static bool
take_text(const uint8_t *data, size_t len, uint64_t at, uint64_t size, const char *name, const char *what, char **ret,
          GError **error)
{
    if (at > len || size > len - at || size > BACKING_MAX || !text_is_utf8((const char *)data + at, size)
        || memchr(data + at, '\0', size))
        return bad(error, name, what);
    *ret = g_strndup((const char *)data + at, size);
    return true;
}

static VolumeFormat
format_by_name(const char *name)
{
    static const char *const local[] = { "file", "host_device", "host_cdrom", "nvme", NULL };
    int value = xml_enum_value(&volume_format_enum, name);

    /* Protocols only say where an image is; what lies there is raw. */
    if (g_strv_contains(local, name) || xml_enum_value(&net_protocol_enum, name) > 0)
        return VOLUME_FORMAT_RAW;
    return value < 0 ? VOLUME_FORMAT_UNSET : (VolumeFormat)value;
}

enum {
    QCOW2_EXT_BACKING_FORMAT = 0xe2792aca,
    QCOW2_EXT_DATA_FILE = 0x44415441,
    QCOW2_INCOMPAT_DATA_FILE = 1 << 2,
    QCOW2_INCOMPAT_EXTENDED_L2 = 1 << 4,
    QCOW2_COMPAT_LAZY_REFCOUNTS = 1 << 0,
};

static bool
qcow2_extensions(const uint8_t *data, size_t len, size_t at, size_t end, const char *name, ImageInfo *info, GError **error)
{
    while (at + 8 <= end) {
        uint32_t type = be32(data, len, at), size = be32(data, len, at + 4);
        g_autofree char *text = NULL;

        if (type == 0)
            return true;
        if (size > end - at - 8)
            return bad(error, name, "an extension is longer than the header");
        if (type == QCOW2_EXT_BACKING_FORMAT) {
            if (!take_text(data, len, at + 8, size, name, "name of the backing format", &text, error))
                return false;
            info->backing_format = format_by_name(text);
        } else if (type == QCOW2_EXT_DATA_FILE) {
            g_clear_pointer(&info->data_file, g_free);
            if (size == 0)
                return bad(error, name, "name of the data file is empty");
            if (!take_text(data, len, at + 8, size, name, "name of the data file", &info->data_file, error))
                return false;
        }
        at += 8 + (size + 7) / 8 * 8;
    }
    return true;
}

static bool
parse_qcow2(const uint8_t *data, size_t len, const char *name, ImageInfo *info, GError **error)
{
    uint32_t version = be32(data, len, 4), bits = be32(data, len, 20), crypt = be32(data, len, 32);
    uint64_t backing_at = number(data, len, 8, 8, true), backing_size = be32(data, len, 16);
    uint64_t incompat = version >= 3 ? number(data, len, 72, 8, true) : 0;
    size_t header = version >= 3 ? be32(data, len, 100) : 72, end;

    if (version < 2 || version > 3)
        return bad(error, name, "unknown version of qcow2");
    if (bits < 9 || bits > 21 || header < 72 || header > len)
        return bad(error, name, "cluster size or header length out of range");
    info->capacity = number(data, len, 24, 8, true);
    info->has_capacity = true;
    info->cluster_size = UINT64_C(1) << bits;
    info->compat = version >= 3 ? "1.1" : "0.10";
    info->encrypted_aes = crypt == 1;
    info->encrypted_luks = crypt == 2;
    info->extended_l2 = incompat & QCOW2_INCOMPAT_EXTENDED_L2;
    if (version >= 3)
        info->lazy_refcounts = number(data, len, 80, 8, true) & QCOW2_COMPAT_LAZY_REFCOUNTS;
    if (backing_at && !take_text(data, len, backing_at, backing_size, name, "name of the backing file", &info->backing, error))
        return false;
    end = backing_at ? MIN((uint64_t)len, backing_at) : len;
    if (!qcow2_extensions(data, len, header, end, name, info, error))
        return false;
    if (!(incompat & QCOW2_INCOMPAT_DATA_FILE))
        g_clear_pointer(&info->data_file, g_free);
    else if (!info->data_file)
        return bad(error, name, "its data file has no name");
    return true;
}

static bool
parse_qcow(const uint8_t *data, size_t len, const char *name, ImageInfo *info, GError **error)
{
    uint64_t backing_at = number(data, len, 8, 8, true);

    info->capacity = number(data, len, 24, 8, true);
    info->has_capacity = true;
    return !backing_at
           || take_text(data, len, backing_at, be32(data, len, 16), name, "name of the backing file", &info->backing, error);
}

static bool
parse_qed(const uint8_t *data, size_t len, const char *name, ImageInfo *info, GError **error)
{
    uint64_t features = number(data, len, 16, 8, false);

    info->capacity = number(data, len, 48, 8, false);
    info->has_capacity = true;
    if (!(features & 1))
        return true;
    info->backing_format = features & 4 ? VOLUME_FORMAT_RAW : VOLUME_FORMAT_UNSET;
    return take_text(data, len, number(data, len, 56, 4, false), number(data, len, 60, 4, false), name,
                     "name of the backing file", &info->backing, error);
}

static bool
parse_vmdk(const uint8_t *data, size_t len, const char *name, ImageInfo *info, GError **error)
{
    info->capacity = number(data, len, 12, 8, false) * 512;
    info->has_capacity = number(data, len, 12, 8, false) <= UINT64_MAX / 512;
    return true;
}

static bool
parse_vdi(const uint8_t *data, size_t len, const char *name, ImageInfo *info, GError **error)
{
    info->capacity = number(data, len, 368, 8, false);
    info->has_capacity = true;
    return true;
}

static bool
parse_vpc(const uint8_t *data, size_t len, const char *name, ImageInfo *info, GError **error)
{
    info->capacity = number(data, len, 40, 8, true);
    info->has_capacity = true;
    return true;
}

static const struct {
    VolumeFormat format;
    uint16_t at;
    uint8_t n_magic;
    const char *magic;
    uint8_t version_at; /* 0: none */
    uint8_t version;
    bool (*parse)(const uint8_t *data, size_t len, const char *name, ImageInfo *info, GError **error);
} formats[] = {
    { VOLUME_FORMAT_QCOW, 0, 4, "QFI\xfb", 7, 1, parse_qcow },
    { VOLUME_FORMAT_QCOW2, 0, 4, "QFI\xfb", 0, 0, parse_qcow2 },
    { VOLUME_FORMAT_QED, 0, 4, "QED\0", 0, 0, parse_qed },
    { VOLUME_FORMAT_VMDK, 0, 4, "KDMV", 0, 0, parse_vmdk },
    { VOLUME_FORMAT_VDI, 64, 4, "\x7f\x10\xda\xbe", 0, 0, parse_vdi },
    { VOLUME_FORMAT_VPC, 0, 8, "conectix", 0, 0, parse_vpc },
    { VOLUME_FORMAT_VHD, 0, 8, "vhdxfile", 0, 0, NULL },
    { VOLUME_FORMAT_LUKS, 0, 6, "LUKS\xba\xbe", 0, 0, NULL },
    { VOLUME_FORMAT_BOCHS, 0, 22, "Bochs Virtual HD Image", 0, 0, NULL },
    { VOLUME_FORMAT_PLOOP, 0, 16, "WithoutFreeSpace", 0, 0, NULL },
    { VOLUME_FORMAT_ISO, 32769, 5, "CD001", 0, 0, NULL },
};

void
image_info_clear(ImageInfo *info)
{
    g_clear_pointer(&info->backing, g_free);
    g_clear_pointer(&info->data_file, g_free);
}

bool
image_parse(const uint8_t *data, size_t len, VolumeFormat format, const char *name, ImageInfo *info, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        size_t at = formats[i].at;

        if (format != VOLUME_FORMAT_UNSET && format != formats[i].format)
            continue;
        if (at + formats[i].n_magic > len || memcmp(data + at, formats[i].magic, formats[i].n_magic) != 0
            || (formats[i].version_at && (formats[i].version_at >= len || data[formats[i].version_at] != formats[i].version))) {
            if (format == VOLUME_FORMAT_UNSET)
                continue;
            error_set(error, VIR_ERR_INTERNAL_ERROR, "image '%s' is not of format '%s'", name, volume_format_words[format]);
            return false;
        }
        info->format = formats[i].format;
        return !formats[i].parse || formats[i].parse(data, len, name, info, error);
    }
    info->format = format == VOLUME_FORMAT_UNSET ? VOLUME_FORMAT_RAW : format;
    return true;
}
