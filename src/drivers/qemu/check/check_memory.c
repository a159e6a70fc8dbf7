/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check_memory.c - NUMA cells and memory devices of a guest */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/check/check_private.h"
#include "util/error.h"

enum { NVDIMM_LABEL_MIN = 128 };

static size_t
count_cells(const Check *c)
{
    return c->def->cpu ? list_len(c->def->cpu->cells) : 0;
}

static bool
is_plugged(const MemoryDevice *memory)
{
    return memory->model == MEMORY_MODEL_DIMM || memory->model == MEMORY_MODEL_NVDIMM;
}

static bool
is_virtio(const MemoryDevice *memory)
{
    return memory->model == MEMORY_MODEL_VIRTIO_MEM || memory->model == MEMORY_MODEL_VIRTIO_PMEM;
}

/* ---- the whole ----------------------------------------------------------- */

static bool
rule_hotplug_numa(const Check *c, GError **error)
{
    return !c->def->max_memory || count_cells(c) || c->pseries ||
           check_fail(error, "At least one numa node has to be configured when enabling memory hotplug");
}

static bool
rule_slots(const Check *c, GError **error)
{
    size_t plugged = 0, added = 0;

    for (size_t i = 0; i < list_len(c->def->memory_devices); i++) {
        const MemoryDevice *memory = list_at(c->def->memory_devices, i);

        plugged += is_plugged(memory);
        added += is_plugged(memory) || memory->model == MEMORY_MODEL_VIRTIO_MEM;
    }
    if (!count_cells(c) && device_memory_size(c->def) > c->def->memory) {
        error_set(error, VIR_ERR_XML_ERROR, "Total size of memory devices exceeds the total memory size");
        return false;
    }
    if (!count_cells(c) && added && device_memory_size(c->def) == c->def->memory) {
        error_set(error, VIR_ERR_XML_ERROR, "Memory size must be specified via <memory> or in the <numa> configuration");
        return false;
    }
    if (added && !c->def->max_memory)
        return check_fail(error, "cannot use/hotplug a memory device when domain 'maxMemory' is not defined");
    if (plugged > c->def->memory_slots)
        return check_fail(error, "memory device count '%zu' exceeds slots count '%u'", plugged, c->def->memory_slots);
    return true;
}

static bool
rule_slot_numbers(const Check *c, GError **error)
{
    for (size_t i = 0; i < list_len(c->def->memory_devices); i++) {
        const MemoryDevice *memory = list_at(c->def->memory_devices, i);

        if (check_address(&memory->info) != ADDRESS_TYPE_DIMM)
            continue;
        if (c->def->memory_slots && memory->info.address->slot >= c->def->memory_slots)
            return check_fail(error, "memory device slot '%u' exceeds slots count '%u'", memory->info.address->slot,
                              c->def->memory_slots);
        for (size_t k = 0; k < i; k++) {
            const MemoryDevice *other = list_at(c->def->memory_devices, k);

            if (check_address(&other->info) == ADDRESS_TYPE_DIMM &&
                other->info.address->slot == memory->info.address->slot)
                return check_fail(error, "memory device slot '%u' is already being used by another memory device",
                                  memory->info.address->slot);
        }
    }
    return true;
}

/* Where QEMU may put a DIMM is its own affair; a virtio device with a base is there and nowhere else. */
static bool
rule_overlap(const Check *c, GError **error)
{
    for (size_t i = 0; i < list_len(c->def->memory_devices); i++) {
        const MemoryDevice *a = list_at(c->def->memory_devices, i);

        for (size_t k = 0; a->has_base && k < list_len(c->def->memory_devices); k++) {
            const MemoryDevice *b = list_at(c->def->memory_devices, k);
            uint64_t from = a->base, to = from + a->size * 1024;

            if (a != b && b->has_base && b->base >= from && b->base < to)
                return check_fail(error, "memory device address [0x%" G_GINT64_MODIFIER "x:0x%" G_GINT64_MODIFIER "x] "
                                  "overlaps with other memory device (0x%" G_GINT64_MODIFIER "x)", from, to, b->base);
        }
    }
    return true;
}

