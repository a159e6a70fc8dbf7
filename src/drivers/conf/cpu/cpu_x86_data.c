/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu_x86_data.c - x86 CPUs as registers: from this machine, from documents, from QEMU */
#include "drivers/conf/cpu/cpu_private.h"
#include "util/fd.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define LEAF_VENDOR 0u
#define LEAF_SIGNATURE 1u

static const CpuidLeaf *
find_leaf(const CpuData *data, uint32_t leaf, uint32_t subleaf)
{
    for (guint i = 0; data->leaves && i < data->leaves->len; i++) {
        const CpuidLeaf *l = data->leaves->pdata[i];

        if (l->eax_in == leaf && l->ecx_in == subleaf)
            return l;
    }
    return NULL;
}

static uint32_t
read_register(const CpuData *data, const CpuMapFeature *feature)
{
    const CpuidLeaf *leaf;

    for (guint i = 0; feature->msr && data->msrs && i < data->msrs->len; i++) {
        const CpuMsr *msr = data->msrs->pdata[i];

        if (msr->index == feature->leaf)
            return feature->reg == 0 ? msr->eax : msr->edx;
    }
    leaf = feature->msr ? NULL : find_leaf(data, feature->leaf, feature->subleaf);
    if (!leaf)
        return 0;
    return feature->reg == 0 ? leaf->eax : feature->reg == 1 ? leaf->ebx : feature->reg == 2 ? leaf->ecx : leaf->edx;
}

unsigned
cpu_signature_pack(const CpuSignature *signature)
{
    unsigned family = signature->family > 15 ? 15 : signature->family;

    return (signature->family - family) << 20 | (signature->model >> 4) << 16 | family << 8 |
           (signature->model & 15) << 4 | (signature->stepping & 15);
}

bool
cpu_signature_of_data(const CpuData *data, CpuSignature *ret_signature, GError **error)
{
    const CpuidLeaf *leaf = find_leaf(data, LEAF_SIGNATURE, 0);

    if (!leaf) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "CPU data have no CPUID leaf 1, which holds the signature");
        return false;
    }
    ret_signature->family = leaf->eax >> 8 & 15;
    ret_signature->model = leaf->eax >> 4 & 15;
    ret_signature->stepping = leaf->eax & 15;
    if (ret_signature->family == 6 || ret_signature->family == 15)
        ret_signature->model |= (leaf->eax >> 16 & 15) << 4;
    if (ret_signature->family == 15)
        ret_signature->family += leaf->eax >> 20 & 255;
    return true;
}

bool
cpu_signature_of_qemu(Json *model, CpuSignature *ret_signature, GError **error)
{
    Json *props = json_get_object(model, "props", error);
    CpuSignature signature;

    if (!props || !json_get_uint(props, "family", &signature.family, error) ||
        !json_get_uint(props, "model", &signature.model, error) ||
        !json_get_uint(props, "stepping", &signature.stepping, error))
        return false;
    *ret_signature = signature;
    return true;
}

bool
cpu_x86_traits(const CpuData *data, CpuTraits *ret_traits, GError **error)
{
    const CpuidLeaf *leaf = find_leaf(data, LEAF_VENDOR, 0);
    CpuTraits traits = { .has_signature = true };
    char vendor[13] = { 0 };

    if (strcmp(data->arch, "x86")) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "CPU data are of architecture '%s', expected x86", data->arch);
        return false;
    }
    if (!cpu_signature_of_data(data, &traits.signature, error))
        return false;
    if (leaf) {
        memcpy(vendor, &leaf->ebx, 4);
        memcpy(vendor + 4, &leaf->edx, 4);
        memcpy(vendor + 8, &leaf->ecx, 4);
    }
    for (size_t i = 0; i < cpu_map_n_x86_vendors; i++)
        if (!strcmp(vendor, cpu_map_x86_vendors[i].string))
            traits.vendor = cpu_map_x86_vendors[i].name;
    for (size_t i = 0; i < cpu_map_n_x86_features; i++)
        cpu_bits_set(&traits.bits, i,
                     read_register(data, &cpu_map_x86_features[i]) >> cpu_map_x86_features[i].bit & 1);
    *ret_traits = traits;
    return true;
}

HostCpu *
cpu_decode_host(const char *arch, const CpuData *data, GError **error)
{
    g_autoptr(HostCpu) host = xml_new(&host_cpu_xml);
    const CpuMapX86Model *model;
    CpuTraits traits;
    CpuBits extra;

    if (!cpu_x86_traits(data, &traits, error))
        return NULL;
    model = cpu_x86_choose(&traits, NULL, true, error);
    if (!model)
        return NULL;
    host->arch = g_strdup(arch);
    host->model = g_strdup(model->name);
    host->vendor = g_strdup(traits.vendor);
    host->family = traits.signature.family;
    host->model_number = traits.signature.model;
    host->stepping = traits.signature.stepping;
    host->has_family = host->has_model_number = host->has_stepping = true;
    extra = cpu_bits_minus(&traits.bits, &model->has);
    for (size_t i = 0; i < cpu_map_n_x86_features; i++) {
        HostCpuFeature *feature;

        if (!cpu_bits_get(&extra, i))
            continue;
        feature = xml_new(&host_cpu_feature_xml);
        feature->name = g_strdup(cpu_map_x86_features[i].name);
        if (!host->features)
            host->features = g_ptr_array_new();
        g_ptr_array_add(host->features, feature);
    }
    return g_steal_pointer(&host);
}

