/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_memory.c - the memory of a guest in a file beside its snapshot, in the form of a saved guest */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include "drivers/qemu/migration/migration_out.h"
#include "drivers/qemu/migration/save.h"
#include "drivers/qemu/snapshot/snapshot.h"
#include "util/error.h"

bool
snapshot_memory_save(const SnapshotWork *work, const Snapshot *snapshot, bool running, GError **error)
{
    const SaveOptions options = { .path = snapshot->memory_file };
    g_autoptr(Def) live = object_live(&work->guest->vm.object);
    g_auto(Saveimage) image = { .running = running };
    CookieStatistics stats = { 0 };

    if (!live)
        return kit_require_active(&work->guest->vm.object, error);
    if (!save_check_movable(live->doc, error) ||
        !imagefile_format("snapshot", guest_host.conf->snapshot_image_format, &image.format, error))
        return false;
    image.xml = save_format(live->doc);
    return save_write_image(work->guest, work->job, &options, &image, &stats, error);
}

bool
snapshot_memory_open(const Snapshot *snapshot, SaveOpen *open, GError **error)
{
    return save_open(open, snapshot->memory_file, false, error) && imagefile_unpack(&open->file, open->image.format, error);
}
