/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_cache.c - caches and memory bandwidth of the host, and how they can be divided (resctrl)
 *
 * Caches are those of the CPUs in sysfs; the first level is too small and close to a core to matter to anyone.  Resctrl
 * names what it divides "L3", or "L3CODE" and "L3DATA" where the two are kept apart, and "MB" for bandwidth.
 */
#define ERROR_FROM VIR_FROM_RESCTRL
#include "drivers/common/host_cache.h"

#include <inttypes.h>
#include <string.h>

#include "util/error.h"
#include "util/file.h"
#include "util/text.h"
#include "util/xml.h"

enum { LEVEL_MIN = 2, LEVEL_MAX = 9, GROUPS_MAX = 4096 };

static const char *const kind_suffix[] = { [CAP_CACHE_TYPE_BOTH] = "", [CAP_CACHE_TYPE_CODE] = "CODE",
                                           [CAP_CACHE_TYPE_DATA] = "DATA" };

static int
compare_banks(const void *a, const void *b)
{
    const CacheBank *x = *(CacheBank *const *)a, *y = *(CacheBank *const *)b;

    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static char *
resctrl_line(const HostTree *tree, const char *folder, const char *file)
{
    g_autofree char *path = tree->resctrl ? g_build_filename(tree->resctrl, "info", folder, file, NULL) : NULL;

    return path ? file_read_line(path) : NULL;
}

static bool
resctrl_uint(const HostTree *tree, const char *folder, const char *file, uint64_t *ret_value)
{
    g_autofree char *text = resctrl_line(tree, folder, file);

    return text && text_parse_uint64(text, 10, ret_value);
}

/* Bits of the mask that a group of this resource has; 0: it is not divided. */
static unsigned
mask_bits(const HostTree *tree, const char *resource)
{
    g_autofree char *text = resctrl_line(tree, resource, "cbm_mask");
    uint64_t mask;

    return text && text_parse_uint64(text, 16, &mask) ? (unsigned)__builtin_popcountll(mask) : 0;
}

static void
add_control(const HostTree *tree, CacheBank *bank, CapCacheType type)
{
    g_autofree char *resource = g_strdup_printf("L%u%s", bank->level, kind_suffix[type]);
    unsigned bits = mask_bits(tree, resource);
    uint64_t min_bits = 0, groups = 0, scale = 1;
    static const char *const units[] = { "B", "KiB", "MiB", "GiB" };
    size_t unit = 0;
    CacheControl *control;

    if (!bits || !resctrl_uint(tree, resource, "num_closids", &groups))
        return;
    resctrl_uint(tree, resource, "min_cbm_bits", &min_bits);
    control = xml_new(&cache_control_xml);
    control->granularity = bank->size / bits;
    while (control->granularity && unit + 1 < G_N_ELEMENTS(units) && control->granularity % (scale * 1024) == 0) {
        scale *= 1024;
        unit++;
    }
    control->granularity /= scale;
    control->min = min_bits > 1 ? control->granularity * min_bits : 0;
    control->unit = g_strdup(units[unit]);
    control->type = type;
    control->max_allocs = (unsigned)groups;
    if (!bank->controls)
        bank->controls = g_ptr_array_new();
    g_ptr_array_add(bank->controls, control);
}

static CacheBank *
read_bank(const HostTree *tree, int cpu, int index)
{
    g_autofree char *folder = g_strdup_printf("cpu/cpu%d/cache/index%d", cpu, index);
    g_autofree char *size = host_tree_line(tree, "%s/size", folder);
    g_autofree char *type = host_tree_line(tree, "%s/type", folder);
    uint64_t level, id, bytes;
    CacheBank *bank;
    char *end;

    if (!host_tree_uint(tree, &level, "%s/level", folder) || level < LEVEL_MIN || level > LEVEL_MAX || !size || !type ||
        !host_tree_uint(tree, &id, "%s/id", folder))
        return NULL;
    bytes = g_ascii_strtoull(size, &end, 10);
    if (!xml_scale(bytes, *end ? end : "b", 1, &bytes))
        return NULL;
    bank = xml_new(&cache_bank_xml);
    bank->level = (unsigned)level;
    bank->id = (unsigned)id;
    bank->size = bytes;
    bank->type = g_str_equal(type, "Instruction") ? CAP_CACHE_TYPE_CODE
                 : g_str_equal(type, "Data") ? CAP_CACHE_TYPE_DATA : CAP_CACHE_TYPE_BOTH;
    bank->cpus = host_tree_bitmap(tree, "%s/shared_cpu_list", folder);
    for (CapCacheType kind = CAP_CACHE_TYPE_BOTH; kind <= CAP_CACHE_TYPE_DATA; kind++)
        add_control(tree, bank, kind);
    return bank;
}

static bool
known_bank(const GPtrArray *banks, const CacheBank *bank)
{
    for (unsigned i = 0; i < banks->len; i++)
        if (!compare_banks(&banks->pdata[i], &bank))
            return true;
    return false;
}

/* Features whose names start with @prefix, or NULL. */
static CapsMonitor *
read_monitor(const HostTree *tree, const char *prefix)
{
    g_autofree char *path = tree->resctrl ? g_build_filename(tree->resctrl, "info", "L3_MON", "mon_features", NULL) : NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) names = NULL;
    CapsMonitor *monitor = NULL;
    uint64_t rmids = 0;

    if (!path || !file_read_limited(path, 65536, &text, NULL, NULL) ||
        !resctrl_uint(tree, "L3_MON", "num_rmids", &rmids))
        return NULL;
    names = g_strsplit(text, "\n", -1);
    for (size_t i = 0; names[i]; i++) {
        MonitorFeature *feature;

        if (!g_str_has_prefix(names[i], prefix))
            continue;
        if (!monitor) {
            monitor = xml_new(&caps_monitor_xml);
            monitor->max_monitors = (unsigned)rmids;
            monitor->features = g_ptr_array_new();
        }
        feature = xml_new(&monitor_feature_xml);
        feature->name = g_strdup(names[i]);
        g_ptr_array_add(monitor->features, feature);
    }
    return monitor;
}

