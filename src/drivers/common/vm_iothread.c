/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm_iothread.c - threads of a guest that serve I/O, in its definitions
 *
 * A definition says how many there are, which numbers they have, or both; one that is changed lists all.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/common/vm.h"

#include <string.h>

#include "drivers/common/params.h"
#include "util/error.h"

/* The two definitions a call changes; either may be NULL. */
#define DOCS(call)                                                                                 \
    {                                                                                              \
        (call)->live, (call)->config                                                               \
    }

IoThread *
vm_iothread_find(const Domain *doc, unsigned id)
{
    for (guint i = 0; doc->iothread_list && i < doc->iothread_list->len; i++) {
        IoThread *thread = doc->iothread_list->pdata[i];

        if (thread->id == id)
            return thread;
    }
    return NULL;
}

/* The @nth thread's number: those without one of their own take what is free, from 1 on. */
static unsigned
iothread_id(const Domain *doc, unsigned nth)
{
    unsigned named = doc->iothread_list ? doc->iothread_list->len : 0, id = 0;

    if (nth < named)
        return ((IoThread *)doc->iothread_list->pdata[nth])->id;
    for (unsigned left = nth - named + 1; left;) {
        if (!vm_iothread_find(doc, ++id))
            left--;
    }
    return id;
}

static unsigned
count_iothreads(const Domain *doc)
{
    return MAX(doc->iothreads, doc->iothread_list ? doc->iothread_list->len : 0);
}

void
vm_iothread_list_all(Domain *doc)
{
    unsigned n = count_iothreads(doc);

    if (!doc->iothread_list)
        doc->iothread_list = g_ptr_array_new();
    while (doc->iothread_list->len < n) {
        unsigned id = iothread_id(doc, doc->iothread_list->len);
        IoThread *thread = xml_new(&io_thread_xml);

        thread->id = id;
        g_ptr_array_add(doc->iothread_list, thread);
    }
}

static const Bitmap *
iothread_set(const Domain *doc, unsigned id)
{
    for (guint i = 0; doc->iothreadpins && i < doc->iothreadpins->len; i++) {
        const IoThreadPin *pin = doc->iothreadpins->pdata[i];

        if (pin->iothread == id)
            return pin->cpuset;
    }
    return doc->cpuset;
}

bool
vm_row_get_iothread_info(Call *call, GError **error)
{
    DomainGetIothreadInfoRet *ret = call->ret;
    const Domain *doc = kit_doc(call);
    unsigned cpus = vm_host_cpus(call), n = count_iothreads(doc);

    ret->info = g_new0(WireDomainIothreadInfo, n + 1);
    for (guint i = 0; i < n; i++) {
        WireDomainIothreadInfo *info = &ret->info[ret->n_info++];

        info->iothread_id = iothread_id(doc, i);
        info->n_cpumap = (uint32_t)VIR_CPU_MAPLEN(cpus);
        info->cpumap = g_malloc0(info->n_cpumap);
        vm_cpumap_fill(iothread_set(doc, info->iothread_id), cpus, info->cpumap, info->n_cpumap);
    }
    ret->ret = ret->n_info;
    return true;
}

bool
vm_iothread_require(const Domain *doc, unsigned id, GError **error)
{
    if (vm_iothread_find(doc, id))
        return true;
    error_set(error, VIR_ERR_INVALID_ARG, "cannot find IOThread '%u'", id);
    return false;
}

bool
vm_row_pin_iothread(Call *call, GError **error)
{
    const DomainPinIothreadArgs *args = call->args;
    g_autoptr(Bitmap) set =
        vm_cpumap_parse(args->cpumap, args->n_cpumap, vm_host_cpus(call), error);
    Domain *docs[] = DOCS(call);

    for (size_t d = 0; set && d < G_N_ELEMENTS(docs); d++) {
        IoThreadPin *pin = NULL;

        if (!docs[d])
            continue;
        vm_iothread_list_all(docs[d]);
        if (!vm_iothread_require(docs[d], args->iothreads_id, error))
            return false;
        if (!docs[d]->iothreadpins)
            docs[d]->iothreadpins = g_ptr_array_new();
        for (guint i = 0; i < docs[d]->iothreadpins->len; i++) {
            IoThreadPin *known = docs[d]->iothreadpins->pdata[i];

            if (known->iothread == args->iothreads_id)
                pin = known;
        }
        if (!pin) {
            pin = xml_new(&io_thread_pin_xml);
            pin->iothread = args->iothreads_id;
            g_ptr_array_add(docs[d]->iothreadpins, pin);
        }
        bitmap_free(pin->cpuset);
        pin->cpuset = bitmap_copy(set);
    }
    return set != NULL;
}

