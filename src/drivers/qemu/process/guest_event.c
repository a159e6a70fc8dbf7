/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_event.c - what QEMU tells by itself
 *
 * Runs on the main thread: it changes memory, emits, and defers what takes time to a worker.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/agent/agent.h"
#include "drivers/qemu/companion/companion.h"
#include "drivers/qemu/monitor_rows.h"
#include "drivers/qemu/migration/dump.h"
#include "drivers/qemu/hotplug/hotplug_guest.h"
#include "drivers/qemu/process/guest_wait.h"

#include <string.h>

#include "drivers/qemu/block/block_job.h"
#include "drivers/qemu/block/block_rows.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.event");

/* A state that changed must survive us. */
static void
save_status(Guest *guest)
{
    g_autoptr(GError) error = NULL;

    if (!guest_status_save(&guest->vm.object, &error))
        log_gerror(error, "while saving the state of a guest");
}

static void
on_stop(Guest *guest, Json *data)
{
    Object *object = &guest->vm.object;
    bool tell;
    int why;

    lock_acquire(&object->lock);
    why = guest->why;
    guest->why = -1;
    /* One that powered off is stopped by QEMU as well; and before it ran it was not running. */
    tell = guest->vm.state == VIR_DOMAIN_RUNNING && !guest->starting;
    if (tell) {
        guest->vm.state = VIR_DOMAIN_PAUSED;
        guest->vm.reason = guest->shutdown_event >= 0 ? VIR_DOMAIN_PAUSED_SHUTTING_DOWN
                           : why >= 0 ? why : VIR_DOMAIN_PAUSED_UNKNOWN;
        guest->vm.state_since = g_get_monotonic_time();
    }
    tell = tell && guest->shutdown_event < 0 && !guest->fake_reboot;
    lock_release(&object->lock);
    if (!tell)
        return;
    object_emit(object, VIR_DOMAIN_EVENT_SUSPENDED,
                why == VIR_DOMAIN_PAUSED_MIGRATION ? VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED
                : why == VIR_DOMAIN_PAUSED_POSTCOPY ? VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY
                : why == VIR_DOMAIN_PAUSED_IOERROR ? VIR_DOMAIN_EVENT_SUSPENDED_IOERROR
                : why == VIR_DOMAIN_PAUSED_WATCHDOG ? VIR_DOMAIN_EVENT_SUSPENDED_WATCHDOG
                                                    : VIR_DOMAIN_EVENT_SUSPENDED_PAUSED);
    guest_defer(guest, save_status);
}

static void
on_resume(Guest *guest, Json *data)
{
    Object *object = &guest->vm.object;
    bool tell, reverted = false;

    lock_acquire(&object->lock);
    tell = guest->vm.state != VIR_DOMAIN_RUNNING && object->live != NULL;
    if (tell) {
        guest->vm.state = VIR_DOMAIN_RUNNING;
        guest->vm.reason = guest->why >= 0 ? guest->why : VIR_DOMAIN_RUNNING_UNPAUSED;
        reverted = guest->vm.reason == VIR_DOMAIN_RUNNING_FROM_SNAPSHOT;
        guest->vm.state_since = g_get_monotonic_time();
        guest->why = -1;
    }
    lock_release(&object->lock);
    if (!tell)
        return;
    object_emit(object, VIR_DOMAIN_EVENT_RESUMED,
                reverted ? VIR_DOMAIN_EVENT_RESUMED_FROM_SNAPSHOT : VIR_DOMAIN_EVENT_RESUMED_UNPAUSED);
    guest_defer(guest, save_status);
}

/* A job that may take what the guest's end needs; NULL when it ended already. */
static Job *
begin(Guest *guest, JobKind kind, const char *who)
{
    g_autoptr(GError) error = NULL;
    Job *job = !object_is_active(&guest->vm.object) ? NULL : job_begin(&guest->vm.object.jobs, kind, who, 60, &error);

    if (error)
        log_gerror(error, "during %s", who);
    return job;
}

static void
finish_shutdown(Guest *guest)
{
    g_autoptr(Job) job = begin(guest, JOB_DESTROY, "the guest's shutdown");
    g_autoptr(GError) error = NULL;

    if (job && !guest_stop(guest, VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN, false, &error))
        log_gerror(error, "while ending a guest that powered off");
}

