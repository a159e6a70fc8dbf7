/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent_vcpu.h - vCPUs in the guest's own eyes: those it uses of those it has */
#pragma once

#include "drivers/qemu/process/guest.h"

/* VmOps.guest_vcpus. */
bool agent_vcpu_ask(Vm *vm, unsigned *ret_all, unsigned *ret_online, GError **error);
/* Have the guest use @n of them; under an agent job. */
bool agent_vcpu_set_count(Guest *guest, unsigned n, GError **error);
