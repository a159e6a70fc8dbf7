/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm_rows.c - calls on guests that need no hypervisor: definitions and published state */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/common/vm.h"

#include <string.h>

#include "drivers/common/moment_tree.h"
#include "util/error.h"
#include "util/list.h"

bool
vm_row_define(Call *call, GError **error)
{
    g_autoptr(Object) object = NULL; /* before the job, to outlive it */
    g_autoptr(Job) job = NULL;
    Domain *doc = NULL;
    bool known;

    /* DefineXml and DefineXmlFlags both begin with the text. */
    G_STATIC_ASSERT(offsetof(DomainDefineXmlFlagsArgs, xml) == offsetof(DomainDefineXmlArgs, xml));
    object = (Object *)vm_claim(call, ((DomainDefineXmlArgs *)call->args)->xml,
                                call->flags & VIR_DOMAIN_DEFINE_VALIDATE, &job, &doc, error);
    if (!object)
        return false;
    known = object_is_persistent(object);
    doc->id = -1;
    if (!object_set_config(object, doc, error)) {
        object_disclaim(object);
        return false;
    }
    object_emit(object, VIR_DOMAIN_EVENT_DEFINED,
                known ? VIR_DOMAIN_EVENT_DEFINED_UPDATED : VIR_DOMAIN_EVENT_DEFINED_ADDED);
    object_wire(object, &((DomainDefineXmlRet *)call->ret)->dom);
    return true;
}

static bool
may_undefine(Vm *vm, uint32_t flags, GError **error)
{
    Object *object = &vm->object;
    bool active, image;
    size_t snapshots = moment_tree_size(vm, &moment_tree_snapshots);
    size_t checkpoints = moment_tree_size(vm, &moment_tree_checkpoints);

    lock_acquire(&object->lock);
    active = object->live != NULL;
    image = vm->managed_save;
    lock_release(&object->lock);
    if (!object_is_persistent(object))
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot undefine transient domain");
    else if (image && !(flags & VIR_DOMAIN_UNDEFINE_MANAGED_SAVE))
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "refusing to undefine while domain managed save image exists");
    else if (!active && snapshots && !(flags & VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA))
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "cannot delete inactive domain with %zu snapshots", snapshots);
    else if (!active && checkpoints && !(flags & VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA))
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "cannot delete inactive domain with %zu checkpoints", checkpoints);
    else
        return true;
    return false;
}

bool
vm_row_undefine(Call *call, GError **error)
{
    Vm *vm = vm_of(call);
    const VmOps *ops = kit_of(call)->vm_ops;

    if (!may_undefine(vm, call->flags, error) ||
        (ops && ops->undefine && !ops->undefine(vm, call->flags, error)) ||
        !object_undefine(&vm->object, error))
        return false;
    object_emit(&vm->object, VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_REMOVED);
    return true;
}

