/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* procfile.h - what the text files of /proc say: CPUs, their times, a process
 *
 * Pure functions over the text, so that recorded files of other machines can be read too.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* /proc/cpuinfo: the value of @key in the block of CPUs number @cpu, or the first anywhere with @cpu -1.  Each block
 * begins with a line "processor"; what comes before the first and, on some machines, after the last is of the host. */
char *procfile_cpu_value(const char *cpuinfo, int cpu, const char *key);

/* Clock of the first CPU that tells one, in MHz; 0 where none does (ARM).  @arch as libvirt names it. */
unsigned procfile_cpu_mhz(const char *cpuinfo, const char *arch);

/* One line that tells CPU types of @arch apart; NULL with no error set where the architecture has none. */
char *procfile_cpu_signature(const char *cpuinfo, const char *arch);

typedef struct ProcfileTimes {
    uint64_t kernel, user, idle, iowait; /* ticks; kernel includes interrupts, user includes niced */
} ProcfileTimes;

/* /proc/stat: of one CPU, or of all with @cpu -1.  False if it is not listed. */
bool procfile_cpu_times(const char *stat, int cpu, ProcfileTimes *ret_times);

/* /proc/PID/stat: its fields; the second, the name of the command, may hold blanks, newlines and parentheses.  NULL
 * with @error set when the text is something else. */
char **procfile_process_stat(const char *stat, GError **error);
