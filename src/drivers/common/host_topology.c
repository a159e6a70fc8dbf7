/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_topology.c - CPUs and NUMA nodes of the host */
#include "drivers/common/host_topology.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/file.h"
#include "util/text.h"
#include "util/xml.h"

static bool
cpu_is_online(const HostTree *tree, unsigned cpu)
{
    uint64_t online = 1;

    /* The boot CPU has no such file where it cannot be taken offline. */
    host_tree_uint(tree, &online, "cpu/cpu%u/online", cpu);
    return online != 0;
}

static uint64_t
cpu_fact(const HostTree *tree, unsigned cpu, const char *file)
{
    uint64_t value = 0;

    host_tree_uint(tree, &value, "cpu/cpu%u/topology/%s", cpu, file);
    return value;
}

/* Counted over the CPUs of one node. */
typedef struct NodeCount {
    unsigned online, offline, sockets, cores, threads;
} NodeCount;

/* With subcores only the first thread of each is online in the host, though all of them run guests.  The kernel can
 * be told otherwise, and then threads of the middle are online. */
static unsigned
effective_subcore(const HostTree *tree, const Bitmap *cpus)
{
    for (int cpu = tree->subcore ? bitmap_next(cpus, 0) : -1; cpu >= 0; cpu = bitmap_next(cpus, cpu + 1))
        if ((unsigned)cpu % tree->subcore && cpu_is_online(tree, (unsigned)cpu))
            return 0;
    return tree->subcore;
}

static NodeCount
count_node(const HostTree *tree, const Bitmap *cpus, unsigned subcore)
{
    g_autoptr(GHashTable) sockets = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)bitmap_free);
    NodeCount count = { 0 };
    GHashTableIter iter;
    void *cores;

    for (int cpu = bitmap_next(cpus, 0); cpu >= 0; cpu = bitmap_next(cpus, cpu + 1)) {
        g_autoptr(Bitmap) siblings = NULL;
        uint64_t socket, core;
        unsigned threads;

        if (subcore && (unsigned)cpu % subcore)
            continue;
        if (!cpu_is_online(tree, (unsigned)cpu)) {
            count.offline += subcore ? subcore : 1;
            continue;
        }
        count.online += subcore ? subcore : 1;
        socket = cpu_fact(tree, (unsigned)cpu, "physical_package_id");
        core = tree->cpu_is_core ? (unsigned)cpu : cpu_fact(tree, (unsigned)cpu, "core_id");
        cores = g_hash_table_lookup(sockets, GSIZE_TO_POINTER(socket));
        if (!cores) {
            cores = bitmap_new();
            g_hash_table_insert(sockets, GSIZE_TO_POINTER(socket), cores);
        }
        if (core < BITMAP_MAX)
            bitmap_set(cores, core, true);
        siblings = host_tree_bitmap(tree, "cpu/cpu%d/topology/thread_siblings_list", cpu);
        threads = subcore ? subcore : siblings && !tree->cpu_is_core ? (unsigned)bitmap_count(siblings) : 1;
        count.threads = MAX(count.threads, threads);
    }
    count.sockets = g_hash_table_size(sockets);
    g_hash_table_iter_init(&iter, sockets);
    while (g_hash_table_iter_next(&iter, NULL, &cores))
        count.cores = MAX(count.cores, (unsigned)bitmap_count(cores));
    return count;
}

void
host_topology_read(const HostTree *tree, HostTopology *ret_topology)
{
    g_autoptr(Bitmap) nodes = host_tree_numbered(tree, "node", "node");
    g_autoptr(Bitmap) all = host_tree_numbered(tree, "cpu", "cpu");
    g_autoptr(Bitmap) present = host_tree_bitmap(tree, "cpu/present");
    unsigned subcore = effective_subcore(tree, all);
    unsigned offline = 0;
    HostTopology t = { 0 };

    for (int node = bitmap_next(nodes, 0); node >= 0 || !t.nodes; node = bitmap_next(nodes, node + 1)) {
        g_autofree char *folder = g_strdup_printf("node/node%d", node);
        g_autoptr(Bitmap) cpus = node >= 0 ? host_tree_numbered(tree, folder, "cpu") : bitmap_copy(all);
        NodeCount count;

        for (int cpu = bitmap_next(cpus, 0); present && cpu >= 0; cpu = bitmap_next(cpus, cpu + 1))
            if (!bitmap_get(present, (size_t)cpu))
                bitmap_set(cpus, (size_t)cpu, false);
        count = count_node(tree, cpus, subcore);
        t.nodes++;
        t.online += count.online;
        offline += count.offline;
        t.sockets = MAX(t.sockets, count.sockets);
        t.cores = MAX(t.cores, count.cores);
        t.threads = MAX(t.threads, count.threads);
        if (node < 0)
            break;
    }
    t.present = t.online + offline;
    if (!t.sockets || t.nodes * t.sockets * t.cores * t.threads != t.present) {
        t.nodes = t.sockets = t.threads = 1;
        t.cores = t.present;
    }
    *ret_topology = t;
}

