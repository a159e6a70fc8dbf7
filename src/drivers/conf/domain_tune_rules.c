/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain_tune_rules.c - how a guest is given memory, CPUs and I/O: what must fit together
 *
 * One small function a rule, listed at the end, as in domain_rules.c.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include <string.h>

#include "drivers/conf/disk.h"
#include "drivers/conf/domain.h"
#include "util/error.h"
#include "util/list.h"

/* What the kernel takes for the bandwidth of a group of processes, in microseconds. */
#define PERIOD_MIN 1000
#define PERIOD_MAX 1000000
#define QUOTA_MIN 1000
#define QUOTA_MAX (G_MAXINT64 / 1000)

/* ---- names --------------------------------------------------------------- */

static bool
rule_title(const Domain *domain, GError **error)
{
    if (!domain->title || !strchr(domain->title, '\n'))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "Domain title can't contain newlines");
    return false;
}

static bool
rule_partition(const Domain *domain, GError **error)
{
    if (!domain->partition || domain->partition[0] == '/')
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Resource partition '%s' must start with '/'", domain->partition);
    return false;
}

static bool
rule_appid(const Domain *domain, GError **error)
{
    enum { APPID_MAX = 128 };
    const char *appid = domain->appid;
    size_t length = appid ? strlen(appid) : 0;

    for (size_t i = 0; i < length; i++) {
        if (g_ascii_isprint(appid[i]))
            continue;
        error_set(error, VIR_ERR_XML_ERROR, "'appid' of <fibrechannel> has characters that are not printable");
        return false;
    }
    if (!appid || (length && length <= APPID_MAX))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "'appid' of <fibrechannel> must have 1 to %d characters", APPID_MAX);
    return false;
}

static bool
rule_perf(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->perf_events); i++) {
        const PerfEvent *event = domain->perf_events->pdata[i];

        for (guint k = 0; k < i; k++) {
            if (event->name != ((PerfEvent *)domain->perf_events->pdata[k])->name)
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "perf event '%s' was already specified", perf_event_name_words[event->name]);
            return false;
        }
    }
    return true;
}

static bool
rule_keywrap(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->keywrap_ciphers); i++) {
        const KeyCipher *cipher = domain->keywrap_ciphers->pdata[i];

        if (strcmp(cipher->name, "aes") && strcmp(cipher->name, "dea")) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unsupported cipher name '%s': use 'aes' or 'dea'", cipher->name);
            return false;
        }
        for (guint k = 0; k < i; k++) {
            if (strcmp(cipher->name, ((KeyCipher *)domain->keywrap_ciphers->pdata[k])->name))
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "A domain definition can have no more than one cipher node with name %s",
                      cipher->name);
            return false;
        }
    }
    return true;
}

/* ---- memory -------------------------------------------------------------- */

/* Pages without a nodeset are for all cells; a guest without cells is one that can be called cell 0. */
static bool
rule_hugepages(const Domain *domain, GError **error)
{
    guint cells = domain->cpu ? list_len(domain->cpu->cells) : 0;
    const HugePage *master = NULL;
    g_autoptr(Bitmap) seen = bitmap_new();

    for (guint i = 0; i < list_len(domain->hugepage_sizes); i++) {
        const HugePage *page = domain->hugepage_sizes->pdata[i];

        if (!page->size) {
            error_set(error, VIR_ERR_XML_ERROR, "hugepage size can't be zero");
            return false;
        }
        if (!page->nodeset || (!cells && bitmap_get(page->nodeset, 0))) {
            if (master) {
                error_set(error, VIR_ERR_XML_DETAIL, "two master hugepages detected: %" G_GUINT64_FORMAT " and %"
                          G_GUINT64_FORMAT, page->size, master->size);
                return false;
            }
            master = page;
        }
        for (int node = page->nodeset ? bitmap_next(page->nodeset, 0) : -1; node >= 0;
             node = bitmap_next(page->nodeset, node + 1)) {
            if ((guint)node >= MAX(cells, 1)) {
                error_set(error, VIR_ERR_XML_DETAIL, "hugepages: node %d not found", node);
                return false;
            }
            if (bitmap_get(seen, (size_t)node)) {
                error_set(error, VIR_ERR_XML_DETAIL, "nodeset of two hugepage sizes has cell %d: name it once", node);
                return false;
            }
            bitmap_set(seen, (size_t)node, true);
        }
    }
    return true;
}

/* Lists of nodes and CPUs that take away all they name ("4,^4"). */
static bool
is_filled(const Bitmap *bitmap, const char *what, GError **error)
{
    if (!bitmap || bitmap_count(bitmap))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "Invalid value of '%s': nothing is left in it", what);
    return false;
}

