/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent_disk.c - disks and file systems as the guest's agent tells of them
 *
 * The guest knows where its disks are plugged in; by that they are found in the definition, whose names users know.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/agent/agent_disk.h"

#include "drivers/qemu/agent/agent.h"
#include "drivers/qemu/agent/agent_rows.h"
#include "util/error.h"

static bool
is_at_pci(const DeviceInfo *info, Json *pci)
{
    const Address *a = info->address;

    return a && a->type == ADDRESS_TYPE_PCI && pci && json_opt_int64(pci, "domain", -1) == (int64_t)a->pci.domain &&
           json_opt_int64(pci, "bus", -1) == (int64_t)a->pci.bus && json_opt_int64(pci, "slot", -1) == (int64_t)a->pci.slot &&
           json_opt_int64(pci, "function", -1) == (int64_t)a->pci.function;
}

static bool
is_at_ccw(const DeviceInfo *info, Json *ccw)
{
    const Address *a = info->address;

    return a && a->type == ADDRESS_TYPE_CCW && ccw && json_opt_int64(ccw, "cssid", -1) == (int64_t)a->cssid &&
           json_opt_int64(ccw, "ssid", -1) == (int64_t)a->ssid && json_opt_int64(ccw, "devno", -1) == (int64_t)a->devno;
}

static bool
is_at(const DeviceInfo *info, Json *pci, Json *ccw)
{
    return is_at_pci(info, pci) || is_at_ccw(info, ccw);
}

/* The target of the disk at @address, a GuestDiskAddress; NULL: none of the definition. */
static const char *
find_target(const Domain *doc, Json *address)
{
    static const int controllers[] = { [DISK_BUS_IDE] = CONTROLLER_TYPE_IDE, [DISK_BUS_FDC] = CONTROLLER_TYPE_FDC,
                                       [DISK_BUS_SCSI] = CONTROLLER_TYPE_SCSI, [DISK_BUS_SATA] = CONTROLLER_TYPE_SATA };
    Json *pci = json_opt_object(address, "pci-controller"), *ccw = json_opt_object(address, "ccw-address");

    for (size_t i = 0; i < list_len(doc->disks); i++) {
        const Disk *d = list_at(doc->disks, i);
        const Address *a = d->info.address;

        if (is_at(&d->info, pci, ccw))
            return d->target;
        if (!a || a->type != ADDRESS_TYPE_DRIVE || (size_t)d->bus >= G_N_ELEMENTS(controllers) ||
            json_opt_int64(address, "bus", -1) != (int64_t)a->bus ||
            json_opt_int64(address, "target", -1) != (int64_t)a->target ||
            json_opt_int64(address, "unit", -1) != (int64_t)a->unit)
            continue;
        for (size_t c = 0; c < list_len(doc->controllers); c++) {
            const Controller *controller = list_at(doc->controllers, c);

            if ((int)controller->type == controllers[d->bus] && controller->index == a->controller &&
                is_at(&controller->info, pci, ccw))
                return d->target;
        }
    }
    return NULL;
}

static Json *
ask_filesystems(Guest *guest, GError **error)
{
    g_autoptr(Json) reply = agent_call(guest, "guest-get-fsinfo", NULL, error);

    if (!reply)
        return NULL;
    if (json_object_is_type(reply, json_type_array) && json_array_len(reply) <= REMOTE_DOMAIN_FSINFO_MAX)
        return g_steal_pointer(&reply);
    error_set(error, VIR_ERR_INTERNAL_ERROR, "the guest agent tells of more file systems than %d", REMOTE_DOMAIN_FSINFO_MAX);
    return NULL;
}

/* File systems travel with a mount point, a name and a type. */
static bool
read_filesystem(Json *item, WireDomainFsinfo *fs, const Domain *doc, GError **error)
{
    const char *mountpoint = json_get_string(item, "mountpoint", error);
    const char *name = mountpoint ? json_get_string(item, "name", error) : NULL;
    const char *type = name ? json_get_string(item, "type", error) : NULL;
    Json *disks = json_opt_array(item, "disk");

    if (!type)
        return false;
    fs->mountpoint = g_strdup(mountpoint);
    fs->name = g_strdup(name);
    fs->fstype = g_strdup(type);
    if (json_array_len(disks) > REMOTE_DOMAIN_FSINFO_DISKS_MAX) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "file system '%s' of the guest is on more disks than %d", mountpoint,
                  REMOTE_DOMAIN_FSINFO_DISKS_MAX);
        return false;
    }
    fs->dev_aliases = g_new0(char *, json_array_len(disks) + 1);
    for (size_t i = 0; i < json_array_len(disks); i++) {
        const char *target = find_target(doc, json_array_at(disks, i));

        if (target)
            fs->dev_aliases[fs->n_dev_aliases++] = g_strdup(target);
    }
    return true;
}

