/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest.c - a guest's struct, its monitor and the work queued for it */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest.h"

#include <unistd.h>

#include "drivers/qemu/agent/agent_client.h"
#include "drivers/qemu/check/check.h"
#include "drivers/qemu/fill/fill.h"
#include "drivers/qemu/process/guest_job.h"
#include "drivers/qemu/process/guest_cgroup.h"
#include "drivers/qemu/process/guest_pci.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.guest");

GuestHost guest_host;

static void
guest_init(Object *object)
{
    Guest *guest = (Guest *)object;

    vm_init(object);
    guest->process = (Process)PROCESS_INIT;
    guest->why = guest->shutdown_event = -1;
    guest->vcpu_threads = g_array_new(FALSE, TRUE, sizeof(pid_t));
    guest->ports = g_array_new(FALSE, TRUE, sizeof(int));
    guest->waits = g_ptr_array_new();
    guest->job = guest_job_new();
    cond_init(&guest->told);
    guest->agent_timeout = VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK;
    guest->channel_states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guest->streams = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)stream_unref);
}

static void
guest_clear(Object *object)
{
    Guest *guest = (Guest *)object;

    if (guest->qmp)
        qmp_client_close(guest->qmp);
    g_clear_pointer(&guest->qmp, qmp_client_unref);
    /* Guests outlive the daemon. */
    process_release(&guest->process);
    g_array_unref(guest->vcpu_threads);
    g_array_unref(guest->ports);
    g_hash_table_unref(guest->streams);
    g_hash_table_unref(guest->channel_states);
    agent_client_unref(guest->agent);
    g_clear_pointer(&guest->companions, g_ptr_array_unref);
    g_ptr_array_unref(guest->waits);
    g_clear_pointer(&guest->devices, g_ptr_array_unref);
    g_clear_pointer(&guest->removed, g_ptr_array_unref);
    guest_cgroup_clear(guest);
    guest_job_free(guest->job);
    cond_clear(&guest->told);
    g_clear_pointer(&guest->block_jobs, g_ptr_array_unref);
    g_free(guest->dir);
    g_free(guest->short_name);
    g_free(guest->log_path);
    vm_clear(object);
}

/* A definition is made whole by what its emulator can do; one that is new must be something it can be. */
static bool
fill_with_caps(Domain *def, bool fresh, GError **error)
{
    const FillOptions fill = {
        .fresh = fresh, .ports = true, .env = environ, .iommu_group = guest_pci_iommu_group,
        .is_conventional = guest_pci_is_conventional,
    };
    const CheckOptions check = { .fresh = fresh, .no_spice_tls = !guest_host.conf->spice_tls };
    g_autoptr(QemuCaps) caps = NULL;

    if (!fill_emulator(def, "x86_64", qemu_probe_find, error))
        return false;
    caps = qemu_probe_get(guest_host.probe, def->emulator, error);
    return caps && fill_definition(def, caps, guest_host.conf, &fill, error) &&
           (!fresh || check_definition(def, caps, &check, error));
}

static bool
prepare(ObjectTable *table, void *doc, GError **error)
{
    return fill_with_caps(doc, false, error);
}

static bool
prepare_new(ObjectTable *table, void *doc, GError **error)
{
    return fill_with_caps(doc, true, error);
}

const ObjectKind guest_kind = {
    VM_KIND_INIT(VIR_FROM_QEMU),
    .size = sizeof(Guest),
    .init = guest_init,
    .clear = guest_clear,
    .prepare = prepare,
    .prepare_new = prepare_new,
    .save_status = guest_status_save,
};

QmpClient *
guest_monitor(Guest *guest, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    if (guest->qmp)
        return qmp_client_ref(guest->qmp);
    error_set(error, VIR_ERR_OPERATION_INVALID, "domain is not running");
    return NULL;
}

typedef struct Work {
    Guest *guest;
    uint64_t generation;
    GuestWork fn;
} Work;

void
guest_defer(Guest *guest, GuestWork fn)
{
    Work *work = g_new0(Work, 1);

    work->guest = (Guest *)object_ref(&guest->vm.object);
    work->fn = fn;
    lock_acquire(&guest->vm.object.lock);
    work->generation = guest->generation;
    lock_release(&guest->vm.object.lock);
    g_thread_pool_push(guest_host.workers, work, NULL);
}

/* GFunc of the worker pool. */
void guest_run_work(void *data, void *user_data);

void
guest_run_work(void *data, void *user_data)
{
    Work *work = data;
    bool current;

    lock_acquire(&work->guest->vm.object.lock);
    current = work->generation == work->guest->generation;
    lock_release(&work->guest->vm.object.lock);
    if (current)
        work->fn(work->guest);
    else
        log_debug("dropping work of an earlier life of a guest");
    object_unref(&work->guest->vm.object);
    g_free(work);
}

static const char *const running[] = { "unknown", "booted", "migrated", "restored", "from snapshot", "unpaused",
                                       "migration canceled", "save canceled", "wakeup", "crashed", "post-copy",
                                       "post-copy failed", NULL };
static const char *const paused[] = { "unknown", "user", "migration", "save", "dump", "ioerror", "watchdog",
                                      "from snapshot", "shutdown", "snapshot", "panicked", "starting up", "post-copy",
                                      "post-copy failed", "api error", NULL };
static const char *const shutoff[] = { "unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed",
                                       "from snapshot", "daemon", NULL };
static const char *const unknown[] = { "unknown", NULL };

static const char *const *
reasons_of(int state)
{
    switch (state) {
    case VIR_DOMAIN_RUNNING:
        return running;
    case VIR_DOMAIN_PAUSED:
        return paused;
    case VIR_DOMAIN_SHUTOFF:
        return shutoff;
    default:
        return unknown;
    }
}

const char *
guest_reason_name(int state, int reason)
{
    const char *const *names = reasons_of(state);

    return reason >= 0 && reason < (int)g_strv_length((char **)names) ? names[reason] : names[0];
}

int
guest_reason_value(int state, const char *name)
{
    const char *const *names = reasons_of(state);

    for (int i = 0; names[i]; i++)
        if (!g_strcmp0(names[i], name))
            return i;
    return 0;
}