static void
finish_reboot(Guest *guest)
{
    g_autoptr(Job) job = begin(guest, JOB_MODIFY, "the guest's restart");
    g_autoptr(GError) error = NULL;
    g_autoptr(QmpClient) qmp = job ? guest_monitor(guest, &error) : NULL;
    Object *object = &guest->vm.object;

    if (!job)
        return;
    lock_acquire(&object->lock);
    guest->fake_reboot = false;
    guest->why = VIR_DOMAIN_RUNNING_UNPAUSED;
    guest->shutdown_event = -1;
    lock_release(&object->lock);
    if (!qmp || !qmp_system_reset(qmp, &error) || !qmp_cont(qmp, &error))
        log_gerror(error, "while restarting a guest that powered off to be restarted");
}

static void
on_shutdown(Guest *guest, Json *data)
{
    Object *object = &guest->vm.object;
    bool reboot, known;
    g_autoptr(Def) live = object_live(object);
    const Domain *doc = live ? live->doc : NULL;
    bool by_guest = json_opt_bool(data, "guest", false);

    if (!doc)
        return;
    lock_acquire(&object->lock);
    /* Once is enough, and an end that we make is told by what makes it. */
    known = guest->stopping || guest->shutdown_event >= 0;
    reboot = guest->fake_reboot || doc->on_poweroff == LIFECYCLE_ACTION_RESTART;
    if (known) {
        lock_release(&object->lock);
        return;
    }
    if (!reboot)
        guest->shutdown_event = VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN;
    guest->vm.state = reboot ? guest->vm.state : VIR_DOMAIN_SHUTDOWN;
    guest->vm.reason = reboot ? guest->vm.reason : VIR_DOMAIN_SHUTDOWN_UNKNOWN;
    lock_release(&object->lock);
    if (reboot) {
        guest_defer(guest, finish_reboot);
        return;
    }
    object_emit(object, VIR_DOMAIN_EVENT_SHUTDOWN,
                by_guest ? VIR_DOMAIN_EVENT_SHUTDOWN_GUEST : VIR_DOMAIN_EVENT_SHUTDOWN_HOST);
    if (doc->on_poweroff != LIFECYCLE_ACTION_PRESERVE)
        guest_defer(guest, finish_shutdown);
}

static void
emit(Guest *guest, int id, WireDomain *dom, const void *msg)
{
    object_wire(&guest->vm.object, dom);
    event_emit(guest_host.env.hub, EVENT_DOMAIN, id, msg);
    g_free(dom->name);
}

static void
finish_reset(Guest *guest)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    const Domain *doc = live ? live->doc : NULL;

    if (doc && doc->on_reboot == LIFECYCLE_ACTION_DESTROY)
        finish_shutdown(guest);
}

static void
on_reset(Guest *guest, Json *data)
{
    DomainEventCallbackRebootMsg msg = { 0 };

    emit(guest, VIR_DOMAIN_EVENT_ID_REBOOT, &msg.msg.dom, &msg);
    guest_defer(guest, finish_reset);
}

static void
on_rtc(Guest *guest, Json *data)
{
    DomainEventCallbackRtcChangeMsg msg = { .msg.offset = json_opt_int64(data, "offset", 0) };

    emit(guest, VIR_DOMAIN_EVENT_ID_RTC_CHANGE, &msg.msg.dom, &msg);
}

static void
on_watchdog(Guest *guest, Json *data)
{
    static const char *const actions[] = { "none", "pause", "reset", "poweroff", "shutdown", "debug", "inject-nmi" };
    const char *action = json_opt_string(data, "action", "none");
    DomainEventCallbackWatchdogMsg msg = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
        if (g_str_equal(actions[i], action))
            msg.msg.action = (int32_t)i;
    if (msg.msg.action == VIR_DOMAIN_EVENT_WATCHDOG_PAUSE) {
        lock_acquire(&guest->vm.object.lock);
        guest->why = VIR_DOMAIN_PAUSED_WATCHDOG;
        lock_release(&guest->vm.object.lock);
    }
    emit(guest, VIR_DOMAIN_EVENT_ID_WATCHDOG, &msg.msg.dom, &msg);
}

static const Disk *
disk_of_event(const Domain *doc, Json *data)
{
    const char *device = json_opt_string(data, "device", ""), *path = json_opt_string(data, "qom-path", "");

    for (size_t i = 0; i < list_len(doc->disks); i++) {
        const Disk *d = list_at(doc->disks, i);

        if (d->info.alias && (g_str_equal(device, d->info.alias) ||
                              (g_str_has_prefix(path, "/machine/peripheral/") && strstr(path + 20, d->info.alias) == path + 20)))
            return d;
    }
    return NULL;
}

