/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_img.c - how qemu-img is called to make a volume */
#define ERROR_FROM VIR_FROM_STORAGE
#include "drivers/storage/qemu_img.h"

#include <stdarg.h>
#include <string.h>

#include "util/error.h"

static GPtrArray *
command(const char *first, ...)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    va_list args;

    g_ptr_array_add(argv, g_strdup("qemu-img"));
    va_start(args, first);
    for (const char *word = first; word; word = va_arg(args, const char *))
        g_ptr_array_add(argv, g_strdup(word));
    va_end(args);
    return argv;
}

static void
add(GPtrArray *argv, const char *word)
{
    g_ptr_array_add(argv, g_strdup(word));
}

/* A comma ends an option of qemu-img, so one in a value is doubled. */
static void
add_option(GString *options, const char *name, const char *value)
{
    if (options->len)
        g_string_append_c(options, ',');
    g_string_append(options, name);
    g_string_append_c(options, '=');
    for (const char *c = value; *c; c++) {
        if (*c == ',')
            g_string_append_c(options, ',');
        g_string_append_c(options, *c);
    }
}

static bool
is_luks(const StorageVolume *vol)
{
    return vol && vol->encryption
           && (vol->encryption->format == ENCRYPTION_FORMAT_LUKS || vol->encryption->format == ENCRYPTION_FORMAT_DEFAULT);
}

/* The name of the format for qemu-img: a device is raw whatever it holds, and a raw file with LUKS is "luks". */
static const char *
format_name(const StorageVolume *vol)
{
    if (vol->type == VOLUME_TYPE_BLOCK)
        return "raw";
    if (vol->format == VOLUME_FORMAT_RAW && is_luks(vol))
        return "luks";
    if (vol->format == VOLUME_FORMAT_ISO || vol->format == VOLUME_FORMAT_UNSET)
        return "raw";
    return volume_format_words[vol->format];
}

static bool
is_qcow2(const StorageVolume *vol)
{
    return !strcmp(format_name(vol), "qcow2");
}

static char *
secret_alias(const StorageVolume *vol)
{
    return g_strconcat(vol->name, "_encrypt0", NULL);
}

static void
add_secret(GPtrArray *argv, const StorageVolume *vol, const char *path)
{
    g_autofree char *alias = secret_alias(vol);
    g_autoptr(GString) object = g_string_new("secret");

    add_option(object, "id", alias);
    add_option(object, "file", path);
    add(argv, "--object");
    add(argv, object->str);
}

static void
add_luks_options(GString *options, const StorageVolume *vol)
{
    const EncryptionCipher *cipher = vol->encryption->cipher;
    const EncryptionIvgen *ivgen = vol->encryption->ivgen;
    const char *prefix = is_qcow2(vol) ? "encrypt." : "";
    g_autofree char *alias = secret_alias(vol);
    const struct {
        const char *name;
        char *value;
    } rows[] = {
        { "format", *prefix ? g_strdup("luks") : NULL },
        { "key-secret", g_steal_pointer(&alias) },
        { "cipher-alg", cipher ? g_strdup_printf("%s-%u", cipher->name, cipher->size) : NULL },
        { "cipher-mode", cipher ? g_strdup(cipher->mode) : NULL },
        { "hash-alg", cipher ? g_strdup(cipher->hash) : NULL },
        { "ivgen-alg", ivgen ? g_strdup(ivgen->name) : NULL },
        { "ivgen-hash-alg", ivgen ? g_strdup(ivgen->hash) : NULL },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *name = g_strconcat(prefix, rows[i].name, NULL);
        g_autofree char *value = rows[i].value;

        if (value)
            add_option(options, name, value);
    }
}

static GString *
create_options(const QemuImgRequest *request, bool backing)
{
    const StorageVolume *vol = request->vol;
    GString *options = g_string_new(NULL);

    if (backing && vol->backing_store->format != VOLUME_FORMAT_UNSET)
        add_option(options, "backing_fmt", volume_format_words[vol->backing_store->format]);
    if (is_luks(vol))
        add_luks_options(options, vol);
    if (!is_qcow2(vol)) {
        if (vol->nocow)
            add_option(options, "nocow", "on");
        return options;
    }
    if (request->prealloc_metadata) /* an image that is to be full at once needs no sparse metadata */
        add_option(options, "preallocation", vol->allocation >= vol->capacity ? "falloc" : "metadata");
    if (vol->nocow)
        add_option(options, "nocow", "on");
    add_option(options, "compat", vol->compat ? vol->compat : "1.1");
    if (vol->cluster_size) {
        g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, vol->cluster_size);

        add_option(options, "cluster_size", size);
    }
    if (vol->extended_l2)
        add_option(options, "extended_l2", "on");
    if (vol->lazy_refcounts)
        add_option(options, "lazy_refcounts", "on");
    return options;
}

