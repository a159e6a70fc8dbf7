/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain_rules.c - what must fit together across a whole <domain>
 *
 * One small function a rule, listed at the end.  They hold for every driver; what
 * only QEMU or a machine type demands is the driver's own.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/domain.h"
#include "util/error.h"
#include "util/list.h"

#include <string.h>

static bool
fail(GError **error, int code, const char *message)
{
    error_set(error, code, "%s", message);
    return false;
}

/* ---- boot ---------------------------------------------------------------- */

static bool
has_boot_order(const Domain *domain)
{
    for (guint i = 0; i < list_len(domain->disks); i++) {
        const Disk *disk = domain->disks->pdata[i];

        if (disk->info.boot_order)
            return true;
    }
    for (guint i = 0; i < list_len(domain->interfaces); i++) {
        const Interface *interface = domain->interfaces->pdata[i];

        if (interface->info.boot_order)
            return true;
    }
    for (guint i = 0; i < list_len(domain->hostdevs); i++) {
        const Hostdev *hostdev = domain->hostdevs->pdata[i];

        if (hostdev->info.boot_order)
            return true;
    }
    for (guint i = 0; i < list_len(domain->redirdevs); i++) {
        const RedirDev *redirdev = domain->redirdevs->pdata[i];

        if (redirdev->info.boot_order)
            return true;
    }
    for (guint i = 0; i < list_len(domain->filesystems); i++) {
        const Filesystem *filesystem = domain->filesystems->pdata[i];

        if (filesystem->info.boot_order)
            return true;
    }
    return false;
}

static bool
rule_boot(Domain *domain, GError **error)
{
    bool per_device = has_boot_order(domain);

    if (domain->boot_devices && per_device)
        return fail(error, VIR_ERR_CONFIG_UNSUPPORTED,
                    "per-device boot elements cannot be used together with os/boot elements");
    if (domain->has_bootmenu_timeout && domain->bootmenu_timeout > 65535)
        return fail(error, VIR_ERR_CONFIG_UNSUPPORTED,
                    "invalid value for boot menu timeout, must be in range [0,65535]");
    if (domain->has_reboot_timeout && (domain->reboot_timeout < -1 || domain->reboot_timeout > 65535))
        return fail(error, VIR_ERR_CONFIG_UNSUPPORTED, "invalid value for rebootTimeout, must be in range [-1,65535]");
    /* A fully virtual machine boots from disk unless told otherwise; a boot loader of the host sees to that itself. */
    if (!domain->boot_devices && !per_device && !domain->bootloader && !g_strcmp0(domain->os_type, "hvm")) {
        BootDevice *boot = xml_new(&boot_device_xml);
        boot->dev = BOOT_DEVICE_TYPE_HD;
        domain->boot_devices = g_ptr_array_new();
        g_ptr_array_add(domain->boot_devices, boot);
    }
    return true;
}

static bool
rule_firmware(Domain *domain, GError **error)
{
    Yesno enrolled = YESNO_UNSET, secure = YESNO_UNSET;

    for (guint i = 0; i < list_len(domain->firmware_features); i++) {
        const FirmwareFeature *feature = domain->firmware_features->pdata[i];

        if (feature->name == FIRMWARE_FEATURE_NAME_ENROLLED_KEYS)
            enrolled = feature->enabled;
        else if (feature->name == FIRMWARE_FEATURE_NAME_SECURE_BOOT)
            secure = feature->enabled;
    }
    if (list_len(domain->firmware_features) && domain->firmware == OS_FIRMWARE_UNSET)
        return fail(error, VIR_ERR_XML_DETAIL, "cannot use feature-based firmware autoselection when firmware autoselection is "
                    "disabled");
    if (enrolled == YESNO_YES && secure == YESNO_NO)
        return fail(error, VIR_ERR_XML_DETAIL, "firmware feature 'enrolled-keys' cannot be enabled when firmware feature "
                    "'secure-boot' is disabled");
    if (domain->loader_stateless == YESNO_YES && domain->nvram)
        return fail(error, VIR_ERR_XML_DETAIL, "NVRAM is not permitted when loader is stateless");
    if (domain->loader_stateless == YESNO_NO && domain->firmware == OS_FIRMWARE_BIOS)
        return fail(error, VIR_ERR_XML_DETAIL, "Only EFI firmware permits NVRAM");
    if (domain->loader_stateless == YESNO_NO && domain->loader && domain->loader_type != LOADER_TYPE_PFLASH)
        return fail(error, VIR_ERR_XML_DETAIL, "Only pflash loader type permits NVRAM");
    if (!domain->loader && domain->firmware == OS_FIRMWARE_UNSET &&
        (domain->loader_type != LOADER_TYPE_UNSET || domain->loader_readonly != YESNO_UNSET ||
         domain->loader_secure != YESNO_UNSET))
        return fail(error, VIR_ERR_XML_DETAIL, "no loader path specified and firmware auto selection disabled");
    if (domain->firmware == OS_FIRMWARE_BIOS && domain->nvram)
        return fail(error, VIR_ERR_XML_DETAIL, "firmware type 'bios' does not support nvram");
    return true;
}

