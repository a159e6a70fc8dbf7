/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iotune_rows.c - limits of disks: their own, and those of groups that disks share */
#define ERROR_FROM VIR_FROM_QEMU
#include <libvirt/libvirt.h>
#include <string.h>

#include "drivers/common/params.h"
#include "drivers/conf/disk.h"
#include "drivers/qemu/block/block_chain.h"
#include "drivers/qemu/block/block_rows.h"
#include "drivers/qemu/block/iotune.h"
#include "drivers/qemu/process/guest_cgroup.h"
#include "drivers/qemu/qmp/qmp_block.h"
#include "util/error.h"
#include "util/list.h"

#define TUNE(NAME, member) PARAM_MEMBER(VIR_DOMAIN_BLOCK_IOTUNE_##NAME, ULLONG, IoTune, member, 0)

static const ParamMember members[] = {
    TUNE(TOTAL_BYTES_SEC, total_bytes_sec),
    TUNE(READ_BYTES_SEC, read_bytes_sec),
    TUNE(WRITE_BYTES_SEC, write_bytes_sec),
    TUNE(TOTAL_IOPS_SEC, total_iops_sec),
    TUNE(READ_IOPS_SEC, read_iops_sec),
    TUNE(WRITE_IOPS_SEC, write_iops_sec),
    TUNE(TOTAL_BYTES_SEC_MAX, total_bytes_sec_max),
    TUNE(READ_BYTES_SEC_MAX, read_bytes_sec_max),
    TUNE(WRITE_BYTES_SEC_MAX, write_bytes_sec_max),
    TUNE(TOTAL_IOPS_SEC_MAX, total_iops_sec_max),
    TUNE(READ_IOPS_SEC_MAX, read_iops_sec_max),
    TUNE(WRITE_IOPS_SEC_MAX, write_iops_sec_max),
    TUNE(SIZE_IOPS_SEC, size_iops_sec),
    { VIR_DOMAIN_BLOCK_IOTUNE_GROUP_NAME, VIR_TYPED_PARAM_STRING, offsetof(IoTune, group_name), 0, 0, false },
    TUNE(TOTAL_BYTES_SEC_MAX_LENGTH, total_bytes_sec_max_length),
    TUNE(READ_BYTES_SEC_MAX_LENGTH, read_bytes_sec_max_length),
    TUNE(WRITE_BYTES_SEC_MAX_LENGTH, write_bytes_sec_max_length),
    TUNE(TOTAL_IOPS_SEC_MAX_LENGTH, total_iops_sec_max_length),
    TUNE(READ_IOPS_SEC_MAX_LENGTH, read_iops_sec_max_length),
    TUNE(WRITE_IOPS_SEC_MAX_LENGTH, write_iops_sec_max_length),
    { 0 },
};

/* A total and the two that make it up are one choice: who sets one of them drops the others. */
static const size_t choices[][3] = {
    { 0, 1, 2 }, { 3, 4, 5 }, { 6, 7, 8 }, { 9, 10, 11 },
};

static uint64_t *
value_at(IoTune *tune, size_t member)
{
    return (uint64_t *)((char *)tune + members[member].offset);
}

static bool *
has_at(IoTune *tune, size_t member)
{
    return (bool *)((char *)tune + members[member].has);
}

static bool
is_limited(const IoTune *tune)
{
    for (size_t i = 0; members[i].name; i++)
        if (members[i].type == VIR_TYPED_PARAM_ULLONG && *value_at((IoTune *)tune, i))
            return true;
    return false;
}

/* @params on top of what was set; NULL with @error set if that does not go together. */
static IoTune *
merge(const IoTune *before, const char *target, const WireTypedParam *params, uint32_t n, GError **error)
{
    g_autoptr(IoTune) tune = before ? xml_copy(&io_tune_xml, before) : xml_new(&io_tune_xml);

    for (size_t c = 0; c < G_N_ELEMENTS(choices); c++) {
        bool touched = false;

        for (size_t i = 0; i < 3; i++)
            touched = touched || params_find(params, n, members[choices[c][i]].name);
        for (size_t i = 0; touched && i < 3; i++) {
            *value_at(tune, choices[c][i]) = 0;
            *has_at(tune, choices[c][i]) = false;
        }
    }
    params_to_members(params, n, members, tune);
    return disk_limits_check(target, tune, error) ? g_steal_pointer(&tune) : NULL;
}

bool
iotune_rows_get(Call *call, GError **error)
{
    const DomainGetBlockIoTuneArgs *args = call->args;
    DomainGetBlockIoTuneRet *ret = call->ret;
    static const IoTune nothing;
    const Disk *disk = args->disk ? block_chain_disk(kit_doc(call), args->disk, error) : NULL;
    g_auto(Params) params = { 0 };

    if (args->disk && !disk)
        return false;
    params_from_members(&params, members, disk && disk->iotune ? disk->iotune : &nothing);
    params_finish(&params, args->nparams, &ret->n_params, &ret->params, &ret->nparams);
    return true;
}

static bool
can_be_tuned(const Disk *disk, GError **error)
{
    const char *why = list_len(disk->throttlefilters) ? "its limits are those of its throttle groups"
                      : disk->bus == DISK_BUS_SD ? "QEMU cannot limit SD cards" : NULL;

    if (why)
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "disk '%s' can have no limits of its own: %s", disk->target, why);
    return !why;
}

/* Disks of a group have the same limits. */
static void
spread(Domain *doc, const Disk *from)
{
    for (size_t i = 0; from->iotune->group_name && i < list_len(doc->disks); i++) {
        Disk *disk = list_at(doc->disks, i);

        if (disk == from || !disk->iotune || g_strcmp0(disk->iotune->group_name, from->iotune->group_name))
            continue;
        io_tune_free(disk->iotune);
        disk->iotune = xml_copy(&io_tune_xml, from->iotune);
    }
}