static bool
rule_bitmaps(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->memnodes); i++)
        if (!is_filled(((MemNode *)domain->memnodes->pdata[i])->nodeset, "nodeset", error))
            return false;
    for (guint i = 0; i < list_len(domain->vcpupins); i++)
        if (!is_filled(((VcpuPin *)domain->vcpupins->pdata[i])->cpuset, "cpuset", error))
            return false;
    for (guint i = 0; i < list_len(domain->iothreadpins); i++)
        if (!is_filled(((IoThreadPin *)domain->iothreadpins->pdata[i])->cpuset, "cpuset", error))
            return false;
    return is_filled(domain->numa_nodeset, "nodeset", error) && is_filled(domain->cpuset, "cpuset", error) &&
           is_filled(domain->emulator_pin, "cpuset", error);
}

static bool
rule_static_nodes(const Domain *domain, GError **error)
{
    bool is_static = domain->numa_placement == NUMA_PLACEMENT_STATIC ||
                     (domain->numa_mode && domain->numa_placement == NUMA_PLACEMENT_UNSET &&
                      domain->vcpu_placement == VCPU_PLACEMENT_STATIC);

    if (!is_static || domain->numa_nodeset)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
    return false;
}

static bool
rule_distances(const Domain *domain, GError **error)
{
    enum { DISTANCE_SELF = 10, DISTANCE_MAX = 255 };

    for (guint i = 0; domain->cpu && i < list_len(domain->cpu->cells); i++) {
        const NumaCell *cell = domain->cpu->cells->pdata[i];

        for (guint k = 0; k < list_len(cell->distances); k++) {
            const NumaSibling *sibling = cell->distances->pdata[k];

            if (sibling->value >= DISTANCE_SELF && sibling->value <= DISTANCE_MAX &&
                (sibling->id == cell->id) == (sibling->value == DISTANCE_SELF))
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "'value %u' is invalid for 'sibling id %u' under NUMA 'cell id %u'",
                      sibling->value, sibling->id, cell->id);
            return false;
        }
    }
    return true;
}

static bool
rule_cpu_features(const Domain *domain, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; domain->cpu && i < list_len(domain->cpu->features); i++) {
        const CpuFeature *feature = domain->cpu->features->pdata[i];

        if (g_hash_table_add(seen, feature->name))
            continue;
        error_set(error, VIR_ERR_XML_ERROR, "CPU feature '%s' specified more than once", feature->name);
        return false;
    }
    return true;
}

/* A vCPU is in one cell. */
static bool
rule_cell_vcpus(const Domain *domain, GError **error)
{
    for (guint i = 0; domain->cpu && i < list_len(domain->cpu->cells); i++) {
        const NumaCell *a = domain->cpu->cells->pdata[i];

        if (a->cpus && bitmap_next(a->cpus, (int)domain->max_vcpus) >= 0) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "CPU IDs in <numa> exceed the <vcpu> count");
            return false;
        }
        for (guint k = 0; a->cpus && k < i; k++) {
            const NumaCell *b = domain->cpu->cells->pdata[k];

            for (int cpu = b->cpus ? bitmap_next(b->cpus, 0) : -1; cpu >= 0; cpu = bitmap_next(b->cpus, cpu + 1)) {
                if (!bitmap_get(a->cpus, (size_t)cpu))
                    continue;
                error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "NUMA cells %u and %u have overlapping vCPU ids", k, i);
                return false;
            }
        }
    }
    return true;
}

static bool
rule_memory_source(const Domain *domain, GError **error)
{
    if (!domain->hugepages || domain->memory_source != MEMORY_SOURCE_ANONYMOUS)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "hugepages are not allowed with anonymous memory source");
    return false;
}

static bool
rule_max_memory(const Domain *domain, GError **error)
{
    if (!domain->max_memory && domain->memory_slots) {
        error_set(error, VIR_ERR_XML_ERROR, "the number of memory slots is given without a size in <maxMemory>");
        return false;
    }
    if (!domain->max_memory || domain->max_memory >= domain->memory)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "maximum memory size must be equal or greater than the actual memory size");
    return false;
}

static bool
rule_memnodes(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->memnodes); i++) {
        const MemNode *node = domain->memnodes->pdata[i];

        if (domain->cpu && node->cellid >= list_len(domain->cpu->cells)) {
            error_set(error, VIR_ERR_XML_ERROR, "Argument 'cellid' in memnode element must correspond to existing guest's "
                      "NUMA cell, and %u does not", node->cellid);
            return false;
        }
        for (guint k = 0; k < i; k++) {
            if (node->cellid != ((MemNode *)domain->memnodes->pdata[k])->cellid)
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "Multiple memnode elements with cellid %u", node->cellid);
            return false;
        }
    }
    return true;
}

/* ---- CPUs ---------------------------------------------------------------- */

