/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_memory.c - where memory and vCPUs go, NUMA cells that nobody described, modules of memory */
#include "drivers/qemu/fill/fill_private.h"

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
modules_size(const Domain *def)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < list_len(def->memory_devices); i++)
        sum += ((const MemoryDevice *)list_at(def->memory_devices, i))->size;
    return sum;
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
    uint64_t modules = modules_size(def);

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

bool
fill_memory(Fill *f, GError **error)
{
    Domain *def = f->def;

    fill_placement(def);
    if (!f->options->fresh)
        return true;
    fill_cells(def);
    for (size_t i = 0; f->board->flags & BOARD_PHB && i < list_len(def->memory_devices); i++)
        align_module(list_at(def->memory_devices, i));
    if (list_len(def->memory_devices) && cells_size(def))
        def->memory = cells_size(def) + modules_size(def);
    return true;
}