static bool
set_in(Domain *doc, const DomainSetBlockIoTuneArgs *args, QmpClient *qmp, GError **error)
{
    Disk *disk = block_chain_disk(doc, args->disk, error);
    bool can = disk && can_be_tuned(disk, error);
    g_autoptr(IoTune) tune = can ? merge(disk->iotune, disk->target, args->params, args->n_params, error) : NULL;

    if (!tune || (qmp && !iotune_apply(qmp, disk, tune, error)))
        return false;
    g_clear_pointer(&disk->iotune, io_tune_free);
    if (!is_limited(tune))
        return true;
    disk->iotune = g_steal_pointer(&tune);
    spread(doc, disk);
    return true;
}

static void
emit(Guest *guest, const DomainSetBlockIoTuneArgs *args, const Domain *doc)
{
    const Disk *disk = block_chain_disk(doc, args->disk, NULL);
    g_auto(Params) params = { 0 };

    params_add_string(&params, VIR_DOMAIN_TUNABLE_BLKDEV_DISK, disk->target);
    for (uint32_t i = 0; i < args->n_params; i++) {
        const WireTypedParam *p = &args->params[i];
        g_autofree char *name = g_strdup_printf("blkdeviotune.%s", p->field);

        if (p->value.type == VIR_TYPED_PARAM_STRING)
            params_add_string(&params, name, p->value.s);
        else
            params_add_ullong(&params, name, p->value.ul);
    }
    guest_cgroup_emit(guest, &params);
}

bool
iotune_rows_set(Call *call, GError **error)
{
    const DomainSetBlockIoTuneArgs *args = call->args;
    g_autoptr(QmpClient) qmp = call->live ? guest_monitor(guest_of(call), error) : NULL;

    if (!params_check_members(args->params, args->n_params, members, error) || (call->live && !qmp))
        return false;
    /* The definition first: it can be refused, and has told nobody yet. */
    if ((call->config && !set_in(call->config, args, NULL, error)) || (call->live && !set_in(call->live, args, qmp, error)))
        return false;
    if (call->live)
        emit(guest_of(call), args, call->live);
    return true;
}

/* ---- groups ------------------------------------------------------------- */

static ThrottleGroup *
find_group(const Domain *doc, const char *name)
{
    for (size_t i = 0; i < list_len(doc->throttlegroups); i++) {
        ThrottleGroup *group = list_at(doc->throttlegroups, i);

        if (!g_strcmp0(group->limits.group_name, name))
            return group;
    }
    return NULL;
}

static bool
set_group_in(Domain *doc, const DomainSetThrottleGroupArgs *args, QmpClient *qmp, GError **error)
{
    ThrottleGroup *group = find_group(doc, args->group), *made;
    g_autoptr(IoTune) tune = merge(group ? &group->limits : NULL, args->group, args->params, args->n_params, error);

    if (!tune)
        return false;
    g_free(tune->group_name);
    tune->group_name = g_strdup(args->group);
    if (qmp && !iotune_apply_group(qmp, tune, !group, error))
        return false;
    made = xml_new(&throttle_group_xml);
    made->limits = *tune;
    *tune = (IoTune){ 0 };
    if (group) {
        guint at;

        g_ptr_array_find(doc->throttlegroups, group, &at);
        doc->throttlegroups->pdata[at] = made;
        throttle_group_free(group);
    } else {
        if (!doc->throttlegroups)
            doc->throttlegroups = g_ptr_array_new();
        g_ptr_array_add(doc->throttlegroups, made);
    }
    return true;
}

bool
iotune_rows_set_group(Call *call, GError **error)
{
    const DomainSetThrottleGroupArgs *args = call->args;
    g_autoptr(QmpClient) qmp = call->live ? guest_monitor(guest_of(call), error) : NULL;

    if (!args->group[0]) {
        error_set(error, VIR_ERR_INVALID_ARG, "a throttle group needs a name");
        return false;
    }
    return params_check_members(args->params, args->n_params, members, error) && (!call->live || qmp) &&
           (!call->config || set_group_in(call->config, args, NULL, error)) &&
           (!call->live || set_group_in(call->live, args, qmp, error));
}

static bool
del_group_in(Domain *doc, const char *name, QmpClient *qmp, GError **error)
{
    ThrottleGroup *group = find_group(doc, name);

    if (!group) {
        error_set(error, VIR_ERR_INVALID_ARG, "throttlegroup '%s' was not found in the domain config", name);
        return false;
    }
    for (size_t i = 0; i < list_len(doc->disks); i++) {
        const Disk *disk = list_at(doc->disks, i);

        for (size_t f = 0; f < list_len(disk->throttlefilters); f++)
            if (!g_strcmp0(((const FilterRef *)list_at(disk->throttlefilters, f))->group, name)) {
                error_set(error, VIR_ERR_INVALID_ARG, "throttlegroup '%s' is still being used by disk %s", name, disk->target);
                return false;
            }
    }
    if (qmp) {
        g_autofree char *id = g_strdup_printf("throttle-%s", name);

        if (!qmp_block_object_del(qmp, id, error))
            return false;
    }
    g_ptr_array_remove(doc->throttlegroups, group);
    throttle_group_free(group);
    return true;
}

bool
iotune_rows_del_group(Call *call, GError **error)
{
    const DomainDelThrottleGroupArgs *args = call->args;
    g_autoptr(QmpClient) qmp = call->live ? guest_monitor(guest_of(call), error) : NULL;

    return (!call->live || qmp) && (!call->config || del_group_in(call->config, args->group, NULL, error)) &&
           (!call->live || del_group_in(call->live, args->group, qmp, error));
}
