/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_cpu.c - features of the CPU, nested guests, and virtual NUMA nodes */
#define ERROR_FROM VIR_FROM_XEN
#include "drivers/xen/xen_cpu.h"

#include <string.h>

#include "drivers/conf/cpu/cpu_map.h"
#include "drivers/xen/xen_private.h"
#include "util/bitmap.h"
#include "util/error.h"
#include "util/text.h"

enum { DISTANCE_LOCAL = 10, DISTANCE_REMOTE = 20, MAX_NODES = 256 };

/* Features that xl calls by another name. */
static const struct { const char *name, *xl; } names[] = {
    { "cx16", "cmpxchg16" }, { "cid", "cntxid" }, { "ds_cpl", "dscpl" }, { "pclmuldq", "pclmulqdq" }, { "pni", "sse3" },
    { "ht", "htt" }, { "pn", "psn" }, { "clflush", "clfsh" }, { "sep", "sysenter" }, { "cx8", "cmpxchg8" },
    { "nodeid_msr", "nodeid" }, { "cr8legacy", "altmovcr8" }, { "lahf_lm", "lahfsahf" }, { "cmp_legacy", "cmplegacy" },
    { "fxsr_opt", "ffxsr" }, { "pdpe1gb", "page1gb" }, { "spec-ctrl", "ibrsb" }, { "avx512-4vnniw", "avx512_4vnniw" },
    { "avx512-4fmaps", "avx512_4fmaps" }, { "arch-capabilities", "arch-caps" },
};

bool
xen_cpu_nests(const CpuFeature *feature)
{
    return !strcmp(feature->name, "vmx") || !strcmp(feature->name, "svm");
}

char
xen_cpu_policy(const CpuFeature *feature)
{
    switch (feature->policy) {
    case CPU_POLICY_DISABLE:
    case CPU_POLICY_FORBID:
        return '0';
    case CPU_POLICY_OPTIONAL:
        return 'x';
    default:
        return '1';
    }
}

static void
add_feature(Cpu *cpu, const char *name, CpuPolicy policy)
{
    CpuFeature *feature = xen_append(&cpu->features, &cpu_feature_xml);

    feature->name = g_strdup(name);
    feature->policy = policy;
}

/* ---- features -------------------------------------------------------------- */

static bool
policy_of(const ConfValue *value, char letter, CpuPolicy *ret, GError **error)
{
    const char *letters = "01xks", *at = letter ? strchr(letters, letter) : NULL;

    if (!at)
        return xen_refuse(value, error, "a bit of 'cpuid' is '%c', expected 0, 1, x, k or s", letter ? letter : ' ');
    *ret = letter == '0' ? CPU_POLICY_DISABLE : letter == '1' ? CPU_POLICY_FORCE : CPU_POLICY_OPTIONAL;
    return true;
}

/* "host,tm=0,sse3=1" */
static bool
read_names(const ConfValue *value, Cpu *cpu, GError **error)
{
    g_auto(GStrv) options = xen_options(value->string);

    if (!*options || strcmp(options[0], "host") != 0)
        return xen_refuse(value, error, "'cpuid' must begin with 'host,'");
    for (char **option = options + 1; *option; option++) {
        char *equals = strchr(*option, '=');
        const char *name = *option;
        CpuPolicy policy;

        if (!equals || equals == name || strlen(equals) != 2)
            return xen_refuse(value, error, "'%.64s' in 'cpuid' is no feature as in 'sse3=0'", name);
        if (!policy_of(value, equals[1], &policy, error))
            return false;
        *equals = '\0';
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
            if (!strcmp(names[i].xl, name)) {
                name = names[i].name;
                break;
            }
        add_feature(cpu, name, policy);
    }
    return true;
}

static const CpuMapFeature *
find_bit(uint32_t leaf, unsigned reg, unsigned bit)
{
    for (size_t i = 0; i < cpu_map_n_x86_features; i++) {
        const CpuMapFeature *feature = &cpu_map_x86_features[i];

        if (!feature->msr && feature->leaf == leaf && !feature->subleaf && feature->reg == reg && feature->bit == bit)
            return feature;
    }
    return NULL;
}