/* ---- CPUs and NUMA -------------------------------------------------------- */

static int
compare_cells(gconstpointer a, gconstpointer b)
{
    const NumaCell *x = *(NumaCell *const *)a, *y = *(NumaCell *const *)b;

    return x->id < y->id ? -1 : x->id > y->id;
}

/* Cells are numbered from 0 without gaps; all or none of them say their number. */
static bool
rule_cells(Domain *domain, GError **error)
{
    GPtrArray *cells = domain->cpu ? domain->cpu->cells : NULL;
    guint numbered = 0;

    for (guint i = 0; i < list_len(cells); i++)
        numbered += ((NumaCell *)cells->pdata[i])->has_id;
    if (numbered && numbered < cells->len)
        return fail(error, VIR_ERR_XML_ERROR, "Exactly one 'cell' element per guest NUMA cell allowed, and all or none "
                    "need an 'id'");
    if (numbered)
        g_ptr_array_sort(cells, compare_cells);
    for (guint i = 0; i < list_len(cells); i++) {
        NumaCell *cell = cells->pdata[i];

        if (!cell->has_id)
            cell->id = i;
        cell->has_id = true;
        if (cell->id != i) {
            error_set(error, VIR_ERR_XML_ERROR, "NUMA cells must be numbered from 0 without gaps; cell %u is %s", i,
                      cell->id < i ? "there twice" : "missing");
            return false;
        }
    }
    return true;
}

static const NumaCell *
find_cell(const Domain *domain, unsigned id)
{
    if (domain->cpu)
        for (guint j = 0; j < list_len(domain->cpu->cells); j++) {
            const NumaCell *cell = domain->cpu->cells->pdata[j];

            if (cell->id == id)
                return cell;
        }
    return NULL;
}

static bool
rule_numa(Domain *domain, GError **error)
{
    bool have_cells = domain->cpu && domain->cpu->cells;

    if (domain->memnodes && !have_cells)
        return fail(error, VIR_ERR_XML_ERROR, "Element 'memnode' is invalid without any guest NUMA cells");
    for (guint i = 0; i < list_len(domain->memnodes); i++) {
        const MemNode *node = domain->memnodes->pdata[i];

        if (node->mode == NUMA_MODE_RESTRICTIVE && domain->numa_mode != NUMA_MODE_RESTRICTIVE)
            return fail(error, VIR_ERR_XML_ERROR, "'restrictive' mode is required in memory element when mode is "
                        "'restrictive' in memnode element");
        if (domain->numa_mode == NUMA_MODE_RESTRICTIVE && node->mode != NUMA_MODE_RESTRICTIVE)
            return fail(error, VIR_ERR_XML_ERROR, "'restrictive' mode is required in memnode element when mode is "
                        "'restrictive' in memory element");
    }
    if (have_cells) {
        for (guint j = 0; j < list_len(domain->cpu->cells); j++) {
            const NumaCell *cell = domain->cpu->cells->pdata[j];

            for (guint k = 0; k < list_len(cell->distances); k++) {
                const NumaSibling *sibling = cell->distances->pdata[k];

                if (!find_cell(domain, sibling->id)) {
                    error_set(error, VIR_ERR_XML_ERROR,
                              "'sibling_id %u' does not refer to a valid cell within NUMA 'cell id %u'", sibling->id,
                              cell->id);
                    return false;
                }
            }
        }
    }
    return true;
}

