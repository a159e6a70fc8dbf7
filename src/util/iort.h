/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iort.h - the I/O remapping table of ACPI (IORT), by which ARM hosts describe their IOMMUs */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    IORT_ITS_GROUP,
    IORT_NAMED_COMPONENT,
    IORT_ROOT_COMPLEX,
    IORT_SMMU_V1_OR_V2,
    IORT_SMMU_V3,
    IORT_PMCG,
    IORT_MEMORY_RANGE,
    IORT_TYPE_LAST
} IortType;

extern const char *const iort_type_names[];

typedef struct Iort {
    size_t n_nodes;
    unsigned types; /* 1 << IortType of those seen */
} Iort;

/* False with @error set for another table, or one whose lengths lead out of it. */
bool iort_parse(const uint8_t *data, size_t len, Iort *ret_iort, GError **error);
