/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_vcpu_live.c - vCPUs of a running guest: asking QEMU, waiting for the guest, placing the threads */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_cgroup.h"
#include "drivers/qemu/process/guest_vcpu.h"
#include "drivers/qemu/process/guest_wait.h"
#include "util/error.h"

/* A guest that wants to give up a vCPU does so at once; one that does not, or has nobody in it to do so, never. */
enum { UNPLUG_SECONDS = 5 };

typedef struct Live {
    Guest *guest;
    QmpClient *qmp;
} Live;

static Json *
ask(void *data, const char *command, Json *arguments, GError **error)
{
    const Live *live = data;

    return qmp_client_call(live->qmp, command, arguments, QMP_CLIENT_TIMEOUT, error);
}

/* By _OST of ACPI the guest tells also of steps that went well or go on. */
static bool
is_refusal(Json *ost)
{
    enum { EJECT_REQUEST = 3, EJECTION = 0x103, SUCCESS = 0, IN_PROGRESS = 0x84 };
    int64_t source = json_opt_int64(ost, "source", 0), status = json_opt_int64(ost, "status", SUCCESS);

    return (source == EJECT_REQUEST || source == EJECTION) && status != SUCCESS && status != IN_PROGRESS;
}

/* Under emulation QEMU takes the vCPU away but never says so. */
static bool
is_gone(const Live *live, const char *alias)
{
    g_autofree char *path = g_strdup_printf("/machine/peripheral/%s", alias);
    g_autoptr(Json) units = qmp_client_call(live->qmp, "query-hotpluggable-cpus", NULL, QMP_CLIENT_TIMEOUT, NULL);

    for (size_t i = 0; units && i < json_array_len(units); i++)
        if (g_str_equal(json_opt_string(json_array_at(units, i), "qom-path", ""), path))
            return false;
    return units != NULL;
}

static bool
unplug(void *data, const char *alias, GError **error)
{
    static const char *const names[] = { "DEVICE_DELETED", "DEVICE_UNPLUG_GUEST_ERROR", "ACPI_DEVICE_OST", NULL };
    const Live *live = data;
    g_autoptr(GuestWait) wait = guest_wait_new(live->guest, names);
    int64_t deadline = g_get_monotonic_time() + UNPLUG_SECONDS * G_USEC_PER_SEC;
    g_autoptr(GError) problem = NULL;

    if (!qmp_device_del(live->qmp, alias, error))
        return false;
    for (;;) {
        const char *name;
        g_autoptr(Json) event = guest_wait_next(wait, NULL, deadline, &name, &problem);
        Json *info = event ? json_opt_object(event, "info") : NULL;

        if (!event && error_is(problem, VIR_ERR_OPERATION_TIMEOUT) && is_gone(live, alias))
            return true;
        if (!event && error_is(problem, VIR_ERR_OPERATION_TIMEOUT))
            error_set(error, VIR_ERR_OPERATION_TIMEOUT,
                      "vcpu unplug request timed out. Unplug result must be manually inspected in the domain");
        else if (!event)
            g_propagate_error(error, g_steal_pointer(&problem));
        if (!event)
            return false;
        if (g_strcmp0(json_opt_string(info ? info : event, "device", NULL), alias) != 0)
            continue;
        if (g_str_equal(name, names[0]) || (info && is_gone(live, alias)))
            return true;
        if (g_str_equal(name, names[1]) || (info && is_refusal(info))) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "vcpu unplug failed: the guest refused to let go of '%s'", alias);
            return false;
        }
    }
}

/* Threads that came get their place; groups of those that went go. */
static bool
settle_threads(Guest *guest, const Domain *def, GError **error)
{
    g_autoptr(GArray) before = NULL;
    g_autoptr(GArray) after = NULL;

    lock_acquire(&guest->vm.object.lock);
    before = g_array_copy(guest->vcpu_threads);
    lock_release(&guest->vm.object.lock);
    if (!guest_thread_read_vcpus(guest, def, error))
        return false;
    lock_acquire(&guest->vm.object.lock);
    after = g_array_copy(guest->vcpu_threads);
    lock_release(&guest->vm.object.lock);
    for (guint i = 0; i < MAX(before->len, after->len); i++) {
        pid_t had = i < before->len ? g_array_index(before, pid_t, i) : 0;
        pid_t has = i < after->len ? g_array_index(after, pid_t, i) : 0;

        if (had && !has)
            guest_thread_forget(guest, GUEST_THREAD_VCPU, i);
        else if (has && has != had && !guest_thread_place(guest, def, GUEST_THREAD_VCPU, i, has, error))
            return false;
    }
    return true;
}

bool
guest_vcpu_live_count(Guest *guest, Domain *def, unsigned n, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    Live live = { guest, qmp };
    const VcpuMonitor monitor = { ask, &live, unplug };

    return qmp && guest_vcpu_count(def, n, &monitor, error) && settle_threads(guest, def, error);
}

bool
guest_vcpu_live_set(Guest *guest, Domain *def, const Bitmap *ids, bool on, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    Live live = { guest, qmp };
    const VcpuMonitor monitor = { ask, &live, unplug };

    return qmp && (on ? guest_vcpu_plug(def, ids, &monitor, error) : guest_vcpu_unplug(def, ids, &monitor, error)) &&
           settle_threads(guest, def, error);
}
