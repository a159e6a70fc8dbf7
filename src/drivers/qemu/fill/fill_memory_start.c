/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_memory_start.c - memory of one run: sizes that the emulator can be given
 *
 * A definition keeps the sizes it was given.  A guest that runs has those of its machine, and one that comes from
 * elsewhere has those it had there.
 */
#include "drivers/qemu/fill/fill.h"

typedef struct Unit {
    uint64_t initial, module; /* KiB */
} Unit;

static uint64_t
round_up(uint64_t kib, uint64_t unit)
{
    return (kib + unit - 1) / unit * unit;
}

void
fill_memory_start(Domain *def)
{
    const Unit unit = g_str_has_prefix(def->arch, "ppc64") ? (Unit){ 256 * 1024, 256 * 1024 } : (Unit){ 1024, 2048 };
    uint64_t initial = 0, modules = 0, given = 0;

    for (size_t i = 0; i < list_len(def->memory_devices); i++) {
        MemoryDevice *m = list_at(def->memory_devices, i);

        given += m->size;
        /* The label of a module on POWER lies before its memory. */
        if (unit.module > 2048 && m->label_size && m->size > m->label_size)
            m->size = m->label_size + (m->size - m->label_size) / unit.module * unit.module;
        else
            m->size = round_up(m->size, unit.module);
        modules += m->size;
    }
    for (size_t i = 0; def->cpu && i < list_len(def->cpu->cells); i++) {
        NumaCell *cell = list_at(def->cpu->cells, i);

        cell->memory = round_up(cell->memory, unit.initial);
        initial += cell->memory;
    }
    if (!initial)
        initial = round_up(def->memory > given ? def->memory - given : def->memory, unit.initial);
    def->memory = initial + modules;
    if (def->max_memory)
        def->max_memory = round_up(def->max_memory, unit.initial);
}
