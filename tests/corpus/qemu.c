/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu.c - families of the QEMU driver: definitions made whole, and command lines
 *
 * The emulator is a recorded dialogue.  What a started guest would be given (descriptors, ports, networks) is what
 * the corpus' README says in "Environment".
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "corpus/tool.h"
#include "drivers/qemu/fill/fill.h"
#include "util/error.h"
#include "util/json.h"

#include <string.h>

/* "any query-machines {...}" -> reply, of one transcript. */
static GHashTable *
read_transcript(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) documents = NULL;
    g_autoptr(GHashTable) answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_unref);
    int sessions = 0;

    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    documents = g_strsplit(text, "\n\n", -1);
    for (size_t i = 0; documents[i] && documents[i + 1]; i += 2) {
        g_autoptr(Json) request = json_parse(documents[i], -1, path, error);
        g_autoptr(Json) reply = request ? json_parse(documents[i + 1], -1, path, error) : NULL;
        Json *arguments;
        const char *command;

        if (!reply)
            return NULL;
        command = json_opt_string(request, "execute", "");
        arguments = json_opt_object(request, "arguments");
        sessions += g_str_equal(command, "qmp_capabilities");
        g_hash_table_insert(answers,
                            g_strdup_printf("%s %s %s", sessions > 1 ? "tcg" : "any", command,
                                            arguments ? json_object_to_json_string_ext(arguments, 0) : ""),
                            g_steal_pointer(&reply));
    }
    return g_steal_pointer(&answers);
}

static Json *
answer(void *data, bool tcg, const char *command, Json *arguments, GError **error)
{
    g_autofree char *key = g_strdup_printf("%s %s %s", tcg ? "tcg" : "any", command,
                                           arguments ? json_object_to_json_string_ext(arguments, 0) : "");
    Json *reply = g_hash_table_lookup(data, key);
    Json *value = NULL;

    if (reply && json_object_object_get_ex(reply, "return", &value))
        return json_ref(value);
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "not in the recorded dialogue: %s", key);
    return NULL;
}

static QemuCaps *
load_caps(const Request *request, GError **error)
{
    static GHashTable *cache;
    const char *path = request_option(request, "caps");
    const char *arch = request_option(request, "arch");
    g_autofree char *binary = g_strdup_printf("/usr/bin/qemu-system-%s", !g_strcmp0(arch, "armv7l") ? "arm" : arch);
    g_autoptr(GHashTable) answers = NULL;
    QemuCapsSource source = { .ask = answer };
    QemuCaps *caps;

    if (!path) {
        error_set(error, VIR_ERR_INVALID_ARG, "option --caps is missing");
        return NULL;
    }
    if (!cache)
        cache = g_hash_table_new(g_str_hash, g_str_equal);
    caps = g_hash_table_lookup(cache, path);
    if (caps)
        return qemu_caps_ref(caps);
    answers = read_transcript(path, error);
    if (!answers)
        return NULL;
    source.data = answers;
    caps = qemu_caps_build(binary, &source, error);
    if (caps)
        g_hash_table_insert(cache, g_strdup(path), qemu_caps_ref(caps));
    return caps;
}

static char *
find_emulator(const char *arch)
{
    return g_strdup_printf("/usr/bin/qemu-system-%s", g_str_equal(arch, "i686") ? "i386"
                                                      : g_str_equal(arch, "armv7l") ? "arm" : arch);
}

static Domain *
load_domain(const Request *request, QemuCaps *caps, QemuConf *conf, GError **error)
{
    g_autoptr(Domain) def = xml_parse_text(&domain_xml, request->input, XML_PARSE_INACTIVE, error);
    FillOptions options = {
        .keep_machine_alias = request_has(request, "no-aliases"),
        .fresh = request_has(request, "abi-update"),
    };

    if (!def || !fill_emulator(def, caps->arch, find_emulator, error) ||
        !fill_definition(def, caps, conf, &options, error))
        return NULL;
    return g_steal_pointer(&def);
}

static char *
domain_xml2xml(const Request *request, GError **error)
{
    g_autoptr(QemuCaps) caps = load_caps(request, error);
    g_autoptr(QemuConf) conf = qemu_conf_new_plain();
    g_autoptr(Domain) def = caps ? load_domain(request, caps, conf, error) : NULL;

    return def ? xml_format_text(&domain_xml, def, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE) : NULL;
}

#define QEMU_OPTIONS "arch caps fixtures no-aliases host-cpu refresh-host-model caps-add caps-del gic abi-update conf env tpm " \
                     "nbdkit-cap fd-group vdpa-fd slirp-helper migrate-from migrate-fd"

const Family qemu_families[] = {
    { "domain-xml2xml", domain_xml2xml, QEMU_OPTIONS },
    { "domain-xml-stable", domain_xml2xml, QEMU_OPTIONS },
    { NULL, NULL, NULL },
};