static bool
rule_cpu_cache(Domain *domain, GError **error)
{
    const Cpu *cpu = domain->cpu;

    if (!cpu || cpu->cache_mode != CPU_CACHE_MODE_PASSTHROUGH)
        return true;
    if (cpu->mode != CPU_MODE_HOST_PASSTHROUGH && cpu->mode != CPU_MODE_MAXIMUM)
        return fail(error, VIR_ERR_CONFIG_UNSUPPORTED, "CPU cache mode 'passthrough' can only be used with "
                    "'host-passthrough' / 'maximum' CPUs");
    if (cpu->has_cache_level)
        return fail(error, VIR_ERR_CONFIG_UNSUPPORTED, "unsupported CPU cache level for mode 'passthrough'");
    return true;
}

static bool
bitmaps_meet(const Bitmap *a, const Bitmap *b)
{
    for (int i = bitmap_next(a, 0); i >= 0; i = bitmap_next(a, i + 1))
        if (bitmap_get(b, i))
            return true;
    return false;
}

/* One row for each vCPU or thread, in order of its number. */
static int
compare_vcpus(gconstpointer a, gconstpointer b)
{
    return bitmap_next((*(VcpuSched *const *)a)->vcpus, 0) - bitmap_next((*(VcpuSched *const *)b)->vcpus, 0);
}

static int
compare_iothreads(gconstpointer a, gconstpointer b)
{
    return bitmap_next((*(IoThreadSched *const *)a)->iothreads, 0) -
           bitmap_next((*(IoThreadSched *const *)b)->iothreads, 0);
}

/* Split the rows of @list, each with a Bitmap at @offset, into rows of one number. */
static bool
split_sched(const XmlStruct *s, GPtrArray *list, size_t offset, const char *what, GError **error)
{
    g_autoptr(Bitmap) seen = bitmap_new();
    guint given = list ? list->len : 0;

    for (guint at = 0; at < given; at++) {
        Bitmap **bits = (Bitmap **)((char *)list->pdata[at] + offset);
        int first = bitmap_next(*bits, 0);

        if (bitmaps_meet(*bits, seen)) {
            error_set(error, VIR_ERR_XML_DETAIL, "'%ssched' attributes '%s' must not overlap", what,
                      !strcmp(what, "vcpu") ? "vcpus" : "iothreads");
            return false;
        }
        for (int i = bitmap_next(*bits, first + 1); first >= 0 && i >= 0; i = bitmap_next(*bits, i + 1)) {
            void *copy = xml_copy(s, list->pdata[at]);
            Bitmap **one = (Bitmap **)((char *)copy + offset);

            bitmap_free(*one);
            *one = bitmap_new();
            bitmap_set(*one, i, true);
            bitmap_set(seen, i, true);
            g_ptr_array_add(list, copy);
        }
        if (first >= 0) {
            bitmap_free(*bits);
            *bits = bitmap_new();
            bitmap_set(*bits, first, true);
            bitmap_set(seen, first, true);
        }
    }
    return true;
}

static bool
has_iothread(const Domain *domain, unsigned id)
{
    for (guint i = 0; i < list_len(domain->iothread_list); i++) {
        const IoThread *thread = domain->iothread_list->pdata[i];

        if (thread->id == id)
            return true;
    }
    return id >= 1 && id <= domain->iothreads;
}

static bool
rule_sched(Domain *domain, GError **error)
{
    if (!split_sched(&vcpu_sched_xml, domain->vcpuscheds, offsetof(VcpuSched, vcpus), "vcpu", error) ||
        !split_sched(&io_thread_sched_xml, domain->iothreadscheds, offsetof(IoThreadSched, iothreads), "iothread", error))
        return false;
    if (domain->vcpuscheds)
        g_ptr_array_sort(domain->vcpuscheds, compare_vcpus);
    if (domain->iothreadscheds)
        g_ptr_array_sort(domain->iothreadscheds, compare_iothreads);
    for (guint i = 0; i < list_len(domain->iothreadscheds); i++) {
        const IoThreadSched *sched = domain->iothreadscheds->pdata[i];

        int id = bitmap_next(sched->iothreads, 0);
        if (!has_iothread(domain, id)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Cannot find 'iothread' : %d", id);
            return false;
        }
    }
    return true;
}

/* Cache and memory bandwidth are divided among vCPUs that exist; what concerns none is
 * dropped, as a tune for all vCPUs shrinks to those there are. */
static bool
trim_vcpus(const Domain *domain, Bitmap *vcpus)
{
    for (int i = bitmap_next(vcpus, domain->max_vcpus); i >= 0; i = bitmap_next(vcpus, i + 1))
        bitmap_set(vcpus, i, false);
    return bitmap_count(vcpus) > 0;
}

