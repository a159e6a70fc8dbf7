/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_guest.c - what a guest tells and is told: devices, statistics, its agent */
#define ERROR_FROM VIR_FROM_TEST
#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/common/params.h"
#include "drivers/conf/network_gen.h"
#include "drivers/test/test_private.h"
#include "rpc/stream.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"

/* Kinds of device that can be plugged in: where a definition lists them, and how two of a kind are
 * told to be the same. */
typedef struct DeviceKind {
    const char *element;
    const XmlStruct *xml;
    size_t list_at, info_at;
    size_t key_at; /* char * that is unique within the list, or 0 */
} DeviceKind;

#define DEVICE(element, Type, xml, list, key)                                                      \
    {                                                                                              \
        element, &xml, offsetof(Domain, list), offsetof(Type, info), key                           \
    }

static const DeviceKind devices[] = {
    DEVICE("disk", Disk, disk_xml, disks, offsetof(Disk, target)),
    DEVICE("interface", Interface, interface_xml, interfaces, offsetof(Interface, mac)),
    DEVICE("controller", Controller, controller_xml, controllers, 0),
    DEVICE("filesystem", Filesystem, filesystem_xml, filesystems, 0),
    DEVICE("hostdev", Hostdev, hostdev_xml, hostdevs, 0),
    DEVICE("input", Input, input_xml, inputs, 0),
    DEVICE("sound", Sound, sound_xml, sounds, 0),
    DEVICE("video", Video, video_xml, videos, 0),
    DEVICE("rng", Rng, rng_xml, rngs, 0),
    DEVICE("redirdev", RedirDev, redir_dev_xml, redirdevs, 0),
};

#define LIST(doc, kind) ((GPtrArray **)(void *)((char *)(doc) + (kind)->list_at))
#define MEMBER(type, device, at) ((type *)(void *)((char *)(device) + (at)))

static const DeviceKind *
device_kind(const char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = xml_read_full(xml, "(device_definition)", VIR_FROM_DOMAIN, error);
    const char *root;

    if (!doc)
        return NULL;
    root = (const char *)xmlDocGetRootElement(doc)->name;
    for (size_t i = 0; i < G_N_ELEMENTS(devices); i++) {
        if (strcmp(devices[i].element, root) == 0)
            return &devices[i];
    }
    error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
              "device <%s> cannot be plugged into a running domain", root);
    return NULL;
}

/* Position in @doc's list of the device with the key of @device, or -1. */
static int
find_same(const DeviceKind *kind, Domain *doc, const void *device)
{
    GPtrArray *list = *LIST(doc, kind);
    const char *key = kind->key_at ? *MEMBER(char *const, device, kind->key_at) : NULL;

    for (guint i = 0; key && list && i < list->len; i++) {
        if (g_strcmp0(*MEMBER(char *, list->pdata[i], kind->key_at), key) == 0)
            return (int)i;
    }
    return -1;
}

static void
emit_device(Object *object, bool added, const char *alias)
{
    if (added) {
        DomainEventCallbackDeviceAddedMsg msg = { .devAlias = (char *)alias };

        object_wire(object, &msg.dom);
        event_emit(object->table->hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, &msg);
        g_free(msg.dom.name);
    } else {
        DomainEventCallbackDeviceRemovedMsg msg = { .msg = { .devAlias = (char *)alias } };

        object_wire(object, &msg.msg.dom);
        event_emit(object->table->hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, &msg);
        g_free(msg.msg.dom.name);
    }
}

static bool
attach_to(Call *call, Domain *doc, const DeviceKind *kind, const char *xml, bool live,
          GError **error)
{
    GPtrArray **list = LIST(doc, kind);
    void *device = xml_parse_text(kind->xml, xml, XML_PARSE_INACTIVE, error);
    DeviceInfo *info;

    if (!device)
        return false;
    if (find_same(kind, doc, device) >= 0) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "%s '%s' already exists", kind->element,
                  *MEMBER(char *, device, kind->key_at));
        xml_free(kind->xml, device);
        return false;
    }
    if (!*list)
        *list = g_ptr_array_new();
    g_ptr_array_add(*list, device);
    info = MEMBER(DeviceInfo, device, kind->info_at);
    if (live) {
        if (!info->alias)
            info->alias = g_strdup_printf("%s%u", kind->element, (*list)->len - 1);
        emit_device(call->object, true, info->alias);
    }
    return true;
}