static bool
rule_vcpu_states(const Domain *domain, GError **error)
{
    guint ordered = 0, on = 0;
    g_autoptr(Bitmap) seen = bitmap_new();

    for (guint i = 0; i < list_len(domain->vcpus); i++) {
        const VcpuState *state = domain->vcpus->pdata[i];

        if (state->id >= domain->max_vcpus) {
            error_set(error, VIR_ERR_XML_ERROR, "vcpu id '%u' is out of range of maximum vcpu count %u", state->id,
                      domain->max_vcpus);
            return false;
        }
        if (bitmap_get(seen, state->id)) {
            error_set(error, VIR_ERR_XML_ERROR, "duplicate vcpu '%u'", state->id);
            return false;
        }
        bitmap_set(seen, state->id, true);
        on += state->enabled == YESNO_YES;
        ordered += state->enabled == YESNO_YES && state->order;
    }
    if (!ordered || ordered == on)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "vcpu enable order must be given for all vCPUs that are on, or for none");
    return false;
}

static bool
rule_bandwidth(const Domain *domain, GError **error)
{
    const struct { const char *name; bool there; uint64_t value; } periods[] = {
        { "period", domain->has_cpu_period, domain->cpu_period },
        { "global_period", domain->has_global_period, domain->global_period },
        { "emulator_period", domain->has_emulator_period, domain->emulator_period },
        { "iothread_period", domain->has_iothread_period, domain->iothread_period },
    };
    const struct { const char *name; bool there; int64_t value; } quotas[] = {
        { "quota", domain->has_cpu_quota, domain->cpu_quota },
        { "global_quota", domain->has_global_quota, domain->global_quota },
        { "emulator_quota", domain->has_emulator_quota, domain->emulator_quota },
        { "iothread_quota", domain->has_iothread_quota, domain->iothread_quota },
    };

    /* 0 and negative quotas: no limit. */
    for (size_t i = 0; i < G_N_ELEMENTS(periods); i++) {
        if (!periods[i].there || !periods[i].value ||
            (periods[i].value >= PERIOD_MIN && periods[i].value <= PERIOD_MAX))
            continue;
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Value of cputune '%s' must be in range [%d, %d]", periods[i].name,
                  PERIOD_MIN, PERIOD_MAX);
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(quotas); i++) {
        if (!quotas[i].there || quotas[i].value <= 0 || (quotas[i].value >= QUOTA_MIN && quotas[i].value <= QUOTA_MAX))
            continue;
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Value of cputune '%s' must be in range [%d, %" G_GINT64_FORMAT "]",
                  quotas[i].name, QUOTA_MIN, (int64_t)QUOTA_MAX);
        return false;
    }
    return true;
}

static bool
is_iothread(const Domain *domain, unsigned id)
{
    for (guint i = 0; i < list_len(domain->iothread_list); i++)
        if (((IoThread *)domain->iothread_list->pdata[i])->id == id)
            return true;
    return id >= 1 && id <= domain->iothreads && !domain->iothread_list;
}

static bool
rule_pins(const Domain *domain, GError **error)
{
    g_autoptr(Bitmap) seen = bitmap_new();

    for (guint i = 0; i < list_len(domain->vcpupins); i++) {
        const VcpuPin *pin = domain->vcpupins->pdata[i];

        if (pin->vcpu >= BITMAP_MAX || bitmap_get(seen, pin->vcpu)) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "duplicate vcpupin for vcpu '%u'", pin->vcpu);
            return false;
        }
        bitmap_set(seen, pin->vcpu, true);
    }
    for (guint i = 0; i < list_len(domain->iothreadpins); i++) {
        const IoThreadPin *pin = domain->iothreadpins->pdata[i];

        for (guint k = 0; k < i; k++) {
            if (((IoThreadPin *)domain->iothreadpins->pdata[k])->iothread != pin->iothread)
                continue;
            error_set(error, VIR_ERR_INTERNAL_ERROR, "duplicate iothreadpin for same iothread '%u'", pin->iothread);
            return false;
        }
        if (!is_iothread(domain, pin->iothread)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Cannot find 'iothread' : %u", pin->iothread);
            return false;
        }
    }
    return true;
}

/* Real-time policies need a priority; the others do without. */
static bool
has_priority(SchedPolicy policy, bool given, int priority, GError **error)
{
    bool realtime = policy == SCHED_POLICY_FIFO || policy == SCHED_POLICY_RR;

    if (!realtime || (given && priority >= 0))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "scheduler '%s' needs a priority", sched_policy_words[policy]);
    return false;
}

static bool
rule_priorities(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->vcpuscheds); i++) {
        const VcpuSched *sched = domain->vcpuscheds->pdata[i];

        if (!has_priority(sched->scheduler, sched->has_priority, sched->priority, error))
            return false;
    }
    for (guint i = 0; i < list_len(domain->iothreadscheds); i++) {
        const IoThreadSched *sched = domain->iothreadscheds->pdata[i];

        if (!has_priority(sched->scheduler, sched->has_priority, sched->priority, error))
            return false;
    }
    return !domain->emulatorsched || has_priority(domain->emulatorsched->scheduler, domain->emulatorsched->has_priority,
                                                  domain->emulatorsched->priority, error);
}