enum { MONITORED_LEVEL = 3, BANDWIDTH_MAX = 100 };

/* The vCPUs of a monitor are among those of the tune.  One that is for all of them measures the group of the host that
 * the tune makes, if it makes one; the others have groups of their own, and a vCPU is in one group. */
static bool
check_monitors(const Bitmap *vcpus, const GPtrArray *monitors, bool makes_group, const char *tune, GError **error)
{
    for (guint i = 0; i < list_len(monitors); i++) {
        const Bitmap *a = ((ResctrlMonitor *)monitors->pdata[i])->vcpus;

        for (int cpu = bitmap_next(a, 0); cpu >= 0; cpu = bitmap_next(a, cpu + 1)) {
            if (bitmap_get(vcpus, cpu))
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "<monitor> of <%s> names vCPU %d, which the tune has not", tune, cpu);
            return false;
        }
        for (guint k = 0; k < i; k++) {
            const Bitmap *b = ((ResctrlMonitor *)monitors->pdata[k])->vcpus;
            bool is_default = makes_group && (bitmap_equal(a, vcpus) || bitmap_equal(b, vcpus));

            if (!bitmaps_meet(a, b) || (is_default && !bitmap_equal(a, b)))
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "two <monitor> elements of <%s> are for the same vCPU", tune);
            return false;
        }
    }
    return true;
}

static bool
check_cache_tune(const CacheTune *tune, GError **error)
{
    for (guint i = 0; tune->caches && i < tune->caches->len; i++) {
        const CacheShare *a = tune->caches->pdata[i];
        for (guint j = 0; j < i; j++) {
            const CacheShare *b = tune->caches->pdata[j];
            if (a->id == b->id && a->level == b->level &&
                (a->type == b->type || a->type == RESCTRL_TYPE_BOTH || b->type == RESCTRL_TYPE_BOTH)) {
                error_set(error, VIR_ERR_XML_ERROR, "Colliding cache allocations for cache level '%u' id '%u', type '%s'",
                          a->level, a->id, resctrl_type_words[a->type]);
                return false;
            }
        }
    }
    for (guint i = 0; i < list_len(tune->monitors); i++) {
        const ResctrlMonitor *monitor = tune->monitors->pdata[i];

        if (!monitor->has_level)
            return fail(error, VIR_ERR_XML_ERROR, "Missing required attribute 'level' in element 'monitor' of <cachetune>");
        if (monitor->level != MONITORED_LEVEL) {
            error_set(error, VIR_ERR_XML_ERROR, "Invalid monitor cache level '%u': only %d can be measured", monitor->level,
                      MONITORED_LEVEL);
            return false;
        }
    }
    return check_monitors(tune->vcpus, tune->monitors, tune->caches != NULL, "cachetune", error);
}

/* A tune of memory shares the group of a tune of caches for the same vCPUs; other sets may not meet. */
static bool
check_same_group(const Domain *domain, const MemoryTune *tune, GError **error)
{
    for (guint i = 0; i < list_len(domain->cachetunes); i++) {
        const CacheTune *other = domain->cachetunes->pdata[i];

        if (bitmap_equal(tune->vcpus, other->vcpus) || !bitmaps_meet(tune->vcpus, other->vcpus))
            continue;
        return fail(error, VIR_ERR_XML_ERROR, "Overlapping vcpus in resctrls: <memorytune> and <cachetune> must be for the "
                    "same vCPUs, or for different ones");
    }
    return true;
}

