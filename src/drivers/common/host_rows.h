/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_rows.h - calls about the host itself, alike for every driver that runs guests */
#pragma once

#include <libvirt/libvirt.h>

#include "rpc/driver.h"

bool host_row_info(Call *call, GError **error);
bool host_row_cpu_map(Call *call, GError **error);
bool host_row_cpu_stats(Call *call, GError **error);
bool host_row_memory_stats(Call *call, GError **error);
bool host_row_free_memory(Call *call, GError **error);
bool host_row_cells_free_memory(Call *call, GError **error);
bool host_row_free_pages(Call *call, GError **error);
bool host_row_alloc_pages(Call *call, GError **error);
bool host_row_memory_parameters(Call *call, GError **error);     /* host_ksm.c */
bool host_row_set_memory_parameters(Call *call, GError **error);
bool host_row_sysinfo(Call *call, GError **error);

#define HOST_ROWS                                                                       \
    [PROC_NODE_GET_INFO] = { host_row_info, 0, 0, "0.1.0" },                            \
    [PROC_NODE_GET_CPU_MAP] = { host_row_cpu_map, 0, 0, "1.0.0" },                      \
    [PROC_NODE_GET_CPU_STATS] = { host_row_cpu_stats, 0, 0, "0.9.3" },                  \
    [PROC_NODE_GET_MEMORY_STATS] = { host_row_memory_stats, 0, 0, "0.9.3" },            \
    [PROC_NODE_GET_FREE_MEMORY] = { host_row_free_memory, 0, 0, "0.3.3" },              \
    [PROC_NODE_GET_CELLS_FREE_MEMORY] = { host_row_cells_free_memory, 0, 0, "0.3.3" },  \
    [PROC_NODE_GET_FREE_PAGES] = { host_row_free_pages, 0, 0, "1.2.6" },                \
    [PROC_NODE_ALLOC_PAGES] = { host_row_alloc_pages, VIR_NODE_ALLOC_PAGES_SET, 0, "1.2.9" }, \
    [PROC_NODE_GET_MEMORY_PARAMETERS] = { host_row_memory_parameters, VIR_TYPED_PARAM_STRING_OKAY, 0, "0.10.2" }, \
    [PROC_NODE_SET_MEMORY_PARAMETERS] = { host_row_set_memory_parameters, 0, 0, "0.10.2" }, \
    [PROC_CONNECT_GET_SYSINFO] = { host_row_sysinfo, 0, 0, "0.8.8" }
