/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc_conf_tune.c - limits of a container: files of its control groups, of version 1 and of version 2 */
#define ERROR_FROM VIR_FROM_LXC
#include <stddef.h>
#include <string.h>

#include "drivers/lxc/lxc_conf.h"
#include "util/list.h"
#include "util/text.h"
#include "util/xml.h"

/* No limit at all. */
static bool
is_unlimited(const char *value)
{
    return !strcmp(value, "-1") || !strcmp(value, "max");
}

/* ---- values of one row ----------------------------------------------------- */

typedef enum { TUNE_COUNT, TUNE_SIGNED, TUNE_SIZE, TUNE_SET } TuneKind;

typedef struct Tune {
    const char *key;
    TuneKind kind;
    size_t value, has;        /* of Domain */
} Tune;

#define ROW(key, kind, member) { key, kind, offsetof(Domain, member), offsetof(Domain, has_##member) }

static const Tune tunes[] = {
    ROW("cpu.shares", TUNE_COUNT, cpu_shares),
    ROW("cpu.cfs_period_us", TUNE_COUNT, cpu_period),
    ROW("cpu.cfs_quota_us", TUNE_SIGNED, cpu_quota),
    ROW("memory.limit_in_bytes", TUNE_SIZE, hard_limit),
    ROW("memory.soft_limit_in_bytes", TUNE_SIZE, soft_limit),
    ROW("memory.memsw.limit_in_bytes", TUNE_SIZE, swap_hard_limit),
    { "cpuset.cpus", TUNE_SET, offsetof(Domain, cpuset), 0 },
    { "cpuset.mems", TUNE_SET, offsetof(Domain, numa_nodeset), 0 },
};

static const Tune tunes_v2[] = {
    ROW("cpu.weight", TUNE_COUNT, cpu_shares),
    ROW("memory.max", TUNE_SIZE, hard_limit),
    ROW("memory.high", TUNE_SIZE, soft_limit),
    ROW("memory.swap.max", TUNE_SIZE, swap_hard_limit),
    { "cpuset.cpus", TUNE_SET, offsetof(Domain, cpuset), 0 },
    { "cpuset.mems", TUNE_SET, offsetof(Domain, numa_nodeset), 0 },
};

static bool
set_value(Domain *def, const Tune *tune, const char *text)
{
    void *value = (char *)def + tune->value;
    Bitmap *set;

    switch (tune->kind) {
    case TUNE_COUNT:
        return text_parse_uint64(text, 10, value);
    case TUNE_SIGNED:
        return text_parse_int64(text, 10, value);
    case TUNE_SIZE:
        if (!lxc_conf_bytes(text, value))
            return false;
        *(uint64_t *)value /= 1024;
        return true;
    case TUNE_SET:
        set = bitmap_parse(text);
        if (!set)
            return false;
        bitmap_free(*(Bitmap **)value);
        *(Bitmap **)value = set;
        return true;
    default:
        return false;
    }
}

static bool
set_tune(LxcConf *conf, const Tune *tune, const char *text, GError **error)
{
    if (tune->kind == TUNE_SIZE && is_unlimited(text)) {
        *(bool *)((char *)conf->def + tune->has) = false;
        return true;
    }
    if (!set_value(conf->def, tune, text))
        return lxc_conf_fail(conf, error, "'%s' is no value of %s", text, tune->key);
    if (tune->has)
        *(bool *)((char *)conf->def + tune->has) = true;
    return true;
}

/* "20000 100000" or "max 100000": quota and period. */
static bool
set_cpu_max(LxcConf *conf, const char *text, GError **error)
{
    Domain *def = conf->def;
    g_auto(GStrv) words = g_strsplit(text, " ", 2);
    bool limited = words[0] && !is_unlimited(words[0]);

    if (!words[0] || (limited && !text_parse_int64(words[0], 10, &def->cpu_quota)) ||
        (words[1] && !text_parse_uint64(g_strstrip(words[1]), 10, &def->cpu_period)))
        return lxc_conf_fail(conf, error, "'%s' is no value of cpu.max", text);
    def->has_cpu_quota = limited;
    def->has_cpu_period = words[1] != NULL;
    return true;
}

/* ---- block devices --------------------------------------------------------- */

/* "8:16" */
static BlkioDevice *
find_device(Domain *def, const char *number)
{
    g_autofree char *path = g_strdup_printf("/dev/block/%s", number);
    BlkioDevice *device;

    if (strspn(number, "0123456789:") != strlen(number) || !strchr(number, ':'))
        return NULL;
    for (size_t i = 0; i < list_len(def->blkio_devices); i++) {
        device = list_at(def->blkio_devices, i);
        if (!strcmp(device->path, path))
            return device;
    }
    device = xml_new(&blkio_device_xml);
    device->path = g_steal_pointer(&path);
    lxc_conf_append(&def->blkio_devices, device);
    return device;
}