static void
on_io_error(Guest *guest, Json *data)
{
    static const char *const actions[] = { "none", "stop", "report" };
    const char *action = json_opt_string(data, "action", "report");
    g_autoptr(Def) live = object_live(&guest->vm.object);
    const Disk *disk = live ? disk_of_event(live->doc, data) : NULL;
    DomainEventCallbackIoErrorMsg msg = { 0 };
    DomainEventCallbackIoErrorReasonMsg with_reason = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
        if (g_str_equal(actions[i], action))
            msg.msg.action = (int32_t)i;
    if (msg.msg.action == VIR_DOMAIN_EVENT_IO_ERROR_PAUSE) {
        lock_acquire(&guest->vm.object.lock);
        guest->why = VIR_DOMAIN_PAUSED_IOERROR;
        lock_release(&guest->vm.object.lock);
    }
    msg.msg.srcPath = (char *)(disk && disk->path ? disk->path : "");
    msg.msg.devAlias = (char *)(disk ? disk->info.alias : "");
    emit(guest, VIR_DOMAIN_EVENT_ID_IO_ERROR, &msg.msg.dom, &msg);
    with_reason.msg.srcPath = msg.msg.srcPath;
    with_reason.msg.devAlias = msg.msg.devAlias;
    with_reason.msg.action = msg.msg.action;
    with_reason.msg.reason = (char *)(json_opt_bool(data, "nospace", false) ? "enospc" : "");
    emit(guest, VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, &with_reason.msg.dom, &with_reason);
}

static void
on_balloon(Guest *guest, Json *data)
{
    Object *object = &guest->vm.object;
    uint64_t kib = json_opt_uint64(data, "actual", 0) / 1024;
    g_autoptr(Def) live = object_live(object);
    DomainEventCallbackBalloonChangeMsg msg = { .msg.actual = kib };
    Domain *doc;

    if (!live)
        return;
    doc = xml_copy(&domain_xml, live->doc);
    doc->has_current_memory = true;
    doc->current_memory = kib;
    object_set_live(object, doc);
    emit(guest, VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE, &msg.msg.dom, &msg);
    guest_defer(guest, save_status);
}

static void
on_migration_pass(Guest *guest, Json *data)
{
    DomainEventCallbackMigrationIterationMsg msg = { .iteration = (int32_t)json_opt_int64(data, "pass", 0) };

    emit(guest, VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, &msg.dom, &msg);
}

static void
graphics_event(Guest *guest, Json *data, int phase)
{
    DomainEventCallbackGraphicsMsg msg = { .msg.phase = phase };
    Json *server = json_opt_object(data, "server"), *client = json_opt_object(data, "client");
    Json *sides[] = { client, server };
    WireDomainEventGraphicsAddress *to[] = { &msg.msg.remote, &msg.msg.local };
    static const char *const families[] = { "ipv4", "ipv6", "unix" };

    for (int i = 0; i < 2; i++) {
        to[i]->node = (char *)json_opt_string(sides[i], "host", "");
        to[i]->service = (char *)json_opt_string(sides[i], "service", "");
        for (int f = 0; f < 3; f++)
            if (g_str_equal(families[f], json_opt_string(sides[i], "family", "")))
                to[i]->family = f;
    }
    msg.msg.authScheme = (char *)json_opt_string(server, "auth", "");
    emit(guest, VIR_DOMAIN_EVENT_ID_GRAPHICS, &msg.msg.dom, &msg);
}

static void
on_vnc_connected(Guest *guest, Json *data)
{
    graphics_event(guest, data, VIR_DOMAIN_EVENT_GRAPHICS_CONNECT);
}

static void
on_vnc_initialized(Guest *guest, Json *data)
{
    graphics_event(guest, data, VIR_DOMAIN_EVENT_GRAPHICS_INITIALIZE);
}

static void
on_vnc_disconnected(Guest *guest, Json *data)
{
    graphics_event(guest, data, VIR_DOMAIN_EVENT_GRAPHICS_DISCONNECT);
}

static void
finish_panic(Guest *guest)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    bool dump = live && ((const Domain *)live->doc)->on_crash == LIFECYCLE_ACTION_COREDUMP_DESTROY;
    g_autoptr(Job) job = NULL;
    g_autoptr(GError) error = NULL;

    /* A long job of its own, so that who asks for the guest meanwhile is not held up. */
    if (dump)
        dump_auto(guest, true);
    job = begin(guest, JOB_DESTROY, "the guest's panic");

    if (job && !guest_stop(guest, VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED_CRASHED, false, &error))
        log_gerror(error, "while ending a guest that panicked");
}

