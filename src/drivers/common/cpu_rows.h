/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpu_rows.h - calls about CPU models, alike for every driver that runs guests on this host's CPU */
#pragma once

#include "drivers/conf/cpu/cpu.h"
#include "rpc/driver.h"

/* What this machine's CPU is; read once. */
const HostCpu *cpu_rows_host(void);

/* Put its model, vendor, signature and features into @cpu, which has the rest. */
void cpu_rows_describe(HostCpu *cpu);

/* A CPU document of a client; with @strict an unknown element is an error. */
Cpu *cpu_rows_parse(const char *text, bool strict, char **ret_arch, GError **error);

/* The CPUs of a baseline, Cpu; of one architecture, which is *@arch from the first that names one. */
GPtrArray *cpu_rows_parse_list(char *const *texts, size_t n_texts, char **arch, GError **error);

/* An answer, or with COMPARE_CPU_FAIL_INCOMPATIBLE the error that says what the host lacks. */
bool cpu_rows_relation(uint32_t flags, CpuRelation relation, const char *why, int32_t *ret_result, GError **error);

/* VIR_CONNECT_BASELINE_CPU_* as CpuBaselineFlags. */
unsigned cpu_rows_baseline_flags(uint32_t flags);

bool cpu_rows_compare(Call *call, GError **error);
bool cpu_rows_baseline(Call *call, GError **error);
bool cpu_rows_models(Call *call, GError **error);

#define CPU_COMPARE_FLAGS (VIR_CONNECT_COMPARE_CPU_FAIL_INCOMPATIBLE | VIR_CONNECT_COMPARE_CPU_VALIDATE_XML)
#define CPU_BASELINE_FLAGS (VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES | VIR_CONNECT_BASELINE_CPU_MIGRATABLE)

#define CPU_ROWS                                                                              \
    [PROC_CONNECT_COMPARE_CPU] = { cpu_rows_compare, CPU_COMPARE_FLAGS, 0, "0.7.5" },         \
    [PROC_CONNECT_BASELINE_CPU] = { cpu_rows_baseline, CPU_BASELINE_FLAGS, 0, "0.7.7" },      \
    [PROC_CONNECT_GET_CPU_MODEL_NAMES] = { cpu_rows_models, 0, 0, "1.1.3" }
