/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* save_rows.c - calls that put guests into files and take them out again, and that dump them */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>
#include <unistd.h>

#include "drivers/common/params.h"
#include "drivers/qemu/migration/dump.h"
#include "drivers/qemu/migration/save.h"
#include "drivers/qemu/rows.h"
#include "util/error.h"
#include "util/file.h"

/* What virDomainSaveParams() and virDomainRestoreParams() say. */
static const ParamSpec save_params[] = {
    { VIR_DOMAIN_SAVE_PARAM_FILE, VIR_TYPED_PARAM_STRING },
    { VIR_DOMAIN_SAVE_PARAM_DXML, VIR_TYPED_PARAM_STRING },
    { VIR_DOMAIN_SAVE_PARAM_IMAGE_FORMAT, VIR_TYPED_PARAM_STRING },
    { NULL, 0 },
};
static const ParamSpec restore_params[] = {
    { VIR_DOMAIN_SAVE_PARAM_FILE, VIR_TYPED_PARAM_STRING },
    { VIR_DOMAIN_SAVE_PARAM_DXML, VIR_TYPED_PARAM_STRING },
    { NULL, 0 },
};

static const char *
text_of(const WireTypedParam *params, uint32_t n, const char *name)
{
    const WireTypedParam *param = params_find(params, n, name);

    return param ? param->value.s : NULL;
}

static bool
save(Call *call, const char *path, const char *dxml, const char *format, GError **error)
{
    SaveOptions options = { .path = path, .dxml = dxml, .flags = call->flags, .owner = call->method->name };

    return imagefile_format("save", format ? format : guest_host.conf->save_image_format, &options.format, error) &&
           save_guest(guest_of(call), kit_job(call), &options, error);
}

bool
save_rows_save(Call *call, GError **error)
{
    const DomainSaveArgs *args = call->args;

    return save(call, args->to, NULL, NULL, error);
}

bool
save_rows_save_flags(Call *call, GError **error)
{
    const DomainSaveFlagsArgs *args = call->args;

    return save(call, args->to, args->dxml, NULL, error);
}