Cpu *
cpu_decode_guest(const char *arch, const CpuData *data, const CpuChoices *choices, GError **error)
{
    CpuTraits traits;

    return cpu_x86_traits(data, &traits, error) ? cpu_x86_guest_of(&traits, choices, error) : NULL;
}

static int
compare_leaves(gconstpointer a, gconstpointer b)
{
    const CpuidLeaf *x = *(CpuidLeaf *const *)a;
    const CpuidLeaf *y = *(CpuidLeaf *const *)b;

    if (x->eax_in != y->eax_in)
        return x->eax_in < y->eax_in ? -1 : 1;
    return x->ecx_in < y->ecx_in ? -1 : x->ecx_in > y->ecx_in;
}

static CpuidLeaf *
add_leaf(CpuData *data, uint32_t leaf, uint32_t subleaf)
{
    CpuidLeaf *l = (CpuidLeaf *)find_leaf(data, leaf, subleaf);

    if (l)
        return l;
    l = xml_new(&cpuid_leaf_xml);
    l->eax_in = leaf;
    l->ecx_in = subleaf;
    if (!data->leaves)
        data->leaves = g_ptr_array_new();
    g_ptr_array_add(data->leaves, l);
    return l;
}

CpuData *
cpu_data_from_words(Json *words, GError **error)
{
    static const char *const registers[] = { "EAX", "EBX", "ECX", "EDX" };
    g_autoptr(CpuData) data = xml_new(&cpu_data_xml);

    data->arch = g_strdup("x86");
    for (size_t i = 0; i < json_array_len(words); i++) {
        Json *word = json_array_at(words, i);
        const char *name = json_get_string(word, "cpuid-register", error);
        unsigned leaf, value;
        CpuidLeaf *l;
        size_t at = 0;

        if (!name || !json_get_uint(word, "cpuid-input-eax", &leaf, error) ||
            !json_get_uint(word, "features", &value, error))
            return NULL;
        while (at < G_N_ELEMENTS(registers) && strcmp(registers[at], name))
            at++;
        if (at == G_N_ELEMENTS(registers)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "unknown CPU register '%s' in feature words", name);
            return NULL;
        }
        if (!value)
            continue;
        l = add_leaf(data, leaf, (uint32_t)json_opt_uint64(word, "cpuid-input-ecx", 0));
        *(at == 0 ? &l->eax : at == 1 ? &l->ebx : at == 2 ? &l->ecx : &l->edx) |= value;
    }
    if (data->leaves)
        g_ptr_array_sort(data->leaves, compare_leaves);
    return g_steal_pointer(&data);
}

#if defined(__x86_64__) || defined(__i386__)
static void
read_leaf(CpuData *data, uint32_t leaf, uint32_t subleaf)
{
    CpuidLeaf *l;

    /* A CPU answers for leaves beyond its last with those of another. */
    if (leaf > __get_cpuid_max(leaf & 0x80000000u, NULL))
        return;
    l = add_leaf(data, leaf, subleaf);
    __cpuid_count(leaf, subleaf, l->eax, l->ebx, l->ecx, l->edx);
}

static void
read_msr(CpuData *data, int fd, uint32_t index)
{
    CpuMsr *msr;
    uint64_t value;

    for (guint i = 0; data->msrs && i < data->msrs->len; i++)
        if (((CpuMsr *)data->msrs->pdata[i])->index == index)
            return;
    if (pread(fd, &value, sizeof(value), index) != sizeof(value))
        return;  /* the CPU has no such register */
    msr = xml_new(&cpu_msr_xml);
    msr->index = index;
    msr->eax = (unsigned)value;
    msr->edx = (unsigned)(value >> 32);
    if (!data->msrs)
        data->msrs = g_ptr_array_new();
    g_ptr_array_add(data->msrs, msr);
}

CpuData *
cpu_host_data(void)
{
    CpuData *data = xml_new(&cpu_data_xml);
    autofd int fd = open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC);

    data->arch = g_strdup("x86");
    read_leaf(data, LEAF_VENDOR, 0);
    read_leaf(data, LEAF_SIGNATURE, 0);
    for (size_t i = 0; i < cpu_map_n_x86_features; i++) {
        const CpuMapFeature *feature = &cpu_map_x86_features[i];

        if (!feature->msr)
            read_leaf(data, feature->leaf, feature->subleaf);
        else if (fd >= 0)
            read_msr(data, fd, feature->leaf);
    }
    g_ptr_array_sort(data->leaves, compare_leaves);
    return data;
}
#else
CpuData *
cpu_host_data(void)
{
    return NULL;
}
#endif
