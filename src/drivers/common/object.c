/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object.c - one object: its definitions and what readers see of it */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/object.h"

#include <string.h>

#include "drivers/common/state.h"
#include "util/error.h"
#include "util/log.h"
#include "util/ref.h"
#include "util/uuid.h"

LOG_SOURCE("conf.object");

#define AT(base, offset) ((void *)((char *)(base) + (offset)))

Def *
def_new(const XmlStruct *xml, void *doc)
{
    Def *def = g_new0(Def, 1);

    g_atomic_ref_count_init(&def->refs);
    def->xml = xml;
    def->doc = doc;
    return def;
}

static void
def_free(Def *def)
{
    xml_free(def->xml, def->doc);
    g_free(def);
}

DEFINE_REF(Def, def, def_free)

static void
object_free(Object *object)
{
    if (object->kind->clear)
        object->kind->clear(object);
    def_unref(object->config);
    def_unref(object->live);
    g_free(object->name);
    job_queue_clear(&object->jobs);
    lock_clear(&object->lock);
    g_free(object);
}

DEFINE_REF(Object, object, object_free)

char *
object_name(Object *object)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    return g_strdup(object->name);
}

int
object_id(Object *object)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    return object->id;
}

bool
object_is_active(Object *object)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    return object->live != NULL;
}

bool
object_is_persistent(Object *object)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    return object->config || object->lazy;
}

bool
object_autostart(Object *object)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    return object->autostart;
}

Def *
object_live(Object *object)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    return def_ref(object->live);
}

/* Parse a definition that the index found on disk.  Two readers may do so at once: the first to
 * publish wins. */
static Def *
load_config(Object *object, const char *name, GError **error)
{
    const ObjectKind *kind = object->kind;
    g_autofree char *path = state_path(object->table->dirs.config, name);
    g_autofree char *text = state_read(path, error);
    g_autoptr(Def) def = NULL;
    void *doc;

    if (!text)
        return NULL;
    doc = object_parse(object->table, text, false, error);
    if (!doc) {
        error_prefix(error, "%s '%s' (%s)", kind->noun, name, path);
        return NULL;
    }
    def = def_new(kind->xml, doc);
    if ((kind->uuid_at && memcmp(AT(doc, kind->uuid_at), object->uuid, 16) != 0) ||
        (kind->name_at && strcmp(*(char **)AT(doc, kind->name_at), name) != 0)) {
        error_set_full(error, kind->error_from, VIR_ERR_INTERNAL_ERROR,
                       "file '%s' does not hold the definition of %s '%s'", path, kind->noun, name);
        return NULL;
    }
    lock_acquire(&object->lock);
    if (object->lazy) {
        object->config = def_ref(def);
        object->lazy = false;
    } else if (object->config) {
        def_unref(def);
        def = def_ref(object->config);
    }
    lock_release(&object->lock);
    return g_steal_pointer(&def);
}

Def *
object_config(Object *object, GError **error)
{
    g_autofree char *name = NULL;
    g_autoptr(Def) def = NULL;
    bool lazy;

    lock_acquire(&object->lock);
    def = def_ref(object->config);
    lazy = object->lazy;
    name = g_strdup(object->name);
    lock_release(&object->lock);
    if (lazy)
        return load_config(object, name, error);
    if (!def)
        error_set_full(error, object->kind->error_from, VIR_ERR_OPERATION_INVALID, "%s",
                       object->kind->transient_text);
    return g_steal_pointer(&def);
}

Def *
object_current(Object *object, GError **error)
{
    Def *live = object_live(object);

    return live ? live : object_config(object, error);
}

Def *
object_inactive(Object *object, GError **error)
{
    if (object_is_persistent(object))
        return object_config(object, error);
    return object_current(object, error);
}

void
object_wire(Object *object, void *wire)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    if (object->kind->wire) {
        object->kind->wire(object, wire);
        return;
    }
    switch (object->kind->cls) {
    case CLASS_DOMAIN: {
        WireDomain *domain = wire;

        domain->name = g_strdup(object->name);
        memcpy(domain->uuid, object->uuid, 16);
        domain->id = object->id;
        break;
    }
    case CLASS_NODE_DEVICE: {
        WireNodeDevice *device = wire;

        device->name = g_strdup(object->name);
        break;
    }
    default: { /* networks, pools and filters have one layout */
        WireNetwork *network = wire;

        G_STATIC_ASSERT(sizeof(WireNetwork) == sizeof(WireStoragePool));
        G_STATIC_ASSERT(sizeof(WireNetwork) == sizeof(WireNwfilter));
        g_assert(object->kind->cls == CLASS_NETWORK || object->kind->cls == CLASS_STORAGE_POOL ||
                 object->kind->cls == CLASS_NWFILTER);
        network->name = g_strdup(object->name);
        memcpy(network->uuid, object->uuid, 16);
        break;
    }
    }
}

