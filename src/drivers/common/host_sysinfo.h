/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_sysinfo.h - what the firmware says of the host: <sysinfo type='smbios'> */
#pragma once

#include <glib.h>

#include "drivers/conf/sysinfo_gen.h"

/* Texts to read; NULL where there is none. */
typedef struct HostSysinfoTexts {
    const char *arch;
    const char *dmidecode;  /* output of "dmidecode -q -t 0,1,2,3,4,11,17" */
    const char *cpuinfo;    /* /proc/cpuinfo */
    const char *sysinfo;    /* /proc/sysinfo (s390) */
    /* One OEM string as it is: dmidecode prints '.' for what is not printable.  NULL: not known. */
    char *(*oem_string)(void *data, unsigned number);
    void *data;
} HostSysinfoTexts;

/* NULL with @error set for an architecture of which nothing is known. */
HostSysinfo *host_sysinfo_parse(const HostSysinfoTexts *texts, GError **error);

/* Of this host. */
HostSysinfo *host_sysinfo_read(GError **error);
