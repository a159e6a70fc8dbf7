/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu.c - families of CPUs: decoding, comparing, updating, baselines */
#define ERROR_FROM VIR_FROM_CPU
#include "corpus/tool.h"
#include "drivers/conf/cpu/cpu.h"
#include "util/error.h"

#include <string.h>

/* Replies of a monitor, one after the other. */
static bool
read_replies(const char *text, Json **ret_expansion, Json **ret_definitions, GError **error)
{
    g_auto(GStrv) documents = g_strsplit(text, "\n\n", -1);

    for (size_t i = 0; documents[i]; i++) {
        g_autoptr(Json) reply = *g_strstrip(documents[i]) ? json_parse(documents[i], -1, "reply", error) : NULL;
        Json *value = NULL;

        if (!*documents[i])
            continue;
        if (!reply || !json_object_object_get_ex(reply, "return", &value)) {
            g_prefix_error(error, "reply %zu: ", i);
            return false;
        }
        if (json_object_is_type(value, json_type_array))
            *ret_definitions = json_ref(value);
        else
            *ret_expansion = json_ref(json_get_object(value, "model", error));
    }
    return true;
}

/* What query-cpu-definitions answered, as choices; they borrow from @definitions. */
static CpuChoices *
make_choices(Json *definitions, GPtrArray *keep)
{
    CpuChoices *choices = g_new0(CpuChoices, 1);
    CpuChoice *items = g_new0(CpuChoice, json_array_len(definitions));

    g_ptr_array_add(keep, items);
    g_ptr_array_add(keep, choices);
    for (size_t i = 0; i < json_array_len(definitions); i++) {
        Json *definition = json_array_at(definitions, i);
        Json *missing = json_opt_array(definition, "unavailable-features");
        const char **blockers = g_new0(const char *, (missing ? json_array_len(missing) : 0) + 1);

        for (size_t k = 0; missing && k < json_array_len(missing); k++)
            blockers[k] = json_string_value(json_array_at(missing, k));
        g_ptr_array_add(keep, blockers);
        items[i] = (CpuChoice){ json_opt_string(definition, "name", ""), blockers };
    }
    choices->n = json_array_len(definitions);
    choices->items = items;
    return choices;
}

static Cpu *
load_cpu(const char *text, const char *arch, char **ret_arch, GError **error)
{
    g_autofree char *own = NULL;
    Cpu *cpu = cpu_parse(text, 0, &own, error);

    if (ret_arch)
        *ret_arch = g_steal_pointer(&own);
    return cpu;
}

static Cpu *
load_host(const Request *request, GError **error)
{
    g_autofree char *text = request_file(request, "host", error);

    return text ? load_cpu(text, request_option(request, "arch"), NULL, error) : NULL;
}

static char *
cpu_cpuid(const Request *request, GError **error)
{
    const char *arch = request_option(request, "arch");
    g_autoptr(CpuData) data = xml_parse_text(&cpu_data_xml, request->input, 0, error);
    g_autofree char *models = request_has(request, "qemu-models") ? request_file(request, "qemu-models", error) : NULL;
    g_autoptr(GPtrArray) keep = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Json) expansion = NULL;
    g_autoptr(Json) definitions = NULL;
    g_autoptr(HostCpu) host = NULL;
    g_autoptr(Cpu) guest = NULL;

    if (!data || (request_has(request, "qemu-models") && !models))
        return NULL;
    if (!g_strcmp0(request_option(request, "type"), "host")) {
        host = cpu_decode_host(arch, data, error);
        return host ? xml_format_text(&host_cpu_xml, host, 0) : NULL;
    }
    if (models && !read_replies(models, &expansion, &definitions, error))
        return NULL;
    guest = cpu_decode_guest(arch, data, definitions ? make_choices(definitions, keep) : NULL, error);
    return guest ? xml_format_text(&cpu_xml, guest, 0) : NULL;
}

static char *
cpu_signature(const Request *request, GError **error)
{
    CpuSignature s;

    if (!g_strcmp0(request_option(request, "from"), "cpuid")) {
        g_autoptr(CpuData) data = xml_parse_text(&cpu_data_xml, request->input, 0, error);

        if (!data || !cpu_signature_of_data(data, &s, error))
            return NULL;
    } else {
        g_autoptr(Json) expansion = NULL;
        g_autoptr(Json) definitions = NULL;

        if (!read_replies(request->input, &expansion, &definitions, error) ||
            !cpu_signature_of_qemu(expansion, &s, error))
            return NULL;
    }
    return g_strdup_printf("%06x\nfamily:   %3u (0x%02x)\nmodel:    %3u (0x%02x)\nstepping: %3u (0x%02x)\n",
                           cpu_signature_pack(&s), s.family, s.family, s.model, s.model, s.stepping, s.stepping);
}

static char *
cpu_qemu_model(const Request *request, GError **error)
{
    g_autoptr(GPtrArray) keep = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Json) expansion = NULL;
    g_autoptr(Json) definitions = NULL;
    g_autoptr(Cpu) cpu = NULL;

    if (!read_replies(request->input, &expansion, &definitions, error))
        return NULL;
    cpu = cpu_from_qemu(request_option(request, "arch"), expansion,
                        request_has(request, "definitions") && definitions ? make_choices(definitions, keep) : NULL,
                        error);
    return cpu ? xml_format_text(&cpu_xml, cpu, 0) : NULL;
}