static void
add_cpus(const HostTree *tree, HostCell *cell, bool only)
{
    g_autoptr(Bitmap) cpus = host_tree_bitmap(tree, "node/node%u/cpulist", cell->id);

    if (!cpus)
        cpus = only ? host_tree_online_cpus(tree) : bitmap_new();
    cell->has_cpus = true;
    cell->cpus = g_ptr_array_new();
    for (int id = bitmap_next(cpus, 0); id >= 0; id = bitmap_next(cpus, id + 1)) {
        HostCellCpu *cpu = xml_new(&host_cell_cpu_xml);

        cpu->id = (unsigned)id;
        cpu->has_socket_id = cpu->has_die_id = cpu->has_cluster_id = cpu->has_core_id = true;
        cpu->socket_id = (unsigned)cpu_fact(tree, cpu->id, "physical_package_id");
        cpu->die_id = (unsigned)cpu_fact(tree, cpu->id, "die_id");
        cpu->cluster_id = (unsigned)cpu_fact(tree, cpu->id, "cluster_id");
        cpu->core_id = (unsigned)cpu_fact(tree, cpu->id, "core_id");
        cpu->siblings = host_tree_bitmap(tree, "cpu/cpu%d/topology/thread_siblings_list", id);
        if (!cpu->siblings) {
            cpu->siblings = bitmap_new();
            bitmap_set(cpu->siblings, cpu->id, true);
        }
        g_ptr_array_add(cell->cpus, cpu);
    }
    cell->n_cpus = cell->cpus->len;
}

static void
add_side_caches(const HostTree *tree, HostCell *cell)
{
    g_autofree char *folder = g_strdup_printf("node/node%u/memory_side_cache", cell->id);
    g_autoptr(Bitmap) levels = host_tree_numbered(tree, folder, "index");

    for (int level = bitmap_next(levels, 0); level >= 0; level = bitmap_next(levels, level + 1)) {
        NumaCache *cache = xml_new(&numa_cache_xml);
        uint64_t size = 0, line = 0, indexing = 0, policy = 0;

        host_tree_uint(tree, &size, "%s/index%d/size", folder, level);
        host_tree_uint(tree, &line, "%s/index%d/line_size", folder, level);
        host_tree_uint(tree, &indexing, "%s/index%d/indexing", folder, level);
        host_tree_uint(tree, &policy, "%s/index%d/write_policy", folder, level);
        cache->level = (unsigned)level;
        cache->size = size / 1024;
        cache->line_size = line;
        cache->associativity = indexing ? CACHE_ASSOC_FULL : CACHE_ASSOC_DIRECT;
        cache->policy = policy ? CACHE_POLICY_WRITETHROUGH : CACHE_POLICY_WRITEBACK;
        if (!cell->caches)
            cell->caches = g_ptr_array_new();
        g_ptr_array_add(cell->caches, cache);
    }
}

static void
add_pages(HostCell *cell, uint64_t size_kib, uint64_t count)
{
    HostPages *pages = xml_new(&host_pages_xml);

    pages->size = size_kib;
    pages->count = count;
    pages->has_count = true;
    if (!cell->pages)
        cell->pages = g_ptr_array_new();
    g_ptr_array_add(cell->pages, pages);
}

/* "Node 0 MemTotal: 1234 kB" of a node, "MemTotal: 1234 kB" of the whole. */
static uint64_t
memory_total(const HostTree *tree, unsigned node)
{
    g_autofree char *path = g_strdup_printf("%s/node/node%u/meminfo", tree->system, node);
    g_autofree char *text = NULL;
    const char *at;

    if (!file_read_limited(path, 1 << 20, &text, NULL, NULL) && !file_read_limited("/proc/meminfo", 1 << 20, &text, NULL, NULL))
        return 0;
    at = strstr(text, "MemTotal:");
    return at ? g_ascii_strtoull(at + strlen("MemTotal:"), NULL, 10) : 0;
}

