/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_path.c - names of images: "/vmfs/volumes/STORE/PATH" in .vmx files, "[STORE] PATH" in documents */
#define ERROR_FROM VIR_FROM_VMWARE
#include "drivers/vmware/vmx_private.h"

#include <string.h>

#include "util/error.h"

#define VOLUMES "/vmfs/volumes/"

char *
vmx_path_read(const VmxContext *context, const char *name, bool *ret_missing, GError **error)
{
    const char *store = name + strlen(VOLUMES), *slash;
    char *result;

    *ret_missing = false;
    if (!context->datastore)
        return g_strdup(name);
    if (g_str_has_prefix(name, VOLUMES)) {
        slash = strchr(store, '/');
        if (!slash || slash == store || !slash[1]) {
            error_set(error, VIR_ERR_INTERNAL_ERROR,
                      "file name '%.200s' names no file of a datastore, expected '%sSTORE/PATH'", name, VOLUMES);
            return NULL;
        }
        result = g_strdup_printf("[%.*s] %s", (int)(slash - store), store, slash + 1);
    } else if (*name == '/') {
        return g_strdup(name);
    } else if (strpbrk(name, "/\\")) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "file name '%.200s' is relative; expected a name in the folder of the VMX file, or one that "
                  "begins with '%s'", name, VOLUMES);
        return NULL;
    } else {
        result = g_strdup_printf("[%s] %s/%s", context->datastore, context->directory, name);
    }
    *ret_missing = context->exists && !context->exists(context->data, result);
    return result;
}

char *
vmx_path_write(const VmxContext *context, const char *name, GError **error)
{
    const char *end = *name == '[' ? strchr(name, ']') : NULL, *path = end ? end + 1 + strspn(end + 1, " ") : NULL;

    if (path && end > name + 1 && *path)
        return g_strdup_printf(VOLUMES "%.*s/%s", (int)(end - name - 1), name + 1, path);
    if (*name == '/' || (!context->datastore && *name != '['))
        return g_strdup(name);
    error_set(error, VIR_ERR_INTERNAL_ERROR, "file name '%.200s' is neither '[STORE] PATH' nor absolute", name);
    return NULL;
}
