/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_host.c - the pretended host: its facts and its memory */
#define ERROR_FROM VIR_FROM_TEST
#include <string.h>

#include "drivers/common/connect_rows.h"
#include "drivers/common/cpu_rows.h"
#include "drivers/conf/capabilities_gen.h"
#include "drivers/test/test_private.h"
#include "util/error.h"

static bool
supports_feature(Call *call, GError **error)
{
    /* virDrvFeature numbers, as they travel. */
    enum { FD_PASSING = 8, TYPED_PARAM_STRING = 9, NETWORK_UPDATE_ORDER = 16 };
    const ConnectSupportsFeatureArgs *args = call->args;
    ConnectSupportsFeatureRet *ret = call->ret;

    ret->supported = args->feature == FD_PASSING || args->feature == TYPED_PARAM_STRING ||
                     args->feature == NETWORK_UPDATE_ORDER;
    return true;
}

static bool
get_type(Call *call, GError **error)
{
    ((ConnectGetTypeRet *)call->ret)->type = g_strdup("TEST");
    return true;
}

static bool
get_version(Call *call, GError **error)
{
    ((ConnectGetVersionRet *)call->ret)->hv_ver = 2;
    return true;
}

static bool
get_max_vcpus(Call *call, GError **error)
{
    ((ConnectGetMaxVcpusRet *)call->ret)->max_vcpus = 32;
    return true;
}

static bool
get_sysinfo(Call *call, GError **error)
{
    ((ConnectGetSysinfoRet *)call->ret)->sysinfo =
        g_strdup("<sysinfo type='smbios'>\n"
                 "  <bios>\n"
                 "    <entry name='vendor'>LENOVO</entry>\n"
                 "    <entry name='version'>G4ETA1WW (2.61 )</entry>\n"
                 "    <entry name='date'>05/07/2014</entry>\n"
                 "    <entry name='release'>2.61</entry>\n"
                 "  </bios>\n"
                 "</sysinfo>\n");
    return true;
}

static bool
node_info(Call *call, GError **error)
{
    NodeGetInfoRet *ret = call->ret;
    const TestNode *node = test_node_of(call);

    memcpy(ret->model, node->model, sizeof(ret->model));
    ret->memory = node->memory;
    ret->cpus = node->cpus;
    ret->mhz = node->mhz;
    ret->nodes = node->nodes;
    ret->sockets = node->sockets;
    ret->cores = node->cores;
    ret->threads = node->threads;
    return true;
}

static void
add_guest(Capabilities *caps, const char *os_type)
{
    GuestCaps *guest = xml_new(&guest_caps_xml);
    GuestDomain *domain = xml_new(&guest_domain_xml);

    guest->os_type = g_strdup(os_type);
    guest->arch = g_strdup("i686");
    guest->wordsize = 32;
    guest->emulator = g_strdup("/usr/bin/test-hv");
    domain->type = g_strdup("test");
    guest->domains = g_ptr_array_new();
    g_ptr_array_add(guest->domains, domain);
    guest->has_features = guest->pae = guest->nonpae = true;
    g_ptr_array_add(caps->guests, guest);
}

static void
add_pages(GPtrArray *pages, uint64_t size, uint64_t count)
{
    HostPages *page = xml_new(&host_pages_xml);

    page->size = size;
    page->has_count = true;
    page->count = count;
    g_ptr_array_add(pages, page);
}

/* Cells are as different as upstream's test node has them: each has twice the memory of the one before,
 * in pages of twice the size. */
static void
add_cell(Capabilities *caps, const TestNode *node, unsigned id)
{
    HostCell *cell = xml_new(&host_cell_xml);
    unsigned per_cell = (unsigned)MAX(node->cpus / node->nodes, 1), doubled = MIN(id, 8);

    cell->id = id;
    cell->memory = (uint64_t)2 * 1024 * 1024 << doubled;
    cell->pages = g_ptr_array_new();
    add_pages(cell->pages, 4u << doubled, cell->memory / (4u << doubled));
    add_pages(cell->pages, 2048, 0);
    add_pages(cell->pages, 1024 * 1024, 0);
    cell->cpus = g_ptr_array_new();
    cell->has_cpus = true;
    cell->n_cpus = per_cell;
    for (unsigned i = 0; i < per_cell; i++) {
        HostCellCpu *cpu = xml_new(&host_cell_cpu_xml);

        cpu->id = id * per_cell + i;
        cpu->has_socket_id = cpu->has_die_id = cpu->has_cluster_id = cpu->has_core_id = true;
        cpu->socket_id = id;
        cpu->core_id = i;
        cpu->siblings = bitmap_new();
        bitmap_set(cpu->siblings, cpu->id, true);
        g_ptr_array_add(cell->cpus, cpu);
    }
    g_ptr_array_add(caps->cells, cell);
}

