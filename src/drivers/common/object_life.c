/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object_life.c - defining, starting, stopping and undefining */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/object_life.h"

#include <libvirt/libvirt.h>
#include <unistd.h>

#include "drivers/common/kit.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("object.life");

/* Lifecycle events have the same numbers in every class that has such an ObjectLife. */
enum { DEFINED, UNDEFINED, STARTED, STOPPED };
G_STATIC_ASSERT(DEFINED == (int)VIR_NETWORK_EVENT_DEFINED && DEFINED == (int)VIR_STORAGE_POOL_EVENT_DEFINED);
G_STATIC_ASSERT(DEFINED == (int)VIR_SECRET_EVENT_DEFINED && UNDEFINED == (int)VIR_SECRET_EVENT_UNDEFINED);
G_STATIC_ASSERT(UNDEFINED == (int)VIR_NETWORK_EVENT_UNDEFINED && UNDEFINED == (int)VIR_STORAGE_POOL_EVENT_UNDEFINED);
G_STATIC_ASSERT(STARTED == (int)VIR_NETWORK_EVENT_STARTED && STARTED == (int)VIR_STORAGE_POOL_EVENT_STARTED);
G_STATIC_ASSERT(STOPPED == (int)VIR_NETWORK_EVENT_STOPPED && STOPPED == (int)VIR_STORAGE_POOL_EVENT_STOPPED);

/* What the records of these calls begin with, whatever the class. */
typedef struct XmlArgs {
    char *xml;
} XmlArgs;

static Job *
begin(Object *object, const char *who, GError **error)
{
    return job_begin(&object->jobs, JOB_MODIFY, who, JOB_DEADLINE_S, error);
}

Job *
object_life_begin(const Call *call, GError **error)
{
    return begin(call->object, call->method->name, error);
}

static bool
refuse(Object *object, const char *why, GError **error)
{
    g_autofree char *name = object_name(object);

    error_set_full(error, object->kind->error_from, VIR_ERR_OPERATION_INVALID, "%s '%s' %s", object->kind->noun, name, why);
    return false;
}

bool
object_life_require_inactive(Object *object, GError **error)
{
    return !object_is_active(object) || refuse(object, "is already active", error);
}

/* The object that the call's XML describes, with a job of it and the definition made whole. */
static Object *
claim(const Call *call, uint32_t validate, Job **ret_job, void **ret_doc, GError **error)
{
    ObjectTable *table = kit_table(call);
    const ObjectLife *life = table->kind->life;
    void *doc = object_parse(table, ((const XmlArgs *)call->args)->xml, call->flags & validate, error);
    g_autoptr(Object) object = doc ? object_table_claim(table, doc, error) : NULL;
    g_autoptr(Job) job = object ? begin(object, call->method->name, error) : NULL;

    if (!job || (life->settle && !life->settle(object, doc, error))) {
        if (object)
            object_disclaim(object);
        xml_free(table->kind->xml, doc);
        return NULL;
    }
    *ret_job = g_steal_pointer(&job);
    *ret_doc = doc;
    return g_steal_pointer(&object);
}

bool
object_life_define_xml(Call *call, GError **error)
{
    g_autoptr(Object) object = NULL; /* outlives its job */
    g_autoptr(Job) job = NULL;
    void *doc = NULL;

    object = claim(call, kit_table(call)->kind->life->define_validate, &job, &doc, error);
    if (!object)
        return false;
    if (!object_set_config(object, doc, error)) {
        object_disclaim(object);
        return false;
    }
    object_wire(object, call->ret);
    object_emit(object, DEFINED, 0);
    return true;
}

static bool
start(Object *object, const void *doc, uint32_t flags, GError **error)
{
    const ObjectLife *life = object->kind->life;

    if (!object_life_require_inactive(object, error))
        return false;
    if (!life->start)
        object_set_live(object, xml_copy(object->kind->xml, doc));
    else if (!life->start(object, doc, flags, error))
        return false;
    object_emit(object, STARTED, 0);
    return true;
}

bool
object_life_create_xml(Call *call, GError **error)
{
    g_autoptr(Object) object = NULL; /* outlives its job */
    g_autoptr(Job) job = NULL;
    void *doc = NULL;
    bool ok;

    object = claim(call, kit_table(call)->kind->life->create_validate, &job, &doc, error);
    if (!object)
        return false;
    ok = start(object, doc, call->flags, error);
    xml_free(object->kind->xml, doc);
    if (ok)
        object_wire(object, call->ret);
    else
        object_disclaim(object);
    return ok;
}

static bool
start_defined(Object *object, uint32_t flags, GError **error)
{
    g_autoptr(Def) config = object_life_require_inactive(object, error) ? object_config(object, error) : NULL;

    return config && start(object, config->doc, flags, error);
}

bool
object_life_create(Call *call, GError **error)
{
    g_autoptr(Job) job = object_life_begin(call, error);

    return job && start_defined(call->object, call->flags, error);
}

bool
object_life_destroy(Call *call, GError **error)
{
    Object *object = call->object;
    const ObjectLife *life = object->kind->life;
    g_autoptr(Job) job = object_life_begin(call, error);
    bool ok = true;

    if (!job || !kit_require_active(object, error))
        return false;
    if (life->stop)
        ok = life->stop(object, error);
    else
        object_set_inactive(object);
    if (!object_is_active(object))
        object_emit(object, STOPPED, 0);
    return ok;
}

bool
object_life_undefine(Call *call, GError **error)
{
    Object *object = call->object;
    const ObjectLife *life = object->kind->life;
    g_autoptr(Job) job = object_life_begin(call, error);
    bool active;

    if (!job)
        return false;
    active = object_is_active(object);
    if (!object_is_persistent(object))
        return refuse(object, "is transient and cannot be undefined; destroy it instead", error);
    if (active && !life->undefine_active)
        return refuse(object, "is still active; destroy it before it is undefined", error);
    if (!active && life->forget)
        life->forget(object);
    if (!object_undefine(object, error))
        return false;
    object_emit(object, UNDEFINED, 0);
    return true;
}

void
object_life_autostart(ObjectTable *table, const char *marker)
{
    g_autofree char *folder = g_path_get_dirname(marker);
    g_autoptr(GPtrArray) list = object_table_list(table);
    g_autoptr(GError) error = NULL;

    /* What was stopped by hand stays so over a restart of the daemon. */
    if (access(marker, F_OK) == 0)
        return;
    if (!file_mkdir_p(folder, 0755, &error) || !file_write_atomic_text(marker, "", 0600, &error))
        log_gerror(error, "what has autostart may be started again by the next daemon");
    for (guint i = 0; i < list->len; i++) {
        Object *object = list->pdata[i];
        g_autofree char *name = object_name(object);
        g_autoptr(GError) why = NULL;
        g_autoptr(Job) job = NULL;

        if (!object_autostart(object) || object_is_active(object))
            continue;
        job = begin(object, "autostart", &why);
        if (!job || !start_defined(object, 0, &why))
            log_gerror(why, "cannot autostart %s '%s'", table->kind->noun, name);
    }
}
