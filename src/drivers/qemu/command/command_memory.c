/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command_memory.c - memory: where it comes from on the host, NUMA cells, and devices that are memory
 *
 * All memory of a guest is made of backends.  What a cell, a memory device or the guest as a whole wants of its
 * backend is gathered in a Want first, and one function turns that into properties.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <unistd.h>

#include "drivers/qemu/command/command.h"
#include "drivers/qemu/fill/fill.h"
#include "util/error.h"
#include "util/uuid.h"

enum { NO_CELL = -1 };

/* What a backend is to be; sizes in KiB. */
typedef struct Want {
    const char *id;
    uint64_t size, page, align;     /* @page 0: that of the cell */
    MemAccess access;               /* of the device or cell */
    bool discard_set, discard;
    int cell;                       /* NO_CELL for a guest without cells */
    const Bitmap *nodes;            /* of the device */
    const char *path;               /* of the device */
    bool main_ram, pmem, readonly, virtio_mem, epc;
} Want;

static const CommandHugePages *
find_mount(const Command *command, uint64_t size)
{
    for (size_t i = 0; i < command->n_hugepages; i++)
        if (size ? command->hugepages[i].size == size : command->hugepages[i].is_default)
            return &command->hugepages[i];
    return NULL;
}

/* Size of the pages a cell is made of; 0: ordinary ones. *ret_default: huge, but of the host's choice. */
static uint64_t
page_size(const Domain *def, const Want *want, bool *ret_default)
{
    const HugePage *best = NULL;
    uint64_t size = want->page;

    *ret_default = false;
    for (size_t i = 0; !size && i < list_len(def->hugepage_sizes); i++) {
        const HugePage *page = list_at(def->hugepage_sizes, i);

        if (!page->nodeset ? !best : bitmap_get(page->nodeset, want->cell < 0 ? 0 : (size_t)want->cell))
            best = page;
    }
    if (best)
        size = best->size;
    else if (!size)
        *ret_default = def->hugepages && !list_len(def->hugepage_sizes) && !want->path;
    return size * 1024 == (uint64_t)sysconf(_SC_PAGESIZE) ? 0 : size;
}

/* The nodes of the host that memory comes from, and how; NULL where it does not matter. */
static const Bitmap *
host_nodes(const Command *command, const Want *want, NumaMode *ret_mode)
{
    const Domain *def = command->def;
    bool automatic = def->numa_placement == NUMA_PLACEMENT_AUTO ||
                     (def->numa_mode == NUMA_MODE_UNSET && !def->numa_nodeset && def->vcpu_placement == VCPU_PLACEMENT_AUTO);
    const Bitmap *nodes = NULL;

    *ret_mode = def->numa_mode == NUMA_MODE_UNSET ? NUMA_MODE_STRICT : def->numa_mode;
    if (want->nodes)
        nodes = want->nodes;
    for (size_t i = 0; !nodes && want->cell >= 0 && i < list_len(def->memnodes); i++) {
        const MemNode *node = list_at(def->memnodes, i);

        if (node->cellid == (unsigned)want->cell) {
            nodes = node->nodeset;
            *ret_mode = node->mode == NUMA_MODE_UNSET ? NUMA_MODE_STRICT : node->mode;
        }
    }
    if (!nodes)
        nodes = automatic ? command->auto_nodes : def->numa_nodeset;
    /* Restrictive is for the host to enforce: QEMU would hold on to it. */
    return *ret_mode == NUMA_MODE_RESTRICTIVE ? NULL : nodes;
}

static Json *
node_list(const Bitmap *nodes)
{
    Json *list = json_new_array();

    for (int n = bitmap_next(nodes, 0); n >= 0; n = bitmap_next(nodes, n + 1))
        json_object_array_add(list, json_object_new_int(n));
    return list;
}

