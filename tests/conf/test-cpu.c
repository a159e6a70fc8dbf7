/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-cpu.c - CPU models: laws that hold for every model of the map, and what documents say
 *
 * Registers are made from the map itself: a model's features, put where CPUID has them, must decode to that model.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/conf/cpu/cpu.h"
#include "drivers/conf/cpu/cpu_map.h"
#include "util/error.h"

#include <string.h>

static Cpu *
parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *arch = NULL;
    Cpu *cpu = cpu_parse(text, XML_PARSE_STRICT, &arch, &error);

    g_assert_no_error(error);
    return cpu;
}

static CpuRelation
relation(const char *arch, const char *host_text, const char *cpu_text, char **ret_why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cpu) host = parse(host_text);
    g_autoptr(Cpu) cpu = parse(cpu_text);
    g_autofree char *why = NULL;
    CpuRelation found = CPU_INCOMPATIBLE;

    g_assert_true(cpu_compare(arch, host, NULL, cpu, &found, &why, &error));
    g_assert_no_error(error);
    g_assert_true((found == CPU_INCOMPATIBLE) == (why != NULL));
    if (ret_why)
        *ret_why = g_steal_pointer(&why);
    return found;
}

static bool
bit_of(const CpuBits *bits, size_t i)
{
    return bits->words[i / 64] >> i % 64 & 1;
}

static uint32_t *
reg_at(CpuidLeaf *leaf, unsigned reg)
{
    return reg == 0 ? &leaf->eax : reg == 1 ? &leaf->ebx : reg == 2 ? &leaf->ecx : &leaf->edx;
}

static CpuidLeaf *
leaf_at(CpuData *data, uint32_t eax, uint32_t ecx)
{
    CpuidLeaf *leaf;

    for (guint i = 0; data->leaves && i < data->leaves->len; i++) {
        leaf = data->leaves->pdata[i];
        if (leaf->eax_in == eax && leaf->ecx_in == ecx)
            return leaf;
    }
    leaf = xml_new(&cpuid_leaf_xml);
    leaf->eax_in = eax;
    leaf->ecx_in = ecx;
    if (!data->leaves)
        data->leaves = g_ptr_array_new();
    g_ptr_array_add(data->leaves, leaf);
    return leaf;
}

static CpuMsr *
msr_at(CpuData *data, uint32_t index)
{
    CpuMsr *msr;

    for (guint i = 0; data->msrs && i < data->msrs->len; i++) {
        msr = data->msrs->pdata[i];
        if (msr->index == index)
            return msr;
    }
    msr = xml_new(&cpu_msr_xml);
    msr->index = index;
    if (!data->msrs)
        data->msrs = g_ptr_array_new();
    g_ptr_array_add(data->msrs, msr);
    return msr;
}

/* What a CPU that is @model says of itself. */
static CpuData *
registers_of(const CpuMapX86Model *model)
{
    CpuData *data = xml_new(&cpu_data_xml);
    CpuSignature signature = { 6, 1, 0 };
    const char *vendor = "";

    data->arch = g_strdup("x86");
    for (size_t i = 0; i < cpu_map_n_x86_features; i++) {
        const CpuMapFeature *f = &cpu_map_x86_features[i];

        if (!bit_of(&model->has, i))
            continue;
        if (!f->msr)
            *reg_at(leaf_at(data, f->leaf, f->subleaf), f->reg) |= UINT32_C(1) << f->bit;
        else if (f->reg == 0)
            msr_at(data, f->leaf)->eax |= UINT32_C(1) << f->bit;
        else
            msr_at(data, f->leaf)->edx |= UINT32_C(1) << f->bit;
    }
    for (size_t i = 0; i < cpu_map_n_x86_vendors; i++)
        if (model->vendor && !strcmp(cpu_map_x86_vendors[i].name, model->vendor))
            vendor = cpu_map_x86_vendors[i].string;
    if (*vendor) {
        memcpy(&leaf_at(data, 0, 0)->ebx, vendor, 4);
        memcpy(&leaf_at(data, 0, 0)->edx, vendor + 4, 4);
        memcpy(&leaf_at(data, 0, 0)->ecx, vendor + 8, 4);
    }
    if (model->n_signatures)
        signature = (CpuSignature){ model->signatures[0].family, model->signatures[0].model,
                                    model->signatures[0].first_stepping };
    leaf_at(data, 1, 0)->eax = cpu_signature_pack(&signature);
    return data;
}

