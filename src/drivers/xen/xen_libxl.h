/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_libxl.h - guests as libxl's domain configuration, in its JSON form: what is not at libxl's defaults */
#pragma once

#include "drivers/conf/domain_gen.h"
#include "util/json.h"

typedef struct XenLibxlContext {
    bool nested_hvm;              /* guests may have guests, where their CPU is the host's */
    const char *firmware;         /* folder of "ovmf.bin"; NULL: XEN_FIRMWARE */
    /* KiB that the hypervisor needs for shadow page tables; NULL: libxl's rule. */
    uint64_t (*shadow)(uint64_t memory, unsigned vcpus);
    /* The bridge of a virtual network; NULL: none are known. */
    char *(*bridge)(void *data, const char *network, GError **error);
    void *data;
} XenLibxlContext;

/* @domain has gone through xen_fill_definition(). */
Json *xen_libxl_config(const Domain *domain, const XenLibxlContext *context, GError **error);