const CheckRule check_memory_rules[] = { rule_hotplug_numa, rule_slots, rule_slot_numbers, rule_overlap, NULL };

/* ---- one device ---------------------------------------------------------- */

static bool
device_cell(const Check *c, const void *device, GError **error)
{
    const MemoryDevice *memory = device;
    size_t cells = count_cells(c);

    if (memory->has_node && memory->node >= MAX(cells, 1)) {
        error_set(error, VIR_ERR_XML_DETAIL, "can't add memory backend for guest node '%u' as the guest has only '%zu' NUMA "
                  "nodes configured", memory->node, cells);
        return false;
    }
    if (!memory->has_node && cells && memory->model != MEMORY_MODEL_VIRTIO_PMEM && memory->model != MEMORY_MODEL_SGX_EPC)
        return check_fail(error, "target NUMA node needs to be specified for memory device '%s'",
                          memory_model_words[memory->model]);
    return true;
}

static bool
device_type(const Check *c, const void *device, GError **error)
{
    const struct { MemoryModel model; const char *type; } types[] = {
        { MEMORY_MODEL_NVDIMM, "nvdimm" }, { MEMORY_MODEL_VIRTIO_PMEM, "virtio-pmem-pci" },
        { MEMORY_MODEL_VIRTIO_MEM, c->s390 ? "virtio-mem-ccw" : "virtio-mem-pci" }, { MEMORY_MODEL_SGX_EPC, "sgx-epc" },
    };
    const MemoryDevice *memory = device;

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (types[i].model == memory->model && !qemu_caps_has(c->caps, types[i].type) &&
            !(c->s390 && memory->model == MEMORY_MODEL_VIRTIO_PMEM) && !(c->pseries && memory->model == MEMORY_MODEL_NVDIMM))
            return check_fail(error, "%s isn't supported by this QEMU binary", memory_model_words[memory->model]);
    return true;
}

static bool
device_address(const Check *c, const void *device, GError **error)
{
    const MemoryDevice *memory = device;
    AddressType type = check_address(&memory->info);
    bool fits = type == ADDRESS_TYPE_UNSET || (is_plugged(memory) && type == ADDRESS_TYPE_DIMM) ||
                (is_virtio(memory) && (type == ADDRESS_TYPE_PCI || type == ADDRESS_TYPE_CCW));

    if (memory->model == MEMORY_MODEL_VIRTIO_MEM && memory->block_size && memory->base % (memory->block_size * 1024)) {
        error_set(error, VIR_ERR_XML_DETAIL, "memory device address must be aligned to blocksize");
        return false;
    }
    return fits || check_fail(error, "address of type '%s' is not supported for memory device '%s'", address_type_words[type],
                              memory_model_words[memory->model]);
}

static bool
device_label(const Check *c, const void *device, GError **error)
{
    const MemoryDevice *memory = device;

    if (memory->model != MEMORY_MODEL_NVDIMM)
        return true;
    if (memory->label_size && memory->label_size < NVDIMM_LABEL_MIN)
        return check_fail(error, "nvdimm label must be at least %d KiB, and %" G_GUINT64_FORMAT " KiB is less",
                          NVDIMM_LABEL_MIN, memory->label_size);
    if (memory->label_size && memory->label_size >= memory->size)
        return check_fail(error, "label size must be smaller than NVDIMM size");
    if (c->pseries && !memory->label_size)
        return check_fail(error, "nvdimm device requires a label on pseries: add <label> to its <target>");
    if (memory->readonly && c->pseries)
        return check_fail(error, "an nvdimm of a pseries guest cannot be read-only");
    return true;
}

const CheckDeviceRule check_memdev_rules[] = { device_cell, device_type, device_address, device_label, NULL };
