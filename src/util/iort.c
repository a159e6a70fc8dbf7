/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iort.c - the I/O remapping table of ACPI (IORT): header, then nodes that each begin with type and length */
#define ERROR_FROM VIR_FROM_NONE
#include "util/iort.h"

#include <string.h>

#include "util/error.h"

enum { ACPI_HEADER = 36, IORT_HEADER = 48, NODE_HEADER = 16 };

const char *const iort_type_names[] = { "its-group", "named-component", "root-complex", "smmuv1-or-smmuv2", "smmuv3", "pmcg",
                                        "memory-range" };

static uint32_t
read32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

bool
iort_parse(const uint8_t *data, size_t len, Iort *ret_iort, GError **error)
{
    Iort iort = { 0 };
    size_t table, at;
    uint32_t count;

    if (len < IORT_HEADER || memcmp(data, "IORT", 4)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "not an IORT table");
        return false;
    }
    table = read32(data + 4);
    count = read32(data + ACPI_HEADER);
    at = read32(data + ACPI_HEADER + 4);
    if (table < IORT_HEADER || table > len) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "IORT table says it has %zu bytes, but there are %zu", table, len);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        size_t node;

        if (at > table || table - at < NODE_HEADER) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "IORT node %u begins beyond the end of the table", i);
            return false;
        }
        node = data[at + 1] | (size_t)data[at + 2] << 8;
        if (node < NODE_HEADER || node > table - at) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "IORT node %u has a length of %zu", i, node);
            return false;
        }
        if (data[at] >= IORT_TYPE_LAST) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "IORT node %u has the unknown type %u", i, data[at]);
            return false;
        }
        iort.types |= 1u << data[at];
        iort.n_nodes++;
        at += node;
    }
    *ret_iort = iort;
    return true;
}