static bool
attach_device(Call *call, GError **error)
{
    const DomainAttachDeviceFlagsArgs *args = call->args;
    const DeviceKind *kind = device_kind(args->xml, error);

    G_STATIC_ASSERT(offsetof(DomainAttachDeviceFlagsArgs, xml) ==
                    offsetof(DomainAttachDeviceArgs, xml));
    return kind &&
           (!call->config || attach_to(call, call->config, kind, args->xml, false, error)) &&
           (!call->live || attach_to(call, call->live, kind, args->xml, true, error));
}

static bool
update_in(Domain *doc, const DeviceKind *kind, const char *xml, GError **error)
{
    void *device = xml_parse_text(kind->xml, xml, XML_PARSE_INACTIVE, error);
    int at = device ? find_same(kind, doc, device) : -1;
    GPtrArray *list = *LIST(doc, kind);
    DeviceInfo *info, *old;

    if (!device)
        return false;
    if (at < 0) {
        error_set(error, VIR_ERR_DEVICE_MISSING, "no %s like the one given is in domain '%s'",
                  kind->element, doc->name);
        xml_free(kind->xml, device);
        return false;
    }
    /* What the hypervisor gave it stays. */
    old = MEMBER(DeviceInfo, list->pdata[at], kind->info_at);
    info = MEMBER(DeviceInfo, device, kind->info_at);
    if (!info->alias)
        info->alias = g_steal_pointer(&old->alias);
    xml_free(kind->xml, list->pdata[at]);
    list->pdata[at] = device;
    return true;
}

static bool
update_device(Call *call, GError **error)
{
    const DomainUpdateDeviceFlagsArgs *args = call->args;
    const DeviceKind *kind = device_kind(args->xml, error);

    return kind && (!call->config || update_in(call->config, kind, args->xml, error)) &&
           (!call->live || update_in(call->live, kind, args->xml, error));
}

static void
remove_at(const DeviceKind *kind, Domain *doc, int at)
{
    GPtrArray *list = *LIST(doc, kind);
    void *device = list->pdata[at];

    g_ptr_array_remove_index(list, (guint)at);
    xml_free(kind->xml, device);
}

static bool
detach_from(Call *call, Domain *doc, const DeviceKind *kind, const char *xml, bool live,
            GError **error)
{
    void *device = xml_parse_text(kind->xml, xml, XML_PARSE_INACTIVE, error);
    int at = device ? find_same(kind, doc, device) : -1;

    if (!device)
        return false;
    xml_free(kind->xml, device);
    if (at < 0) {
        error_set(error, VIR_ERR_DEVICE_MISSING, "no %s like the one given is in domain '%s'",
                  kind->element, doc->name);
        return false;
    }
    if (live) {
        DeviceInfo *info = MEMBER(DeviceInfo, (*LIST(doc, kind))->pdata[at], kind->info_at);

        emit_device(call->object, false, info->alias ? info->alias : "");
    }
    remove_at(kind, doc, at);
    return true;
}

static bool
detach_device(Call *call, GError **error)
{
    const DomainDetachDeviceFlagsArgs *args = call->args;
    const DeviceKind *kind = device_kind(args->xml, error);

    G_STATIC_ASSERT(offsetof(DomainDetachDeviceFlagsArgs, xml) ==
                    offsetof(DomainDetachDeviceArgs, xml));
    return kind &&
           (!call->config || detach_from(call, call->config, kind, args->xml, false, error)) &&
           (!call->live || detach_from(call, call->live, kind, args->xml, true, error));
}

