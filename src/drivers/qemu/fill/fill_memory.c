/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_memory.c - where memory and vCPUs go, NUMA cells that nobody described, modules of memory */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/fill/fill_private.h"
#include "util/error.h"

enum { ALIGN_PSERIES = 256 << 10 }; /* KiB; what a pseries guest can take in */

/* "auto" leaves the choice to numad: for memory if for vCPUs, and for vCPUs that are bound to nothing if for memory. */
static void
fill_placement(Domain *def)
{
    if (def->numa_mode == NUMA_MODE_UNSET && def->numa_placement == NUMA_PLACEMENT_UNSET && !def->numa_nodeset &&
        !list_len(def->memnodes)) {
        if (def->vcpu_placement == VCPU_PLACEMENT_AUTO) {
            def->numa_mode = NUMA_MODE_STRICT;
            def->numa_placement = NUMA_PLACEMENT_AUTO;
        }
        return;
    }
    if (def->numa_placement == NUMA_PLACEMENT_UNSET && !def->numa_nodeset && def->vcpu_placement == VCPU_PLACEMENT_AUTO)
        def->numa_placement = NUMA_PLACEMENT_AUTO;
    if (def->numa_placement != NUMA_PLACEMENT_AUTO)
        return;
    g_clear_pointer(&def->numa_nodeset, bitmap_free);
    if (!def->cpuset)
        def->vcpu_placement = VCPU_PLACEMENT_AUTO;
}

static NumaCell *
add_cell(Domain *def)
{
    NumaCell *cell = xml_new(&numa_cell_xml);

    if (!def->cpu)
        def->cpu = xml_new(&cpu_xml);
    if (!def->cpu->cells)
        def->cpu->cells = g_ptr_array_new();
    g_ptr_array_add(def->cpu->cells, cell);
    cell->has_id = true;
    cell->cpus = bitmap_new();
    for (unsigned i = 0; i < def->max_vcpus; i++)
        bitmap_set(cell->cpus, i, true);
    return cell;
}

static uint64_t
cells_size(const Domain *def)
{
    uint64_t sum = 0;

    for (size_t i = 0; def->cpu && i < list_len(def->cpu->cells); i++)
        sum += ((const NumaCell *)list_at(def->cpu->cells, i))->memory;
    return sum;
}

/* Memory that can be plugged belongs to a cell; one cell is made for a guest that has none. */
static void
fill_cells(Domain *def)
{
    uint64_t modules = device_memory_size(def);

    if (!def->memory_slots || cells_size(def) || def->memory <= modules)
        return;
    add_cell(def)->memory = def->memory - modules;
    for (size_t i = 0; i < list_len(def->memory_devices); i++)
        ((MemoryDevice *)list_at(def->memory_devices, i))->has_node = true;
}

static void
align_module(MemoryDevice *m)
{
    uint64_t label = m->label_size;

    /* A file must not be grown for it. */
    if (m->model == MEMORY_MODEL_NVDIMM)
        m->size = m->size > label ? (m->size - label) / ALIGN_PSERIES * ALIGN_PSERIES + label : m->size;
    else if (m->model == MEMORY_MODEL_DIMM)
        m->size = (m->size + ALIGN_PSERIES - 1) / ALIGN_PSERIES * ALIGN_PSERIES;
}

/* vCPUs that no cell has belong to the first. */
static void
fill_cell_cpus(Domain *def)
{
    NumaCell *first = def->cpu && list_len(def->cpu->cells) ? list_at(def->cpu->cells, 0) : NULL;

    for (unsigned vcpu = 0; first && vcpu < def->max_vcpus; vcpu++) {
        bool placed = false;

        for (size_t i = 0; !placed && i < list_len(def->cpu->cells); i++) {
            const NumaCell *cell = list_at(def->cpu->cells, i);

            placed = cell->cpus && bitmap_get(cell->cpus, vcpu);
        }
        if (!placed && !first->cpus)
            first->cpus = bitmap_new();
        if (!placed)
            bitmap_set(first->cpus, vcpu, true);
    }
}