static bool
rule_resctrl(Domain *domain, GError **error)
{
    g_autoptr(Bitmap) seen = bitmap_new(), seen_memory = bitmap_new();

    for (guint at = 0; domain->cachetunes && at < domain->cachetunes->len;) {
        CacheTune *tune = domain->cachetunes->pdata[at];
        if (!trim_vcpus(domain, tune->vcpus)) {
            cache_tune_free(g_ptr_array_remove_index(domain->cachetunes, at));
            continue;
        }
        if (bitmaps_meet(tune->vcpus, seen))
            return fail(error, VIR_ERR_XML_ERROR, "Identical vcpus in cachetunes found");
        if (!check_cache_tune(tune, error))
            return false;
        for (int i = bitmap_next(tune->vcpus, 0); i >= 0; i = bitmap_next(tune->vcpus, i + 1))
            bitmap_set(seen, i, true);
        at++;
    }
    for (guint at = 0; domain->memorytunes && at < domain->memorytunes->len;) {
        MemoryTune *tune = domain->memorytunes->pdata[at];
        g_autoptr(Bitmap) nodes = bitmap_new();
        if (!trim_vcpus(domain, tune->vcpus)) {
            memory_tune_free(g_ptr_array_remove_index(domain->memorytunes, at));
            continue;
        }
        if (bitmaps_meet(tune->vcpus, seen_memory))
            return fail(error, VIR_ERR_XML_ERROR, "Identical vcpus in memorytunes found");
        for (guint j = 0; j < list_len(tune->nodes); j++) {
            const BandwidthShare *share = tune->nodes->pdata[j];

            if (share->id >= BITMAP_MAX || bitmap_get(nodes, share->id)) {
                error_set(error, VIR_ERR_XML_ERROR, "Memory Bandwidth already defined for node %u", share->id);
                return false;
            }
            bitmap_set(nodes, share->id, true);
            if (share->bandwidth > BANDWIDTH_MAX) {
                error_set(error, VIR_ERR_XML_ERROR, "Memory Bandwidth value exceeding %d is invalid: %u for node %u",
                          BANDWIDTH_MAX, share->bandwidth, share->id);
                return false;
            }
        }
        if (!check_monitors(tune->vcpus, tune->monitors, tune->nodes != NULL, "memorytune", error) ||
            !check_same_group(domain, tune, error))
            return false;
        for (int i = bitmap_next(tune->vcpus, 0); i >= 0; i = bitmap_next(tune->vcpus, i + 1))
            bitmap_set(seen_memory, i, true);
        at++;
    }
    return true;
}

enum { HYPERV_VENDOR_MAX = 12, HYPERV_RETRIES_MIN = 4095, DIRTY_RING_MIN = 1024, DIRTY_RING_MAX = 65536 };

static bool
rule_features(Domain *domain, GError **error)
{
    Features *features = domain->features;

    if (features && features->hyperv && features->hyperv_mode == HYPERV_MODE_UNSET)
        features->hyperv_mode = HYPERV_MODE_CUSTOM;
    if (features && features->hyperv_vendor &&
        (strlen(features->hyperv_vendor) > HYPERV_VENDOR_MAX || strchr(features->hyperv_vendor, ','))) {
        error_set(error, VIR_ERR_XML_ERROR, "HyperV vendor_id '%s' is longer than %d characters or has a comma",
                  features->hyperv_vendor, HYPERV_VENDOR_MAX);
        return false;
    }
    if (features && features->hyperv_vendor_id == ONOFF_ON && !features->hyperv_vendor)
        return fail(error, VIR_ERR_XML_ERROR, "<vendor_id state='on'> of <hyperv> needs a value");
    if (features && features->hyperv_spinlocks == ONOFF_ON && features->hyperv_spinlock_retries < HYPERV_RETRIES_MIN)
        return fail(error, VIR_ERR_XML_ERROR, "HyperV spinlock retry count must be at least 4095");
    if (features && features->kvm_dirty_ring == ONOFF_ON &&
        (features->kvm_dirty_ring_size < DIRTY_RING_MIN || features->kvm_dirty_ring_size > DIRTY_RING_MAX ||
         features->kvm_dirty_ring_size & (features->kvm_dirty_ring_size - 1)))
        return fail(error, VIR_ERR_XML_ERROR, "dirty ring must be power of 2 and ranges [1024, 65536]");
    if (features && features->has_smm_tseg && features->smm_tseg % (1024 * 1024))
        return fail(error, VIR_ERR_CONFIG_UNSUPPORTED, "SMM TSEG size must be divisible by 1 MiB");
    return true;
}

/* ---- devices -------------------------------------------------------------- */

/* Named in the order in which disks are shown: by bus. */
static bool
rule_disks(Domain *domain, GError **error)
{
    for (guint i = 0; domain->disks && i < domain->disks->len; i++) {
        const Disk *disk = domain->disks->pdata[i];
        for (guint j = 0; j < i; j++) {
            const Disk *other = domain->disks->pdata[j];
            if (!strcmp(disk->target, other->target)) {
                const Disk *first = disk->bus < other->bus ? disk : other, *second = first == disk ? other : disk;

                error_set(error, VIR_ERR_XML_ERROR, "target '%s' duplicated for disk sources '%s' and '%s'",
                          disk->target, first->path ? first->path : "", second->path ? second->path : "");
                return false;
            }
        }
    }
    return true;
}