static bool
remove_alias(Domain *doc, const char *alias, GError **error)
{
    for (size_t k = 0; k < G_N_ELEMENTS(devices); k++) {
        GPtrArray *list = *LIST(doc, &devices[k]);

        for (guint i = 0; list && i < list->len; i++) {
            if (g_strcmp0(MEMBER(DeviceInfo, list->pdata[i], devices[k].info_at)->alias, alias) ==
                0) {
                remove_at(&devices[k], doc, (int)i);
                return true;
            }
        }
    }
    error_set(error, VIR_ERR_DEVICE_MISSING, "no device found with alias %s", alias);
    return false;
}

static bool
detach_device_alias(Call *call, GError **error)
{
    const DomainDetachDeviceAliasArgs *args = call->args;

    if ((call->config && !remove_alias(call->config, args->alias, error)) ||
        (call->live && !remove_alias(call->live, args->alias, error)))
        return false;
    if (call->live)
        emit_device(call->object, false, args->alias);
    return true;
}

/* Statistics: made of the time the guest has run, so that they grow. */

static uint64_t
run_seconds(Call *call)
{
    Vm *vm = vm_of(call);
    g_auto(LockHold) hold = lock_hold(&vm->object.lock);

    return (uint64_t)((g_get_monotonic_time() - vm->state_since) / G_USEC_PER_SEC);
}

static Def *
require_live(Call *call, GError **error)
{
    Def *live = object_live(call->object);

    if (!live)
        kit_require_active(call->object, error);
    return live;
}

static bool
block_stats(Call *call, GError **error)
{
    const DomainBlockStatsArgs *args = call->args;
    DomainBlockStatsRet *ret = call->ret;
    g_autoptr(Def) live = require_live(call, error);
    uint64_t s = run_seconds(call);

    if (!live)
        return false;
    if (*args->path && !test_tune_find_disk(live->doc, args->path, error))
        return false;
    ret->rd_req = (int64_t)s * 2;
    ret->rd_bytes = (int64_t)s * 2 * 4096;
    ret->wr_req = (int64_t)s;
    ret->wr_bytes = (int64_t)s * 4096;
    return true;
}

static bool
interface_stats(Call *call, GError **error)
{
    const DomainInterfaceStatsArgs *args = call->args;
    DomainInterfaceStatsRet *ret = call->ret;
    g_autoptr(Def) live = require_live(call, error);
    int64_t s = (int64_t)run_seconds(call);

    if (!live || !vm_tune_find_interface(live->doc, args->device, error))
        return false;
    *ret = (DomainInterfaceStatsRet){
        .rx_bytes = s * 1500, .rx_packets = s, .tx_bytes = s * 3000, .tx_packets = s * 2
    };
    return true;
}

/* A moment in 1989: the guest speaks of the past. */
enum { MEMORY_LAST_UPDATE = 627319920 };

static bool
memory_stats(Call *call, GError **error)
{
    const DomainMemoryStatsArgs *args = call->args;
    DomainMemoryStatsRet *ret = call->ret;
    g_autoptr(Def) live = require_live(call, error);
    const Domain *doc = live ? live->doc : NULL;

    if (!doc)
        return false;
    const WireDomainMemoryStat stats[] = {
        { VIR_DOMAIN_MEMORY_STAT_ACTUAL_BALLOON, doc->current_memory },
        { VIR_DOMAIN_MEMORY_STAT_SWAP_IN, 0 },
        { VIR_DOMAIN_MEMORY_STAT_SWAP_OUT, 0 },
        { VIR_DOMAIN_MEMORY_STAT_MAJOR_FAULT, 0 },
        { VIR_DOMAIN_MEMORY_STAT_MINOR_FAULT, 0 },
        { VIR_DOMAIN_MEMORY_STAT_UNUSED, doc->current_memory / 2 },
        { VIR_DOMAIN_MEMORY_STAT_AVAILABLE, doc->current_memory },
        { VIR_DOMAIN_MEMORY_STAT_USABLE, doc->current_memory / 2 },
        { VIR_DOMAIN_MEMORY_STAT_LAST_UPDATE, MEMORY_LAST_UPDATE },
        { VIR_DOMAIN_MEMORY_STAT_DISK_CACHES, doc->current_memory / 8 },
        { VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGALLOC, 0 },
        { VIR_DOMAIN_MEMORY_STAT_HUGETLB_PGFAIL, 0 },
        { VIR_DOMAIN_MEMORY_STAT_RSS, doc->current_memory / 2 },
    };
    ret->n_stats = MIN(args->maxStats, (uint32_t)G_N_ELEMENTS(stats));
    ret->stats = g_memdup2(stats, sizeof(stats));
    return true;
}

