/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kit.h - what a driver gets for each call: object, job, definitions
 *
 * A driver that uses the kit points session->data at a Kit in its open hook and names the functions
 * below in its Driver.  Then call->object is the Object (for volumes, ports, snapshots and checkpoints:
 * of the pool, network or domain they belong to), and for rows with ROW_LIVE_CONFIG call->live and
 * call->config are the definitions that the flags ask for: copies to change when the call's job
 * changes things, published and saved when the row succeeds; otherwise to be read only.
 */
#pragma once

#include "drivers/common/object.h"
#include "rpc/driver.h"

typedef struct Kit {
    gatomicrefcount refs;
    EventHub *hub;
    ObjectTable *tables[CLASS_LAST]; /* owned; NULL for classes the driver has not */
    const struct VmOps *vm_ops;      /* see vm.h; may be NULL */
    void *data;                      /* the driver's own */
    void (*clear)(struct Kit *kit);  /* frees it; may be NULL */
} Kit;

Kit *kit_new(EventHub *hub);
Kit *kit_ref(Kit *kit);
void kit_unref(Kit *kit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Kit, kit_unref)

static inline Kit *
kit_of(const Call *call)
{
    return call->session->data;
}

static inline ObjectTable *
kit_table(const Call *call)
{
    return kit_of(call)->tables[call->method->cls];
}

/* For Driver. */
bool kit_resolve(Call *call, GError **error);
void kit_release(Call *call);
bool kit_acl_object(Call *call, ObjectClass cls, const void *record, AclObject *object);
bool kit_begin(Call *call, GError **error);
void kit_end(Call *call, bool ok);

/* The job that kit_begin began for @call, or NULL. */
Job *kit_job(Call *call);
/* The same, which goes on after the call then: the caller ends it. */
Job *kit_job_steal(Call *call);
/* Which of live and config @flags (VIR_DOMAIN_AFFECT_*, equal for all classes) mean for @object. */
bool kit_resolve_affect(Object *object, uint32_t flags, bool *ret_live, bool *ret_config,
                        GError **error);
/* The error of a call that needs an active object. */
bool kit_require_active(Object *object, GError **error);
/* What a read-only row should look at: call->live, else call->config. */
static inline const void *
kit_doc(const Call *call)
{
    return call->live ? call->live : call->config;
}