static const struct {
    const char *key, *word;   /* of version 1, and in io.max of version 2 */
    size_t value, has;
    bool is_64;
} limits[] = {
    { "blkio.device_weight", NULL, offsetof(BlkioDevice, weight), offsetof(BlkioDevice, has_weight), false },
    { "blkio.throttle.read_bps_device", "rbps", offsetof(BlkioDevice, read_bytes_sec),
      offsetof(BlkioDevice, has_read_bytes_sec), true },
    { "blkio.throttle.write_bps_device", "wbps", offsetof(BlkioDevice, write_bytes_sec),
      offsetof(BlkioDevice, has_write_bytes_sec), true },
    { "blkio.throttle.read_iops_device", "riops", offsetof(BlkioDevice, read_iops_sec),
      offsetof(BlkioDevice, has_read_iops_sec), false },
    { "blkio.throttle.write_iops_device", "wiops", offsetof(BlkioDevice, write_iops_sec),
      offsetof(BlkioDevice, has_write_iops_sec), false },
};

static bool
set_limit(BlkioDevice *device, size_t at, const char *text)
{
    void *value = (char *)device + limits[at].value;
    bool ok = limits[at].is_64 ? text_parse_uint64(text, 10, value) : text_parse_uint(text, 10, value);

    if (ok)
        *(bool *)((char *)device + limits[at].has) = true;
    return ok;
}

/* "8:16 1000", or in version 2 "8:16 rbps=1000 wiops=max". */
static bool
set_device(LxcConf *conf, const char *key, const char *text, GError **error)
{
    g_autofree char *number = g_strndup(text, strcspn(text, " \t"));
    const char *rest = text + strlen(number) + strspn(text + strlen(number), " \t");
    g_auto(GStrv) words = g_strsplit_set(rest, " \t", -1);
    BlkioDevice *device = *rest ? find_device(conf->def, number) : NULL;
    bool max = !strcmp(key, "io.max");
    bool ok = device != NULL;

    for (size_t i = 0; ok && words[i]; i++) {
        char *value = max ? strchr(words[i], '=') : words[i];
        size_t at = 0;

        if (!*words[i])
            continue;
        if (max && value)
            *value++ = '\0';
        while (at < G_N_ELEMENTS(limits) && g_strcmp0(max ? words[i] : key, max ? limits[at].word : limits[at].key))
            at++;
        ok = value && at < G_N_ELEMENTS(limits) && ((max && is_unlimited(value)) || set_limit(device, at, value));
    }
    return ok || lxc_conf_fail(conf, error, "'%s' is no device with a value of %s: expected '8:16 1000', for instance", text,
                               key);
}

/* "500", of version 2 also "default 500" or "8:16 500". */
static bool
set_weight(LxcConf *conf, const char *key, const char *text, GError **error)
{
    if (strchr(text, ':'))
        return set_device(conf, "blkio.device_weight", text, error);
    if (g_str_has_prefix(text, "default "))
        text += strlen("default ");
    return text_parse_uint(text, 10, &conf->def->blkio_weight) ||
           lxc_conf_fail(conf, error, "'%s' is no value of %s", text, key);
}

/* ---- the whole ------------------------------------------------------------- */

bool
lxc_conf_tune(LxcConf *conf, const char *key, bool v2, const char *value, GError **error)
{
    const Tune *rows = v2 ? tunes_v2 : tunes;

    conf->swap_only |= v2 && !strcmp(key, "memory.swap.max");
    for (size_t i = 0; i < (v2 ? G_N_ELEMENTS(tunes_v2) : G_N_ELEMENTS(tunes)); i++)
        if (!strcmp(rows[i].key, key))
            return set_tune(conf, &rows[i], value, error);
    if (v2 && !strcmp(key, "cpu.max"))
        return set_cpu_max(conf, value, error);
    if (!strcmp(key, v2 ? "io.weight" : "blkio.weight"))
        return set_weight(conf, key, value, error);
    if (v2)
        return strcmp(key, "io.max") || set_device(conf, key, value, error);
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++)
        if (!strcmp(limits[i].key, key))
            return set_device(conf, key, value, error);
    return true;    /* devices, pids and the like have no place in a definition */
}

void
lxc_conf_tune_finish(LxcConf *conf)
{
    Domain *def = conf->def;

    if (conf->swap_only && __builtin_add_overflow(def->swap_hard_limit, def->hard_limit, &def->swap_hard_limit))
        def->has_swap_hard_limit = false;
    def->has_swap_hard_limit &= !conf->swap_only || def->has_hard_limit;
    /* The memory of a container is what it may use. */
    if (def->has_hard_limit)
        def->memory = def->hard_limit;
    if (def->numa_nodeset)
        def->numa_mode = NUMA_MODE_STRICT;
}
