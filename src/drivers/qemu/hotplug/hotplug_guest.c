/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_guest.c - devices of guests of this daemon that leave late, and what QEMU tells of devices
 *
 * A guest may take its time to let go of a device, or never do so.  When it does, the event finds no call that waits,
 * and a worker removes what is left; after a restart of the daemon the list in the status file tells what left meanwhile.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/hotplug/hotplug_guest.h"

#include <string.h>

#include "drivers/qemu/agent/agent.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.hotplug");

#define PERIPHERAL "/machine/peripheral/"

/* ---- telling clients ------------------------------------------------------------- */

static void
emit(Guest *guest, int id, WireDomain *dom, const void *msg)
{
    object_wire(&guest->vm.object, dom);
    event_emit(guest_host.env.hub, EVENT_DOMAIN, id, msg);
    g_free(dom->name);
}

void
hotplug_guest_emit_added(Guest *guest, const char *alias)
{
    DomainEventCallbackDeviceAddedMsg msg = { .devAlias = (char *)alias };

    emit(guest, VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, &msg.dom, &msg);
}

void
hotplug_guest_emit_removed(Guest *guest, const char *alias)
{
    DomainEventCallbackDeviceRemovedMsg msg = { .msg.devAlias = (char *)alias };

    emit(guest, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, &msg.msg.dom, &msg);
}

static void
save_status(Guest *guest)
{
    g_autoptr(GError) error = NULL;

    if (!guest_status_save(&guest->vm.object, &error))
        log_gerror(error, "while saving the state of a guest");
}

void
hotplug_guest_settle_agent(Guest *guest, Domain *doc)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(QmpClient) qmp = NULL;
    g_autoptr(Json) chardevs = NULL;
    bool had;

    lock_acquire(&guest->vm.object.lock);
    had = guest->agent != NULL;
    lock_release(&guest->vm.object.lock);
    if (had == (agent_channel(doc) != NULL))
        return;
    qmp = guest_monitor(guest, &error);
    chardevs = qmp ? qmp_query_chardev(qmp, &error) : NULL;
    if (chardevs)
        agent_attach(guest, doc, chardevs);
    else
        log_gerror(error, "while looking for the agent of '%s'", doc->name);
}

/* ---- devices that left ------------------------------------------------------------- */

static bool
remove_late(Guest *guest, const GPtrArray *aliases, GError **error)
{
    Object *object = &guest->vm.object;
    g_autoptr(Def) live = object_live(object);
    g_autoptr(GPtrArray) gone = g_ptr_array_new();
    HotplugGuest g;
    bool ok;

    if (!live)
        return true;
    ok = hotplug_guest_open(&g, guest, xml_copy(&domain_xml, live->doc), error);
    for (guint i = 0; ok && i < aliases->len; i++)
        if (hotplug_removed(&g.engine, aliases->pdata[i], error))
            g_ptr_array_add(gone, aliases->pdata[i]);
    if (gone->len) {
        hotplug_guest_settle_agent(guest, g.engine.def);
        object_set_live(object, g_steal_pointer(&g.engine.def));
    } else {
        xml_free(&domain_xml, g.engine.def);
    }
    hotplug_guest_close(&g);
    ok = ok && hotplug_guest_refresh(guest, error);
    if (gone->len)
        save_status(guest);
    for (guint i = 0; i < gone->len; i++)
        hotplug_guest_emit_removed(guest, gone->pdata[i]);
    return ok;
}

/* In a worker. */
static void
finish_removals(Guest *guest)
{
    Object *object = &guest->vm.object;
    g_autoptr(GError) error = NULL;
    g_autoptr(Job) job = !object_is_active(object) ? NULL
                         : job_begin(&object->jobs, JOB_MODIFY, "the end of a device", 60, &error);
    g_autoptr(GPtrArray) aliases = NULL;

    lock_acquire(&object->lock);
    if (job)
        aliases = g_steal_pointer(&guest->removed);
    lock_release(&object->lock);
    if (error || (aliases && !remove_late(guest, aliases, &error)))
        log_gerror(error, "while removing devices that the guest let go of");
}

/* With or without somebody who waits for it: who does has a job, and leaves nothing for the worker. */
static void
note_removed(Guest *guest, const char *alias)
{
    lock_acquire(&guest->vm.object.lock);
    if (!guest->removed)
        guest->removed = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(guest->removed, g_strdup(alias));
    lock_release(&guest->vm.object.lock);
    guest_defer(guest, finish_removals);
}

void
hotplug_guest_deleted(Guest *guest, Json *data)
{
    const char *alias = json_opt_string(data, "device", NULL);

    if (alias)
        note_removed(guest, alias);
}

void
hotplug_guest_rejected(Guest *guest, Json *data)
{
    const char *alias = json_opt_string(data, "device", NULL);
    DomainEventCallbackDeviceRemovalFailedMsg msg = { .devAlias = (char *)alias };

    if (alias)
        emit(guest, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED, &msg.dom, &msg);
}

/* ---- the list of what is plugged in --------------------------------------------------- */

