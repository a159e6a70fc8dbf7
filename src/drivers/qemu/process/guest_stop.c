/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_stop.c - take a guest down */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/agent/agent.h"
#include "drivers/qemu/companion/companion.h"
#include "drivers/qemu/migration/migrate.h"
#include "drivers/qemu/process/guest_wait.h"

#include <signal.h>

#include "drivers/qemu/block/backup.h"
#include "drivers/qemu/block/checkpoint.h"
#include "drivers/qemu/process/guest_cgroup.h"
#include "drivers/qemu/snapshot/snapshot.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.stop");

enum { TERM_GRACE = 15000, GRACEFUL_WAIT = 30000 };

static void
unwatch(Guest *guest)
{
    GSource *watch;

    lock_acquire(&guest->vm.object.lock);
    watch = guest->watch;
    guest->watch = NULL;
    lock_release(&guest->vm.object.lock);
    if (watch) {
        g_source_destroy(watch);
        g_source_unref(watch);
    }
}

static void
end_streams(Guest *guest)
{
    g_autoptr(GHashTable) streams = NULL;
    g_autoptr(GError) reason = NULL;
    GHashTableIter iter;
    void *stream;

    lock_acquire(&guest->vm.object.lock);
    streams = guest->streams;
    guest->streams = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)stream_unref);
    lock_release(&guest->vm.object.lock);
    error_set(&reason, VIR_ERR_OPERATION_FAILED, "the guest ended");
    g_hash_table_iter_init(&iter, streams);
    while (g_hash_table_iter_next(&iter, NULL, &stream))
        stream_abort(stream, reason);
}

void
guest_release(Guest *guest, const Domain *doc)
{
    QmpClient *qmp;

    unwatch(guest);
    lock_acquire(&guest->vm.object.lock);
    qmp = guest->qmp;
    guest->qmp = NULL;
    guest->generation++;
    lock_release(&guest->vm.object.lock);
    guest_wait_end(guest);
    backup_clear(guest);
    block_job_clear(guest);
    migrate_guest_ended(guest);
    agent_detach(guest);
    if (qmp) {
        qmp_client_close(qmp);
        qmp_client_unref(qmp);
    }
    process_clear(&guest->process);
    companion_end(guest, doc);
    guest_cgroup_end(guest);
    end_streams(guest);
    guest_net_release(doc);
    guest_restore_host(guest, doc);
    guest_status_delete(guest);
}

bool
guest_stop(Guest *guest, int reason, int event_detail, bool graceful, GError **error)
{
    Object *object = &guest->vm.object;
    g_autoptr(Def) live = object_live(object);

    if (!live)
        return true;
    if (graceful) {
        if (!process_signal(&guest->process, SIGTERM, error) ||
            !process_wait(&guest->process, GRACEFUL_WAIT, NULL, error)) {
            error_prefix(error, "the guest did not end");
            return false;
        }
    }
    lock_acquire(&object->lock);
    guest->stopping = true;
    lock_release(&object->lock);
    unwatch(guest);
    if (process_is_alive(&guest->process) && !process_stop(&guest->process, TERM_GRACE, error))
        return false;
    guest_release(guest, live->doc);
    snapshot_store_forget(guest);
    checkpoint_forget(guest);
    vm_set_shutoff(&guest->vm, reason);
    object_emit(object, VIR_DOMAIN_EVENT_STOPPED, event_detail);
    return true;
}
