/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vhostuser.c - descriptors of vhost-user programs */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/firmware/vhostuser.h"

#include <string.h>

#include "drivers/qemu/firmware/interop.h"
#include "util/error.h"
#include "util/json.h"
#include "util/log.h"

LOG_SOURCE("qemu.vhostuser");

void
vhostuser_free(Vhostuser *program)
{
    if (!program)
        return;
    g_free(program->type);
    g_free(program->binary);
    g_free(program);
}

static bool
is_known_type(const char *type)
{
    static const char *const types[] = {
        "9p", "balloon", "block", "caif", "console", "crypto", "fs", "gpu", "input", "net", "rng", "rpmsg",
        "rproc-serial", "scsi", "vsock", NULL,
    };

    return g_strv_contains(types, type);
}

Vhostuser *
vhostuser_parse(const char *text, const char *name, GError **error)
{
    g_autoptr(Json) json = json_parse(text, -1, name, error);
    g_autoptr(Vhostuser) program = g_new0(Vhostuser, 1);
    const char *type, *binary;

    if (!json || !(type = json_get_string(json, "type", error)) || !(binary = json_get_string(json, "binary", error)))
        return NULL;
    if (!is_known_type(type)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "%s: unknown device type '%s'", name, type);
        return NULL;
    }
    if (!g_path_is_absolute(binary)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "%s: the path of the program must be absolute, and '%s' is not", name,
                  binary);
        return NULL;
    }
    program->type = g_strdup(type);
    program->binary = g_strdup(binary);
    return g_steal_pointer(&program);
}

char *
vhostuser_format(const Vhostuser *program)
{
    g_autoptr(Json) json = json_new_object();

    json_add_string(json, "type", program->type);
    json_add_string(json, "binary", program->binary);
    return json_format(json, true);
}

Vhostuser *
vhostuser_find(const char *root, const char *config_home, const char *type, GError **error)
{
    g_autoptr(GPtrArray) paths = interop_list(root, config_home, "vhost-user", error);

    if (!paths)
        return NULL;
    for (size_t i = 0; i < paths->len; i++) {
        g_autoptr(GError) reason = NULL;
        g_autofree char *text = interop_read(root, paths->pdata[i], &reason);
        g_autoptr(Vhostuser) program = text ? vhostuser_parse(text, paths->pdata[i], &reason) : NULL;

        if (!program)
            log_warning("a vhost-user descriptor is left out: %s", reason->message);
        else if (!strcmp(program->type, type))
            return g_steal_pointer(&program);
    }
    error_set(error, VIR_ERR_OPERATION_FAILED, "Unable to find a satisfying vhost-user-%s: install a program that "
              "describes itself in /usr/share/qemu/vhost-user", type);
    return NULL;
}
