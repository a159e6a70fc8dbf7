/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* firmware.c - families of QEMU's interop descriptors: firmware images and vhost-user programs */
#define ERROR_FROM VIR_FROM_QEMU
#include "corpus/tool.h"
#include "drivers/qemu/firmware/firmware_list.h"
#include "drivers/qemu/firmware/interop.h"
#include "drivers/qemu/firmware/vhostuser.h"
#include "util/error.h"
#include "util/json.h"

static char *
list(const Request *request, const char *what, GError **error)
{
    const char *fixtures = request_option(request, "fixtures");
    g_autofree char *folder = g_strdup_printf("qemu-%s", g_str_equal(what, "firmware") ? what : "vhost-user");
    g_autofree char *root = g_build_filename(fixtures ? fixtures : "", folder, NULL);
    g_autoptr(GPtrArray) paths = interop_list(root, request_option(request, "xdg-config-home"), what, error);
    g_autoptr(GString) out = g_string_new(NULL);

    for (size_t i = 0; paths && i < paths->len; i++)
        g_string_append_printf(out, "%s\n", (char *)paths->pdata[i]);
    return paths ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

static char *
supported(const Request *request, GError **error)
{
    g_autofree char *root = g_build_filename(request_option(request, "fixtures"), "qemu-firmware", NULL);
    g_autoptr(FirmwareList) all = firmware_list_load(root, request_option(request, "xdg-config-home"), error);
    g_auto(FirmwareSupport) support = { 0 };
    g_autoptr(Json) json = json_new_object();
    Json *interfaces = json_new_array(), *images = json_new_array();

    json_add(json, "interfaces", interfaces);
    json_add(json, "images", images);
    if (!all)
        return NULL;
    firmware_list_support(all, request_option(request, "arch"), request_option(request, "machine"), &support);
    if (support.bios)
        json_append_string(interfaces, "bios");
    if (support.efi)
        json_append_string(interfaces, "efi");
    json_add_bool(json, "secure", support.secure);
    for (size_t i = 0; i < support.images->len; i++) {
        const Firmware *firmware = support.images->pdata[i];
        Json *image = json_new_object();

        json_add_string(image, "firmware", firmware->path);
        json_object_object_add(image, "nvram", firmware->nvram ? json_new_string(firmware->nvram) : NULL);
        json_append(images, image);
    }
    return json_format(json, true);
}

static bool
is_op(const Request *request, const char *op)
{
    return !g_strcmp0(request_option(request, "op"), op);
}

static char *
fail_op(const Request *request, GError **error)
{
    error_set(error, VIR_ERR_INVALID_ARG, "%s: unknown --op", request->family);
    return NULL;
}

static char *
qemu_firmware(const Request *request, GError **error)
{
    g_autoptr(Firmware) firmware = NULL;

    if (is_op(request, "list"))
        return list(request, "firmware", error);
    if (is_op(request, "supported"))
        return supported(request, error);
    if (!is_op(request, "format"))
        return fail_op(request, error);
    firmware = firmware_parse(request->input, "input", error);
    return firmware ? firmware_format(firmware) : NULL;
}

static char *
qemu_vhostuser(const Request *request, GError **error)
{
    g_autoptr(Vhostuser) program = NULL;

    if (is_op(request, "list"))
        return list(request, "vhost-user", error);
    if (!is_op(request, "format"))
        return fail_op(request, error);
    program = vhostuser_parse(request->input, "input", error);
    return program ? vhostuser_format(program) : NULL;
}

const Family firmware_families[] = {
    { "qemu-firmware", qemu_firmware, "op fixtures xdg-config-home privileged machine arch" },
    { "qemu-vhostuser", qemu_vhostuser, "op fixtures xdg-config-home privileged" },
    { NULL, NULL, NULL },
};
