/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lifecycle_rows.c - start, stop, pause, restart */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/migration/save.h"
#include "drivers/qemu/rows.h"
#include "util/error.h"

static bool
start_config(Call *call, uint32_t flags, GError **error)
{
    Guest *guest = guest_of(call);
    const GuestStart options = { .paused = flags & VIR_DOMAIN_START_PAUSED,
                                 .event_detail = VIR_DOMAIN_EVENT_STARTED_BOOTED };
    g_autoptr(Def) config = NULL;
    bool started;

    if (object_is_active(call->object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is already running");
        return false;
    }
    if (!save_managed_start(guest, flags, &started, error))
        return false;
    if (started)
        return true;
    config = object_config(call->object, error);
    return config && guest_start(guest, xml_copy(&domain_xml, config->doc), &options, error);
}

bool
lifecycle_rows_create(Call *call, GError **error)
{
    return start_config(call, 0, error);
}

bool
lifecycle_rows_create_flags(Call *call, GError **error)
{
    if (!start_config(call, call->flags, error))
        return false;
    object_wire(call->object, &((DomainCreateWithFlagsRet *)call->ret)->dom);
    return true;
}

bool
lifecycle_rows_create_xml(Call *call, GError **error)
{
    const DomainCreateXmlArgs *args = call->args;
    const GuestStart options = { .paused = call->flags & VIR_DOMAIN_START_PAUSED,
                                 .event_detail = VIR_DOMAIN_EVENT_STARTED_BOOTED };
    g_autoptr(Object) object = NULL; /* before the job, to outlive it */
    g_autoptr(Job) job = NULL;
    Domain *doc = NULL;

    object = (Object *)vm_claim(call, args->xml_desc, call->flags & VIR_DOMAIN_START_VALIDATE, &job, &doc, error);
    if (!object)
        return false;
    if (object_is_active(object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is already active as '%s'", doc->name);
        xml_free(&domain_xml, doc);
        return false;
    }
    if (!guest_start((Guest *)object, doc, &options, error)) {
        object_disclaim(object);
        return false;
    }
    object_wire(object, &((DomainCreateXmlRet *)call->ret)->dom);
    return true;
}

bool
lifecycle_rows_destroy(Call *call, GError **error)
{
    if (!kit_require_active(call->object, error))
        return false;
    return guest_stop(guest_of(call), VIR_DOMAIN_SHUTOFF_DESTROYED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED,
                      call->flags & VIR_DOMAIN_DESTROY_GRACEFUL, error);
}

/* STOP and RESUME carry no reason: it is left for them before the command is given. */
static void
expect(Guest *guest, int why)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    guest->why = why;
}

bool
lifecycle_rows_suspend(Call *call, GError **error)
{
    Guest *guest = guest_of(call);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    int state = vm_state(&guest->vm, NULL);

    if (!qmp)
        return false;
    if (state == VIR_DOMAIN_PAUSED)
        return true;
    if (state == VIR_DOMAIN_PMSUSPENDED) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is pmsuspended");
        return false;
    }
    expect(guest, VIR_DOMAIN_PAUSED_USER);
    return qmp_stop(qmp, error);
}

bool
lifecycle_rows_resume(Call *call, GError **error)
{
    Guest *guest = guest_of(call);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    int state = vm_state(&guest->vm, NULL);

    if (!qmp)
        return false;
    if (state == VIR_DOMAIN_RUNNING) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is already running");
        return false;
    }
    if (state == VIR_DOMAIN_PMSUSPENDED) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is pmsuspended");
        return false;
    }
    expect(guest, VIR_DOMAIN_RUNNING_UNPAUSED);
    return qmp_cont(qmp, error);
}

/* Both by ACPI: the guest that is asked to restart is told to power off, and is reset when it has. */
bool
lifecycle_press_button(Guest *guest, bool reboot, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);

    if (!qmp)
        return false;
    lock_acquire(&guest->vm.object.lock);
    guest->fake_reboot = reboot;
    lock_release(&guest->vm.object.lock);
    return qmp_system_powerdown(qmp, error);
}

bool
lifecycle_rows_reset(Call *call, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);

    return qmp && qmp_system_reset(qmp, error);
}

bool
lifecycle_rows_inject_nmi(Call *call, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);

    return qmp && qmp_inject_nmi(qmp, error);
}

bool
lifecycle_rows_wakeup(Call *call, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest_of(call), error);

    return qmp && qmp_system_wakeup(qmp, error);
}