static bool
save_managed(Call *call, const char *dxml, const char *format, GError **error)
{
    g_autofree char *path = save_managed_path(call->object);

    if (!object_is_persistent(call->object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot do managed save for transient domain");
        return false;
    }
    if (!file_mkdir_p(guest_host.conf->save_dir, 0700, error) || !save(call, path, dxml, format, error))
        return false;
    lock_acquire(&vm_of(call)->object.lock);
    vm_of(call)->managed_save = true;
    lock_release(&vm_of(call)->object.lock);
    return true;
}

bool
save_rows_save_params(Call *call, GError **error)
{
    const DomainSaveParamsArgs *args = call->args;
    const char *path, *dxml, *format;

    if (!params_check(args->params, args->n_params, save_params, error))
        return false;
    path = text_of(args->params, args->n_params, VIR_DOMAIN_SAVE_PARAM_FILE);
    dxml = text_of(args->params, args->n_params, VIR_DOMAIN_SAVE_PARAM_DXML);
    format = text_of(args->params, args->n_params, VIR_DOMAIN_SAVE_PARAM_IMAGE_FORMAT);
    return path ? save(call, path, dxml, format, error) : save_managed(call, dxml, format, error);
}

bool
save_rows_managed_save(Call *call, GError **error)
{
    return save_managed(call, NULL, NULL, error);
}

/* The guest that the image describes, for a start; a job of its own. */
static bool
restore(Call *call, const char *path, const char *dxml, GError **error)
{
    g_auto(SaveOpen) image = SAVE_OPEN_INIT;
    g_autoptr(Object) object = NULL; /* before the job, to outlive it */
    g_autoptr(Job) job = NULL;
    g_autoptr(Domain) doc = NULL;

    if (!save_open(&image, path, call->flags & VIR_DOMAIN_SAVE_BYPASS_CACHE, error))
        return false;
    doc = dxml ? save_parse_changed(dxml, image.doc, error) : g_steal_pointer(&image.doc);
    object = doc ? object_table_claim(guest_host.table, doc, error) : NULL;
    if (!object)
        return false;
    job = job_begin(&object->jobs, JOB_MODIFY, call->method->name, JOB_DEADLINE_S, error);
    if (job && object_is_active(object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is already active as '%s'", doc->name);
        return false;
    }
    if (job && save_start(&image, (Guest *)object, g_steal_pointer(&doc), call->flags, error))
        return true;
    object_disclaim(object);
    return false;
}

bool
save_rows_restore(Call *call, GError **error)
{
    const DomainRestoreArgs *args = call->args;

    return restore(call, args->from, NULL, error);
}

bool
save_rows_restore_flags(Call *call, GError **error)
{
    const DomainRestoreFlagsArgs *args = call->args;

    return restore(call, args->from, args->dxml, error);
}

bool
save_rows_restore_params(Call *call, GError **error)
{
    const DomainRestoreParamsArgs *args = call->args;
    const char *path;

    if (!params_check(args->params, args->n_params, restore_params, error))
        return false;
    path = text_of(args->params, args->n_params, VIR_DOMAIN_SAVE_PARAM_FILE);
    if (!path) {
        error_set(error, VIR_ERR_INVALID_ARG, "the parameter '%s' is missing: which file to restore from",
                  VIR_DOMAIN_SAVE_PARAM_FILE);
        return false;
    }
    return restore(call, path, text_of(args->params, args->n_params, VIR_DOMAIN_SAVE_PARAM_DXML), error);
}

static char *
describe(const char *path, uint32_t flags, GError **error)
{
    g_auto(SaveOpen) image = SAVE_OPEN_INIT;

    if (!save_open(&image, path, false, error))
        return NULL;
    return xml_format_text(&domain_xml, image.doc,
                           XML_FORMAT_INACTIVE | (flags & VIR_DOMAIN_SAVE_IMAGE_XML_SECURE ? XML_FORMAT_SECURE : 0));
}

bool
save_rows_image_xml(Call *call, GError **error)
{
    DomainSaveImageGetXmlDescRet *ret = call->ret;

    ret->xml = describe(((const DomainSaveImageGetXmlDescArgs *)call->args)->file, call->flags, error);
    return ret->xml != NULL;
}

bool
save_rows_image_define(Call *call, GError **error)
{
    const DomainSaveImageDefineXmlArgs *args = call->args;

    return save_define(args->file, args->dxml, call->flags, error);
}

/* The path of the image of a guest, which must be there. */
static char *
existing(Call *call, GError **error)
{
    g_autofree char *path = save_managed_path(call->object);

    if (access(path, F_OK) == 0)
        return g_steal_pointer(&path);
    error_set(error, VIR_ERR_NO_DOMAIN, "domain does not have managed save image");
    return NULL;
}

bool
save_rows_managed_xml(Call *call, GError **error)
{
    DomainManagedSaveGetXmlDescRet *ret = call->ret;
    g_autofree char *path = existing(call, error);

    ret->xml = path ? describe(path, call->flags, error) : NULL;
    return ret->xml != NULL;
}

bool
save_rows_managed_define(Call *call, GError **error)
{
    const DomainManagedSaveDefineXmlArgs *args = call->args;
    g_autofree char *path = existing(call, error);

    return path && save_define(path, args->dxml, call->flags, error);
}

bool
save_rows_managed_remove(Call *call, GError **error)
{
    return save_managed_remove(vm_of(call), error);
}

bool
save_rows_core_dump(Call *call, GError **error)
{
    const DomainCoreDumpArgs *args = call->args;

    return dump_guest(guest_of(call), kit_job(call), args->to, VIR_DOMAIN_CORE_DUMP_FORMAT_RAW, call->flags, call->method->name,
                     error);
}

bool
save_rows_core_dump_format(Call *call, GError **error)
{
    const DomainCoreDumpWithFormatArgs *args = call->args;

    return dump_guest(guest_of(call), kit_job(call), args->to, args->dumpformat, call->flags, call->method->name, error);
}