/* Memory is filled fastest by a thread on the nodes it comes from, as far as the guest's CPUs reach. */
static void
add_thread_context(Command *command, Json *backend, const char *id, const Bitmap *nodes)
{
    g_autofree char *context = g_strdup_printf("tc-%s", id);
    g_autoptr(Bitmap) reach = command->def->cpuset && command->host->nodes_of_cpus
                                  ? command->host->nodes_of_cpus(command->host->data, command->def->cpuset) : NULL;
    g_autoptr(Bitmap) both = bitmap_copy(nodes);
    Json *json = json_new_object();

    for (int n = bitmap_next(nodes, 0); reach && n >= 0; n = bitmap_next(nodes, n + 1))
        if (!bitmap_get(reach, (size_t)n))
            bitmap_set(both, (size_t)n, false);
    json_add_string(json, "qom-type", "thread-context");
    json_add_string(json, "id", context);
    json_add(json, "node-affinity", node_list(bitmap_count(both) ? both : nodes));
    command_add_json(command, "-object", json);
    json_add_string(backend, "prealloc-context", context);
}

/* Where the bytes are. *ret_file: of a kind that can be given back to the host. */
static bool
add_kind(Command *command, Json *json, const Want *want, MemAccess access, bool huge, uint64_t page, bool *ret_file,
         GError **error)
{
    const Domain *def = command->def;
    const CommandHugePages *mount = huge ? find_mount(command, page) : NULL;
    bool memfd = def->memory_source == MEMORY_SOURCE_MEMFD && !want->path;
    g_autofree char *path = NULL;

    if (huge && !mount) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "Unable to find any usable hugetlbfs mount for %" PRIu64 " KiB", page);
        return false;
    }
    *ret_file = !memfd && (want->path || huge || def->memory_source == MEMORY_SOURCE_FILE || access != MEM_ACCESS_UNSET);
    json_add_string(json, "qom-type", want->epc   ? "memory-backend-epc"
                                      : memfd     ? "memory-backend-memfd"
                                      : *ret_file ? "memory-backend-file" : "memory-backend-ram");
    json_add_string(json, "id", want->id);
    if (memfd && huge) {
        json_add_bool(json, "hugetlb", true);
        json_add_uint64(json, "hugetlbsize", mount->size * 1024);
    }
    if (!*ret_file)
        return true;
    path = want->path ? g_strdup(want->path)
           : huge     ? g_strdup_printf("%s/libvirt/qemu/%s", mount->path, command->short_name)
                      : g_strdup_printf("%s/%s/%s", command->conf->memory_backing_dir, command->short_name, want->id);
    json_add_string(json, "mem-path", path);
    return true;
}

/* The backend object. *ret_plain: nothing was asked for, so that old machines need none; NULL to always make it. */
static bool
add_backend(Command *command, const Want *want, bool *ret_plain, GError **error)
{
    const Domain *def = command->def;
    g_autoptr(Json) json = json_new_object();
    MemAccess access = want->access != MEM_ACCESS_UNSET ? want->access : def->memory_access;
    bool by_default, file, huge, fill;
    uint64_t page = page_size(def, want, &by_default);
    NumaMode mode;
    const Bitmap *nodes = host_nodes(command, want, &mode);

    huge = page || by_default;
    if (want->epc)
        access = MEM_ACCESS_UNSET;
    if (!add_kind(command, json, want, access, huge && !want->path, page, &file, error))
        return false;
    if (ret_plain) {
        *ret_plain = !file && !huge && !nodes && access == MEM_ACCESS_UNSET && def->memory_source != MEMORY_SOURCE_MEMFD;
        if (*ret_plain)
            return true;
    }
    if (access != MEM_ACCESS_UNSET)
        json_add_bool(json, "share", access == MEM_ACCESS_SHARED);
    if (want->main_ram && (file || def->memory_source == MEMORY_SOURCE_MEMFD))
        json_add_bool(json, "x-use-canonical-path-for-ramblock-id", false);
    if (file && (want->discard_set || def->memory_discard))
        json_add_bool(json, "discard-data", want->discard_set ? want->discard : def->memory_discard);
    if (want->pmem)
        json_add_bool(json, "pmem", true);
    if (want->virtio_mem)
        json_add_bool(json, "reserve", false);
    fill = !want->virtio_mem && (huge || want->epc || def->memory_allocation == ALLOCATION_MODE_IMMEDIATE || want->path);
    if (fill && !(want->path && access == MEM_ACCESS_SHARED && want->align == 0 && want->readonly))
        json_add_bool(json, "prealloc", true);
    if (fill && def->allocation_threads)
        json_add_uint64(json, "prealloc-threads", def->allocation_threads);
    json_add_uint64(json, "size", want->size * 1024);
    if (want->align)
        json_add_uint64(json, "align", want->align * 1024);
    if (nodes) {
        static const char *const policies[] = { "bind", "bind", "preferred", "interleave" };

        json_add(json, "host-nodes", node_list(nodes));
        json_add_string(json, "policy", policies[mode]);
        if (fill && !want->epc && qemu_caps_flag(command->caps, "thread-context"))
            add_thread_context(command, json, want->id, nodes);
    }
    command_add_json(command, "-object", g_steal_pointer(&json));
    return true;
}