static char *
cpu_compare_family(const Request *request, GError **error)
{
    static const char *const words[] = { "incompatible\n", "identical\n", "superset\n" };
    const char *arch = request_option(request, "arch");
    g_autoptr(Cpu) host = load_host(request, error);
    g_autofree char *cpu_arch = NULL;
    g_autofree char *why = NULL;
    g_autoptr(Cpu) cpu = host ? load_cpu(request->input, arch, &cpu_arch, error) : NULL;
    CpuRelation relation;

    if (!cpu || !cpu_compare(arch, host, cpu_arch, cpu, &relation, &why, error))
        return NULL;
    return g_strdup(words[relation]);
}

static char *
cpu_update_family(const Request *request, GError **error)
{
    const char *arch = request_option(request, "arch");
    g_autoptr(Cpu) host = load_host(request, error);
    g_autoptr(Cpu) cpu = host ? load_cpu(request->input, arch, NULL, error) : NULL;

    if (!cpu)
        return NULL;
    cpu_make_migratable(arch, host);
    if (!cpu_update(arch, cpu, host, error))
        return NULL;
    return xml_format_text(&cpu_xml, cpu, 0);
}

static char *
cpu_guest(const Request *request, GError **error)
{
    const char *arch = request_option(request, "arch");
    g_autoptr(Cpu) host = load_host(request, error);
    g_autoptr(Cpu) cpu = host ? load_cpu(request->input, arch, NULL, error) : NULL;
    g_autoptr(GArray) items = g_array_new(FALSE, TRUE, sizeof(CpuChoice));
    CpuChoices choices = { 0 };
    guint at = 0;

    for (const char *name; (name = request_next_option(request, "model", &at));) {
        CpuChoice choice = { .name = name };

        g_array_append_val(items, choice);
    }
    choices = (CpuChoices){ items->len, (const CpuChoice *)items->data };
    if (!cpu || !cpu_make_guest(arch, cpu, host, items->len ? &choices : NULL, error))
        return NULL;
    return xml_format_text(&cpu_xml, cpu, 0);
}

static bool
add_cpu(GPtrArray *cpus, const char *text, GError **error)
{
    Cpu *cpu = load_cpu(text, NULL, NULL, error);

    if (cpu)
        g_ptr_array_add(cpus, cpu);
    return cpu != NULL;
}

/* The <cpu> elements of <cpuTest>. */
static bool
split_cpus(GPtrArray *cpus, const char *text, GError **error)
{
    g_autoptr(xmlDoc) doc = xml_read(text, "(input)", error);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    bool ok = root != NULL;

    for (xmlNode *child = ok ? root->children : NULL; child && ok; child = child->next) {
        xmlBuffer *buffer = xmlBufferCreate();

        if (child->type == XML_ELEMENT_NODE) {
            xmlNodeDump(buffer, doc, child, 0, 0);
            ok = add_cpu(cpus, (const char *)xmlBufferContent(buffer), error);
        }
        xmlBufferFree(buffer);
    }
    return ok;
}

static char *
cpu_baseline_family(const Request *request, GError **error)
{
    g_autoptr(GPtrArray) cpus = g_ptr_array_new_with_free_func((GDestroyNotify)cpu_free);
    unsigned flags = (request_has(request, "expand-features") ? CPU_BASELINE_EXPAND : 0) |
                     (request_has(request, "migratable") ? CPU_BASELINE_MIGRATABLE : 0);
    g_autoptr(Cpu) cpu = NULL;
    guint at = 0;

    if (*request->input && !split_cpus(cpus, request->input, error))
        return NULL;
    for (const char *path; (path = request_next_option(request, "cpu", &at));) {
        g_autofree char *text = NULL;

        if (!g_file_get_contents(path, &text, NULL, error) || !add_cpu(cpus, text, error))
            return NULL;
    }
    cpu = cpu_baseline(request_option(request, "arch"), (Cpu *const *)cpus->pdata, cpus->len, NULL, flags, error);
    return cpu ? xml_format_text(&cpu_xml, cpu, 0) : NULL;
}

static char *
cpu_feature_family(const Request *request, GError **error)
{
    const char *arch = request_option(request, "arch");
    g_autoptr(Cpu) cpu = NULL;
    bool has;

    if (request_has(request, "validate")) {
        cpu = load_cpu(request->input, arch, NULL, error);
        return cpu && cpu_validate(arch, cpu, error) ? g_strdup("valid\n") : NULL;
    }
    cpu = load_host(request, error);
    if (!cpu || !cpu_has_feature(arch, cpu, request_option(request, "feature"), &has, error))
        return NULL;
    return g_strdup(has ? "yes\n" : "no\n");
}

const Family cpu_families[] = {
    { "cpu-cpuid", cpu_cpuid, "arch type qemu-models" },
    { "cpu-signature", cpu_signature, "arch from" },
    { "cpu-qemu-model", cpu_qemu_model, "arch definitions" },
    { "cpu-compare", cpu_compare_family, "arch host" },
    { "cpu-update", cpu_update_family, "arch host" },
    { "cpu-guest", cpu_guest, "arch host model" },
    { "cpu-baseline", cpu_baseline_family, "arch cpu expand-features migratable" },
    { "cpu-feature", cpu_feature_family, "arch host feature validate" },
    { NULL, NULL, NULL },
};