static bool
memory_peek(Call *call, GError **error)
{
    const DomainMemoryPeekArgs *args = call->args;
    DomainMemoryPeekRet *ret = call->ret;

    if (!kit_require_active(call->object, error))
        return false;
    ret->n_buffer = args->size;
    ret->buffer = g_malloc0((gsize)args->size + 1);
    for (uint32_t i = 0; i < args->size; i++)
        ret->buffer[i] = (uint8_t)(i + 97);
    return true;
}

static bool
get_block_info(Call *call, GError **error)
{
    const DomainGetBlockInfoArgs *args = call->args;
    DomainGetBlockInfoRet *ret = call->ret;
    g_autoptr(Def) def = object_current(call->object, error);

    if (!def || !test_tune_find_disk(def->doc, args->path, error))
        return false;
    ret->capacity = 1099506450432;
    ret->allocation = 1099511627776;
    ret->physical = 1099511627776;
    return true;
}

static bool
get_cpu_stats(Call *call, GError **error)
{
    const DomainGetCpuStatsArgs *args = call->args;
    DomainGetCpuStatsRet *ret = call->ret;
    int cpus = test_node_of(call)->cpus, first = args->start_cpu;
    g_auto(Params) params = { 0 };
    uint64_t ns = run_seconds(call) * 1000000000;

    if (!kit_require_active(call->object, error))
        return false;
    if (first >= cpus) {
        error_set(error, VIR_ERR_INVALID_ARG, "start_cpu %d is larger than the maximum of %d",
                  first, cpus - 1);
        return false;
    }
    if (first < 0) {
        params_add_ullong(&params, VIR_DOMAIN_CPU_STATS_CPUTIME, ns);
        params_add_ullong(&params, VIR_DOMAIN_CPU_STATS_USERTIME, ns / 2);
        params_add_ullong(&params, VIR_DOMAIN_CPU_STATS_SYSTEMTIME, ns / 2);
        if (args->nparams == 0) {
            ret->nparams = 3;
            return true;
        }
        params_finish(&params, (int)args->nparams, &ret->n_params, &ret->params, &ret->nparams);
        return true;
    }
    if (args->ncpus == 0) {
        ret->nparams = cpus; /* how many CPUs there are */
        return true;
    }
    if (args->nparams == 0) {
        ret->nparams = 2;
        return true;
    }
    for (uint32_t i = 0; i < args->ncpus && first + (int)i < cpus; i++) {
        params_add_ullong(&params, VIR_DOMAIN_CPU_STATS_CPUTIME, ns / (uint64_t)cpus);
        if (args->nparams > 1)
            params_add_ullong(&params, VIR_DOMAIN_CPU_STATS_VCPUTIME, ns / (uint64_t)cpus);
    }
    params_take(&params, &ret->n_params, &ret->params);
    ret->nparams = (int32_t)MIN(args->nparams, 2);
    return true;
}

static bool
get_disk_errors(Call *call, GError **error)
{
    const DomainGetDiskErrorsArgs *args = call->args;
    DomainGetDiskErrorsRet *ret = call->ret;
    g_autoptr(Def) live = require_live(call, error);
    const Domain *doc = live ? live->doc : NULL;
    uint32_t n = doc && doc->disks ? doc->disks->len : 0;

    if (!doc)
        return false;
    /* Every disk fails in its own way, for clients to show. */
    ret->nerrors = (int32_t)(args->maxerrors ? MIN(n, args->maxerrors) : n);
    if (!args->maxerrors)
        return true;
    ret->errors = g_new0(WireDomainDiskError, n + 1);
    for (uint32_t i = 0; i < (uint32_t)ret->nerrors; i++) {
        ret->errors[ret->n_errors].disk = g_strdup(((Disk *)doc->disks->pdata[i])->target);
        ret->errors[ret->n_errors++].error = (int32_t)(1 + i % VIR_DOMAIN_DISK_ERROR_NO_SPACE);
    }
    return true;
}