/* ---- cells ----------------------------------------------------------------- */

static void
add_cpus(GString *text, const NumaCell *cell)
{
    g_autofree char *cpus = cell->cpus ? bitmap_format(cell->cpus) : NULL;
    g_auto(GStrv) ranges = g_strsplit(cpus ? cpus : "", ",", -1);

    for (size_t r = 0; ranges[r] && ranges[r][0]; r++)
        g_string_append_printf(text, ",cpus=%s", ranges[r]);
}

/* The cell whose CPUs reach this one best: itself, the one that the document tells of, or the first with CPUs. */
static unsigned
find_initiator(const Cpu *cpu, const NumaCell *cell)
{
    unsigned best = 0;
    uint64_t latency = UINT64_MAX, bandwidth = 0;
    bool found = false;

    if (cell->cpus)
        return cell->id;
    for (size_t i = 0; i < list_len(cpu->latencies); i++) {
        const NumaLatency *l = list_at(cpu->latencies, i);

        if (l->target == cell->id && !l->cache && l->value < latency) {
            latency = l->value;
            best = l->initiator;
            found = true;
        }
    }
    for (size_t i = 0; !found && i < list_len(cpu->bandwidths); i++) {
        const NumaBandwidth *b = list_at(cpu->bandwidths, i);

        if (b->target == cell->id && !b->cache && b->value > bandwidth) {
            bandwidth = b->value;
            best = b->initiator;
        }
    }
    for (size_t i = 0; !found && !bandwidth && i < list_len(cpu->cells); i++) {
        const NumaCell *other = list_at(cpu->cells, i);

        if (other->cpus)
            return other->id;
    }
    return best;
}

static void
add_hmat(Command *command, const Cpu *cpu)
{
    static const char *const hierarchies[] = { "memory", "first-level", "second-level", "third-level" };
    static const char *const policies[] = { "none", "none", "write-back", "write-through" };
    static const char *const associativities[] = { "none", "none", "direct", "complex" };

    for (size_t i = 0; i < list_len(cpu->latencies); i++) {
        const NumaLatency *l = list_at(cpu->latencies, i);

        command_addf(command, "-numa", "hmat-lb,initiator=%u,target=%u,hierarchy=%s,data-type=%s-latency,latency=%" PRIu64,
                     l->initiator, l->target, hierarchies[MIN(l->cache, 3)], hmat_type_words[l->type], l->value);
    }
    for (size_t i = 0; i < list_len(cpu->bandwidths); i++) {
        const NumaBandwidth *b = list_at(cpu->bandwidths, i);

        command_addf(command, "-numa",
                     "hmat-lb,initiator=%u,target=%u,hierarchy=%s,data-type=%s-bandwidth,bandwidth=%" PRIu64 "K", b->initiator,
                     b->target, hierarchies[MIN(b->cache, 3)], hmat_type_words[b->type], b->value);
    }
    for (size_t i = 0; i < list_len(cpu->cells); i++) {
        const NumaCell *cell = list_at(cpu->cells, i);

        for (size_t c = 0; c < list_len(cell->caches); c++) {
            const NumaCache *cache = list_at(cell->caches, c);

            command_addf(command, "-numa",
                         "hmat-cache,node-id=%u,size=%" PRIu64 "K,level=%u,associativity=%s,policy=%s,line=%" PRIu64, cell->id,
                         cache->size, cache->level, associativities[cache->associativity], policies[cache->policy],
                         cache->line_size);
        }
    }
}