static void
test_map(void)
{
    g_assert_cmpuint(cpu_map_n_x86_features, >, 300);
    g_assert_cmpuint(cpu_map_n_x86_features, <=, CPU_MAP_WORDS * 64);
    g_assert_cmpuint(cpu_map_n_x86_models, >, 100);
    for (size_t i = 0; i < cpu_map_n_x86_models; i++) {
        const CpuMapX86Model *m = &cpu_map_x86_models[i];

        for (size_t k = 0; k < CPU_MAP_WORDS; k++) {
            g_assert_cmpuint(m->has.words[k] & m->removed.words[k], ==, 0);
            g_assert_cmpuint(m->has.words[k] & m->added.words[k], ==, 0);
        }
        g_assert_cmpuint(m->n_signatures, <=, G_N_ELEMENTS(m->signatures));
    }
}

/* A CPU that is exactly a model is described by it, or by one that is the same. */
static void
test_decode(void)
{
    for (size_t i = 0; i < cpu_map_n_x86_models; i++) {
        const CpuMapX86Model *model = &cpu_map_x86_models[i];
        g_autoptr(GError) error = NULL;
        g_autoptr(CpuData) data = registers_of(model);
        g_autoptr(HostCpu) host = NULL;
        g_autoptr(Cpu) guest = NULL;
        CpuSignature signature;

        g_assert_true(cpu_signature_of_data(data, &signature, &error));
        if (model->n_signatures)
            g_assert_cmpuint(signature.family, ==, model->signatures[0].family);
        if (model->host) {
            host = cpu_decode_host("x86_64", data, &error);
            g_assert_no_error(error);
            g_assert_cmpstr(host->vendor, ==, model->vendor);
            g_assert_null(host->features);
        }
        if (model->guest) {
            guest = cpu_decode_guest("x86_64", data, NULL, &error);
            g_assert_no_error(error);
            for (guint k = 0; guest->features && k < guest->features->len; k++)
                g_assert_cmpint(((CpuFeature *)guest->features->pdata[k])->policy, ==, CPU_POLICY_DISABLE);
        }
    }
}

/* Comparing, updating and baselines of a model with itself. */
static void
test_laws(void)
{
    for (size_t i = 0; i < cpu_map_n_x86_models; i++) {
        const CpuMapX86Model *model = &cpu_map_x86_models[i];
        g_autoptr(GError) error = NULL;
        g_autofree char *host_text = g_strdup_printf("<cpu><arch>x86_64</arch><model>%s</model></cpu>", model->name);
        g_autofree char *guest_text = g_strdup_printf("<cpu match='strict'><model>%s</model></cpu>", model->name);
        g_autoptr(Cpu) host = parse(host_text);
        g_autoptr(Cpu) guest = parse("<cpu mode='host-model'/>");
        Cpu *cpus[] = { host, host };
        g_autoptr(Cpu) base = NULL;

        g_assert_cmpint(relation("x86_64", host_text, guest_text, NULL), ==, CPU_IDENTICAL);
        g_assert_true(cpu_update("x86_64", guest, host, &error));
        g_assert_cmpstr(guest->model, ==, model->name);
        g_assert_cmpint(guest->mode, ==, CPU_MODE_CUSTOM);
        if (!model->guest)
            continue;
        base = cpu_baseline("x86_64", cpus, G_N_ELEMENTS(cpus), NULL, 0, &error);
        g_assert_no_error(error);
        for (guint k = 0; base->features && k < base->features->len; k++)
            g_assert_cmpint(((CpuFeature *)base->features->pdata[k])->policy, ==, CPU_POLICY_DISABLE);
        g_assert_true(cpu_expand("x86_64", base, &error));
        for (size_t k = 0; k < cpu_map_n_x86_features; k++)
            g_assert_true(!bit_of(&model->has, k) || cpu_feature(base, cpu_map_x86_features[k].name));
    }
}

static void
test_compare(void)
{
    static const char host[] = "<cpu><arch>x86_64</arch><model>Nehalem</model><vendor>Intel</vendor></cpu>";
    g_autofree char *why = NULL;
    g_autofree char *clash = NULL;

    g_assert_cmpint(relation("x86_64", host, "<cpu><model>Penryn</model></cpu>", NULL), ==, CPU_SUPERSET);
    g_assert_cmpint(relation("x86_64", host, "<cpu><model>Westmere</model></cpu>", &why), ==, CPU_INCOMPATIBLE);
    g_assert_cmpstr(why, ==, "Host CPU does not provide required features: aes");
    g_assert_cmpint(relation("x86_64", host, "<cpu><model>Westmere</model><feature policy='disable' name='aes'/></cpu>",
                             NULL), ==, CPU_IDENTICAL);
    g_assert_cmpint(relation("x86_64", host, "<cpu><model>Penryn</model><feature policy='forbid' name='popcnt'/></cpu>",
                             &clash), ==, CPU_INCOMPATIBLE);
    g_assert_cmpstr(clash, ==, "Host CPU provides forbidden features: popcnt");
    g_assert_cmpint(relation("x86_64", host, "<cpu match='strict'><model>Penryn</model></cpu>", NULL), ==,
                    CPU_INCOMPATIBLE);
    g_assert_cmpint(relation("x86_64", host, "<cpu><model>Penryn</model><vendor>AMD</vendor></cpu>", NULL), ==,
                    CPU_INCOMPATIBLE);
    g_assert_cmpint(relation("ppc64", "<cpu><arch>ppc64</arch><model>POWER9</model></cpu>",
                             "<cpu mode='host-model'><model>power8</model></cpu>", NULL), ==, CPU_IDENTICAL);
    g_assert_cmpint(relation("ppc64", "<cpu><arch>ppc64</arch><model>POWER8</model></cpu>",
                             "<cpu><model>POWER8E_v2.1</model></cpu>", NULL), ==, CPU_IDENTICAL);
}

