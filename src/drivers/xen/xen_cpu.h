/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_cpu.h - what configuration files and libxl have in common about CPUs */
#pragma once

#include "drivers/conf/cpu_gen.h"

/* Whether the feature is the one by which a guest can have guests. */
bool xen_cpu_nests(const CpuFeature *feature);
/* '0', '1' or 'x' (the hypervisor decides). */
char xen_cpu_policy(const CpuFeature *feature);
/* From one NUMA cell to another; one direction stands for both. */
unsigned xen_cpu_distance(const Cpu *cpu, unsigned from, unsigned to);