static bool
has_hmat(const Cpu *cpu)
{
    return cpu && (list_len(cpu->latencies) || list_len(cpu->bandwidths));
}

/* Machines of old sizes their cells by number, and must go on doing so to be able to migrate. */
static bool
is_oldstyle(Command *command)
{
    const QemuMachine *machine = qemu_caps_machine(command->caps, fill_accel(command->def), command->def->machine);

    return machine && machine->numa_mem;
}

bool
command_numa(Command *command, GError **error)
{
    const Domain *def = command->def;
    const Cpu *cpu = def->cpu;

    for (size_t i = 0; cpu && i < list_len(cpu->cells); i++) {
        const NumaCell *cell = list_at(cpu->cells, i);
        g_autofree char *id = g_strdup_printf("ram-node%u", cell->id);
        g_autoptr(GString) text = g_string_new(NULL);
        const Want want = { .id = id, .size = cell->memory, .access = cell->mem_access, .cell = (int)cell->id,
                            .discard_set = cell->discard != DISCARD_DATA_UNSET, .discard = cell->discard == DISCARD_DATA_YES };
        bool plain = false;

        if (!add_backend(command, &want, is_oldstyle(command) ? &plain : NULL, error))
            return false;
        if (plain && i == 0 && def->memory_allocation == ALLOCATION_MODE_IMMEDIATE)
            command_add(command, "-mem-prealloc", NULL);
        g_string_append_printf(text, "node,nodeid=%u", cell->id);
        add_cpus(text, cell);
        if (has_hmat(cpu))
            g_string_append_printf(text, ",initiator=%u", find_initiator(cpu, cell));
        if (plain)
            g_string_append_printf(text, ",mem=%" PRIu64, cell->memory / 1024);
        else
            g_string_append_printf(text, ",memdev=%s", id);
        command_add(command, "-numa", text->str);
    }
    for (size_t i = 0; cpu && i < list_len(cpu->cells); i++) {
        const NumaCell *cell = list_at(cpu->cells, i);

        for (size_t d = 0; d < list_len(cell->distances); d++) {
            const NumaSibling *s = list_at(cell->distances, d);

            command_addf(command, "-numa", "dist,src=%u,dst=%u,val=%u", cell->id, s->id, s->value);
        }
    }
    if (has_hmat(cpu))
        add_hmat(command, cpu);
    return true;
}

bool
command_main_memory(Command *command, GError **error)
{
    const Domain *def = command->def;
    const QemuMachine *machine = qemu_caps_machine(command->caps, fill_accel(def), def->machine);
    uint64_t kib = def->memory;
    const Want want = { .id = machine ? machine->default_ram_id : NULL, .size = 0, .cell = NO_CELL, .main_ram = true };
    Want sized = want;
    g_autoptr(GString) text = g_string_new(NULL);

    /* What is there at power-on: all but what is plugged in. */
    for (size_t i = 0; i < list_len(def->memory_devices); i++)
        kib -= MIN(kib, ((MemoryDevice *)list_at(def->memory_devices, i))->size);
    g_string_append_printf(text, "size=%" PRIu64 "k", kib / 1024 * 1024);
    if (def->max_memory) {
        if (def->memory_slots)
            g_string_append_printf(text, ",slots=%u", def->memory_slots);
        g_string_append_printf(text, ",maxmem=%" PRIu64 "k", def->max_memory);
    }
    command_add(command, "-m", text->str);
    sized.size = kib;
    return !command_has_ram_backend(command, machine) || add_backend(command, &sized, NULL, error);
}

