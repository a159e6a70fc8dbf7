/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dump.c - the memory of a guest in a file, for those who look for faults
 *
 * Either all of its state, as a migration writes it, or the memory alone as a core file that debuggers read.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/migration/dump.h"

#include "drivers/qemu/migration/migration_out.h"
#include "drivers/qemu/migration/save.h"
#include "drivers/qemu/process/guest_wait.h"
#include "drivers/qemu/qmp/qmp_migrate.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.dump");

static const char fd_name[] = "dump";
static const char *const events[] = { "DUMP_COMPLETED", NULL };

/* virDomainCoreDumpFormat in QEMU's words. */
static const char *const formats[] = { NULL, "kdump-zlib", "kdump-lzo", "kdump-snappy", "win-dmp" };

static void
read_dump(Json *info, CookieStatistics *stats)
{
    stats->has_memory_total = stats->has_memory_processed = stats->has_memory_remaining = true;
    stats->memory_total = json_opt_uint64(info, "total", 0);
    stats->memory_processed = json_opt_uint64(info, "completed", 0);
    stats->memory_remaining = stats->memory_total - MIN(stats->memory_total, stats->memory_processed);
}

static bool
refresh_memory_only(Guest *guest, GuestJobData *data, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(Json) info = qmp ? qmp_query_dump(qmp, error) : NULL;

    if (info)
        read_dump(info, &data->stats);
    return info != NULL;
}

static bool
refuse_abort(Guest *guest, uint32_t flags, GError **error)
{
    error_set(error, VIR_ERR_OPERATION_INVALID, "cannot abort memory-only dump");
    return false;
}

/* QEMU ends by itself a dump that nobody waits for any more; the guest goes on then. */
static bool
recover_dump(Guest *guest, const DomainJob *job, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(GuestWait) wait = guest_wait_new(guest, events);
    g_autoptr(Json) info = qmp ? qmp_query_dump(qmp, error) : NULL;
    g_autoptr(Json) told = NULL;

    if (!info)
        return false;
    if (g_str_equal(json_opt_string(info, "status", ""), "active")) {
        told = guest_wait_next(wait, NULL, INT64_MAX, NULL, error);
        if (!told)
            return false;
    }
    return migration_out_recover(guest, job, error);
}

static const GuestJobOps memory_only_ops = { .async = "dump", .refresh = refresh_memory_only, .abort = refuse_abort };
const GuestJobOps migration_out_dump_ops = { .async = "dump", .refresh = migration_out_refresh, .recover = recover_dump };

static bool
dump_memory(Guest *guest, int fd, unsigned format, CookieStatistics *stats, GError **error)
{
    g_autoptr(QmpClient) qmp = guest_monitor(guest, error);
    g_autoptr(GuestWait) wait = qmp ? guest_wait_new(guest, events) : NULL;
    g_autoptr(Json) told = NULL;
    const char *why;

    if (!qmp || !qmp_getfd(qmp, fd_name, fd, error))
        return false;
    if (!qmp_dump_guest_memory(qmp, "fd:dump", formats[format], error)) {
        qmp_closefd(qmp, fd_name, NULL);
        return false;
    }
    told = guest_wait_next(wait, NULL, INT64_MAX, NULL, error);
    if (!told)
        return false;
    why = json_opt_string(told, "error", NULL);
    if (why) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "memory-only dump failed: %s", why);
        return false;
    }
    read_dump(json_opt_object(told, "result"), stats);
    return true;
}

static bool
dump_state(Guest *guest, Job *job, ImageFile *file, CookieStatistics *stats, GError **error)
{
    g_autoptr(GError) unusable = NULL;
    SaveimageFormat format = SAVEIMAGE_RAW;
    MigrationOut out = { .guest = guest, .job = job };

    /* Better a big dump than none. */
    if (!imagefile_format("dump", guest_host.conf->dump_image_format, &format, &unusable))
        log_gerror(unusable, "the dump will not be compressed");
    if (!imagefile_pack(file, format, error))
        return false;
    out.fd = file->end;
    return migration_out_run(&out, stats, NULL, error);
}