bool
vm_row_rename(Call *call, GError **error)
{
    static const MomentKind *const trees[] = { &moment_tree_snapshots, &moment_tree_checkpoints };
    const DomainRenameArgs *args = call->args;
    const VmOps *ops = kit_of(call)->vm_ops;
    Object *object = call->object;
    g_autofree char *old = object_name(object);

    if (!object_is_persistent(object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot rename a transient domain");
        return false;
    }
    if (object_is_active(object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot rename active domain");
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(trees); i++) {
        if (!(ops && ops->renamed) && moment_tree_size(vm_of(call), trees[i])) {
            error_set(error, VIR_ERR_OPERATION_INVALID, "cannot rename domain with %ss", trees[i]->word);
            return false;
        }
    }
    object_emit(object, VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_RENAMED);
    if (!object_rename(object, args->new_name, error)) {
        object_emit(object, VIR_DOMAIN_EVENT_DEFINED, VIR_DOMAIN_EVENT_DEFINED_RENAMED);
        return false;
    }
    if (ops && ops->renamed && !ops->renamed(vm_of(call), old, error)) {
        object_rename(object, old, NULL);
        object_emit(object, VIR_DOMAIN_EVENT_DEFINED, VIR_DOMAIN_EVENT_DEFINED_RENAMED);
        return false;
    }
    object_emit(object, VIR_DOMAIN_EVENT_DEFINED, VIR_DOMAIN_EVENT_DEFINED_RENAMED);
    return true;
}

bool
vm_row_get_info(Call *call, GError **error)
{
    DomainGetInfoRet *ret = call->ret;
    Vm *vm = vm_of(call);
    const VmOps *ops = kit_of(call)->vm_ops;
    g_autoptr(Def) def = NULL;
    const Domain *domain;

    if (ops && ops->refresh)
        ops->refresh(vm);
    def = object_current(&vm->object, error);
    if (!def)
        return false;
    domain = def->doc;
    ret->state = vm_state(vm, NULL);
    ret->maxMem = domain->memory;
    ret->memory = domain->has_current_memory ? domain->current_memory : domain->memory;
    ret->nrVirtCpu =
        (int32_t)(domain->has_current_vcpus ? domain->current_vcpus : domain->max_vcpus);
    lock_acquire(&vm->object.lock);
    ret->cpuTime = vm->object.live ? vm->cpu_time : 0;
    lock_release(&vm->object.lock);
    return true;
}

bool
vm_row_get_state(Call *call, GError **error)
{
    DomainGetStateRet *ret = call->ret;

    ret->state = vm_state(vm_of(call), &ret->reason);
    return true;
}

bool
vm_row_get_control_info(Call *call, GError **error)
{
    DomainGetControlInfoRet *ret = call->ret;
    JobState state = job_queue_state(&vm_of(call)->object.jobs);
    int64_t since = state.async ? state.async_since : state.ordinary_since;

    if (!kit_require_active(call->object, error))
        return false;
    /* A query is this call, or another that will not be long. */
    ret->state = state.async || state.ordinary > JOB_QUERY ? VIR_DOMAIN_CONTROL_JOB
                                                           : VIR_DOMAIN_CONTROL_OK;
    if (ret->state != VIR_DOMAIN_CONTROL_OK)
        ret->stateTime = (uint64_t)(g_get_monotonic_time() - since) / 1000;
    return true;
}

bool
vm_row_get_os_type(Call *call, GError **error)
{
    g_autoptr(Def) def = object_current(call->object, error);

    if (!def)
        return false;
    ((DomainGetOsTypeRet *)call->ret)->type = g_strdup(((const Domain *)def->doc)->os_type);
    return true;
}

bool
vm_row_get_max_memory(Call *call, GError **error)
{
    g_autoptr(Def) def = object_current(call->object, error);

    if (!def)
        return false;
    ((DomainGetMaxMemoryRet *)call->ret)->memory = ((const Domain *)def->doc)->memory;
    return true;
}

bool
vm_row_get_max_vcpus(Call *call, GError **error)
{
    g_autoptr(Def) def = object_current(call->object, error);

    if (!def)
        return false;
    ((DomainGetMaxVcpusRet *)call->ret)->num = (int32_t)((const Domain *)def->doc)->max_vcpus;
    return true;
}

static bool
count_guest_vcpus(Call *call, bool live, GError **error)
{
    const VmOps *ops = kit_of(call)->vm_ops;
    unsigned all, online;

    if (!ops || !ops->guest_vcpus) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "the number of vCPUs in the guest's own eyes needs a guest agent");
        return false;
    }
    if (!live) {
        error_set(error, VIR_ERR_INVALID_ARG,
                  "vCPU count provided by the guest agent can only be requested for live domains");
        return false;
    }
    if (!ops->guest_vcpus(vm_of(call), &all, &online, error))
        return false;
    ((DomainGetVcpusFlagsRet *)call->ret)->num =
        (int32_t)(call->flags & VIR_DOMAIN_VCPU_MAXIMUM ? all : online);
    return true;
}

bool
vm_row_get_vcpus_flags(Call *call, GError **error)
{
    const Domain *domain;
    g_autoptr(Def) def = NULL;
    bool live, config;

    if (!kit_resolve_affect(call->object, call->flags, &live, &config, error))
        return false;
    if (call->flags & VIR_DOMAIN_VCPU_GUEST)
        return count_guest_vcpus(call, live, error);
    def = live ? object_live(call->object) : object_config(call->object, error);
    if (!def)
        return live ? kit_require_active(call->object, error) : false;
    domain = def->doc;
    ((DomainGetVcpusFlagsRet *)call->ret)->num =
        (int32_t)(call->flags & VIR_DOMAIN_VCPU_MAXIMUM || !domain->has_current_vcpus
                      ? domain->max_vcpus
                      : domain->current_vcpus);
    return true;
}