static void
finish_panic_restart(Guest *guest)
{
    dump_auto(guest, true);
    finish_reboot(guest);
}

static void
on_panic(Guest *guest, Json *data)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    const Domain *doc = live ? live->doc : NULL;

    if (!doc)
        return;
    vm_set_state(&guest->vm, VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED);
    object_emit(&guest->vm.object, VIR_DOMAIN_EVENT_CRASHED, VIR_DOMAIN_EVENT_CRASHED_PANICKED);
    if (doc->on_crash == LIFECYCLE_ACTION_DESTROY || doc->on_crash == LIFECYCLE_ACTION_COREDUMP_DESTROY)
        guest_defer(guest, finish_panic);
    else if (doc->on_crash == LIFECYCLE_ACTION_COREDUMP_RESTART)
        guest_defer(guest, finish_panic_restart);
    else if (doc->on_crash == LIFECYCLE_ACTION_RESTART)
        guest_defer(guest, finish_reboot);
}

static void
on_wakeup(Guest *guest, Json *data)
{
    DomainEventCallbackPmwakeupMsg msg = { 0 };

    vm_set_state(&guest->vm, VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_WAKEUP);
    object_emit(&guest->vm.object, VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_WAKEUP);
    emit(guest, VIR_DOMAIN_EVENT_ID_PMWAKEUP, &msg.msg.dom, &msg);
    guest_defer(guest, save_status);
}

static void
on_suspend(Guest *guest, Json *data)
{
    DomainEventCallbackPmsuspendMsg msg = { 0 };

    vm_set_state(&guest->vm, VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN);
    object_emit(&guest->vm.object, VIR_DOMAIN_EVENT_PMSUSPENDED, VIR_DOMAIN_EVENT_PMSUSPENDED_MEMORY);
    emit(guest, VIR_DOMAIN_EVENT_ID_PMSUSPEND, &msg.msg.dom, &msg);
    guest_defer(guest, save_status);
}

static void
on_suspend_disk(Guest *guest, Json *data)
{
    DomainEventCallbackPmsuspendDiskMsg msg = { 0 };

    vm_set_state(&guest->vm, VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN);
    object_emit(&guest->vm.object, VIR_DOMAIN_EVENT_PMSUSPENDED, VIR_DOMAIN_EVENT_PMSUSPENDED_DISK);
    emit(guest, VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK, &msg.msg.dom, &msg);
    guest_defer(guest, save_status);
}

static const struct {
    const char *name;
    void (*fn)(Guest *guest, Json *data);
} events[] = {
    { "BALLOON_CHANGE", on_balloon },
    { "BLOCK_IO_ERROR", on_io_error },
    { "BLOCK_WRITE_THRESHOLD", disk_rows_threshold_told },
    { "DEVICE_DELETED", hotplug_guest_deleted },
    { "DEVICE_TRAY_MOVED", hotplug_guest_tray_moved },
    { "DEVICE_UNPLUG_GUEST_ERROR", hotplug_guest_rejected },
    { "GUEST_PANICKED", on_panic },
    { "JOB_STATUS_CHANGE", block_job_told },
    { "MEMORY_DEVICE_SIZE_CHANGE", hotplug_guest_memory_changed },
    { "MIGRATION_PASS", on_migration_pass },
    { "RESET", on_reset },
    { "RESUME", on_resume },
    { "RTC_CHANGE", on_rtc },
    { "SHUTDOWN", on_shutdown },
    { "STOP", on_stop },
    { "SUSPEND", on_suspend },
    { "SUSPEND_DISK", on_suspend_disk },
    { "VNC_CONNECTED", on_vnc_connected },
    { "VNC_DISCONNECTED", on_vnc_disconnected },
    { "VNC_INITIALIZED", on_vnc_initialized },
    { "WAKEUP", on_wakeup },
    { "WATCHDOG", on_watchdog },
};

static void
on_event(void *data, const char *name, Json *event_data, int64_t seconds, int64_t micros)
{
    Guest *guest = data;

    log_debug("event %s", name);
    monitor_rows_tell(guest, name, event_data, seconds, micros);
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++)
        if (g_str_equal(events[i].name, name))
            events[i].fn(guest, event_data);
    agent_event(guest, name, event_data);
    companion_event(guest, name, event_data);
    guest_wait_tell(guest, name, event_data);
}

/* The emulator's end follows by its pidfd; a monitor that closes while it lives on is a fault of its own. */
static void
on_closed(void *data, const GError *reason)
{
    log_info("%s", reason->message);
    guest_wait_end(data);
}

const QmpClientHooks guest_hooks = { on_event, on_closed };
