/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* migrate_out.c - a guest goes to another host: begin, perform and confirm */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>
#include <sys/vfs.h>

#include "drivers/qemu/migration/migrate.h"
#include "drivers/qemu/migration/migration_out.h"
#include "drivers/qemu/migration/save.h"
#include "drivers/qemu/process/guest_wait.h"
#include "drivers/qemu/qmp/qmp_migrate.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.migrate");

static const char *const events[] = { "MIGRATION", NULL };

static bool
abort_out(Guest *guest, uint32_t flags, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    bool postcopy;

    if (!qmp)
        return false;
    lock_acquire(&guest->vm.object.lock);
    postcopy = guest->migration && guest->migration->postcopy;
    lock_release(&guest->vm.object.lock);
    if (postcopy) {
        if (flags & VIR_DOMAIN_ABORT_JOB_POSTCOPY)
            return qmp_migrate_pause(qmp, error);
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot abort migration in post-copy mode");
        return false;
    }
    if (flags & VIR_DOMAIN_ABORT_JOB_POSTCOPY) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "current job is not outgoing migration in post-copy mode");
        return false;
    }
    job_request_abort(&guest->vm.object.jobs);
    guest_wait_wake(guest);
    return true;
}

const GuestJobOps migrate_out_ops = { .async = "migration out", .refresh = migration_out_refresh, .abort = abort_out,
                                      .recover = migration_out_recover };

/* File systems that hosts share, which keep the caches of all of them coherent or none. */
static bool
is_shared(const char *path)
{
    static const uint64_t magics[] = {
        0x6969 /* NFS */, 0x01161970 /* GFS2 */, 0x7461636f /* OCFS2 */, 0x5346414f /* AFS */, 0x517b /* SMB */,
        0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x00c36400 /* Ceph */, 0x47504653 /* GPFS */, 0x19830326 /* BeeGFS */,
    };
    struct statfs st;

    if (statfs(path, &st) < 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(magics); i++)
        if ((uint64_t)(uint32_t)st.f_type == magics[i])
            return true;
    return false;
}

/* What both hosts write to must be the same thing, and no host may hold a part of it back. */
static bool
check_safe(const Domain *doc, GError **error)
{
    for (size_t i = 0; i < list_len(doc->disks); i++) {
        const Disk *d = list_at(doc->disks, i);

        if (d->readonly || d->shareable || (d->type != DISK_TYPE_NETWORK && !d->path))
            continue;
        if (d->type == DISK_TYPE_FILE && !is_shared(d->path)) {
            error_set(error, VIR_ERR_MIGRATE_UNSAFE, "Migration without shared storage is unsafe: disk '%s' is '%s'", d->target,
                      d->path);
            return false;
        }
        if (d->type != DISK_TYPE_NETWORK && d->cache != DISK_CACHE_NONE && d->cache != DISK_CACHE_DIRECTSYNC) {
            error_set(error, VIR_ERR_MIGRATE_UNSAFE,
                      "Migration may lead to data corruption if disks use cache other than none or directsync: disk '%s' does",
                      d->target);
            return false;
        }
    }
    return true;
}

static bool
check_may_go(Guest *guest, const MigrateArgs *args, const Domain *doc, GError **error)
{
    bool offline = args->flags & VIR_MIGRATE_OFFLINE;

    if (offline && !(args->flags & VIR_MIGRATE_PERSIST_DEST)) {
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "offline migration must be specified with the persistent flag set");
        return false;
    }
    if (offline && object_is_active(&guest->vm.object)) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "offline migration of a domain that runs is not possible");
        return false;
    }
    if (!offline && !object_is_active(&guest->vm.object))
        return kit_require_active(&guest->vm.object, error);
    if (doc->disks && list_len(doc->filesystems) && !offline) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "cannot migrate a domain with <filesystem>");
        return false;
    }
    return save_check_movable(doc, error) && (offline || (args->flags & VIR_MIGRATE_UNSAFE) || check_safe(doc, error));
}

/* What the target shall start, and the name it is known by until then. */
static char *
make_xml(const MigrateArgs *args, const Domain *doc, GError **error)
{
    const char *xml = migrate_args_string(args, VIR_MIGRATE_PARAM_DEST_XML);
    g_autoptr(Domain) changed = NULL;

    if (!xml)
        return save_format(doc);
    changed = save_parse_changed(xml, doc, error);
    return changed ? save_format(changed) : NULL;
}