static bool
all_stats(Call *call, GError **error)
{
    const ConnectGetAllDomainStatsArgs *args = call->args;
    ConnectGetAllDomainStatsRet *ret = call->ret;
    ObjectTable *table = kit_of(call)->tables[CLASS_DOMAIN];
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)object_unref);
    uint32_t wanted = args->stats ? args->stats : VIR_DOMAIN_STATS_STATE;

    if ((call->flags & VIR_CONNECT_GET_ALL_DOMAINS_STATS_ENFORCE_STATS) &&
        (args->stats & ~(uint32_t)VIR_DOMAIN_STATS_STATE)) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED,
                  "Stats types bits 0x%x are not supported by this daemon or QEMU",
                  args->stats & ~(uint32_t)VIR_DOMAIN_STATS_STATE);
        return false;
    }
    for (uint32_t i = 0; i < args->n_doms; i++) {
        Object *object = object_table_by_uuid(table, args->doms[i].uuid, args->doms[i].name, NULL);

        if (object)
            g_ptr_array_add(list, object);
    }
    if (args->n_doms == 0) {
        g_ptr_array_unref(list);
        list = object_table_list(table);
    }
    ret->retStats = g_new0(WireDomainStatsRecord, list->len + 1);
    for (guint i = 0; i < list->len; i++) {
        WireDomainStatsRecord *record;
        g_auto(Params) params = { 0 };
        int reason, state = vm_state(list->pdata[i], &reason);

        if (!object_is_wanted(list->pdata[i], call->flags))
            continue;
        record = &ret->retStats[ret->n_retStats++];
        if (wanted & VIR_DOMAIN_STATS_STATE) {
            params_add_int(&params, VIR_DOMAIN_STATS_STATE_STATE, state);
            params_add_int(&params, VIR_DOMAIN_STATS_STATE_REASON, reason);
        }
        object_wire(list->pdata[i], &record->dom);
        params_take(&params, &record->n_params, &record->params);
    }
    return true;
}

/* The guest's agent. */

static bool
get_hostname(Call *call, GError **error)
{
    g_autofree char *name = object_name(call->object);

    if (!kit_require_active(call->object, error))
        return false;
    ((DomainGetHostnameRet *)call->ret)->hostname = g_strdup_printf("%shost", name);
    return true;
}

static bool
get_security_label(Call *call, GError **error)
{
    static const char label[] = "libvirt-test";
    DomainGetSecurityLabelRet *ret = call->ret;

    if (!object_is_active(call->object))
        return true;
    ret->label = g_strdup(label);
    ret->n_label = sizeof(label);
    ret->enforcing = 1;
    return true;
}

static const char *const mount_points[] = { "/", "/boot" };

/* Freeze or thaw the named file systems, or all; how many changed. */
static int
set_frozen(TestVm *vm, char **names, uint32_t n, bool frozen)
{
    g_auto(LockHold) hold = lock_hold(&vm->vm.object.lock);
    int changed = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(mount_points); i++) {
        bool named = n == 0;

        for (uint32_t k = 0; k < n; k++)
            named = named || strcmp(names[k], mount_points[i]) == 0;
        if (named && vm->fs_frozen[i] != frozen) {
            vm->fs_frozen[i] = frozen;
            changed++;
        }
    }
    return changed;
}

static bool
check_mounted(char **names, uint32_t n, GError **error)
{
    for (uint32_t k = 0; k < n; k++) {
        bool known = false;

        for (size_t i = 0; i < G_N_ELEMENTS(mount_points); i++)
            known = known || strcmp(names[k], mount_points[i]) == 0;
        if (!known) {
            error_set(error, VIR_ERR_OPERATION_INVALID, "mount point not found: %s", names[k]);
            return false;
        }
    }
    return true;
}