bool
object_set_config(Object *object, void *doc, GError **error)
{
    const ObjectDirs *dirs = &object->table->dirs;
    g_autoptr(Def) def = def_new(object->kind->xml, doc);
    g_autofree char *name = object_name(object);
    Def *old;

    if (dirs->config && !state_save(dirs->config, name, object->kind, doc, error))
        return false;
    lock_acquire(&object->lock);
    old = object->config;
    object->config = g_steal_pointer(&def);
    object->updated = object->live != NULL;
    object->lazy = false;
    lock_release(&object->lock);
    def_unref(old);
    return true;
}

void
object_set_live(Object *object, void *doc)
{
    const ObjectKind *kind = object->kind;
    Def *def = def_new(kind->xml, doc), *old;
    int id = -1;

    if (kind->id_at) {
        int *at = AT(doc, kind->id_at);

        if (*at < 0) {
            int now = object_id(object);

            *at = now >= 0 ? now : object_table_next_id(object->table);
        }
        id = *at;
    }
    lock_acquire(&object->lock);
    old = object->live;
    object->live = def;
    object->id = id;
    if (!old)
        object->updated = false;
    lock_release(&object->lock);
    def_unref(old);
}

void
object_set_inactive(Object *object)
{
    Def *old;

    lock_acquire(&object->lock);
    old = object->live;
    object->live = NULL;
    object->id = -1;
    object->updated = false;
    lock_release(&object->lock);
    def_unref(old);
    object_disclaim(object);
}

bool
object_undefine(Object *object, GError **error)
{
    const ObjectDirs *dirs = &object->table->dirs;
    g_autofree char *name = object_name(object);
    Def *old;

    if (!object_set_autostart(object, false, error) ||
        (dirs->config && !state_delete(dirs->config, name, error)))
        return false;
    lock_acquire(&object->lock);
    old = object->config;
    object->config = NULL;
    object->lazy = false;
    lock_release(&object->lock);
    def_unref(old);
    object_disclaim(object);
    return true;
}

bool
object_set_autostart(Object *object, bool on, GError **error)
{
    const ObjectDirs *dirs = &object->table->dirs;
    g_autofree char *name = object_name(object);

    if (object_autostart(object) == on)
        return true;
    if (dirs->autostart && !state_set_autostart(dirs->config, dirs->autostart, name, on, error))
        return false;
    lock_acquire(&object->lock);
    object->autostart = on;
    lock_release(&object->lock);
    return true;
}

void
object_emit(Object *object, int event, int detail)
{
    EventHub *hub = object->table->hub;

    if (!hub)
        return;
    switch (object->kind->cls) {
    case CLASS_DOMAIN: {
        DomainEventCallbackLifecycleMsg msg = { .msg = { .event = event, .detail = detail } };

        object_wire(object, &msg.msg.dom);
        event_emit(hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_LIFECYCLE, &msg);
        g_free(msg.msg.dom.name);
        break;
    }
    case CLASS_NETWORK: {
        NetworkEventLifecycleMsg msg = { .event = event, .detail = detail };

        object_wire(object, &msg.net);
        event_emit(hub, EVENT_NETWORK, VIR_NETWORK_EVENT_ID_LIFECYCLE, &msg);
        g_free(msg.net.name);
        break;
    }
    case CLASS_SECRET: {
        SecretEventLifecycleMsg msg = { .event = event, .detail = detail };

        object_wire(object, &msg.secret);
        event_emit(hub, EVENT_SECRET, VIR_SECRET_EVENT_ID_LIFECYCLE, &msg);
        g_free(msg.secret.usageID);
        break;
    }
    case CLASS_STORAGE_POOL: {
        StoragePoolEventLifecycleMsg msg = { .event = event, .detail = detail };

        object_wire(object, &msg.pool);
        event_emit(hub, EVENT_STORAGE_POOL, VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE, &msg);
        g_free(msg.pool.name);
        break;
    }
    case CLASS_NODE_DEVICE: {
        NodeDeviceEventLifecycleMsg msg = { .event = event, .detail = detail };

        object_wire(object, &msg.dev);
        event_emit(hub, EVENT_NODE_DEVICE, VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE, &msg);
        g_free(msg.dev.name);
        break;
    }
    default:
        log_debug("%s has no lifecycle event", object->kind->noun);
        break;
    }
}