bool
migrate_out_begin(Call *call, const MigrateArgs *args, char **ret_xml, uint32_t *ret_n, uint8_t **ret_cookie, GError **error)
{
    Guest *guest = call->object;
    GuestMigration *migration = migrate_begin(guest, false, call, error);
    g_autoptr(Def) current = migration ? object_current(call->object, error) : NULL;
    g_autoptr(Def) config = current && object_is_persistent(call->object) ? object_config(call->object, NULL) : NULL;
    unsigned parts = MIGCOOKIE_GRAPHICS | MIGCOOKIE_MEMORY_HOTPLUG | MIGCOOKIE_CPU_HOTPLUG |
                     (args->flags & VIR_MIGRATE_PERSIST_DEST ? MIGCOOKIE_PERSISTENT : 0);
    bool ok = current && check_may_go(guest, args, current->doc, error);

    if (!migration)
        return false;
    if (ok)
        ok = (*ret_xml = make_xml(args, current->doc, error)) != NULL;
    if (ok) {
        migrate_cookie_make(current->doc, NULL, config ? config->doc : NULL, parts, NULL, ret_n, ret_cookie);
        migration->flags = args->flags;
        migration->offline = args->flags & VIR_MIGRATE_OFFLINE;
        if (!migration->offline) {
            guest_job_set(guest, VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT, &migrate_out_ops, call->method->name,
                          (uint32_t)args->flags);
            guest_job_phase(guest, "begin3");
        }
    }
    /* Without protection others may change the guest until it is sent. */
    if (ok && !(args->flags & VIR_MIGRATE_CHANGE_PROTECTION))
        guest_job_clear(guest, NULL);
    migrate_leave(guest, !ok || !(args->flags & VIR_MIGRATE_CHANGE_PROTECTION));
    return ok;
}

/* "tcp://host:port" in QEMU's way. */
static char *
uri_for_qemu(const char *uri, GError **error)
{
    if (g_str_has_prefix(uri, "unix:")) {
        const char *path = uri + strlen("unix:");

        while (path[0] == '/' && path[1] == '/')
            path++;
        return g_strdup_printf("unix:%s", path);
    }
    if (g_str_has_prefix(uri, "tcp://"))
        return g_strdup_printf("tcp:%s", uri + strlen("tcp://"));
    if (g_str_has_prefix(uri, "tcp:"))
        return g_strdup(uri);
    error_set(error, VIR_ERR_INVALID_ARG, "unsupported migration URI '%s': there are tcp: and unix:", uri);
    return NULL;
}

static bool
told(void *data, const char *status, GError **error)
{
    Guest *guest = data;

    if (g_str_has_prefix(status, "postcopy")) {
        lock_acquire(&guest->vm.object.lock);
        guest->migration->postcopy = true;
        lock_release(&guest->vm.object.lock);
    }
    return true;
}

static bool
send(Guest *guest, GuestMigration *migration, const MigrateArgs *args, GError **error)
{
    const char *uri = migrate_args_string(args, VIR_MIGRATE_PARAM_URI);
    g_autofree char *qemu_uri = uri ? uri_for_qemu(uri, error) : NULL;
    g_autoptr(GPtrArray) capabilities = g_ptr_array_new();
    MigrationOut out = { .guest = guest, .job = migration->job, .fd = -1, .uri = qemu_uri, .told = told, .data = guest,
                         .leave_at_postcopy = migration->flags & VIR_MIGRATE_POSTCOPY };
    uint64_t speed;

    if (!uri)
        error_set(error, VIR_ERR_INTERNAL_ERROR, "no URI to migrate '%s' to", guest->short_name);
    if (!qemu_uri)
        return false;
    lock_acquire(&guest->vm.object.lock);
    speed = guest->max_bandwidth;
    lock_release(&guest->vm.object.lock);
    out.params = migrate_args_to_qemu(args, false, speed, capabilities, error);
    if (!out.params)
        return false;
    g_ptr_array_add(capabilities, NULL);
    out.capabilities = (const char *const *)capabilities->pdata;
    migration->was_running = vm_state(&guest->vm, NULL) == VIR_DOMAIN_RUNNING;
    if (!(migration->flags & VIR_MIGRATE_LIVE) &&
        !migration_out_pause(guest, VIR_DOMAIN_PAUSED_MIGRATION, &migration->was_running, error)) {
        json_unref(out.params);
        return false;
    }
    /* QEMU stops it for the last bit. */
    if (migration->flags & VIR_MIGRATE_LIVE) {
        lock_acquire(&guest->vm.object.lock);
        guest->why = VIR_DOMAIN_PAUSED_MIGRATION;
        lock_release(&guest->vm.object.lock);
    }
    if (migration_out_run(&out, &migration->stats, &migration->postcopy, error))
        return true;
    lock_acquire(&guest->vm.object.lock);
    guest->why = -1;
    lock_release(&guest->vm.object.lock);
    if (migration->postcopy)
        vm_set_state(&guest->vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY_FAILED);
    else if (migration->was_running)
        migration_out_go_on(guest, VIR_DOMAIN_RUNNING_MIGRATION_CANCELED);
    return false;
}