static bool
freeze(Call *call, char **names, uint32_t n, bool frozen, int32_t *ret_changed, GError **error)
{
    if (!kit_require_active(call->object, error) || !check_mounted(names, n, error))
        return false;
    *ret_changed = set_frozen(call->object, names, n, frozen);
    return true;
}

static bool
fs_freeze(Call *call, GError **error)
{
    const DomainFsfreezeArgs *args = call->args;
    DomainFsfreezeRet *ret = call->ret;

    return freeze(call, args->mountpoints, args->n_mountpoints, true, &ret->filesystems, error);
}

static bool
fs_thaw(Call *call, GError **error)
{
    const DomainFsthawArgs *args = call->args;
    DomainFsthawRet *ret = call->ret;

    return freeze(call, args->mountpoints, args->n_mountpoints, false, &ret->filesystems, error);
}

static bool
fs_trim(Call *call, GError **error)
{
    const DomainFstrimArgs *args = call->args;

    if (args->mountPoint) {
        error_set(error, VIR_ERR_ARGUMENT_UNSUPPORTED,
                  "specifying mount point is not supported for now");
        return false;
    }
    return kit_require_active(call->object, error);
}

static bool
fs_info(Call *call, GError **error)
{
    DomainGetFsinfoRet *ret = call->ret;
    g_autoptr(Def) live = require_live(call, error);
    const Domain *doc = live ? live->doc : NULL;
    const char *disk = NULL;

    if (!doc)
        return false;
    for (guint i = 0; doc->disks && i < doc->disks->len && !disk; i++) {
        const Disk *at = doc->disks->pdata[i];

        if (at->device == DISK_DEVICE_DISK)
            disk = at->target;
    }
    if (!disk)
        return true;
    ret->info = g_new0(WireDomainFsinfo, G_N_ELEMENTS(mount_points));
    for (size_t i = 0; i < G_N_ELEMENTS(mount_points); i++) {
        WireDomainFsinfo *info = &ret->info[ret->n_info++];

        info->mountpoint = g_strdup(mount_points[i]);
        info->name = g_strdup_printf("%s%zu", disk, i + 1);
        info->fstype = g_strdup("ext4");
        info->dev_aliases = g_new0(char *, 1);
        info->dev_aliases[info->n_dev_aliases++] = g_strdup(disk);
    }
    ret->ret = ret->n_info;
    return true;
}

static bool
get_time(Call *call, GError **error)
{
    DomainGetTimeRet *ret = call->ret;
    TestVm *vm = call->object;
    int64_t now;

    if (!kit_require_active(call->object, error))
        return false;
    lock_acquire(&vm->vm.object.lock);
    now = g_get_real_time() * 1000 + vm->time_offset;
    lock_release(&vm->vm.object.lock);
    ret->seconds = now / 1000000000;
    ret->nseconds = (uint32_t)(now % 1000000000);
    return true;
}

static bool
set_time(Call *call, GError **error)
{
    const DomainSetTimeArgs *args = call->args;
    TestVm *vm = call->object;

    if (!kit_require_active(call->object, error))
        return false;
    if (args->seconds < 0 || args->seconds > INT64_MAX / 1000000000 - 1 ||
        args->nseconds > 999999999) {
        error_set(error, VIR_ERR_INVALID_ARG, "time %" G_GINT64_FORMAT ".%09u cannot be set",
                  args->seconds, args->nseconds);
        return false;
    }
    lock_acquire(&vm->vm.object.lock);
    vm->time_offset = call->flags & VIR_DOMAIN_TIME_SYNC
                          ? 0
                          : args->seconds * 1000000000 + args->nseconds - g_get_real_time() * 1000;
    lock_release(&vm->vm.object.lock);
    return true;
}

