/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_cpu_start.h - the CPU of one run */
#pragma once

#include "drivers/conf/cpu/cpu.h"
#include "drivers/qemu/fill/fill.h"

/* What mode host-model stands for: what the emulator can give at best, or @host where that is given.  @all: with
 * features that forbid migration. */
Cpu *fill_host_model(const QemuCaps *caps, QemuAccel accel, const Cpu *host, bool all, GError **error);

/* The largest CPU that all of @cpus can be, with a model of the emulator. */
Cpu *fill_baseline(const QemuCaps *caps, QemuAccel accel, Cpu *const *cpus, size_t n_cpus, unsigned flags, GError **error);

/* Settle host-model, match minimum and optional features, refuse what the host cannot be (check), and say it with a
 * model the emulator has.  @host: the host's own CPU, or NULL; @from_host: it is the host model, too. */
bool fill_cpu_start(Domain *def, const QemuCaps *caps, const Cpu *host, bool from_host, GError **error);