/* Bandwidth is divided where the last cache is shared. */
static void
add_bandwidth(const HostTree *tree, Capabilities *caps)
{
    unsigned last = caps->caches->len ? ((CacheBank *)caps->caches->pdata[caps->caches->len - 1])->level : 0;
    uint64_t granularity, min, groups;

    caps->bandwidth_monitor = read_monitor(tree, "mbm_");
    if (!resctrl_uint(tree, "MB", "bandwidth_gran", &granularity) || !resctrl_uint(tree, "MB", "min_bandwidth", &min) ||
        !resctrl_uint(tree, "MB", "num_closids", &groups))
        return;
    caps->bandwidth_nodes = g_ptr_array_new();
    for (unsigned i = 0; i < caps->caches->len; i++) {
        const CacheBank *bank = caps->caches->pdata[i];
        BandwidthNode *node;

        if (bank->level != last)
            continue;
        node = xml_new(&bandwidth_node_xml);
        node->id = bank->id;
        node->cpus = bitmap_copy(bank->cpus);
        node->control = xml_new(&bandwidth_control_xml);
        node->control->granularity = (unsigned)granularity;
        node->control->min = (unsigned)min;
        node->control->max_allocs = (unsigned)groups;
        g_ptr_array_add(caps->bandwidth_nodes, node);
    }
}