typedef struct Drive {
    unsigned controller, bus, target, unit;
} Drive;

static bool
drive_of(const Address *address, Drive *ret)
{
    if (!address || address->type != ADDRESS_TYPE_DRIVE)
        return false;
    *ret = (Drive){ address->controller, address->bus, address->target, address->unit };
    return true;
}

static bool
same_drive(const Drive *a, const Drive *b)
{
    return a->controller == b->controller && a->bus == b->bus && a->target == b->target && a->unit == b->unit;
}

static char *
drive_text(const Drive *d)
{
    return g_strdup_printf("controller='%u' bus='%u' target='%u' unit='%u'", d->controller, d->bus, d->target, d->unit);
}

/* No two things at one place of one bus; SCSI disks and SCSI host devices share theirs. */
static bool
rule_drives(Domain *domain, GError **error)
{
    Drive a, b;

    for (guint i = 0; i < list_len(domain->disks); i++) {
        const Disk *disk = domain->disks->pdata[i];

        if (!drive_of(disk->info.address, &a))
            continue;
        g_autofree char *where = drive_text(&a);
        for (guint j = 0; j < i; j++) {
            const Disk *other = domain->disks->pdata[j];
            if (other->bus == disk->bus && drive_of(other->info.address, &b) && same_drive(&a, &b)) {
                error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                          "Found duplicate drive address for disk with target name '%s' %s", other->target, where);
                return false;
            }
        }
        for (guint j = 0; disk->bus == DISK_BUS_SCSI && j < list_len(domain->hostdevs); j++) {
            const Hostdev *hostdev = domain->hostdevs->pdata[j];
            if (hostdev->type == HOSTDEV_TYPE_SCSI && drive_of(hostdev->info.address, &b) && same_drive(&a, &b)) {
                error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                          "using disk target name '%s' conflicts with SCSI host device address %s", disk->target, where);
                return false;
            }
        }
    }
    for (guint i = 0; i < list_len(domain->hostdevs); i++) {
        const Hostdev *hostdev = domain->hostdevs->pdata[i];

        if (hostdev->type != HOSTDEV_TYPE_SCSI || !drive_of(hostdev->info.address, &a))
            continue;
        for (guint j = 0; j < i; j++) {
            const Hostdev *other = domain->hostdevs->pdata[j];
            if (other->type == HOSTDEV_TYPE_SCSI && drive_of(other->info.address, &b) && same_drive(&a, &b)) {
                g_autofree char *where = drive_text(&a);
                error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                          "SCSI host address %s in use by another SCSI host device", where);
                return false;
            }
        }
    }
    return true;
}

static bool
same_pci(const PciAddress *a, const PciAddress *b)
{
    return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot && a->function == b->function;
}

static bool
same_hostdev(const Hostdev *a, const Hostdev *b)
{
    if (a->type != b->type || a->mode != b->mode)
        return false;
    switch (a->type) {
    case HOSTDEV_TYPE_PCI:
        return same_pci(&a->pci, &b->pci);
    case HOSTDEV_TYPE_USB:
        if (a->has_bus && b->has_bus)
            return a->bus == b->bus && a->device == b->device;
        return !a->has_bus && !b->has_bus && a->vendor == b->vendor && a->product == b->product;
    case HOSTDEV_TYPE_MDEV:
        return !memcmp(a->mdev_uuid, b->mdev_uuid, 16);
    case HOSTDEV_TYPE_SCSI:
        if (a->protocol != b->protocol)
            return false;
        if (a->iscsi_name || b->iscsi_name)
            return !g_strcmp0(a->iscsi_name, b->iscsi_name);
        return !g_strcmp0(a->adapter, b->adapter) && a->bus == b->bus && a->target == b->target && a->unit == b->unit;
    default:
        return false;
    }
}

/* The device of the host behind an interface, as PCI; NULL where there is none. */
static const PciAddress *
pci_of_interface(const Interface *interface)
{
    const HostdevAddress *a = interface->type == INTERFACE_TYPE_HOSTDEV ? interface->hostdev_address : NULL;

    return a && a->type == INTERFACE_ADDRESS_TYPE_PCI ? &a->pci : NULL;
}

static bool
is_interface_of(const Interface *interface, const Hostdev *hostdev)
{
    const PciAddress *pci = pci_of_interface(interface);

    return pci && hostdev->mode == HOSTDEV_MODE_SUBSYSTEM && hostdev->type == HOSTDEV_TYPE_PCI && same_pci(pci, &hostdev->pci);
}

