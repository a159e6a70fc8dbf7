/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dump.h - the memory of a guest in a file, for those who look for faults */
#pragma once

#include "drivers/qemu/process/guest.h"

/* VIR_DUMP_* @flags; under the async job @job, which is told to end by virDomainAbortJob(). */
bool dump_guest(Guest *guest, Job *job, const char *path, unsigned format, uint32_t flags, const char *owner, GError **error);
/* A dump that the definition asks for when something happens to a guest; what fails is logged. */
void dump_auto(Guest *guest, bool memory_only);