/* An address of the DHCP range of the interface's network: twenty for each guest, by id and place. */
static void
lease_address(Call *call, const Interface *iface, guint place, WireDomainInterface *wire)
{
    ObjectTable *table = kit_of(call)->tables[CLASS_NETWORK];
    g_autoptr(Object) object =
        iface->network ? object_table_by_name(table, iface->network, NULL) : NULL;
    g_autoptr(Def) def = object ? object_live(object) : NULL;
    const Network *network = def ? def->doc : NULL;

    for (guint i = 0; network && network->ips && i < network->ips->len; i++) {
        const NetworkIp *ip = network->ips->pdata[i];
        const char *start =
            ip->ranges && ip->ranges->len ? ((DhcpRange *)ip->ranges->pdata[0])->start : NULL;
        struct in_addr address;

        if (!start || inet_pton(AF_INET, start, &address) != 1)
            continue;
        address.s_addr = htonl(ntohl(address.s_addr) + 1 + 20 * (uint32_t)(object_id(call->object) - 1) + place);
        wire->addrs = g_new0(WireDomainIpAddr, 1);
        wire->n_addrs = 1;
        wire->addrs[0].type = VIR_IP_ADDR_TYPE_IPV4;
        wire->addrs[0].addr = g_malloc0(INET_ADDRSTRLEN);
        inet_ntop(AF_INET, &address, wire->addrs[0].addr, INET_ADDRSTRLEN);
        wire->addrs[0].prefix = 24;
        return;
    }
}

static bool
interface_addresses(Call *call, GError **error)
{
    DomainInterfaceAddressesRet *ret = call->ret;
    g_autoptr(Def) live = require_live(call, error);
    const Domain *doc = live ? live->doc : NULL;

    if (!doc)
        return false;
    ret->ifaces = g_new0(WireDomainInterface, (doc->interfaces ? doc->interfaces->len : 0) + 1);
    for (guint i = 0; doc->interfaces && i < doc->interfaces->len; i++) {
        const Interface *iface = doc->interfaces->pdata[i];
        WireDomainInterface *wire = &ret->ifaces[ret->n_ifaces++];

        wire->name = g_strdup(iface->target ? iface->target : "");
        wire->hwaddr = g_strdup(iface->mac);
        lease_address(call, iface, i, wire);
    }
    return true;
}

/* Heard and forgotten, once the guest runs and the arguments make sense. */

static bool
only_running(Call *call, GError **error)
{
    if (vm_state(vm_of(call), NULL) != VIR_DOMAIN_RUNNING) {
        error_set(error, VIR_ERR_OPERATION_INVALID, "domain is not running");
        return false;
    }
    return true;
}

static bool
send_key(Call *call, GError **error)
{
    const DomainSendKeyArgs *args = call->args;

    for (uint32_t i = 0; i < args->n_keycodes; i++) {
        if (args->keycodes[i] > 0xffff) {
            error_set(error, VIR_ERR_INVALID_ARG, "invalid keycode: 0x%X", args->keycodes[i]);
            return false;
        }
    }
    return only_running(call, error);
}

static bool
send_process_signal(Call *call, GError **error)
{
    const DomainSendProcessSignalArgs *args = call->args;

    if (args->pid_value != 1) {
        error_set(error, VIR_ERR_INVALID_ARG, "only sending a signal to pid 1 is supported");
        return false;
    }
    if (args->signum >= VIR_DOMAIN_PROCESS_SIGNAL_RT32 + 1) {
        error_set(error, VIR_ERR_INVALID_ARG, "signum value %u is out of range", args->signum);
        return false;
    }
    /* The first process of a guest minds none of them. */
    return kit_require_active(call->object, error);
}

static bool
launch_security_info(Call *call, GError **error)
{
    g_autoptr(Def) def = object_current(call->object, error);

    /* No guest of this driver is measured: there is nothing to tell. */
    return def != NULL;
}