/* Whether the description of a guest that runs says more than its definition asked for. */
static bool
is_plugged(const Domain *domain)
{
    for (size_t i = 0; i < list_len(domain->interfaces); i++)
        if (((const Interface *)list_at(domain->interfaces, i))->actual)
            return true;
    return false;
}

bool
vm_row_get_xml(Call *call, GError **error)
{
    Object *object = call->object;
    const VmOps *ops = kit_of(call)->vm_ops;
    bool inactive = call->flags & VIR_DOMAIN_XML_INACTIVE;
    g_autoptr(Def) def = inactive ? object_inactive(object, error) : object_current(object, error);
    unsigned how = 0;
    void *copy = NULL;
    bool ok = true;

    if (!def)
        return false;
    if (inactive || !object_is_active(object))
        how |= XML_FORMAT_INACTIVE;
    if (call->flags & VIR_DOMAIN_XML_SECURE)
        how |= XML_FORMAT_SECURE;
    if (call->flags & VIR_DOMAIN_XML_MIGRATABLE)
        how |= XML_FORMAT_INACTIVE | XML_FORMAT_SECURE;
    if (ops && ops->prepare_xml &&
        ((call->flags & (VIR_DOMAIN_XML_UPDATE_CPU | VIR_DOMAIN_XML_MIGRATABLE)) ||
         (!(how & XML_FORMAT_INACTIVE) && is_plugged(def->doc)))) {
        copy = xml_copy(def->xml, def->doc);
        ok = ops->prepare_xml(vm_of(call), copy, call->flags, error);
    }
    if (ok)
        ((DomainGetXmlDescRet *)call->ret)->xml =
            xml_format_text(def->xml, copy ? copy : def->doc, how);
    xml_free(def->xml, copy);
    return ok;
}

bool
vm_row_is_updated(Call *call, GError **error)
{
    Object *object = call->object;
    g_auto(LockHold) hold = lock_hold(&object->lock);

    ((DomainIsUpdatedRet *)call->ret)->updated = object->updated;
    return true;
}

bool
vm_row_has_managed_save(Call *call, GError **error)
{
    Vm *vm = vm_of(call);
    g_auto(LockHold) hold = lock_hold(&vm->object.lock);

    ((DomainHasManagedSaveImageRet *)call->ret)->result = vm->managed_save;
    return true;
}

static bool
set_action(Domain *domain, uint32_t type, uint32_t action)
{
    static const LifecycleAction actions[] = {
        [VIR_DOMAIN_LIFECYCLE_ACTION_DESTROY] = LIFECYCLE_ACTION_DESTROY,
        [VIR_DOMAIN_LIFECYCLE_ACTION_RESTART] = LIFECYCLE_ACTION_RESTART,
        [VIR_DOMAIN_LIFECYCLE_ACTION_RESTART_RENAME] = LIFECYCLE_ACTION_RENAME_RESTART,
        [VIR_DOMAIN_LIFECYCLE_ACTION_PRESERVE] = LIFECYCLE_ACTION_PRESERVE,
        [VIR_DOMAIN_LIFECYCLE_ACTION_COREDUMP_DESTROY] = LIFECYCLE_ACTION_COREDUMP_DESTROY,
        [VIR_DOMAIN_LIFECYCLE_ACTION_COREDUMP_RESTART] = LIFECYCLE_ACTION_COREDUMP_RESTART,
    };
    LifecycleAction *const where[] = {
        [VIR_DOMAIN_LIFECYCLE_POWEROFF] = &domain->on_poweroff,
        [VIR_DOMAIN_LIFECYCLE_REBOOT] = &domain->on_reboot,
        [VIR_DOMAIN_LIFECYCLE_CRASH] = &domain->on_crash,
    };

    if (type >= G_N_ELEMENTS(where) || action >= G_N_ELEMENTS(actions))
        return false;
    *where[type] = actions[action];
    return true;
}

bool
vm_row_set_lifecycle_action(Call *call, GError **error)
{
    const DomainSetLifecycleActionArgs *args = call->args;

    if ((call->live && !set_action(call->live, args->type, args->action)) ||
        (call->config && !set_action(call->config, args->type, args->action))) {
        error_set(error, VIR_ERR_INVALID_ARG, "unknown lifecycle event %u or action %u", args->type,
                  args->action);
        return false;
    }
    return true;
}
