/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* snapshot_store.c - snapshots and the life of their guest: read lazily, renamed and forgotten with it */
#define ERROR_FROM VIR_FROM_DOMAIN_SNAPSHOT
#include "drivers/qemu/snapshot/snapshot.h"
#include "util/error.h"
#include "util/log.h"

LOG_SOURCE("qemu.snapshot");

static GPtrArray *
load(Vm *vm, char **ret_current)
{
    return moment_file_load(vm, &moment_tree_snapshots, guest_host.conf->snapshot_dir, ret_current);
}

void
snapshot_store_load_all(void)
{
    g_autoptr(GPtrArray) list = object_table_list(guest_host.table);

    for (guint i = 0; i < list->len; i++) {
        Vm *vm = list->pdata[i];

        if (!moment_file_exist(vm, guest_host.conf->snapshot_dir))
            continue;
        lock_acquire(&vm->object.lock);
        vm->snapshots.load = load;
        lock_release(&vm->object.lock);
    }
}

bool
snapshot_store_undefine(Vm *vm, uint32_t flags, GError **error)
{
    /* Those of a guest that runs go when it ends. */
    return object_is_active(&vm->object) ||
           moment_file_clear(vm, &moment_tree_snapshots, guest_host.conf->snapshot_dir, error);
}

bool
snapshot_store_renamed(Vm *vm, const char *old, GError **error)
{
    return moment_file_rename(vm, guest_host.conf->snapshot_dir, old, error);
}

void
snapshot_store_forget(Guest *guest)
{
    g_autoptr(GError) error = NULL;

    if (!object_is_persistent(&guest->vm.object) &&
        !moment_file_clear(&guest->vm, &moment_tree_snapshots, guest_host.conf->snapshot_dir, &error))
        log_gerror(error, "while forgetting the snapshots of a guest that is gone");
}

Domain *
snapshot_store_inactive(const Domain *doc, GError **error)
{
    g_autofree char *text = xml_format_text(&domain_xml, doc, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
    Domain *copy = xml_parse_text(&domain_xml, text, XML_PARSE_INACTIVE, error);

    /* What lies below an image is read from it at each start, and may be elsewhere by then. */
    for (guint i = 0; copy && i < list_len(copy->disks); i++) {
        Disk *disk = list_at(copy->disks, i);

        if (disk->type == DISK_TYPE_FILE || disk->type == DISK_TYPE_BLOCK)
            g_clear_pointer(&disk->backing_store, store_free);
    }
    return copy;
}