static void
test_refused(void)
{
    static const struct {
        const char *arch, *cpu, *message;
    } rows[] = {
        { "x86_64", "<cpu><model>abacus</model></cpu>", "Unknown CPU model abacus" },
        { "x86_64", "<cpu><model>486</model><feature name='beads'/></cpu>", "Unknown CPU feature beads" },
        { "ppc64", "<cpu mode='host-model'><model>power7+</model></cpu>", "unsupported compatibility mode" },
        { "aarch64", "<cpu><feature name='beads'/></cpu>", "unknown CPU feature" },
        { "vax", "<cpu/>", "no CPU models are known" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Cpu) host = parse(strcmp(rows[i].arch, "ppc64") ? "<cpu><arch>x86_64</arch><model>486</model></cpu>"
                                                                   : "<cpu><arch>ppc64</arch><model>POWER8</model></cpu>");
        g_autoptr(Cpu) cpu = parse(rows[i].cpu);
        g_autofree char *why = NULL;
        CpuRelation found;

        g_assert_false(cpu_compare(rows[i].arch, host, NULL, cpu, &found, &why, &error));
        g_assert_nonnull(error);
        g_assert_true(g_str_has_prefix(error->message, rows[i].message));
        g_assert_null(why);
    }
}

/* What keeps the emulator from its own model is turned off, under our name for it. */
static void
test_blockers(void)
{
    static const char *const blockers[] = { "lahf-lm", "made-up", NULL };
    static const CpuChoice items[] = { { "Penryn", blockers } };
    const CpuChoices choices = { 1, items };
    g_autoptr(GError) error = NULL;
    g_autoptr(Json) model = json_parse("{\"name\":\"base\",\"props\":{\"sse3\":true,\"vendor\":\"GenuineIntel\","
                                       "\"family\":6,\"model\":23,\"stepping\":1,\"sse2\":true,\"hv-time\":true}}",
                                       -1, "model", &error);
    g_autoptr(Cpu) cpu = cpu_from_qemu("x86_64", model, &choices, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(cpu->model, ==, "Penryn");
    g_assert_cmpstr(cpu->vendor, ==, "Intel");
    g_assert_cmpint(cpu_feature(cpu, "lahf_lm")->policy, ==, CPU_POLICY_DISABLE);
    g_assert_null(cpu_feature(cpu, "made-up"));
    g_assert_null(cpu_feature(cpu, "sse2"));
    g_assert_cmpint(cpu_feature(cpu, "fpu")->policy, ==, CPU_POLICY_DISABLE);
}

static void
test_host(void)
{
    g_autoptr(HostCpu) host = cpu_host();
    g_autoptr(CpuData) data = cpu_host_data();

    g_assert_nonnull(host->arch);
    if (!data) {
        g_test_skip("registers of this architecture are not read");
        return;
    }
    /* Every 64-bit x86 CPU has these. */
    g_assert_nonnull(host->model);
    if (!strcmp(host->arch, "x86_64")) {
        g_autoptr(Cpu) cpu = cpu_from_host(host);
        bool has = false;

        g_assert_true(cpu_has_feature(host->arch, cpu, "lm", &has, NULL) && has);
        g_assert_true(cpu_has_feature(host->arch, cpu, "sse2", &has, NULL) && has);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cpu/map", test_map);
    g_test_add_func("/cpu/decode", test_decode);
    g_test_add_func("/cpu/laws", test_laws);
    g_test_add_func("/cpu/compare", test_compare);
    g_test_add_func("/cpu/refused", test_refused);
    g_test_add_func("/cpu/blockers", test_blockers);
    g_test_add_func("/cpu/host", test_host);
    return g_test_run();
}