static bool
write_dump(Guest *guest, Job *job, const char *path, unsigned format, uint32_t flags, CookieStatistics *stats, GError **error)
{
    g_auto(ImageFile) file = IMAGEFILE_INIT;

    return imagefile_create(&file, path, flags & VIR_DUMP_BYPASS_CACHE, error) &&
           (flags & VIR_DUMP_MEMORY_ONLY ? dump_memory(guest, file.end, format, stats, error)
                                         : dump_state(guest, job, &file, stats, error)) &&
           imagefile_finish(&file, NULL, error);
}

/* What becomes of the guest: @ok, its dump is there. */
static bool
conclude(Guest *guest, Job *job, uint32_t flags, bool running, bool ok, GError **error)
{
    g_autoptr(Job) step = NULL;
    g_autoptr(QmpClient) qmp = NULL;

    if (ok && (flags & VIR_DUMP_CRASH)) {
        step = job_begin_nested(job, "the end of a guest that was dumped", JOB_DEADLINE_S, error);
        return step && guest_stop(guest, VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED_CRASHED, false, error);
    }
    if (ok && (flags & VIR_DUMP_RESET)) {
        qmp = guest_monitor(guest, error);
        if (!qmp || !qmp_system_reset(qmp, error))
            return false;
    }
    if (running)
        migration_out_go_on(guest, VIR_DOMAIN_RUNNING_UNPAUSED);
    return ok;
}

bool
dump_guest(Guest *guest, Job *job, const char *path, unsigned format, uint32_t flags, const char *owner, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    bool memory_only = flags & VIR_DUMP_MEMORY_ONLY, running = vm_state(&guest->vm, NULL) == VIR_DOMAIN_RUNNING, ok = true;
    g_auto(GuestJobData) done = { 0 };
    CookieStatistics stats = { 0 };

    if (!live)
        return kit_require_active(&guest->vm.object, error);
    if (format >= G_N_ELEMENTS(formats)) {
        error_set(error, VIR_ERR_INVALID_ARG, "unknown dump format %u", format);
        return false;
    }
    if (format != VIR_DOMAIN_CORE_DUMP_FORMAT_RAW && !memory_only) {
        error_set(error, VIR_ERR_INVALID_ARG, "kdump-compressed format is only supported with memory-only dump");
        return false;
    }
    if (!memory_only && !save_check_movable(live->doc, error))
        return false;
    guest_job_set(guest, VIR_DOMAIN_JOB_OPERATION_DUMP, memory_only ? &memory_only_ops : &migration_out_dump_ops, owner, flags);
    if (!(flags & VIR_DUMP_LIVE))
        ok = migration_out_pause(guest, VIR_DOMAIN_PAUSED_DUMP, &running, error);
    else {
        /* QEMU stops it by itself, for the last bit. */
        lock_acquire(&guest->vm.object.lock);
        guest->why = VIR_DOMAIN_PAUSED_DUMP;
        lock_release(&guest->vm.object.lock);
    }
    ok = ok && write_dump(guest, job, path, format, flags, &stats, error);
    if (ok)
        guest_job_data_end(guest, VIR_DOMAIN_JOB_COMPLETED, &stats, &done);
    ok = conclude(guest, job, flags, running, ok, error);
    guest_job_clear(guest, ok ? &done : NULL);
    return ok;
}

void
dump_auto(Guest *guest, bool memory_only)
{
    const QemuConf *conf = guest_host.conf;
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *stamp = g_date_time_format(now, "%Y-%m-%d-%H:%M:%S");
    g_autofree char *path = g_strdup_printf("%s/%s-%s", conf->auto_dump_path, guest->short_name, stamp);
    uint32_t flags = (memory_only ? VIR_DUMP_MEMORY_ONLY : 0) | (conf->auto_dump_bypass_cache ? VIR_DUMP_BYPASS_CACHE : 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(Job) job = job_begin_async(&guest->vm.object.jobs, ASYNC_DUMP, "an automatic dump", JOB_DEADLINE_S, &error);

    if (!job || !dump_guest(guest, job, path, VIR_DOMAIN_CORE_DUMP_FORMAT_RAW, flags, "automatic dump", &error))
        log_gerror(error, "while dumping a guest to '%s'", path);
}