void
host_cache_fill(const HostTree *tree, Capabilities *caps)
{
    g_autoptr(Bitmap) cpus = host_tree_online_cpus(tree);
    uint64_t threshold;

    caps->caches = g_ptr_array_new();
    for (int cpu = bitmap_next(cpus, 0); cpu >= 0; cpu = bitmap_next(cpus, cpu + 1)) {
        g_autofree char *folder = g_strdup_printf("cpu/cpu%d/cache", cpu);
        g_autoptr(Bitmap) indexes = host_tree_numbered(tree, folder, "index");

        for (int index = bitmap_next(indexes, 0); index >= 0; index = bitmap_next(indexes, index + 1)) {
            g_autoptr(CacheBank) bank = read_bank(tree, cpu, index);

            if (bank && !known_bank(caps->caches, bank))
                g_ptr_array_add(caps->caches, g_steal_pointer(&bank));
        }
    }
    g_ptr_array_sort(caps->caches, compare_banks);
    caps->cache_monitor = read_monitor(tree, "llc_");
    if (caps->cache_monitor && caps->caches->len) {
        caps->cache_monitor->level = ((CacheBank *)caps->caches->pdata[caps->caches->len - 1])->level;
        caps->cache_monitor->has_level = true;
        if (resctrl_uint(tree, "L3_MON", "max_threshold_occupancy", &threshold)) {
            caps->cache_monitor->reuse_threshold = (unsigned)threshold;
            caps->cache_monitor->has_reuse_threshold = true;
        }
    }
    add_bandwidth(tree, caps);
}

/* One resource of a schemata file: "L3" and what each cache or node has of it. */
typedef struct Share {
    unsigned id;
    uint64_t value;
} Share;

typedef struct Resource {
    char *name;
    GArray *shares; /* Share */
} Resource;

static void
resource_free(void *data)
{
    Resource *r = data;

    g_free(r->name);
    g_array_unref(r->shares);
    g_free(r);
}

static bool
is_bandwidth(const char *name)
{
    return g_str_equal(name, "MB");
}

/* Other resources (slow memory, those of later kernels) are nobody's business here. */
static bool
is_divided(const char *name)
{
    if (name[0] == 'L' && g_ascii_isdigit(name[1]))
        for (CapCacheType kind = CAP_CACHE_TYPE_BOTH; kind <= CAP_CACHE_TYPE_DATA; kind++)
            if (g_str_equal(name + 2, kind_suffix[kind]))
                return true;
    return is_bandwidth(name);
}

static bool
parse_schemata(const char *text, const char *path, GPtrArray *resources, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (size_t i = 0; lines[i]; i++) {
        char *line = g_strstrip(lines[i]);
        char *colon = strchr(line, ':');
        g_auto(GStrv) parts = NULL;
        Resource *r;

        if (!*line)
            continue;
        if (!colon) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' in '%s' is no line of a resctrl group", line, path);
            return false;
        }
        *colon = '\0';
        if (!is_divided(line))
            continue;
        r = g_new0(Resource, 1);
        r->name = g_strdup(line);
        r->shares = g_array_new(FALSE, FALSE, sizeof(Share));
        g_ptr_array_add(resources, r);
        parts = g_strsplit(colon + 1, ";", -1);
        for (size_t j = 0; parts[j]; j++) {
            char *equal = strchr(parts[j], '=');
            Share share;

            if (!equal) {
                error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s' in '%s' is no share of a resctrl group", parts[j], path);
                return false;
            }
            *equal = '\0';
            if (!text_parse_uint(g_strstrip(parts[j]), 10, &share.id) ||
                !text_parse_uint64(g_strstrip(equal + 1), is_bandwidth(r->name) ? 10 : 16, &share.value)) {
                error_set(error, VIR_ERR_INTERNAL_ERROR, "'%s=%s' in '%s' is no share of a resctrl group", parts[j], equal + 1,
                          path);
                return false;
            }
            g_array_append_val(r->shares, share);
        }
    }
    return true;
}

static int
compare_resources(const void *a, const void *b)
{
    const Resource *x = *(Resource *const *)a, *y = *(Resource *const *)b;
    bool mx = is_bandwidth(x->name), my = is_bandwidth(y->name);

    return mx != my ? mx - my : strcmp(x->name, y->name);
}