/* "0x1:ecx=xxxxxxxx0xx..,edx=.." */
static bool
read_bits(const ConfValue *value, Cpu *cpu, GError **error)
{
    static const char *const registers[] = { "eax", "ebx", "ecx", "edx" };
    const char *colon = strchr(value->string, ':');
    g_autofree char *number = colon ? g_strndup(value->string, (size_t)(colon - value->string)) : NULL;
    g_auto(GStrv) options = colon ? xen_options(colon + 1) : NULL;
    int64_t leaf;

    if (!colon)
        return xen_refuse(value, error, "'%.64s' in 'cpuid' is no leaf with registers as in '1:edx=...'", value->string);
    if (!xen_parse_number(value, number, "leaf of 'cpuid'", 0, UINT32_MAX, &leaf, error))
        return false;
    for (unsigned reg = 0; reg < G_N_ELEMENTS(registers); reg++) {
        const char *bits = xen_option(options, registers[reg]);

        if (bits && strlen(bits) != 32)
            return xen_refuse(value, error, "register '%s' of 'cpuid' must have 32 bits", registers[reg]);
        for (unsigned i = 0; bits && i < 32; i++) {
            const CpuMapFeature *feature;
            CpuPolicy policy;

            if (!policy_of(value, bits[i], &policy, error))
                return false;
            if (policy == CPU_POLICY_OPTIONAL)
                continue;
            feature = find_bit((uint32_t)leaf, reg, 31 - i);
            if (!feature)
                return xen_refuse(value, error, "bit %u of '%s' in 'cpuid' is no feature known by a name", 31 - i,
                                  registers[reg]);
            add_feature(cpu, feature->name, policy);
        }
    }
    return true;
}

bool
xen_cpuid_read(const XenReader *r, GError **error)
{
    const ConfValue *value = conf_get(r->conf, "cpuid");
    bool nested = false, given = false, text = value && value->kind == CONF_VALUE_STRING && value->string[0];
    g_autoptr(GPtrArray) items = NULL;

    if ((r->guest == XEN_HVM && !xen_get_flag(r, "nestedhvm", &nested, &given, error)) ||
        !xen_get_items(r, "cpuid", &items, error))
        return false;
    if (given || items)
        xen_cpu(r->domain)->mode = CPU_MODE_HOST_PASSTHROUGH;
    if (given && !nested)
        add_feature(r->domain->cpu, r->context->svm ? "svm" : "vmx", CPU_POLICY_DISABLE);
    for (guint i = 0; i < list_len(items); i++)
        if (!(text ? read_names : read_bits)(list_at(items, i), r->domain->cpu, error))
            return false;
    return true;
}

bool
xen_cpuid_write(const XenWriter *w, GError **error)
{
    const Cpu *cpu = w->domain->cpu;
    g_autoptr(GString) text = g_string_new("host");
    bool nested = true;

    if (!cpu)
        return true;
    if (cpu->model || cpu->mode == CPU_MODE_HOST_MODEL || cpu->mode == CPU_MODE_MAXIMUM || cpu->topology)
        return xen_unsupported(w, error, "a CPU other than the host's: use mode='host-passthrough' without a topology");
    for (guint i = 0; i < list_len(cpu->features); i++) {
        const CpuFeature *feature = list_at(cpu->features, i);
        const char letter[] = { xen_cpu_policy(feature), '\0' };
        const char *name = feature->name;

        if (xen_cpu_nests(feature)) {
            nested = nested && letter[0] != '0';
            continue;
        }
        for (size_t k = 0; k < G_N_ELEMENTS(names); k++)
            if (!strcmp(names[k].name, feature->name))
                name = names[k].xl;
        if (!xen_add_option(text, name, letter, error))
            return false;
    }
    if (w->guest == XEN_HVM && cpu->mode == CPU_MODE_HOST_PASSTHROUGH)
        xen_put_number(w, "nestedhvm", nested);
    if (strcmp(text->str, "host") != 0)
        xen_put_text(w, "cpuid", text->str);
    return true;
}

/* ---- NUMA ------------------------------------------------------------------ */

static bool
read_distances(const ConfValue *value, const char *text, NumaCell *cell, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);

    if (g_strv_length(words) > MAX_NODES)
        return xen_refuse(value, error, "'vdistances' has more than %d distances", MAX_NODES);
    for (unsigned i = 0; words[i]; i++) {
        NumaSibling *sibling = xen_append(&cell->distances, &numa_sibling_xml);
        int64_t distance;

        if (!xen_parse_number(value, g_strstrip(words[i]), "vdistances", DISTANCE_LOCAL, 255, &distance, error))
            return false;
        sibling->id = i;
        sibling->value = (unsigned)distance;
    }
    return true;
}