static void
measure(const HostTree *tree, HostCell *cell)
{
    g_autofree char *folder = g_strdup_printf("node/node%u/hugepages", cell->id);
    g_autofree char *path = g_build_filename(tree->system, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_autoptr(GArray) sizes = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_autofree char *line = host_tree_line(tree, "node/node%u/distance", cell->id);
    g_auto(GStrv) distances = g_strsplit_set(line ? line : "", " \t", -1);
    g_autoptr(Bitmap) nodes = host_tree_nodes(tree);
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
    uint64_t huge = 0;
    const char *name;
    int node = bitmap_next(nodes, 0);

    cell->memory = memory_total(tree, cell->id);
    while (dir && (name = g_dir_read_name(dir))) {
        uint64_t size = g_str_has_prefix(name, "hugepages-") ? g_ascii_strtoull(name + strlen("hugepages-"), NULL, 10) : 0;
        guint at = 0;

        while (at < sizes->len && g_array_index(sizes, uint64_t, at) < size)
            at++;
        if (size)
            g_array_insert_val(sizes, at, size);
    }
    add_pages(cell, page, 0);
    for (guint i = 0; i < sizes->len; i++) {
        uint64_t size = g_array_index(sizes, uint64_t, i), count = 0;

        host_tree_uint(tree, &count, "%s/hugepages-%" PRIu64 "kB/nr_hugepages", folder, size);
        add_pages(cell, size, count);
        huge += size * count;
    }
    ((HostPages *)cell->pages->pdata[0])->count = (cell->memory - MIN(huge, cell->memory)) / page;
    for (size_t i = 0; distances[i] && node >= 0; i++) {
        NumaSibling *sibling;

        if (!*distances[i])
            continue;
        sibling = xml_new(&numa_sibling_xml);
        sibling->id = (unsigned)node;
        sibling->value = (unsigned)strtoul(distances[i], NULL, 10);
        if (!cell->distances)
            cell->distances = g_ptr_array_new();
        g_ptr_array_add(cell->distances, sibling);
        node = bitmap_next(nodes, node + 1);
    }
}

/* What the kernel made of the firmware's HMAT: for each node the best access from nodes that have CPUs. */
static void
add_access(const HostTree *tree, unsigned target, Capabilities *caps)
{
    static const struct {
        const char *word;
        HmatType type;
    } kinds[] = { { "read", HMAT_TYPE_READ }, { "write", HMAT_TYPE_WRITE } };
    g_autofree char *folder = g_strdup_printf("node/node%u/access1/initiators", target);
    g_autoptr(Bitmap) initiators = host_tree_numbered(tree, folder, "node");

    for (int from = bitmap_next(initiators, 0); from >= 0; from = bitmap_next(initiators, from + 1)) {
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
            uint64_t value;

            if (host_tree_uint(tree, &value, "%s/%s_latency", folder, kinds[i].word) && value) {
                NumaLatency *latency = xml_new(&numa_latency_xml);

                *latency = (NumaLatency){ .initiator = (unsigned)from, .target = target, .type = kinds[i].type, .value = value };
                g_ptr_array_add(caps->latencies, latency);
            }
            if (host_tree_uint(tree, &value, "%s/%s_bandwidth", folder, kinds[i].word) && value) {
                NumaBandwidth *bandwidth = xml_new(&numa_bandwidth_xml);

                *bandwidth = (NumaBandwidth){ .initiator = (unsigned)from, .target = target, .type = kinds[i].type,
                                              .value = value * 1024 };
                g_ptr_array_add(caps->bandwidths, bandwidth);
            }
        }
    }
}

void
host_topology_fill(const HostTree *tree, Capabilities *caps)
{
    g_autoptr(Bitmap) nodes = host_tree_nodes(tree);

    caps->has_cells = true;
    caps->cells = g_ptr_array_new();
    caps->latencies = g_ptr_array_new();
    caps->bandwidths = g_ptr_array_new();
    for (int node = bitmap_next(nodes, 0); node >= 0; node = bitmap_next(nodes, node + 1)) {
        HostCell *cell = xml_new(&host_cell_xml);

        cell->id = (unsigned)node;
        if (tree->measure)
            tree->measure(cell);
        else
            measure(tree, cell);
        add_side_caches(tree, cell);
        add_cpus(tree, cell, bitmap_count(nodes) == 1);
        g_ptr_array_add(caps->cells, cell);
        add_access(tree, cell->id, caps);
    }
    caps->n_cells = caps->cells->len;
}