bool
migrate_out_perform(Call *call, const MigrateArgs *args, uint32_t *ret_n, uint8_t **ret_cookie, GError **error)
{
    Guest *guest = call->object;
    GuestMigration *migration = migrate_go_on(guest, false, call);
    bool begun = migration != NULL, ok;
    g_autoptr(Def) live = NULL;
    g_autoptr(GError) refused = NULL;
    MigrationCookie *cookie = NULL;

    if (!begun)
        migration = migrate_begin(guest, false, call, error);
    if (!migration)
        return false;
    migration->flags = args->flags;
    live = object_live(call->object);
    ok = live || kit_require_active(call->object, error);
    if (ok) {
        if (!begun)
            guest_job_set(guest, VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT, &migrate_out_ops, call->method->name,
                          (uint32_t)args->flags);
        guest_job_phase(guest, "perform3");
        cookie = migrate_cookie_read(args, live->doc, &refused);
        if (refused)
            g_propagate_error(error, g_steal_pointer(&refused));
        ok = !*error && send(guest, migration, args, error);
        xml_free(&migration_cookie_xml, cookie);
    }
    if (ok) {
        migration->sent = true;
        guest_job_phase(guest, migration->postcopy ? "postcopy" : "perform3_done");
        migrate_cookie_make(live->doc, NULL, NULL, 0, &migration->stats, ret_n, ret_cookie);
    } else if (!begun) {
        /* Who protected it confirms that it is over. */
        guest_job_clear(guest, NULL);
    }
    migrate_leave(guest, !ok && !begun);
    return ok;
}

/* The rest of the memory of a guest that runs there already. */
static bool
wait_postcopy(Guest *guest, GuestMigration *migration, GError **error)
{
    g_autoptr(GuestWait) wait = guest_wait_new(guest, events);
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(Json) info = qmp ? qmp_query_migrate(qmp, error) : NULL;
    g_autofree char *status = info ? g_strdup(json_opt_string(info, "status", "none")) : NULL;

    while (status) {
        g_autoptr(Json) data = NULL;

        if (g_str_equal(status, "completed"))
            return true;
        if (g_str_equal(status, "failed") || g_str_equal(status, "postcopy-paused")) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "the rest of the memory could not be sent after the guest had moved");
            return false;
        }
        data = guest_wait_next(wait, NULL, INT64_MAX, NULL, error);
        g_free(status);
        status = data ? g_strdup(json_opt_string(data, "status", "")) : NULL;
    }
    return false;
}

static bool
forget(Call *call, Guest *guest, GuestMigration *migration, const MigrateArgs *args, GError **error)
{
    g_autoptr(Job) step = NULL;
    g_auto(GuestJobData) done = { 0 };
    bool undefine = args->flags & VIR_MIGRATE_UNDEFINE_SOURCE;

    if (migration->postcopy && !wait_postcopy(guest, migration, error)) {
        vm_set_state(&guest->vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY_FAILED);
        return false;
    }
    step = job_begin_nested(migration->job, call->method->name, JOB_DEADLINE_S, error);
    if (!step)
        return false;
    if (!migration->offline) {
        guest_job_data_end(guest, VIR_DOMAIN_JOB_COMPLETED, &migration->stats, &done);
        if (!guest_stop(guest, VIR_DOMAIN_SHUTOFF_MIGRATED, VIR_DOMAIN_EVENT_STOPPED_MIGRATED, false, error))
            return false;
        guest_job_clear(guest, &done);
    }
    if (undefine && object_is_persistent(call->object)) {
        if (!object_undefine(call->object, error))
            return false;
        object_emit(call->object, VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_REMOVED);
    }
    return true;
}

bool
migrate_out_confirm(Call *call, const MigrateArgs *args, GError **error)
{
    Guest *guest = call->object;
    GuestMigration *migration = migrate_go_on(guest, false, call);
    bool ok = true;

    /* Without protection there is nothing left to take back. */
    if (!migration && args->cancelled)
        return true;
    if (!migration && (args->flags & VIR_MIGRATE_OFFLINE)) {
        migration = migrate_begin(guest, false, call, error);
        if (migration)
            migration->offline = true;
    } else if (!migration) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain '%s' is not being migrated", ((const WireDomain *)call->args)->name);
    }
    if (!migration)
        return false;
    if (!args->cancelled)
        ok = forget(call, guest, migration, args, error);
    else if (migration->sent && migration->postcopy)
        vm_set_state(&guest->vm, VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY_FAILED);
    else if (migration->sent && migration->was_running)
        migration_out_go_on(guest, VIR_DOMAIN_RUNNING_MIGRATION_CANCELED);
    guest_job_clear(guest, NULL);
    migrate_leave(guest, true);
    return ok;
}