static bool
get_capabilities(Call *call, GError **error)
{
    static const uint64_t page_sizes[] = { 4, 8, 2048, 1024 * 1024 };
    const TestNode *node = test_node_of(call);
    Capabilities *caps = xml_new(&capabilities_xml);
    SecModel *model = xml_new(&sec_model_xml);

    caps->cpu = xml_new(&host_cpu_xml);
    caps->cpu->arch = g_strdup("i686");
    caps->cpu->has_old_features = caps->cpu->pae = caps->cpu->nonpae = true;
    caps->cpu->pages = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(page_sizes); i++) {
        HostPages *page = xml_new(&host_pages_xml);

        page->size = page_sizes[i];
        g_ptr_array_add(caps->cpu->pages, page);
    }
    caps->power_management = true;
    caps->iommu = CAP_YESNO_NO;
    caps->has_cells = true;
    caps->n_cells = (unsigned)node->nodes;
    caps->cells = g_ptr_array_new();
    for (int i = 0; i < node->nodes; i++)
        add_cell(caps, node, (unsigned)i);
    model->model = g_strdup("testSecurity");
    model->doi = g_strdup("");
    caps->secmodels = g_ptr_array_new();
    g_ptr_array_add(caps->secmodels, model);
    caps->guests = g_ptr_array_new();
    add_guest(caps, "hvm");
    add_guest(caps, "xen");
    ((ConnectGetCapabilitiesRet *)call->ret)->capabilities =
        xml_format_text(&capabilities_xml, caps, 0);
    xml_free(&capabilities_xml, caps);
    return true;
}

static bool
get_security_model(Call *call, GError **error)
{
    NodeGetSecurityModelRet *ret = call->ret;
    static const char model[] = "testSecurity";

    ret->model = g_strdup(model);
    ret->n_model = sizeof(model);
    ret->doi = g_strdup("");
    ret->n_doi = 1;
    return true;
}

static bool
get_cpu_stats(Call *call, GError **error)
{
    static const struct {
        const char *name;
        uint64_t value;
    } stats[] = {
        { VIR_NODE_CPU_STATS_USER, 9797400000 },
        { VIR_NODE_CPU_STATS_KERNEL, 34678723400000 },
        { VIR_NODE_CPU_STATS_IDLE, 87264900000 },
        { VIR_NODE_CPU_STATS_IOWAIT, 763600000 },
    };
    const NodeGetCpuStatsArgs *args = call->args;
    NodeGetCpuStatsRet *ret = call->ret;

    ret->nparams = G_N_ELEMENTS(stats);
    if (args->nparams == 0)
        return true;
    ret->n_params = MIN((uint32_t)MAX(args->nparams, 0), (uint32_t)G_N_ELEMENTS(stats));
    ret->nparams = (int32_t)ret->n_params;
    ret->params = g_new0(WireNodeGetCpuStats, ret->n_params);
    for (uint32_t i = 0; i < ret->n_params; i++) {
        ret->params[i].field = g_strdup(stats[i].name);
        ret->params[i].value = stats[i].value;
    }
    return true;
}

/* Memory that the running guests leave, in bytes. */
static uint64_t
free_memory(Call *call)
{
    g_autoptr(GPtrArray) list = object_table_list(kit_of(call)->tables[CLASS_DOMAIN]);
    uint64_t used = 0, all = test_node_of(call)->memory;

    for (guint i = 0; i < list->len; i++) {
        g_autoptr(Def) live = object_live(list->pdata[i]);

        if (live)
            used += ((const Domain *)live->doc)->current_memory;
    }
    return used < all ? (all - used) * 1024 : 0;
}

static bool
get_free_memory(Call *call, GError **error)
{
    ((NodeGetFreeMemoryRet *)call->ret)->freeMem = free_memory(call);
    return true;
}

static bool
get_cells_free_memory(Call *call, GError **error)
{
    const NodeGetCellsFreeMemoryArgs *args = call->args;
    NodeGetCellsFreeMemoryRet *ret = call->ret;
    int nodes = test_node_of(call)->nodes;
    uint64_t each = free_memory(call) / (uint64_t)nodes;

    if (args->startCell < 0 || args->startCell >= nodes) {
        error_set(error, VIR_ERR_INVALID_ARG, "start cell %d out of range (0-%d)", args->startCell,
                  nodes - 1);
        return false;
    }
    ret->n_cells = (uint32_t)MIN(nodes - args->startCell, MAX(args->maxcells, 0));
    ret->cells = g_new0(uint64_t, ret->n_cells + 1);
    for (uint32_t i = 0; i < ret->n_cells; i++)
        ret->cells[i] = each;
    return true;
}