bool
vm_row_add_iothread(Call *call, GError **error)
{
    const DomainAddIothreadArgs *args = call->args;
    Domain *docs[] = DOCS(call);

    if (args->iothread_id == 0) {
        error_set(error, VIR_ERR_INVALID_ARG, "invalid value of 0 for iothread_id");
        return false;
    }
    for (size_t d = 0; d < G_N_ELEMENTS(docs); d++) {
        IoThread *thread;

        if (!docs[d])
            continue;
        vm_iothread_list_all(docs[d]);
        if (vm_iothread_find(docs[d], args->iothread_id)) {
            error_set(error, VIR_ERR_INVALID_ARG, "an IOThread is already using iothread_id '%u'",
                      args->iothread_id);
            return false;
        }
        thread = xml_new(&io_thread_xml);
        thread->id = args->iothread_id;
        g_ptr_array_add(docs[d]->iothread_list, thread);
        docs[d]->has_iothreads = true;
        docs[d]->iothreads = docs[d]->iothread_list->len;
    }
    return true;
}

bool
vm_row_del_iothread(Call *call, GError **error)
{
    const DomainDelIothreadArgs *args = call->args;
    Domain *docs[] = DOCS(call);

    for (size_t d = 0; d < G_N_ELEMENTS(docs); d++) {
        IoThread *thread;

        if (!docs[d])
            continue;
        vm_iothread_list_all(docs[d]);
        if (!vm_iothread_require(docs[d], args->iothread_id, error))
            return false;
        thread = vm_iothread_find(docs[d], args->iothread_id);
        g_ptr_array_remove(docs[d]->iothread_list, thread);
        xml_free(&io_thread_xml, thread);
        docs[d]->iothreads = docs[d]->iothread_list->len;
        for (guint i = 0; docs[d]->iothreadpins && i < docs[d]->iothreadpins->len; i++) {
            IoThreadPin *pin = docs[d]->iothreadpins->pdata[i];

            if (pin->iothread == args->iothread_id) {
                g_ptr_array_remove_index(docs[d]->iothreadpins, i);
                xml_free(&io_thread_pin_xml, pin);
                break;
            }
        }
    }
    return true;
}

/* Parameters of one thread. */
static const struct {
    const char *name;
    int type;
    size_t at, has_at;
} param_rows[] = {
#define PARAM(name, type, member) { name, type, offsetof(IoThread, member), offsetof(IoThread, has_##member) }
    PARAM(VIR_DOMAIN_IOTHREAD_POLL_MAX_NS, VIR_TYPED_PARAM_ULLONG, poll_max),
    PARAM(VIR_DOMAIN_IOTHREAD_POLL_GROW, VIR_TYPED_PARAM_UINT, poll_grow),
    PARAM(VIR_DOMAIN_IOTHREAD_POLL_SHRINK, VIR_TYPED_PARAM_UINT, poll_shrink),
    PARAM(VIR_DOMAIN_IOTHREAD_THREAD_POOL_MIN, VIR_TYPED_PARAM_INT, thread_pool_min),
    PARAM(VIR_DOMAIN_IOTHREAD_THREAD_POOL_MAX, VIR_TYPED_PARAM_INT, thread_pool_max),
};

bool
vm_row_set_iothread_params(Call *call, GError **error)
{
    const DomainSetIothreadParamsArgs *args = call->args;
    Domain *docs[] = DOCS(call);
    ParamSpec specs[G_N_ELEMENTS(param_rows) + 1] = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(param_rows); i++)
        specs[i] = (ParamSpec){ param_rows[i].name, param_rows[i].type };
    if (!params_check(args->params, args->n_params, specs, error))
        return false;
    for (size_t d = 0; d < G_N_ELEMENTS(docs); d++) {
        IoThread *thread;

        if (!docs[d])
            continue;
        vm_iothread_list_all(docs[d]);
        if (!vm_iothread_require(docs[d], args->iothread_id, error))
            return false;
        thread = vm_iothread_find(docs[d], args->iothread_id);
        for (size_t i = 0; i < G_N_ELEMENTS(param_rows); i++) {
            const WireTypedParam *param = params_find(args->params, args->n_params, param_rows[i].name);
            char *base = (char *)thread;

            if (!param)
                continue;
            if (param_rows[i].type == VIR_TYPED_PARAM_INT && param->value.i < 0) {
                error_set(error, VIR_ERR_INVALID_ARG, "%s of IOThread '%u' cannot be %d", param->field, thread->id,
                          param->value.i);
                return false;
            }
            *(bool *)(base + param_rows[i].has_at) = true;
            if (param_rows[i].type == VIR_TYPED_PARAM_INT)
                *(unsigned *)(void *)(base + param_rows[i].at) = (unsigned)param->value.i;
            else
                *(uint64_t *)(void *)(base + param_rows[i].at) =
                    param_rows[i].type == VIR_TYPED_PARAM_UINT ? param->value.ui : param->value.ul;
        }
        if (thread->has_thread_pool_min && thread->has_thread_pool_max &&
            thread->thread_pool_min > thread->thread_pool_max) {
            error_set(error, VIR_ERR_INVALID_ARG, "thread_pool_min of IOThread '%u' is above its thread_pool_max", thread->id);
            return false;
        }
    }
    return true;
}