static GPtrArray *
list_devices(QmpClient *qmp, GError **error)
{
    Json *arguments = json_new_object();
    g_autoptr(Json) reply = NULL;
    GPtrArray *list = NULL;

    json_add_string(arguments, "path", "/machine/peripheral");
    reply = qmp_client_call(qmp, "qom-list", arguments, QMP_CLIENT_TIMEOUT, error);
    for (size_t i = 0; reply && i < json_array_len(reply); i++) {
        Json *item = json_array_at(reply, i);

        if (!list)
            list = g_ptr_array_new_with_free_func(g_free);
        if (g_str_has_prefix(json_opt_string(item, "type", ""), "child<"))
            g_ptr_array_add(list, g_strdup(json_opt_string(item, "name", "")));
    }
    return reply && !list ? g_ptr_array_new_with_free_func(g_free) : list;
}

bool
hotplug_guest_refresh(Guest *guest, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    GPtrArray *list = qmp ? list_devices(qmp, error) : NULL;

    if (!list)
        return false;
    lock_acquire(&guest->vm.object.lock);
    g_clear_pointer(&guest->devices, g_ptr_array_unref);
    guest->devices = list;
    lock_release(&guest->vm.object.lock);
    return true;
}

static bool
has(const GPtrArray *list, const char *name)
{
    for (guint i = 0; i < list_len(list); i++)
        if (g_str_equal(list_at(list, i), name))
            return true;
    return false;
}

void
hotplug_guest_recover(Guest *guest, const DomainStatus *status)
{
    g_autoptr(GError) error = NULL;

    if (!hotplug_guest_refresh(guest, &error)) {
        log_gerror(error, "while looking which devices a guest still has");
        return;
    }
    for (guint i = 0; i < list_len(status->device_aliases); i++) {
        const char *alias = ((const StatusDevice *)list_at(status->device_aliases, i))->device_alias;

        if (!has(guest->devices, alias))
            note_removed(guest, alias);
    }
}

void
hotplug_guest_to_status(Guest *guest, DomainStatus *status)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    status->device_aliases = g_ptr_array_new();
    for (guint i = 0; i < list_len(guest->devices); i++) {
        StatusDevice *device = xml_new(&status_device_xml);

        device->device_alias = g_strdup(list_at(guest->devices, i));
        g_ptr_array_add(status->device_aliases, device);
    }
}

void
hotplug_guest_status_clear(DomainStatus *status)
{
    for (guint i = 0; i < list_len(status->device_aliases); i++)
        xml_free(&status_device_xml, list_at(status->device_aliases, i));
    g_clear_pointer(&status->device_aliases, g_ptr_array_unref);
}

/* ---- what devices tell ------------------------------------------------------------------- */

void
hotplug_guest_tray_moved(Guest *guest, Json *data)
{
    const char *id = json_opt_string(data, "id", "");
    const char *alias = g_str_has_prefix(id, PERIPHERAL) ? id + strlen(PERIPHERAL) : id;
    bool open = json_opt_bool(data, "tray-open", false);
    g_autoptr(Def) live = object_live(&guest->vm.object);
    Domain *doc = live ? xml_copy(&domain_xml, live->doc) : NULL;
    DeviceKind kind;
    Disk *disk = doc ? device_by_alias(doc, alias, &kind) : NULL;
    DomainEventCallbackTrayChangeMsg msg = { .msg.devAlias = (char *)alias,
        .msg.reason = open ? VIR_DOMAIN_EVENT_TRAY_CHANGE_OPEN : VIR_DOMAIN_EVENT_TRAY_CHANGE_CLOSE };

    if (!disk || kind != DEVICE_DISK) {
        xml_free(&domain_xml, doc);
        return;
    }
    disk->tray = open ? DISK_TRAY_OPEN : DISK_TRAY_CLOSED;
    object_set_live(&guest->vm.object, doc);
    emit(guest, VIR_DOMAIN_EVENT_ID_TRAY_CHANGE, &msg.msg.dom, &msg);
    guest_defer(guest, save_status);
}

void
hotplug_guest_memory_changed(Guest *guest, Json *data)
{
    const char *path = json_opt_string(data, "qom-path", "");
    const char *alias = g_str_has_prefix(path, PERIPHERAL) ? path + strlen(PERIPHERAL) : json_opt_string(data, "id", "");
    g_autoptr(Def) live = object_live(&guest->vm.object);
    Domain *doc = live ? xml_copy(&domain_xml, live->doc) : NULL;
    DeviceKind kind;
    MemoryDevice *memory = doc ? device_by_alias(doc, alias, &kind) : NULL;
    DomainEventMemoryDeviceSizeChangeMsg msg = { .alias = (char *)alias, .size = json_opt_uint64(data, "size", 0) / 1024 };

    if (!memory || kind != DEVICE_MEMORY) {
        xml_free(&domain_xml, doc);
        return;
    }
    memory->current = msg.size;
    object_set_live(&guest->vm.object, doc);
    emit(guest, VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE, &msg.dom, &msg);
    guest_defer(guest, save_status);
}