/* As upstream's node has always said: eight processors, of which the first, third and fifth are online. */
static bool
get_cpu_map(Call *call, GError **error)
{
    enum { CPUS = 8, MAP = 0x15 };
    const NodeGetCpuMapArgs *args = call->args;
    NodeGetCpuMapRet *ret = call->ret;

    if (args->need_map) {
        ret->n_cpumap = (uint32_t)VIR_CPU_MAPLEN(CPUS);
        ret->cpumap = g_malloc0(ret->n_cpumap);
        ret->cpumap[0] = MAP;
    }
    if (args->need_online)
        ret->online = (uint32_t)__builtin_popcount(MAP);
    ret->ret = CPUS;
    return true;
}

static bool
get_free_pages(Call *call, GError **error)
{
    const NodeGetFreePagesArgs *args = call->args;
    NodeGetFreePagesRet *ret = call->ret;
    int nodes = test_node_of(call)->nodes;
    uint64_t each = free_memory(call) / (uint64_t)nodes / 1024;
    uint32_t cells = args->cellCount;

    if (args->startCell < 0 || args->startCell >= nodes ||
        cells > (uint32_t)(nodes - args->startCell)) {
        error_set(error, VIR_ERR_OPERATION_FAILED,
                  "cells %d to %" G_GINT64_FORMAT " are not all there (0-%d)", args->startCell,
                  (int64_t)args->startCell + cells - 1, nodes - 1);
        return false;
    }
    ret->counts = g_new0(uint64_t, (size_t)args->n_pages * cells + 1);
    for (uint32_t c = 0; c < cells; c++) {
        for (uint32_t p = 0; p < args->n_pages; p++) {
            if (args->pages[p] != 4 && args->pages[p] != 2048) {
                error_set(error, VIR_ERR_OPERATION_FAILED,
                          "page size %u is not available on node %u", args->pages[p],
                          (unsigned)args->startCell + c);
                return false;
            }
            ret->counts[ret->n_counts++] = args->pages[p] == 4 ? each / 4 : 0;
        }
    }
    return true;
}

static bool
get_domain_capabilities(Call *call, GError **error)
{
    const ConnectGetDomainCapabilitiesArgs *args = call->args;
    const char *arch = args->arch ? args->arch : "i686",
               *type = args->virttype ? args->virttype : "test";

    if (strcmp(arch, "i686") != 0 || strcmp(type, "test") != 0) {
        error_set(error, VIR_ERR_INVALID_ARG,
                  "no guests of type '%s' and architecture '%s'; only 'test' and 'i686'", type,
                  arch);
        return false;
    }
    ((ConnectGetDomainCapabilitiesRet *)call->ret)->capabilities =
        g_strdup("<domainCapabilities>\n"
                 "  <path>none</path>\n"
                 "  <domain>test</domain>\n"
                 "  <arch>i686</arch>\n"
                 "  <os supported='yes'>\n"
                 "    <loader supported='no'/>\n"
                 "  </os>\n"
                 "  <devices>\n"
                 "    <disk supported='yes'>\n"
                 "      <enum name='diskDevice'>\n"
                 "        <value>disk</value>\n"
                 "        <value>cdrom</value>\n"
                 "        <value>floppy</value>\n"
                 "        <value>lun</value>\n"
                 "      </enum>\n"
                 "    </disk>\n"
                 "  </devices>\n"
                 "</domainCapabilities>\n");
    return true;
}

const DriverRow test_host_rows[PROC_LAST] = {
    CONNECT_ROWS,
    [PROC_CONNECT_SUPPORTS_FEATURE] = { supports_feature },
    [PROC_CONNECT_GET_TYPE] = { get_type },
    [PROC_CONNECT_GET_VERSION] = { get_version },
    [PROC_CONNECT_GET_MAX_VCPUS] = { get_max_vcpus },
    [PROC_CONNECT_GET_SYSINFO] = { get_sysinfo },
    [PROC_CONNECT_GET_CAPABILITIES] = { get_capabilities },
    [PROC_CONNECT_GET_CPU_MODEL_NAMES] = { cpu_rows_models },
    [PROC_CONNECT_BASELINE_CPU] = { cpu_rows_baseline, CPU_BASELINE_FLAGS },
    [PROC_CONNECT_GET_DOMAIN_CAPABILITIES] = { get_domain_capabilities },
    [PROC_NODE_GET_INFO] = { node_info },
    SECRET_ROWS,
    [PROC_NODE_GET_SECURITY_MODEL] = { get_security_model },
    [PROC_NODE_GET_CPU_STATS] = { get_cpu_stats },
    [PROC_NODE_GET_FREE_MEMORY] = { get_free_memory },
    [PROC_NODE_GET_CELLS_FREE_MEMORY] = { get_cells_free_memory },
    [PROC_NODE_GET_CPU_MAP] = { get_cpu_map },
    [PROC_NODE_GET_FREE_PAGES] = { get_free_pages },
};