static const NumaSibling *
sibling_of(const NumaCell *cell, unsigned id)
{
    for (size_t i = 0; i < list_len(cell->distances); i++) {
        const NumaSibling *s = list_at(cell->distances, i);

        if (s->id == id)
            return s;
    }
    return NULL;
}

static int
compare_siblings(gconstpointer a, gconstpointer b)
{
    const NumaSibling *x = *(NumaSibling *const *)a, *y = *(NumaSibling *const *)b;

    return x->id < y->id ? -1 : x->id > y->id;
}

enum { DISTANCE_LOCAL = 10, DISTANCE_REMOTE = 20, MANY_CELLS = 1024, MANY_THREADS = 4096 };

/* Distances are the same both ways; a table that was begun is made whole. */
static bool
fill_distances(Domain *def, GError **error)
{
    GPtrArray *cells = def->cpu ? def->cpu->cells : NULL;
    bool any = false;

    for (size_t i = 0; i < list_len(cells); i++)
        any |= list_len(((const NumaCell *)list_at(cells, i))->distances) > 0;
    if (any && list_len(cells) > MANY_CELLS) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "distances between %u NUMA cells: %d is the most there can be",
                  list_len(cells), MANY_CELLS);
        return false;
    }
    for (size_t i = 0; any && i < list_len(cells); i++) {
        NumaCell *cell = list_at(cells, i);

        if (!cell->distances)
            cell->distances = g_ptr_array_new();
        for (size_t j = 0; j < list_len(cells); j++) {
            const NumaCell *other = list_at(cells, j);
            const NumaSibling *back = sibling_of(other, cell->id);
            NumaSibling *s;

            if (sibling_of(cell, other->id))
                continue;
            s = xml_new(&numa_sibling_xml);
            s->id = other->id;
            s->value = i == j ? DISTANCE_LOCAL : back ? back->value : DISTANCE_REMOTE;
            g_ptr_array_add(cell->distances, s);
        }
        g_ptr_array_sort(cell->distances, compare_siblings);
    }
    return true;
}

static bool
has_iothread(const Domain *def, unsigned id)
{
    for (size_t i = 0; i < list_len(def->iothread_list); i++)
        if (((const IoThread *)list_at(def->iothread_list, i))->id == id)
            return true;
    return false;
}

/* A list of I/O threads that has not as many as are asked for gets the lowest ids that are free. */
static bool
fill_iothreads(Domain *def, GError **error)
{
    unsigned id = 1;

    if (list_len(def->iothread_list) && def->iothreads > MANY_THREADS) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "<iothreads>%u</iothreads> is more than the %d there can be", def->iothreads,
                  MANY_THREADS);
        return false;
    }
    while (list_len(def->iothread_list) && list_len(def->iothread_list) < def->iothreads) {
        IoThread *thread = xml_new(&io_thread_xml);

        while (has_iothread(def, id))
            id++;
        thread->id = id++;
        g_ptr_array_add(def->iothread_list, thread);
    }
    if (list_len(def->iothread_list) > def->iothreads) {
        def->has_iothreads = true;
        def->iothreads = list_len(def->iothread_list);
    }
    return true;
}

/* A limit as high as this was never one. */
static void
fill_limits(Domain *def)
{
    static const uint64_t unlimited = 9007199254740991; /* KiB */

    def->has_hard_limit &= def->hard_limit < unlimited;
    def->has_soft_limit &= def->soft_limit < unlimited;
    def->has_min_guarantee &= def->min_guarantee < unlimited;
    def->has_swap_hard_limit &= def->swap_hard_limit < unlimited;
}

bool
fill_memory(Fill *f, GError **error)
{
    Domain *def = f->def;

    fill_limits(def);
    fill_placement(def);
    fill_cell_cpus(def);
    if (!fill_distances(def, error) || !fill_iothreads(def, error))
        return false;
    if (!f->options->fresh)
        return true;
    fill_cells(def);
    for (size_t i = 0; f->board->flags & BOARD_PHB && i < list_len(def->memory_devices); i++)
        align_module(list_at(def->memory_devices, i));
    if (cells_size(def))
        def->memory = cells_size(def) + device_memory_size(def);
    def->current_memory = MIN(def->current_memory, def->memory);
    return true;
}