static Share *
find_share(GPtrArray *resources, const char *name, unsigned id)
{
    for (unsigned i = 0; i < resources->len; i++) {
        Resource *r = resources->pdata[i];

        for (guint j = 0; !strcmp(r->name, name) && j < r->shares->len; j++)
            if (g_array_index(r->shares, Share, j).id == id)
                return &g_array_index(r->shares, Share, j);
    }
    return NULL;
}

static bool
read_group(const HostTree *tree, const char *group, GPtrArray *ret_resources, GError **error)
{
    g_autofree char *path = g_build_filename(tree->resctrl, group, "schemata", NULL);
    g_autofree char *text = NULL;

    return file_read_limited(path, 1 << 20, &text, NULL, error) && parse_schemata(text, path, ret_resources, error);
}

/* Cache: bits taken.  Bandwidth: a group at the full value has no limit, so it reserves nothing either. */
static void
subtract(GPtrArray *all, GPtrArray *used, GPtrArray *total)
{
    for (unsigned i = 0; i < used->len; i++) {
        const Resource *r = used->pdata[i];

        for (guint j = 0; j < r->shares->len; j++) {
            const Share *share = &g_array_index(r->shares, Share, j);
            Share *left = find_share(all, r->name, share->id);
            const Share *full = find_share(total, r->name, share->id);

            if (!left)
                continue;
            if (!is_bandwidth(r->name))
                left->value &= ~share->value;
            else if (share->value < full->value)
                left->value -= MIN(left->value, share->value);
        }
    }
}

char *
host_cache_free_schemata(const HostTree *tree, GError **error)
{
    g_autoptr(GPtrArray) base = g_ptr_array_new_with_free_func(resource_free);
    g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func(resource_free);
    g_autoptr(GDir) dir = tree->resctrl ? g_dir_open(tree->resctrl, 0, NULL) : NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    const char *name;
    unsigned groups = 0;

    if (!dir) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "this host has no resctrl file system: mount it at /sys/fs/resctrl");
        return NULL;
    }
    if (!read_group(tree, ".", base, error) || !read_group(tree, ".", left, error))
        return NULL;
    /* Every bit of a cache is free, then groups take theirs, the default group first. */
    for (unsigned i = 0; i < left->len; i++) {
        Resource *r = left->pdata[i];
        g_autofree char *text = resctrl_line(tree, r->name, "cbm_mask");
        uint64_t mask = 0;

        if (is_bandwidth(r->name))
            continue;
        if (text)
            text_parse_uint64(text, 16, &mask);
        for (guint j = 0; j < r->shares->len; j++)
            g_array_index(r->shares, Share, j).value = mask;
    }
    subtract(left, base, base);
    while ((name = g_dir_read_name(dir)) && groups++ < GROUPS_MAX) {
        g_autofree char *path = g_build_filename(tree->resctrl, name, "schemata", NULL);
        g_autoptr(GPtrArray) used = g_ptr_array_new_with_free_func(resource_free);

        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
            continue;
        if (!read_group(tree, name, used, error))
            return NULL;
        subtract(left, used, base);
    }
    g_ptr_array_sort(left, compare_resources);
    for (unsigned i = 0; i < left->len; i++) {
        Resource *r = left->pdata[i];
        int digits = (int)((mask_bits(tree, r->name) + 3) / 4);

        g_string_append_printf(out, "%s:", r->name);
        for (guint j = 0; j < r->shares->len; j++) {
            const Share *share = &g_array_index(r->shares, Share, j);

            g_string_append_printf(out, "%s%u=", j ? ";" : "", share->id);
            if (is_bandwidth(r->name))
                g_string_append_printf(out, "%" PRIu64, share->value);
            else
                g_string_append_printf(out, "%0*" PRIx64, digits, share->value);
        }
        g_string_append_c(out, '\n');
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}
