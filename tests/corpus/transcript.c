/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transcript.c - emulators as recorded dialogues */
#define ERROR_FROM VIR_FROM_QEMU
#include "corpus/transcript.h"

#include <stdlib.h>

#include "util/error.h"
#include "util/json.h"
#include "util/xml.h"

typedef struct Transcript {
    GHashTable *answers; /* "any query-machines {...}" -> reply */
    int sessions;
} Transcript;

static bool
read_transcript(Transcript *t, const char *text, const char *path, GError **error)
{
    g_auto(GStrv) documents = g_strsplit(text, "\n\n", -1);

    for (size_t i = 0; documents[i] && documents[i + 1]; i += 2) {
        g_autoptr(Json) request = json_parse(documents[i], -1, path, error);
        g_autoptr(Json) reply = request ? json_parse(documents[i + 1], -1, path, error) : NULL;
        Json *arguments;
        const char *command;

        if (!reply)
            return false;
        command = json_opt_string(request, "execute", "");
        arguments = json_opt_object(request, "arguments");
        t->sessions += g_str_equal(command, "qmp_capabilities");
        g_hash_table_insert(t->answers,
                            g_strdup_printf("%s %s %s", t->sessions > 1 ? "tcg" : "any", command,
                                            arguments ? json_object_to_json_string_ext(arguments, 0) : ""),
                            g_steal_pointer(&reply));
    }
    return true;
}

static Json *
answer(void *data, bool tcg, const char *command, Json *arguments, GError **error)
{
    g_autofree char *key = g_strdup_printf("%s %s %s", tcg ? "tcg" : "any", command,
                                           arguments ? json_object_to_json_string_ext(arguments, 0) : "");
    Json *reply = g_hash_table_lookup(((Transcript *)data)->answers, key);
    Json *value = NULL;

    if (reply && json_object_object_get_ex(reply, "return", &value))
        return json_ref(value);
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "not in the recorded dialogue: %s", key);
    return NULL;
}

QemuCaps *
transcript_build(const Request *request, const char *text, const char *path, const char *binary, GError **error)
{
    Transcript t = { g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_unref), 0 };
    const char *microcode = request_option(request, "microcode-version");
    QemuCapsSource source = { .ask = answer, .data = &t };
    QemuCaps *caps = NULL;

    source.microcode = microcode ? (unsigned)atoi(microcode) : 0;
    if (read_transcript(&t, text, path, error)) {
        /* A second session is there where the first has an accelerator; what is not KVM is macOS'. */
        source.hvf = t.sessions > 1 || !g_strcmp0(request_option(request, "accel"), "hvf");
        caps = qemu_caps_build(binary, &source, error);
    }
    g_hash_table_unref(t.answers);
    return caps;
}

static QemuCaps *
override_all(const Request *request, QemuCaps *caps, const char *option, bool on, GError **error)
{
    const char *flag;
    guint at = 0;

    while (caps && (flag = request_next_option(request, option, &at))) {
        QemuCaps *changed = qemu_caps_override(caps, flag, on, error);

        qemu_caps_unref(caps);
        caps = changed;
    }
    return caps;
}

/* "v2", "v3" or "both", by the kernel and emulated, in place of those probed. */
static QemuCaps *
replace_gic(QemuCaps *caps, const char *gic)
{
    QemuCapsDoc *doc = xml_copy(&qemu_caps_doc_xml, caps->doc);

    for (unsigned i = 0; doc->gics && i < doc->gics->len; i++)
        qemu_caps_gic_free(doc->gics->pdata[i]);
    g_clear_pointer(&doc->gics, g_ptr_array_unref);
    doc->gics = g_ptr_array_new();
    for (unsigned version = 2; version <= 3; version++) {
        QemuCapsGic *one;

        if (!g_str_equal(gic, "both") && gic[1] != (char)('0' + version))
            continue;
        one = xml_new(&qemu_caps_gic_xml);
        one->version = version;
        one->kernel = one->emulated = QEMU_YES_YES;
        g_ptr_array_add(doc->gics, one);
    }
    qemu_caps_unref(caps);
    return qemu_caps_new(doc);
}

QemuCaps *
transcript_caps(const Request *request, GError **error)
{
    static GHashTable *cache;
    const char *path = request_option(request, "caps");
    const char *arch = request_option(request, "arch");
    const char *given = request_option(request, request_has(request, "binary") ? "binary" : "emulator");
    g_autofree char *binary = given ? g_strdup(given)
                              : g_strdup_printf("/usr/bin/qemu-system-%s", !g_strcmp0(arch, "armv7l") ? "arm" : arch);
    g_autofree char *text = NULL;
    g_autofree char *key = NULL;
    QemuCaps *caps;

    if (!path) {
        error_set(error, VIR_ERR_INVALID_ARG, "option --caps is missing");
        return NULL;
    }
    if (!cache)
        cache = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    key = g_strdup_printf("%s %s", path, binary);
    caps = g_hash_table_lookup(cache, key);
    if (caps) {
        qemu_caps_ref(caps);
    } else {
        if (!g_file_get_contents(path, &text, NULL, error) ||
            !(caps = transcript_build(request, text, path, binary, error)))
            return NULL;
        g_hash_table_insert(cache, g_steal_pointer(&key), qemu_caps_ref(caps));
    }
    if (request_has(request, "gic"))
        caps = replace_gic(caps, request_option(request, "gic"));
    caps = override_all(request, caps, "caps-add", true, error);
    return override_all(request, caps, "caps-del", false, error);
}
