/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iotune.c - limits of disks told to a guest that runs */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/block/iotune.h"

#include "drivers/qemu/command/command_image.h"
#include "drivers/qemu/qmp/qmp_block.h"

/* Members of IoTune and what block_set_io_throttle calls them; a limit not given is none, which is 0. */
#define LIMIT(member, key) { key, offsetof(IoTune, member), offsetof(IoTune, has_##member) }
static const struct {
    const char *key;
    size_t at, has_at;
} limits[] = {
    LIMIT(total_bytes_sec, "bps"),
    LIMIT(read_bytes_sec, "bps_rd"),
    LIMIT(write_bytes_sec, "bps_wr"),
    LIMIT(total_iops_sec, "iops"),
    LIMIT(read_iops_sec, "iops_rd"),
    LIMIT(write_iops_sec, "iops_wr"),
    LIMIT(total_bytes_sec_max, "bps_max"),
    LIMIT(read_bytes_sec_max, "bps_rd_max"),
    LIMIT(write_bytes_sec_max, "bps_wr_max"),
    LIMIT(total_iops_sec_max, "iops_max"),
    LIMIT(read_iops_sec_max, "iops_rd_max"),
    LIMIT(write_iops_sec_max, "iops_wr_max"),
    LIMIT(size_iops_sec, "iops_size"),
    LIMIT(total_bytes_sec_max_length, "bps_max_length"),
    LIMIT(read_bytes_sec_max_length, "bps_rd_max_length"),
    LIMIT(write_bytes_sec_max_length, "bps_wr_max_length"),
    LIMIT(total_iops_sec_max_length, "iops_max_length"),
    LIMIT(read_iops_sec_max_length, "iops_rd_max_length"),
    LIMIT(write_iops_sec_max_length, "iops_wr_max_length"),
};
enum { LIMITS_REQUIRED = 6 }; /* the first ones must always be sent */

bool
iotune_apply(QmpClient *qmp, const Disk *disk, const IoTune *tune, GError **error)
{
    /* A virtio disk is a transport with the disk proper inside, which has the backend. */
    g_autofree char *inner = disk->bus == DISK_BUS_VIRTIO
                                 ? g_strdup_printf("/machine/peripheral/%s/virtio-backend", disk->info.alias) : NULL;
    Json *args = json_new_object();

    json_add_string(args, "id", inner ? inner : disk->info.alias);
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        uint64_t value = *(const uint64_t *)((const char *)tune + limits[i].at);

        if (i < LIMITS_REQUIRED || (*(const bool *)((const char *)tune + limits[i].has_at) && value))
            json_add_uint64(args, limits[i].key, value);
    }
    json_add_string(args, "group", tune->group_name);
    return qmp_block_set_io_throttle(qmp, args, error);
}

bool
iotune_apply_group(QmpClient *qmp, const IoTune *tune, bool fresh, GError **error)
{
    g_autofree char *id = g_strdup_printf("throttle-%s", tune->group_name);
    g_autofree char *path = g_strdup_printf("/objects/%s", id);
    Json *values = command_throttle_limits(tune), *object;

    if (!fresh)
        return qmp_block_qom_set(qmp, path, "limits", values, error);
    object = json_new_object();
    json_add_string(object, "qom-type", "throttle-group");
    json_add_string(object, "id", id);
    json_add(object, "limits", values);
    return qmp_block_object_add(qmp, object, error);
}
