/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_ksm.c - memory shared by equal pages (KSM): one file of the kernel for each parameter */
#define ERROR_FROM VIR_FROM_NONE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libvirt/libvirt.h>
#include <string.h>

#include "drivers/common/host_rows.h"
#include "drivers/common/params.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"

#define KSM "/sys/kernel/mm/ksm"

static const struct {
    const char *name, *file;
    bool wide, writable;
} ksm[] = {
    { VIR_NODE_MEMORY_SHARED_PAGES_TO_SCAN, "pages_to_scan", false, true },
    { VIR_NODE_MEMORY_SHARED_SLEEP_MILLISECS, "sleep_millisecs", false, true },
    { VIR_NODE_MEMORY_SHARED_PAGES_SHARED, "pages_shared", true, false },
    { VIR_NODE_MEMORY_SHARED_PAGES_SHARING, "pages_sharing", true, false },
    { VIR_NODE_MEMORY_SHARED_PAGES_UNSHARED, "pages_unshared", true, false },
    { VIR_NODE_MEMORY_SHARED_PAGES_VOLATILE, "pages_volatile", true, false },
    { VIR_NODE_MEMORY_SHARED_FULL_SCANS, "full_scans", true, false },
    { VIR_NODE_MEMORY_SHARED_MERGE_ACROSS_NODES, "merge_across_nodes", false, true },
};

static const ParamSpec writable[] = {
    { VIR_NODE_MEMORY_SHARED_PAGES_TO_SCAN, VIR_TYPED_PARAM_UINT },
    { VIR_NODE_MEMORY_SHARED_SLEEP_MILLISECS, VIR_TYPED_PARAM_UINT },
    { VIR_NODE_MEMORY_SHARED_MERGE_ACROSS_NODES, VIR_TYPED_PARAM_UINT },
    { NULL, 0 },
};

bool
host_row_memory_parameters(Call *call, GError **error)
{
    const NodeGetMemoryParametersArgs *args = call->args;
    NodeGetMemoryParametersRet *ret = call->ret;
    g_auto(Params) params = { 0 };

    /* What the kernel lacks, all of it without KSM, is left out. */
    for (size_t i = 0; i < G_N_ELEMENTS(ksm); i++) {
        g_autofree char *path = g_build_filename(KSM, ksm[i].file, NULL);
        uint64_t value;

        if (!file_read_uint64(path, &value))
            continue;
        if (ksm[i].wide)
            params_add_ullong(&params, ksm[i].name, value);
        else
            params_add_uint(&params, ksm[i].name, (unsigned)MIN(value, UINT32_MAX));
    }
    params_finish(&params, args->nparams, &ret->n_params, &ret->params, &ret->nparams);
    return true;
}

bool
host_row_set_memory_parameters(Call *call, GError **error)
{
    const NodeSetMemoryParametersArgs *args = call->args;

    if (!params_check(args->params, args->n_params, writable, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(ksm); i++) {
        const WireTypedParam *param = ksm[i].writable ? params_find(args->params, args->n_params, ksm[i].name) : NULL;
        g_autofree char *path = g_build_filename(KSM, ksm[i].file, NULL);
        g_autofree char *text = NULL;
        autofd int fd = -1;

        if (!param)
            continue;
        text = g_strdup_printf("%u", param->value.ui);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT) {
            error_set(error, VIR_ERR_OPERATION_INVALID, "Parameter '%s' is not supported by this kernel", ksm[i].name);
            return false;
        }
        if (fd < 0) {
            error_set_errno(error, errno, "failed to set %s", ksm[i].name);
            return false;
        }
        if (!file_write_all(fd, text, strlen(text), path, error))
            return false;
    }
    return true;
}