/* One option of a node, as in "size=2048". */
static bool
read_node_option(const ConfValue *value, NumaCell *cell, GError **error)
{
    const char *text = value->kind == CONF_VALUE_STRING ? value->string : "", *equals = strchr(text, '=');
    g_autofree char *name = g_strstrip(g_strndup(text, equals ? (size_t)(equals - text) : 0));
    g_autofree char *rest = g_strstrip(g_strdup(equals ? equals + 1 : ""));
    int64_t number;

    if (!strcmp(name, "pnode")) {
        if (!xen_parse_number(value, rest, name, 0, UINT_MAX, &number, error))
            return false;
        if (number != cell->id)
            return xen_refuse(value, error, "'pnode' of node %u in 'vnuma' must be %u: a document cannot say another", cell->id,
                              cell->id);
        return true;
    }
    if (!strcmp(name, "size")) {
        if (!xen_parse_number(value, rest, name, 1, INT64_C(1) << 43, &number, error))
            return false;
        cell->memory = (uint64_t)number * 1024;
        return true;
    }
    if (!strcmp(name, "vcpus")) {
        bitmap_free(cell->cpus);
        cell->cpus = bitmap_parse(rest);
        return cell->cpus || xen_refuse(value, error, "'vcpus' is '%.64s', expected numbers as in '0-3,5'", rest);
    }
    if (!strcmp(name, "vdistances"))
        return !cell->distances ? read_distances(value, rest, cell, error)
                                : xen_refuse(value, error, "a node of 'vnuma' has 'vdistances' twice");
    return xen_refuse(value, error, "'%.64s' in 'vnuma' is none of pnode, size, vcpus and vdistances", text);
}

bool
xen_vnuma_read(const XenReader *r, GError **error)
{
    const ConfValue *value = conf_get(r->conf, "vnuma");

    if (!value)
        return true;
    if (value->kind != CONF_VALUE_LIST || value->list->len > MAX_NODES)
        return xen_refuse(value, error, "'vnuma' must be a list of at most %d nodes", MAX_NODES);
    for (guint i = 0; i < value->list->len; i++) {
        const ConfValue *node = list_at(value->list, i);
        NumaCell *cell = xen_append(&xen_cpu(r->domain)->cells, &numa_cell_xml);

        if (node->kind != CONF_VALUE_LIST)
            return xen_refuse(node, error, "a node of 'vnuma' must be a list of strings");
        cell->id = i;
        cell->has_id = true;
        for (guint k = 0; k < node->list->len; k++)
            if (!read_node_option(list_at(node->list, k), cell, error))
                return false;
        if (!cell->memory)
            return xen_refuse(node, error, "node %u of 'vnuma' has no 'size'", i);
    }
    return true;
}

static unsigned
given_distance(const NumaCell *cell, unsigned to)
{
    for (guint i = 0; i < list_len(cell->distances); i++) {
        const NumaSibling *sibling = list_at(cell->distances, i);

        if (sibling->id == to)
            return sibling->value;
    }
    return 0;
}

unsigned
xen_cpu_distance(const Cpu *cpu, unsigned from, unsigned to)
{
    unsigned there = given_distance(list_at(cpu->cells, from), to);

    if (!there)
        there = given_distance(list_at(cpu->cells, to), from);
    return there ? there : from == to ? DISTANCE_LOCAL : DISTANCE_REMOTE;
}

static void
add_node_option(ConfValue *node, const char *name, const char *text)
{
    g_autofree char *option = g_strdup_printf("%s=%s", name, text);

    g_ptr_array_add(node->list, conf_value_string(option));
}

bool
xen_vnuma_write(const XenWriter *w, GError **error)
{
    const Cpu *cpu = w->domain->cpu;
    guint n = cpu ? list_len(cpu->cells) : 0;
    ConfValue *list;

    if (n > MAX_NODES)
        return xen_unsupported(w, error, "more than %d NUMA cells", MAX_NODES);
    if (!n)
        return true;
    list = conf_value_list();
    for (guint i = 0; i < n; i++) {
        const NumaCell *cell = list_at(cpu->cells, i);
        ConfValue *node = conf_value_list();
        g_autofree char *cpus = cell->cpus ? bitmap_format(cell->cpus) : NULL, *id = g_strdup_printf("%u", i);
        g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, (cell->memory + 1023) / 1024);
        g_autoptr(GString) distances = g_string_new(NULL);

        for (guint k = 0; k < n; k++)
            g_string_append_printf(distances, "%s%u", k ? "," : "", xen_cpu_distance(cpu, i, k));
        add_node_option(node, "pnode", id);
        add_node_option(node, "size", size);
        if (cpus && *cpus)
            add_node_option(node, "vcpus", cpus);
        add_node_option(node, "vdistances", distances->str);
        g_ptr_array_add(list->list, node);
    }
    conf_add(w->conf, "vnuma", list);
    return true;
}
