/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security.c - families of security models: the labels that files have while a guest runs */
#define ERROR_FROM VIR_FROM_SECURITY
#include "corpus/tool.h"

#include <string.h>

#include "drivers/qemu/security/security.h"
#include "util/error.h"
#include "util/xml.h"

/* Below /nfs there are no labels. */
static int
set_label(void *data, const char *path, const char *label)
{
    bool nfs = g_str_has_prefix(path, "/nfs/");

    g_hash_table_insert(data, g_strdup(path), g_strdup(nfs ? "EOPNOTSUPP" : label));
    return nfs ? EOPNOTSUPP : 0;
}

static bool
count_up(void *bytes, size_t n, GError **error G_GNUC_UNUSED)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)i;
    return true;
}

static char *
selinux_label(const Request *request, GError **error)
{
    g_autoptr(Domain) doc = xml_parse_text(&domain_xml, request->input, 0, error);
    g_autoptr(GHashTable) labels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(SecuritySelinux) model = { NULL };
    const char *contexts = request_option(request, "contexts"), *process = request_option(request, "process-context"), *path;
    GString *out;
    guint at = 0;

    if (!contexts || !process) {
        error_set(error, VIR_ERR_INVALID_ARG, "--contexts and --process-context are missing");
        return NULL;
    }
    if (!doc || !security_selinux_read(contexts, &model, error) ||
        !security_selinux_prepare(&model, process, doc, NULL, NULL, count_up, error) ||
        !security_selinux_label(&model, doc, set_label, labels, error))
        return NULL;
    out = g_string_new(NULL);
    while ((path = request_next_option(request, "file", &at))) {
        const char *label = g_hash_table_lookup(labels, path);

        g_string_append_printf(out, "%s;%s\n", path, label ? label : "");
    }
    return g_string_free(out, FALSE);
}

const Family security_families[] = {
    { "selinux-label", selinux_label, "arch caps fixtures no-aliases host-cpu conf env contexts process-context file" },
    { NULL, NULL, NULL },
};