bool
agent_rows_fsinfo(Call *call, GError **error)
{
    DomainGetFsinfoRet *ret = call->ret;
    g_autoptr(Json) reply = ask_filesystems(guest_of(call), error);
    g_autoptr(Def) live = reply ? object_live(call->object) : NULL;

    if (!live)
        return reply ? kit_require_active(call->object, error) : false;
    ret->info = g_new0(WireDomainFsinfo, json_array_len(reply) + 1);
    for (size_t i = 0; i < json_array_len(reply); i++) {
        ret->n_info++;
        /* What is half made has strings that are missing: those must not be encoded, and are not, as this fails. */
        if (!read_filesystem(json_array_at(reply, i), &ret->info[i], live->doc, error))
            return false;
    }
    ret->ret = ret->n_info;
    return true;
}

void
agent_disk_add(Params *params, const char *text, const char *format, ...)
{
    va_list ap;
    g_autofree char *name = NULL;

    if (!text)
        return;
    va_start(ap, format);
    name = g_strdup_vprintf(format, ap);
    va_end(ap);
    params_add_string(params, name, text);
}

static void
add_count(Params *params, size_t count, const char *prefix, size_t at, const char *suffix)
{
    g_autofree char *name = g_strdup_printf("%s%zu%s", prefix, at, suffix);

    params_add_uint(params, name, (unsigned)count);
}

static void
add_size(Params *params, Json *item, const char *key, size_t at)
{
    g_autofree char *name = g_strdup_printf("fs.%zu.%s", at, key);

    if (json_has(item, key))
        params_add_ullong(params, name, json_opt_uint64(item, key, 0));
}

bool
agent_disk_filesystems(Guest *guest, Params *params, GError **error)
{
    g_autoptr(Json) reply = ask_filesystems(guest, error);
    g_autoptr(Def) live = reply ? object_live(&guest->vm.object) : NULL;

    if (!live)
        return reply ? kit_require_active(&guest->vm.object, error) : false;
    params_add_uint(params, "fs.count", (unsigned)json_array_len(reply));
    for (size_t i = 0; i < json_array_len(reply); i++) {
        Json *item = json_array_at(reply, i), *disks = json_opt_array(item, "disk");

        agent_disk_add(params, json_opt_string(item, "name", NULL), "fs.%zu.name", i);
        agent_disk_add(params, json_opt_string(item, "mountpoint", NULL), "fs.%zu.mountpoint", i);
        agent_disk_add(params, json_opt_string(item, "type", NULL), "fs.%zu.fstype", i);
        add_size(params, item, "total-bytes", i);
        add_size(params, item, "used-bytes", i);
        add_count(params, json_array_len(disks), "fs.", i, ".disk.count");
        for (size_t d = 0; d < json_array_len(disks); d++) {
            Json *disk = json_array_at(disks, d);

            agent_disk_add(params, find_target(live->doc, disk), "fs.%zu.disk.%zu.alias", i, d);
            agent_disk_add(params, json_opt_string(disk, "serial", NULL), "fs.%zu.disk.%zu.serial", i, d);
            agent_disk_add(params, json_opt_string(disk, "dev", NULL), "fs.%zu.disk.%zu.device", i, d);
        }
    }
    return true;
}

bool
agent_disk_disks(Guest *guest, Params *params, GError **error)
{
    g_autoptr(Json) reply = agent_call(guest, "guest-get-disks", NULL, error);
    g_autoptr(Def) live = reply ? object_live(&guest->vm.object) : NULL;

    if (!live)
        return reply ? kit_require_active(&guest->vm.object, error) : false;
    params_add_uint(params, "disk.count", (unsigned)json_array_len(reply));
    for (size_t i = 0; i < json_array_len(reply); i++) {
        Json *item = json_array_at(reply, i), *address = json_opt_object(item, "address");
        Json *below = json_opt_array(item, "dependencies");
        g_autofree char *partition = g_strdup_printf("disk.%zu.partition", i);

        agent_disk_add(params, json_opt_string(item, "name", NULL), "disk.%zu.name", i);
        params_add_bool(params, partition, json_opt_bool(item, "partition", false));
        if (json_array_len(below))
            add_count(params, json_array_len(below), "disk.", i, ".dependency.count");
        for (size_t d = 0; d < json_array_len(below); d++)
            agent_disk_add(params, json_string_value(json_array_at(below, d)), "disk.%zu.dependency.%zu.name", i, d);
        if (address) {
            agent_disk_add(params, json_opt_string(address, "serial", NULL), "disk.%zu.serial", i);
            agent_disk_add(params, find_target(live->doc, address), "disk.%zu.alias", i);
            agent_disk_add(params, json_opt_string(address, "bus-type", NULL), "disk.%zu.guest_bus", i);
        }
        agent_disk_add(params, json_opt_string(item, "alias", NULL), "disk.%zu.guest_alias", i);
    }
    return true;
}