static GPtrArray *
create(const QemuImgRequest *request, bool backing)
{
    const StorageVolume *vol = request->vol;
    GPtrArray *argv = command("create", "-f", format_name(vol), NULL);
    g_autoptr(GString) options = create_options(request, backing);

    if (backing) {
        add(argv, "-b");
        add(argv, vol->backing_store->path);
    }
    if (is_luks(vol))
        add_secret(argv, vol, request->secret_path);
    if (options->len) {
        add(argv, "-o");
        add(argv, options->str);
    }
    add(argv, vol->path);
    g_ptr_array_add(argv, g_strdup_printf("%" G_GUINT64_FORMAT "K", vol->capacity / 1024 + !!(vol->capacity % 1024)));
    return argv;
}

static void
add_image(GPtrArray *argv, const StorageVolume *vol)
{
    g_autoptr(GString) image = g_string_new(NULL);
    g_autofree char *alias = secret_alias(vol);

    add_option(image, "driver", format_name(vol));
    add_option(image, "file.filename", vol->path);
    if (is_luks(vol))
        add_option(image, is_qcow2(vol) ? "encrypt.key-secret" : "key-secret", alias);
    add(argv, image->str);
}

/* Fill an image that create() made: the only way that qemu-img converts encrypted ones. */
static GPtrArray *
convert_into(const QemuImgRequest *request)
{
    GPtrArray *argv = command("convert", "--image-opts", "-n", "--target-image-opts", NULL);

    if (is_luks(request->vol))
        add_secret(argv, request->vol, request->secret_path);
    if (is_luks(request->input))
        add_secret(argv, request->input, request->input_secret_path);
    add_image(argv, request->input);
    add_image(argv, request->vol);
    return argv;
}

static GPtrArray *
convert(const QemuImgRequest *request)
{
    GPtrArray *argv = command("convert", "-f", format_name(request->input), "-O", format_name(request->vol), NULL);
    g_autoptr(GString) options = create_options(request, false);

    if (options->len) {
        add(argv, "-o");
        add(argv, options->str);
    }
    add(argv, request->input->path);
    add(argv, request->vol->path);
    return argv;
}

static bool
check_request(const QemuImgRequest *request, GError **error)
{
    const StorageVolume *vols[] = { request->vol, request->input };
    const char *secrets[] = { request->secret_path, request->input_secret_path };

    for (size_t i = 0; i < G_N_ELEMENTS(vols); i++) {
        if (!vols[i] || !vols[i]->encryption)
            continue;
        if (!is_luks(vols[i])) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "volume '%s': encryption format '%s' is not supported, use 'luks'",
                      vols[i]->name, encryption_format_words[vols[i]->encryption->format]);
            return false;
        }
        if (!secrets[i]) {
            error_set(error, VIR_ERR_XML_ERROR, "volume '%s' is encrypted but its <secret> is missing", vols[i]->name);
            return false;
        }
        if (strcmp(format_name(vols[i]), "luks") != 0 && !is_qcow2(vols[i])) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "volume '%s' of format '%s' cannot be encrypted", vols[i]->name,
                      format_name(vols[i]));
            return false;
        }
    }
    return true;
}

GPtrArray *
qemu_img_create(const QemuImgRequest *request, GError **error)
{
    bool encrypted = is_luks(request->vol) || is_luks(request->input);
    GPtrArray *commands;

    if (!check_request(request, error))
        return NULL;
    commands = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    if (!request->input) {
        g_ptr_array_add(commands, create(request, request->vol->backing_store != NULL));
    } else if (!encrypted) {
        g_ptr_array_add(commands, convert(request));
    } else {
        g_ptr_array_add(commands, create(request, false));
        g_ptr_array_add(commands, convert_into(request));
    }
    return commands;
}

GPtrArray *
qemu_img_resize(const char *path, VolumeFormat format, uint64_t bytes, bool shrink, bool prealloc)
{
    GPtrArray *argv = command("resize", NULL);

    if (shrink)
        add(argv, "--shrink");
    if (prealloc)
        add(argv, "--preallocation=falloc");
    add(argv, "-f");
    add(argv, volume_format_words[format]);
    add(argv, path);
    g_ptr_array_add(argv, g_strdup_printf("%" G_GUINT64_FORMAT, bytes));
    return argv;
}