static bool
rule_hostdevs(Domain *domain, GError **error)
{
    guint ramfb = 0;

    for (guint i = 0; i < list_len(domain->interfaces); i++) {
        const PciAddress *pci = pci_of_interface(domain->interfaces->pdata[i]);

        for (guint j = 0; pci && j < i; j++) {
            const PciAddress *other = pci_of_interface(domain->interfaces->pdata[j]);

            if (other && same_pci(pci, other))
                return fail(error, VIR_ERR_XML_ERROR, "Hostdev already exists in the domain configuration");
        }
    }
    for (guint i = 0; domain->hostdevs && i < domain->hostdevs->len; i++) {
        const Hostdev *hostdev = domain->hostdevs->pdata[i];
        for (guint j = 0; j < i; j++)
            if (same_hostdev(hostdev, domain->hostdevs->pdata[j]))
                return fail(error, VIR_ERR_XML_ERROR, "Hostdev already exists in the domain configuration");
        for (guint j = 0; j < list_len(domain->interfaces); j++)
            if (is_interface_of(domain->interfaces->pdata[j], hostdev))
                return fail(error, VIR_ERR_XML_ERROR, "Hostdev already exists in the domain configuration");
        ramfb += hostdev->ramfb == ONOFF_ON;
        if (hostdev->display == ONOFF_ON && !domain->graphics)
            return fail(error, VIR_ERR_CONFIG_UNSUPPORTED,
                        "graphics device is needed for attribute value 'display=on' in <hostdev>");
    }
    return ramfb < 2 || fail(error, VIR_ERR_CONFIG_UNSUPPORTED, "Only one vgpu device can have 'ramfb' enabled");
}

static bool
rule_controllers(Domain *domain, GError **error)
{
    for (guint i = 0; domain->controllers && i < domain->controllers->len; i++) {
        const Controller *controller = domain->controllers->pdata[i];
        bool root = controller->type == CONTROLLER_TYPE_PCI && controller->model &&
                    (!strcmp(controller->model, "pci-root") || !strcmp(controller->model, "pcie-root"));

        /* A pseries guest may have several PCI host bridges, all called pci-root. */
        if (root && controller->has_index && controller->index && !controller->has_target_index &&
            (!domain->arch || !g_str_has_prefix(domain->arch, "ppc64")))
            return fail(error, VIR_ERR_XML_ERROR, "pci-root and pcie-root controllers should have index 0");
        if (root && controller->info.address && controller->info.address->type != ADDRESS_TYPE_UNSET)
            return fail(error, VIR_ERR_CONFIG_UNSUPPORTED, "pci-root and pcie-root controllers should not have an address");
        if (controller->iothread && controller->type != CONTROLLER_TYPE_SCSI)
            return fail(error, VIR_ERR_XML_ERROR, "'iothread' attribute only supported for virtio scsi controllers");
        /* Companions of one USB controller share its index. */
        for (guint j = 0; controller->has_index && controller->type != CONTROLLER_TYPE_USB && j < i; j++) {
            const Controller *other = domain->controllers->pdata[j];
            if (other->type == controller->type && other->has_index && other->index == controller->index) {
                error_set(error, VIR_ERR_XML_ERROR, "Multiple '%s' controllers with index '%u'",
                          controller_type_words[controller->type], controller->index);
                return false;
            }
        }
    }
    return true;
}

static bool
rule_videos(Domain *domain, GError **error)
{
    guint primaries = 0;

    for (guint i = 0; i < list_len(domain->videos); i++) {
        Video *video = domain->videos->pdata[i];

        if (video->primary == YESNO_NO)
            video->primary = YESNO_UNSET;

        primaries += video->primary == YESNO_YES;
        if (!g_strcmp0(video->model, "none") && domain->videos->len > 1)
            return fail(error, VIR_ERR_CONFIG_UNSUPPORTED,
                        "a 'none' video type must be the only video device defined for the domain");
    }
    if (primaries > 1)
        return fail(error, VIR_ERR_CONFIG_UNSUPPORTED, "Only one primary video device is supported");
    if (domain->videos && !primaries && g_strcmp0(((Video *)domain->videos->pdata[0])->model, "none"))
        ((Video *)domain->videos->pdata[0])->primary = YESNO_YES;
    return true;
}