bool
command_has_ram_backend(const Command *command, const QemuMachine *machine)
{
    return machine && machine->default_ram_id && !(command->def->cpu && list_len(command->def->cpu->cells));
}

/* ---- devices ---------------------------------------------------------------- */

static Json *
new_device(const Command *command, const MemoryDevice *m, const char *backend, bool fill)
{
    static const char *const drivers[] = { NULL, "pc-dimm", "nvdimm", "virtio-pmem", "virtio-mem", NULL };
    bool virtio = m->model == MEMORY_MODEL_VIRTIO_MEM || m->model == MEMORY_MODEL_VIRTIO_PMEM;
    g_autofree char *name = virtio ? command_virtio_driver(drivers[m->model], NULL, &m->info) : g_strdup(drivers[m->model]);
    Json *device = command_new(name);
    static const uint8_t nil[16];

    if (m->has_node)
        json_add_uint64(device, "node", m->node);
    if (m->label_size)
        json_add_uint64(device, "label-size", m->label_size * 1024);
    if (m->block_size)
        json_add_uint64(device, "block-size", m->block_size * 1024);
    if (m->model == MEMORY_MODEL_VIRTIO_MEM)
        json_add_uint64(device, "requested-size", m->requested * 1024);
    if (memcmp(m->uuid, nil, sizeof(nil))) {
        char uuid[UUID_TEXT_LEN];

        uuid_format(m->uuid, uuid);
        json_add_string(device, "uuid", uuid);
    }
    if (m->readonly)
        json_add_bool(device, "unarmed", true);
    json_add_string(device, "memdev", backend);
    if (fill)
        json_add_bool(device, "prealloc", true);
    if (m->has_base)
        json_add_uint64(device, "memaddr", m->base);
    if (m->dynamic_memslots != YESNO_UNSET)
        json_add_bool(device, "dynamic-memslots", m->dynamic_memslots == YESNO_YES);
    json_add_string(device, "id", m->info.alias);
    return device;
}

static MemAccess
device_access(const Domain *def, const MemoryDevice *m)
{
    if (m->access)
        return g_str_equal(m->access, "shared") ? MEM_ACCESS_SHARED : MEM_ACCESS_PRIVATE;
    for (size_t i = 0; m->has_node && def->cpu && i < list_len(def->cpu->cells); i++) {
        const NumaCell *cell = list_at(def->cpu->cells, i);

        if (cell->id == m->node)
            return cell->mem_access;
    }
    return MEM_ACCESS_UNSET;
}

bool
command_memory_devices(Command *command, GError **error)
{
    const Domain *def = command->def;

    for (size_t i = 0; i < list_len(def->memory_devices); i++) {
        const MemoryDevice *m = list_at(def->memory_devices, i);
        g_autofree char *backend = g_strdup_printf("mem%s", m->info.alias);
        bool by_default, virtio_mem = m->model == MEMORY_MODEL_VIRTIO_MEM;
        const Want want = {
            .id = backend, .size = m->size, .page = m->pagesize, .align = m->alignsize, .access = device_access(def, m),
            .discard_set = m->discard != YESNO_UNSET, .discard = m->discard == YESNO_YES, .nodes = m->nodemask,
            .cell = m->has_node ? (int)m->node : NO_CELL, .path = m->path, .pmem = m->pmem, .virtio_mem = virtio_mem,
            .readonly = m->model == MEMORY_MODEL_VIRTIO_PMEM, .epc = m->model == MEMORY_MODEL_SGX_EPC,
        };

        if (!command_wants(command, m))
            continue;
        if (!add_backend(command, &want, NULL, error))
            return false;
        /* The machine plugs enclave memory in itself. */
        if (want.epc)
            continue;
        if (!command_place_device(command,
                                  new_device(command, m, backend,
                                             virtio_mem && (page_size(def, &want, &by_default) || by_default ||
                                                            def->memory_allocation == ALLOCATION_MODE_IMMEDIATE)),
                                  &m->info, error))
            return false;
    }
    return true;
}
