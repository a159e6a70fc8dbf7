/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_image_create.c - what blockdev-create needs to make an image: first where its bytes will be, then their format */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/command/command_image.h"

#include "util/error.h"

bool
command_image_create_storage(const CommandImage *image, uint64_t size, Json **ret, GError **error)
{
    const Store *store = &image->store;
    g_autoptr(Json) properties = NULL;
    g_autoptr(Json) options = NULL;

    *ret = NULL;
    switch (store->type) {
    case DISK_TYPE_FILE:
        options = source_properties(store, NULL, error);
        break;
    case DISK_TYPE_NETWORK:
        /* The others cannot make an image: it must be there. */
        if (store->protocol != NET_PROTOCOL_GLUSTER && store->protocol != NET_PROTOCOL_NFS &&
            store->protocol != NET_PROTOCOL_RBD && store->protocol != NET_PROTOCOL_SSH)
            return true;
        properties = source_properties(store, &image->source, error);
        if (!properties)
            return false;
        options = json_new_object();
        json_add_string(options, "driver", net_protocol_words[store->protocol]);
        json_object_object_del(properties, "driver");
        json_add(options, "location", g_steal_pointer(&properties));
        break;
    default:
        return true;
    }
    if (!options)
        return false;
    json_add_uint64(options, "size", size);
    *ret = g_steal_pointer(&options);
    return true;
}

static void
add_encryption(Json *options, const Encryption *encryption, const char *key)
{
    const DiskCipher *cipher = encryption->cipher;
    const DiskIvgen *ivgen = encryption->ivgen;

    json_add_string(options, "key-secret", key);
    if (cipher) {
        g_autofree char *name = g_strdup_printf("%s-%u", cipher->name, cipher->size);

        json_add_string(options, "cipher-alg", name);
        json_add_string(options, "cipher-mode", cipher->mode);
        json_add_string(options, "hash-alg", cipher->hash);
    }
    if (ivgen) {
        json_add_string(options, "ivgen-alg", ivgen->name);
        json_add_string(options, "ivgen-hash-alg", ivgen->hash);
    }
}

static bool
add_backing(Json *options, const Store *backing, GError **error)
{
    g_autofree char *string = backing ? source_write(backing, false, error) : NULL;

    if (!backing)
        return true;
    if (!string)
        return false;
    json_add_string(options, "backing-file", string);
    json_add_string(options, "backing-fmt", command_image_format_name(backing));
    return true;
}

bool
command_image_create_format(const CommandImage *image, uint64_t size, const Store *backing, Json **ret, GError **error)
{
    const char *driver = command_image_format_name(&image->store);
    g_autoptr(Json) options = json_new_object();

    *ret = NULL;
    if (g_str_equal(driver, "raw"))
        return true;
    json_add_string(options, "driver", driver);
    json_add_string(options, "file", image->storage);
    json_add_uint64(options, "size", size);
    if (g_str_equal(driver, "luks")) {
        add_encryption(options, image->store.encryption, image->key);
    } else if (image->store.format == DISK_FORMAT_QCOW2) {
        if (!add_backing(options, backing, error))
            return false;
        if (image->store.encryption) {
            Json *encrypt = json_new_object();

            add_encryption(encrypt, image->store.encryption, image->key);
            json_add_string(encrypt, "format", "luks");
            json_add(options, "encrypt", encrypt);
        }
    } else if (image->store.format == DISK_FORMAT_QCOW || image->store.format == DISK_FORMAT_QED ||
               image->store.format == DISK_FORMAT_VMDK) {
        if (!add_backing(options, backing, error))
            return false;
    } else if (backing) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "an image of format '%s' cannot be put on top of another", driver);
        return false;
    }
    *ret = g_steal_pointer(&options);
    return true;
}