/* ---- I/O ----------------------------------------------------------------- */

/* Without an upper bound there is none that the lower one could keep to. */
static bool
check_pool(const char *what, bool has_min, unsigned min, bool has_max, unsigned max, GError **error)
{
    if (has_max && !max) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "thread_pool_max must be a positive integer, also that of %s", what);
        return false;
    }
    if (!has_min || !min || (has_max && min <= max))
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "thread_pool_min must be smaller or equal to thread_pool_max, also that of %s%s",
              what, has_max ? "" : ", which has no thread_pool_max");
    return false;
}

static bool
rule_iothreads(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->iothread_list); i++) {
        const IoThread *thread = domain->iothread_list->pdata[i];

        for (guint k = 0; k < i; k++) {
            if (((IoThread *)domain->iothread_list->pdata[k])->id != thread->id)
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "duplicate iothread id '%u' found", thread->id);
            return false;
        }
        g_autofree char *what = g_strdup_printf("iothread %u", thread->id);
        if (!check_pool(what, thread->has_thread_pool_min, thread->thread_pool_min, thread->has_thread_pool_max,
                        thread->thread_pool_max, error))
            return false;
    }
    return check_pool("the default thread", domain->has_default_pool_min, domain->default_pool_min,
                      domain->has_default_pool_max, domain->default_pool_max, error);
}

static bool
rule_disk_iothreads(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->disks); i++) {
        const Disk *disk = domain->disks->pdata[i];

        if (disk->iothread && !is_iothread(domain, disk->iothread)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Disk iothread '%u' not defined in iothreadid", disk->iothread);
            return false;
        }
        for (guint k = 0; k < list_len(disk->iothreads); k++) {
            const IoThreadMap *map = disk->iothreads->pdata[k];

            if (!is_iothread(domain, map->id)) {
                error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Disk iothread '%u' not defined in iothreadid", map->id);
                return false;
            }
        }
    }
    return true;
}

static bool
rule_blkio(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->blkio_devices); i++) {
        const BlkioDevice *device = domain->blkio_devices->pdata[i];

        for (guint k = 0; k < i; k++) {
            if (strcmp(device->path, ((BlkioDevice *)domain->blkio_devices->pdata[k])->path))
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "duplicate blkio device path '%s'", device->path);
            return false;
        }
    }
    return true;
}

static bool
has_group(const Domain *domain, const char *name)
{
    for (guint i = 0; i < list_len(domain->throttlegroups); i++)
        if (!g_strcmp0(((ThrottleGroup *)domain->throttlegroups->pdata[i])->limits.group_name, name))
            return true;
    return false;
}

static bool
rule_throttle_groups(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->throttlegroups); i++) {
        const IoTune *limits = &((ThrottleGroup *)domain->throttlegroups->pdata[i])->limits;

        if (!limits->group_name || !limits->group_name[0]) {
            error_set(error, VIR_ERR_XML_ERROR, "a <throttlegroup> needs a <group_name>");
            return false;
        }
        for (guint k = 0; k < i; k++) {
            const ThrottleGroup *other = domain->throttlegroups->pdata[k];

            if (g_strcmp0(other->limits.group_name, limits->group_name))
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "duplicate group name '%s' found in <throttlegroups>", limits->group_name);
            return false;
        }
        if (!disk_limits_check(limits->group_name, limits, error))
            return false;
    }
    for (guint i = 0; i < list_len(domain->disks); i++) {
        const Disk *disk = domain->disks->pdata[i];

        for (guint k = 0; k < list_len(disk->throttlefilters); k++) {
            const FilterRef *filter = disk->throttlefilters->pdata[k];

            if (!has_group(domain, filter->group)) {
                error_set(error, VIR_ERR_XML_ERROR, "throttle group '%s' of disk '%s' not found among <throttlegroups>",
                          filter->group, disk->target);
                return false;
            }
        }
    }
    return true;
}

bool
domain_tune_rules(const Domain *domain, GError **error)
{
    static bool (*const rules[])(const Domain *domain, GError **error) = {
        rule_title, rule_partition, rule_appid, rule_perf, rule_keywrap, rule_bitmaps, rule_static_nodes, rule_distances,
        rule_cpu_features, rule_hugepages, rule_cell_vcpus, rule_memory_source, rule_max_memory,
        rule_memnodes, rule_vcpu_states, rule_bandwidth, rule_pins, rule_priorities, rule_iothreads, rule_disk_iothreads,
        rule_blkio, rule_throttle_groups,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (!rules[i](domain, error))
            return false;
    return true;
}