/* A picture of 16 by 16 grey points, as a portable grey map. */
static bool
screenshot(Call *call, GError **error)
{
    const DomainScreenshotArgs *args = call->args;
    DomainScreenshotRet *ret = call->ret;
    static const char header[] = "P5\n16 16\n255\n";
    StreamSource source = { .direction = STREAM_TO_CLIENT };
    autofd int fd = -1;
    uint8_t points[256];

    if (!kit_require_active(call->object, error))
        return false;
    if (args->screen) {
        error_set(error, VIR_ERR_INVALID_ARG, "the domain has one screen, number 0, but not %u",
                  args->screen);
        return false;
    }
    for (size_t i = 0; i < sizeof(points); i++)
        points[i] = (uint8_t)i;
    fd = memfd_create("screenshot", MFD_CLOEXEC);
    if (fd < 0) {
        error_set_errno(error, errno, "failed to make a picture");
        return false;
    }
    if (!file_write_all(fd, header, strlen(header), "screenshot", error) ||
        !file_write_all(fd, points, sizeof(points), "screenshot", error))
        return false;
    lseek(fd, 0, SEEK_SET);
    source.fd = steal_fd(&fd);
    ret->mime = g_strdup("image/x-portable-graymap");
    return stream_attach(call->stream, &source, error);
}

const DriverRow test_guest_rows[PROC_LAST] = {
    [PROC_DOMAIN_ATTACH_DEVICE] = { attach_device, 0, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_ATTACH_DEVICE_FLAGS] = { attach_device, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_UPDATE_DEVICE_FLAGS] = { update_device, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_DETACH_DEVICE] = { detach_device, 0, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_DETACH_DEVICE_FLAGS] = { detach_device, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_DETACH_DEVICE_ALIAS] = { detach_device_alias, OBJECT_AFFECT, ROW_LIVE_CONFIG },
    [PROC_DOMAIN_BLOCK_STATS] = { block_stats },
    [PROC_DOMAIN_INTERFACE_STATS] = { interface_stats },
    [PROC_DOMAIN_MEMORY_STATS] = { memory_stats },
    [PROC_DOMAIN_MEMORY_PEEK] = { memory_peek, VIR_MEMORY_VIRTUAL | VIR_MEMORY_PHYSICAL },
    [PROC_DOMAIN_GET_BLOCK_INFO] = { get_block_info },
    [PROC_DOMAIN_GET_CPU_STATS] = { get_cpu_stats, VIR_TYPED_PARAM_STRING_OKAY },
    [PROC_DOMAIN_GET_DISK_ERRORS] = { get_disk_errors },
    [PROC_CONNECT_GET_ALL_DOMAIN_STATS] = { all_stats, ~0u },
    [PROC_DOMAIN_GET_HOSTNAME] = { get_hostname,
                                   VIR_DOMAIN_GET_HOSTNAME_LEASE | VIR_DOMAIN_GET_HOSTNAME_AGENT },
    [PROC_DOMAIN_GET_SECURITY_LABEL] = { get_security_label },
    [PROC_DOMAIN_FSFREEZE] = { fs_freeze },
    [PROC_DOMAIN_FSTHAW] = { fs_thaw },
    [PROC_DOMAIN_FSTRIM] = { fs_trim },
    [PROC_DOMAIN_GET_FSINFO] = { fs_info },
    [PROC_DOMAIN_GET_TIME] = { get_time },
    [PROC_DOMAIN_SET_TIME] = { set_time, VIR_DOMAIN_TIME_SYNC },
    [PROC_DOMAIN_INTERFACE_ADDRESSES] = { interface_addresses },
    [PROC_DOMAIN_INJECT_NMI] = { only_running },
    [PROC_DOMAIN_SEND_KEY] = { send_key },
    [PROC_DOMAIN_SEND_PROCESS_SIGNAL] = { send_process_signal },
    [PROC_DOMAIN_SET_USER_PASSWORD] = { only_running, VIR_DOMAIN_PASSWORD_ENCRYPTED },
    [PROC_DOMAIN_GET_LAUNCH_SECURITY_INFO] = { launch_security_info, VIR_TYPED_PARAM_STRING_OKAY },
    [PROC_DOMAIN_SCREENSHOT] = { screenshot },
};
