/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vm.c - guests, whatever runs them: state and list filters */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/common/vm.h"

#include "drivers/common/moment_tree.h"
#include "util/error.h"

void
vm_init(Object *object)
{
    Vm *vm = (Vm *)object;

    vm->state = VIR_DOMAIN_SHUTOFF;
    vm->reason = VIR_DOMAIN_SHUTOFF_UNKNOWN;
    vm->state_since = g_get_monotonic_time();
}

void
vm_clear(Object *object)
{
    Vm *vm = (Vm *)object;
    MomentTree *trees[] = { &vm->snapshots, &vm->checkpoints };

    for (size_t i = 0; i < G_N_ELEMENTS(trees); i++) {
        g_clear_pointer(&trees[i]->all, g_ptr_array_unref);
        g_clear_pointer(&trees[i]->current, g_free);
    }
}

int
vm_state(Vm *vm, int *ret_reason)
{
    g_auto(LockHold) hold = lock_hold(&vm->object.lock);

    if (ret_reason)
        *ret_reason = vm->reason;
    return vm->state;
}

void
vm_set_state(Vm *vm, int state, int reason)
{
    g_auto(LockHold) hold = lock_hold(&vm->object.lock);

    vm->state = state;
    vm->reason = reason;
    vm->state_since = g_get_monotonic_time();
}

void
vm_set_shutoff(Vm *vm, int reason)
{
    vm_set_state(vm, VIR_DOMAIN_SHUTOFF, reason);
    object_set_inactive(&vm->object);
}

static bool
match_running(Object *object)
{
    return vm_state((Vm *)object, NULL) == VIR_DOMAIN_RUNNING;
}

static bool
match_paused(Object *object)
{
    return vm_state((Vm *)object, NULL) == VIR_DOMAIN_PAUSED;
}

static bool
match_shutoff(Object *object)
{
    return vm_state((Vm *)object, NULL) == VIR_DOMAIN_SHUTOFF;
}

static bool
match_other(Object *object)
{
    return !match_running(object) && !match_paused(object) && !match_shutoff(object);
}

static bool
match_managed_save(Object *object)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    return ((Vm *)object)->managed_save;
}

static bool
match_no_managed_save(Object *object)
{
    return !match_managed_save(object);
}

static bool
match_snapshot(Object *object)
{
    return moment_tree_size((Vm *)object, &moment_tree_snapshots) > 0;
}

static bool
match_no_snapshot(Object *object)
{
    return !match_snapshot(object);
}

static bool
match_checkpoint(Object *object)
{
    return moment_tree_size((Vm *)object, &moment_tree_checkpoints) > 0;
}

static bool
match_no_checkpoint(Object *object)
{
    return !match_checkpoint(object);
}

#define F(a, b) (VIR_CONNECT_LIST_DOMAINS_##a | VIR_CONNECT_LIST_DOMAINS_##b)
#define STATES (F(RUNNING, PAUSED) | F(SHUTOFF, OTHER))
#define ONE(a) VIR_CONNECT_LIST_DOMAINS_##a

const ObjectFilter vm_filters[] = {
    { F(ACTIVE, INACTIVE), ONE(ACTIVE), object_match_active },
    { F(ACTIVE, INACTIVE), ONE(INACTIVE), object_match_inactive },
    { F(PERSISTENT, TRANSIENT), ONE(PERSISTENT), object_match_persistent },
    { F(PERSISTENT, TRANSIENT), ONE(TRANSIENT), object_match_transient },
    { STATES, ONE(RUNNING), match_running },
    { STATES, ONE(PAUSED), match_paused },
    { STATES, ONE(SHUTOFF), match_shutoff },
    { STATES, ONE(OTHER), match_other },
    { F(MANAGEDSAVE, NO_MANAGEDSAVE), ONE(MANAGEDSAVE), match_managed_save },
    { F(MANAGEDSAVE, NO_MANAGEDSAVE), ONE(NO_MANAGEDSAVE), match_no_managed_save },
    { F(AUTOSTART, NO_AUTOSTART), ONE(AUTOSTART), object_match_autostart },
    { F(AUTOSTART, NO_AUTOSTART), ONE(NO_AUTOSTART), object_match_no_autostart },
    { F(HAS_SNAPSHOT, NO_SNAPSHOT), ONE(HAS_SNAPSHOT), match_snapshot },
    { F(HAS_SNAPSHOT, NO_SNAPSHOT), ONE(NO_SNAPSHOT), match_no_snapshot },
    { F(HAS_CHECKPOINT, NO_CHECKPOINT), ONE(HAS_CHECKPOINT), match_checkpoint },
    { F(HAS_CHECKPOINT, NO_CHECKPOINT), ONE(NO_CHECKPOINT), match_no_checkpoint },
    { 0 },
};

Vm *
vm_claim(Call *call, const char *xml, bool validate, Job **ret_job, Domain **ret_doc,
         GError **error)
{
    ObjectTable *table = kit_of(call)->tables[CLASS_DOMAIN];
    Domain *doc = object_parse_new(table, xml, validate, error);
    Object *object = doc ? object_table_claim(table, doc, error) : NULL;
    Job *job;

    if (!object) {
        xml_free(&domain_xml, doc);
        return NULL;
    }
    job = job_begin(&object->jobs, JOB_MODIFY, call->method->name, JOB_DEADLINE_S, error);
    if (!job) {
        object_disclaim(object);
        object_unref(object);
        xml_free(&domain_xml, doc);
        return NULL;
    }
    *ret_job = job;
    *ret_doc = doc;
    return (Vm *)object;
}