static bool
rule_seclabels(Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->seclabels); i++) {
        const SecLabel *label = domain->seclabels->pdata[i];

        if (label->type == SECLABEL_TYPE_STATIC && !label->label && g_strcmp0(label->model, "none")) {
            error_set(error, VIR_ERR_XML_ERROR, "<seclabel type='static'> needs a <label>");
            return false;
        }
        if (label->type == SECLABEL_TYPE_DYNAMIC && label->relabel == YESNO_NO)
            return fail(error, VIR_ERR_CONFIG_UNSUPPORTED, "dynamic label type must use resource relabeling");
        if (label->type == SECLABEL_TYPE_NONE && label->relabel == YESNO_YES)
            return fail(error, VIR_ERR_CONFIG_UNSUPPORTED, "resource relabeling is not compatible with 'none' label type");
        if (!label->model && domain->seclabels->len > 1)
            return fail(error, VIR_ERR_XML_ERROR, "missing security model when using multiple labels");
        for (guint k = 0; label->model && k < i; k++) {
            if (g_strcmp0(label->model, ((SecLabel *)domain->seclabels->pdata[k])->model))
                continue;
            error_set(error, VIR_ERR_XML_DETAIL, "seclabel for model %s is already provided", label->model);
            return false;
        }
    }
    return true;
}

/* SMBIOS dates are mm/dd/yyyy or mm/dd/yy. */
static bool
is_bios_date(const char *date)
{
    static const char pattern[] = "^(0[1-9]|1[0-2])/(0[1-9]|[12][0-9]|3[01])/([0-9]{2}|[0-9]{4})$";

    return g_regex_match_simple(pattern, date, 0, 0);
}

/* What the owner of a guest allows its host is no default of ours. */
static bool
rule_launch_security(Domain *domain, GError **error)
{
    const LaunchSecurity *launch = domain->launch_security;

    if (!launch || (launch->type == LAUNCH_TYPE_SEV ? launch->has_policy :
                    launch->type != LAUNCH_TYPE_SEV_SNP || launch->has_snp_policy))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "failed to get launch security policy: <launchSecurity type='%s'> needs a <policy>",
              launch_type_words[launch->type]);
    return false;
}

/* fw_cfg items are a value or a file's content. */
static bool
rule_fwcfg(Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->sysinfos); i++) {
        const Sysinfo *info = domain->sysinfos->pdata[i];

        for (guint j = 0; info->type == SYSINFO_TYPE_FWCFG && j < list_len(info->entries); j++) {
            const SysinfoEntry *entry = info->entries->pdata[j];

            if (!entry->name || !entry->name[0])
                return fail(error, VIR_ERR_XML_ERROR, "Firmware entry is missing 'name' attribute");
            if ((entry->value && entry->value[0]) == (entry->file != NULL))
                return fail(error, VIR_ERR_XML_ERROR, "Firmware entry must have either value or 'file' attribute");
        }
    }
    return true;
}

static bool
rule_sysinfo(Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->sysinfos); i++) {
        const Sysinfo *info = domain->sysinfos->pdata[i];

        for (guint j = 0; j < list_len(info->bios); j++) {
            const SysinfoEntry *entry = info->bios->pdata[j];

            if (!g_strcmp0(entry->name, "date") && entry->value && !is_bios_date(entry->value))
                return fail(error, VIR_ERR_XML_DETAIL, "Invalid BIOS 'date' format");
        }
        for (guint j = 0; j < list_len(info->system); j++) {
            const SysinfoEntry *entry = info->system->pdata[j];

            uint8_t uuid[16];
            if (g_strcmp0(entry->name, "uuid") || !entry->value)
                continue;
            if (!xml_type_uuid.parse(NULL, entry->value, NULL, uuid))
                return fail(error, VIR_ERR_XML_DETAIL, "malformed <sysinfo> uuid");
            if (memcmp(uuid, domain->uuid, 16))
                return fail(error, VIR_ERR_XML_DETAIL, "UUID mismatch between <uuid> and <sysinfo>");
        }
    }
    return true;
}

bool
domain_rules(Domain *domain, GError **error)
{
    static bool (*const rules[])(Domain *domain, GError **error) = {
        rule_boot, rule_firmware, rule_cells, rule_numa, rule_cpu_cache, rule_sched, rule_resctrl, rule_features,
        rule_disks, rule_drives, rule_hostdevs, rule_controllers, rule_videos, rule_seclabels, rule_launch_security,
        rule_fwcfg, rule_sysinfo,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (!rules[i](domain, error))
            return false;
    return true;
}
