/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_machine.c - memory, vCPUs, clocks, and what starts: where one key is not one member of the document */
#define ERROR_FROM VIR_FROM_XEN
#include "drivers/xen/xen_machine.h"

#include <string.h>

#include "drivers/xen/xen_private.h"
#include "util/bitmap.h"
#include "util/error.h"
#include "util/text.h"
#include "util/uuid.h"

/* What xl takes where the file says nothing, in MiB, and the limits of what makes sense. */
enum { DEFAULT_MEMORY = 128, MAX_VCPUS = 4096 };

#define MAX_MEMORY (INT64_C(1) << 43)     /* MiB: the bytes still fit into 64 bits */

bool
xen_uuid_read(const XenReader *r, GError **error)
{
    g_autofree char *text = NULL;

    if (!xen_get_text(r, "uuid", &text, error))
        return false;
    if (!text)
        uuid_generate(r->domain->uuid);
    else if (!uuid_parse(text, r->domain->uuid))
        return xen_refuse(conf_get(r->conf, "uuid"), error, "'%.64s' is no UUID", text);
    return true;
}

bool
xen_uuid_write(const XenWriter *w, GError **error G_GNUC_UNUSED)
{
    g_autofree char *text = uuid_to_string(w->domain->uuid);

    xen_put_text(w, "uuid", text);
    return true;
}

bool
xen_memory_read(const XenReader *r, GError **error)
{
    int64_t memory = DEFAULT_MEMORY, max = 0;

    if (!xen_get_number(r, "memory", 1, MAX_MEMORY, &memory, NULL, error) ||
        !xen_get_number(r, "maxmem", 1, MAX_MEMORY, &max, NULL, error))
        return false;
    r->domain->current_memory = (uint64_t)memory * 1024;
    r->domain->memory = (uint64_t)MAX(max, memory) * 1024;
    r->domain->has_current_memory = true;
    return true;
}

static int64_t
mebibytes(uint64_t kib)
{
    return (int64_t)((kib + 1023) / 1024);
}

bool
xen_memory_write(const XenWriter *w, GError **error G_GNUC_UNUSED)
{
    const Domain *domain = w->domain;

    xen_put_number(w, "maxmem", mebibytes(domain->memory));
    xen_put_number(w, "memory", mebibytes(domain->has_current_memory ? domain->current_memory : domain->memory));
    return true;
}

/* ---- vCPUs ---------------------------------------------------------------- */

static bool
parse_cpus(const ConfValue *value, const char *text, Bitmap **ret, GError **error)
{
    if (!strcmp(text, "all") || !*text)
        return true;
    *ret = bitmap_parse(text);
    return *ret || xen_refuse(value, error, "'%.64s' in 'cpus' is no set of CPUs as in '0-3,^1'", text);
}

/* One set for all vCPUs, or a list with the CPUs of each. */
static bool
read_pins(const XenReader *r, GError **error)
{
    const ConfValue *value = conf_get(r->conf, "cpus");

    if (!value || value->kind != CONF_VALUE_LIST) {
        g_autofree char *text = NULL;

        return xen_get_text(r, "cpus", &text, error) &&
               (!text || parse_cpus(value, text, &r->domain->cpuset, error));
    }
    for (guint i = 0; i < list_len(value->list); i++) {
        const ConfValue *item = list_at(value->list, i);
        g_autofree char *text = item->kind == CONF_VALUE_NUMBER ? g_strdup_printf("%" G_GINT64_FORMAT, item->number)
                                                                : g_strdup(item->string ? item->string : "[");
        g_autoptr(Bitmap) cpus = NULL;
        VcpuPin *pin;

        if (!parse_cpus(item, text, &cpus, error))
            return false;
        if (!cpus)
            continue;
        if (i >= r->domain->max_vcpus)
            return xen_refuse(item, error, "'cpus' has more items than the guest has vCPUs, %u", r->domain->max_vcpus);
        pin = xen_append(&r->domain->vcpupins, &vcpu_pin_xml);
        pin->vcpu = i;
        pin->cpuset = g_steal_pointer(&cpus);
    }
    return true;
}

bool
xen_vcpus_read(const XenReader *r, GError **error)
{
    Domain *domain = r->domain;
    int64_t vcpus = 1, max = 0, online = 0;
    bool masked = false;

    if (!xen_get_number(r, "vcpus", 1, MAX_VCPUS, &vcpus, NULL, error) ||
        !xen_get_number(r, "maxvcpus", 1, MAX_VCPUS, &max, NULL, error) ||
        (r->context->dialect == XEN_XM && !xen_get_number(r, "vcpu_avail", 1, INT64_MAX, &online, &masked, error)))
        return false;
    domain->max_vcpus = (unsigned)MAX(max, vcpus);
    if (masked)
        vcpus = MIN(__builtin_popcountll((unsigned long long)online), vcpus);
    domain->current_vcpus = (unsigned)vcpus;
    domain->has_current_vcpus = vcpus < domain->max_vcpus;
    return read_pins(r, error);
}

bool
xen_vcpus_write(const XenWriter *w, GError **error)
{
    const Domain *domain = w->domain;
    g_autofree char *shared = domain->cpuset ? bitmap_format(domain->cpuset) : NULL;
    g_autoptr(GPtrArray) pins = g_ptr_array_new_with_free_func(g_free);
    bool fewer = domain->has_current_vcpus && domain->current_vcpus < domain->max_vcpus;

    if (fewer)
        xen_put_number(w, "maxvcpus", domain->max_vcpus);
    xen_put_number(w, "vcpus", fewer ? domain->current_vcpus : domain->max_vcpus);
    if (!list_len(domain->vcpupins)) {
        xen_put_text(w, "cpus", shared);
        return true;
    }
    if (domain->max_vcpus > MAX_VCPUS)
        return xen_unsupported(w, error, "where each of %u vCPUs runs", domain->max_vcpus);
    for (unsigned i = 0; i < domain->max_vcpus; i++)
        g_ptr_array_add(pins, g_strdup(shared ? shared : "all"));
    for (guint i = 0; i < list_len(domain->vcpupins); i++) {
        const VcpuPin *pin = list_at(domain->vcpupins, i);

        if (pin->vcpu < pins->len) {
            g_free(list_at(pins, pin->vcpu));
            pins->pdata[pin->vcpu] = bitmap_format(pin->cpuset);
        }
    }
    xen_put_items(w, "cpus", pins);
    return true;
}

/* ---- features ------------------------------------------------------------- */

/* Groups of Viridian in the order of their numbers, and what they are called as features of Hyper-V; others come with any
 * of these. */
static const struct { const char *group; size_t offset; } viridian[] = {
    { "base", 0 }, { "freq", offsetof(Features, hyperv_frequencies) }, { "time_ref_count", 0 }, { "reference_tsc", 0 },
    { "hcall_remote_tlb_flush", offsetof(Features, hyperv_tlbflush) }, { "apic_assist", offsetof(Features, hyperv_vapic) },
    { "crash_ctl", 0 }, { "synic", offsetof(Features, hyperv_synic) }, { "stimer", offsetof(Features, hyperv_stimer) },
    { "hcall_ipi", offsetof(Features, hyperv_ipi) },
};

unsigned
xen_machine_viridian(const Features *features)
{
    bool all = features->hyperv_mode == HYPERV_MODE_PASSTHROUGH;
    unsigned groups = 0;

    for (size_t i = 0; features->hyperv && i < G_N_ELEMENTS(viridian); i++)
        if (all || !viridian[i].offset || *(const Onoff *)((const char *)features + viridian[i].offset) == ONOFF_ON)
            groups |= 1u << i;
    return groups;
}

bool
xen_viridian_read(const XenReader *r, GError **error)
{
    const ConfValue *value = conf_get(r->conf, "viridian");
    bool on = false;

    if (!value || value->kind != CONF_VALUE_LIST) {
        if (!xen_get_flag(r, "viridian", &on, NULL, error))
            return false;
        if (on)
            xen_features(r->domain)->viridian = true;
        return true;
    }
    for (guint i = 0; i < list_len(value->list); i++) {
        const ConfValue *item = list_at(value->list, i);
        Features *features = xen_features(r->domain);
        size_t k = 0;

        if (item->kind == CONF_VALUE_STRING && !strcmp(item->string, "all")) {
            features->hyperv = true;
            features->hyperv_mode = HYPERV_MODE_PASSTHROUGH;
            continue;
        }
        if (item->kind == CONF_VALUE_STRING && !strcmp(item->string, "defaults")) {
            features->viridian = true;
            continue;
        }
        while (k < G_N_ELEMENTS(viridian) && g_strcmp0(viridian[k].group, item->string) != 0)
            k++;
        if (k == G_N_ELEMENTS(viridian))
            return xen_refuse(item, error, "'%.64s' is no group of 'viridian' that a document has",
                              item->string ? item->string : "a number or list");
        features->hyperv = true;
        if (features->hyperv_mode == HYPERV_MODE_UNSET)
            features->hyperv_mode = HYPERV_MODE_CUSTOM;
        if (viridian[k].offset)
            *(Onoff *)((char *)features + viridian[k].offset) = ONOFF_ON;
    }
    return true;
}

bool
xen_viridian_write(const XenWriter *w, GError **error)
{
    const Features *features = w->domain->features;
    g_autoptr(GPtrArray) groups = g_ptr_array_new();

    if (!features || !features->hyperv) {
        xen_put_number(w, "viridian", features && features->viridian);
        return true;
    }
    if (w->context->dialect == XEN_XM)
        return xen_unsupported(w, error, "single features of Hyper-V");
    if (features->viridian)
        g_ptr_array_add(groups, (void *)"defaults");
    if (features->hyperv_mode == HYPERV_MODE_PASSTHROUGH)
        g_ptr_array_add(groups, (void *)"all");
    for (size_t i = 0; features->hyperv_mode != HYPERV_MODE_PASSTHROUGH && i < G_N_ELEMENTS(viridian); i++)
        if (xen_machine_viridian(features) & 1u << i)
            g_ptr_array_add(groups, (void *)viridian[i].group);
    xen_put_items(w, "viridian", groups);
    return true;
}

bool
xen_passthrough_read(const XenReader *r, GError **error)
{
    g_autofree char *word = NULL;
    bool e820 = false, given = false;
    Features *features;
    int mode;

    if (!xen_get_text(r, "passthrough", &word, error) ||
        (r->guest == XEN_PV && !xen_get_flag(r, "e820_host", &e820, &given, error)))
        return false;
    if (given) {
        features = xen_features(r->domain);
        features->xen = true;
        features->xen_e820_host = e820 ? ONOFF_ON : ONOFF_OFF;
    }
    if (!word || !strcmp(word, "unknown") || !strcmp(word, "default"))
        return true;
    mode = xml_enum_value(&xen_passthrough_enum, word);
    if (mode <= 0 && strcmp(word, "enabled") != 0 && strcmp(word, "disabled") != 0)
        return xen_refuse(conf_get(r->conf, "passthrough"), error,
                          "'passthrough' is '%.64s', expected enabled, disabled, sync_pt or share_pt", word);
    features = xen_features(r->domain);
    features->xen = true;
    features->xen_passthrough_state = strcmp(word, "disabled") ? ONOFF_ON : ONOFF_OFF;
    if (mode > 0)
        features->xen_passthrough_mode = (XenPassthrough)mode;
    return true;
}

bool
xen_passthrough_write(const XenWriter *w, GError **error G_GNUC_UNUSED)
{
    const Features *features = w->domain->features;

    if (!features)
        return true;
    if (w->guest == XEN_PV && features->xen_e820_host != ONOFF_UNSET)
        xen_put_number(w, "e820_host", features->xen_e820_host == ONOFF_ON);
    if (features->xen_passthrough_state != ONOFF_UNSET)
        xen_put_text(w, "passthrough",
                     features->xen_passthrough_state == ONOFF_OFF ? "disabled"
                     : features->xen_passthrough_mode ? xen_passthrough_words[features->xen_passthrough_mode] : "enabled");
    return true;
}

/* ---- clocks --------------------------------------------------------------- */

static const struct { const char *word; TimerMode mode; } tsc_modes[] = {
    { "default", TIMER_MODE_AUTO }, { "always_emulate", TIMER_MODE_EMULATE }, { "native", TIMER_MODE_NATIVE },
    { "native_paravirt", TIMER_MODE_PARAVIRT },
};

const char *
xen_machine_tsc(const Timer *timer)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tsc_modes); i++)
        if (tsc_modes[i].mode == timer->mode)
            return tsc_modes[i].word;
    return tsc_modes[0].word;
}

bool
xen_timers_read(const XenReader *r, GError **error)
{
    g_autofree char *mode = NULL;
    bool hpet = false, given = false;
    Timer *timer;
    size_t i = 0;

    if ((r->context->dialect == XEN_XL && !xen_get_text(r, "tsc_mode", &mode, error)) ||
        (r->guest == XEN_HVM && !xen_get_flag(r, "hpet", &hpet, &given, error)))
        return false;
    /* xm has numbers for them, which xl still reads. */
    while (mode && i < G_N_ELEMENTS(tsc_modes) && strcmp(tsc_modes[i].word, mode) != 0 &&
           !(mode[0] == '0' + (int)i && !mode[1]))
        i++;
    if (i == G_N_ELEMENTS(tsc_modes))
        return xen_refuse(conf_get(r->conf, "tsc_mode"), error,
                          "'tsc_mode' is '%.64s', expected default, always_emulate, native or native_paravirt", mode);
    if (mode) {
        timer = xen_append(&r->domain->timers, &timer_xml);
        timer->name = TIMER_NAME_TSC;
        timer->present = YESNO_YES;
        timer->mode = tsc_modes[i].mode;
    }
    if (given) {
        timer = xen_append(&r->domain->timers, &timer_xml);
        timer->name = TIMER_NAME_HPET;
        timer->present = hpet ? YESNO_YES : YESNO_NO;
    }
    return true;
}

bool
xen_timers_write(const XenWriter *w, GError **error)
{
    for (guint i = 0; i < list_len(w->domain->timers); i++) {
        const Timer *timer = list_at(w->domain->timers, i);

        if (timer->name == TIMER_NAME_HPET && w->guest == XEN_HVM) {
            xen_put_number(w, "hpet", timer->present != YESNO_NO);
        } else if (timer->name == TIMER_NAME_TSC && w->context->dialect == XEN_XL) {
            xen_put_text(w, "tsc_mode", xen_machine_tsc(timer));
        } else {
            return xen_unsupported(w, error, "the timer '%s'", timer_name_words[timer->name]);
        }
    }
    return true;
}

bool
xen_clock_read(const XenReader *r, GError **error)
{
    Domain *domain = r->domain;
    bool local = false;

    if (!xen_get_flag(r, "localtime", &local, NULL, error))
        return false;
    if (r->guest == XEN_HVM) {
        domain->clock_offset = CLOCK_OFFSET_VARIABLE;
        domain->clock_basis = local ? CLOCK_BASIS_LOCALTIME : CLOCK_BASIS_UTC;
        return xen_get_number(r, "rtc_timeoffset", INT_MIN, INT_MAX, &domain->clock_adjustment, NULL, error);
    }
    domain->clock_offset = local ? CLOCK_OFFSET_LOCALTIME : CLOCK_OFFSET_UTC;
    domain->clock_reset = g_strdup("reset");
    return true;
}

bool
xen_clock_write(const XenWriter *w, GError **error)
{
    const Domain *domain = w->domain;
    bool variable = domain->clock_offset == CLOCK_OFFSET_VARIABLE;

    if (domain->clock_offset == CLOCK_OFFSET_TIMEZONE || domain->clock_offset == CLOCK_OFFSET_ABSOLUTE ||
        (variable && w->guest != XEN_HVM))
        return xen_unsupported(w, error, "a clock of offset '%s'%s", clock_offset_words[domain->clock_offset],
                               variable ? " for guests without firmware" : "");
    if (w->guest == XEN_HVM)
        xen_put_number(w, "rtc_timeoffset", variable ? domain->clock_adjustment : 0);
    xen_put_number(w, "localtime", variable ? domain->clock_basis == CLOCK_BASIS_LOCALTIME
                                            : domain->clock_offset == CLOCK_OFFSET_LOCALTIME);
    return true;
}

/* ---- limits, shared folders, words for the device model -------------------- */

bool
xen_xenbus_read(const XenReader *r, GError **error)
{
    int64_t frames = 0, channels = 0;
    bool has_frames = false, has_channels = false;
    Controller *controller;

    if (!xen_get_number(r, "max_grant_frames", 0, UINT_MAX, &frames, &has_frames, error) ||
        !xen_get_number(r, "max_event_channels", 0, UINT_MAX, &channels, &has_channels, error))
        return false;
    controller = xen_append(&r->domain->controllers, &controller_xml);
    controller->type = CONTROLLER_TYPE_XENBUS;
    controller->has_index = true;
    controller->max_grant_frames = (unsigned)frames;
    controller->has_max_grant_frames = has_frames;
    controller->max_event_channels = (unsigned)channels;
    controller->has_max_event_channels = has_channels;
    return true;
}

bool
xen_xenbus_write(const XenWriter *w, GError **error G_GNUC_UNUSED)
{
    for (guint i = 0; i < list_len(w->domain->controllers); i++) {
        const Controller *controller = list_at(w->domain->controllers, i);

        if (controller->type != CONTROLLER_TYPE_XENBUS)
            continue;
        if (controller->has_max_grant_frames)
            xen_put_number(w, "max_grant_frames", controller->max_grant_frames);
        if (controller->has_max_event_channels)
            xen_put_number(w, "max_event_channels", controller->max_event_channels);
    }
    return true;
}

bool
xen_p9_read(const XenReader *r, GError **error)
{
    g_autoptr(GPtrArray) items = NULL;

    if (!xen_get_items(r, "p9", &items, error))
        return false;
    for (guint i = 0; i < list_len(items); i++) {
        const ConfValue *item = list_at(items, i);
        g_auto(GStrv) options = xen_options(item->string);
        const char *tag = xen_option(options, "tag"), *path = xen_option(options, "path");
        const char *model = xen_option(options, "security_model");
        Filesystem *fs;

        if (!tag || !*tag || !path || !*path)
            return xen_refuse(item, error, "an item of 'p9' needs 'tag' and 'path'");
        if (model && strcmp(model, "none") != 0)
            return xen_refuse(item, error, "'security_model' is '%.64s', expected none", model);
        fs = xen_append(&r->domain->filesystems, &filesystem_xml);
        fs->type = FILESYSTEM_TYPE_MOUNT;
        fs->source_dir = g_strdup(path);
        fs->target = g_strdup(tag);
    }
    return true;
}

bool
xen_p9_write(const XenWriter *w, GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < list_len(w->domain->filesystems); i++) {
        const Filesystem *fs = list_at(w->domain->filesystems, i);
        g_autoptr(GString) item = g_string_new(NULL);

        if (fs->type != FILESYSTEM_TYPE_MOUNT || fs->readonly || fs->driver_type > FS_DRIVER_PATH ||
            fs->accessmode > ACCESS_MODE_PASSTHROUGH)
            return xen_unsupported(w, error, "file system '%s', only a folder shared as it is", fs->target);
        if (!xen_add_option(item, "tag", fs->target, error) || !xen_add_option(item, "security_model", "none", error) ||
            !xen_add_option(item, "path", fs->source_dir, error))
            return false;
        g_ptr_array_add(items, g_string_free(g_steal_pointer(&item), FALSE));
    }
    xen_put_items(w, "p9", items);
    return true;
}

bool
xen_arguments_read(const XenReader *r, GError **error)
{
    const char *const keys[] = {
        "device_model_args", r->guest == XEN_HVM ? "device_model_args_hvm" : "device_model_args_pv",
    };

    for (size_t k = 0; k < G_N_ELEMENTS(keys); k++) {
        g_autoptr(GPtrArray) items = NULL;

        if (!xen_get_items(r, keys[k], &items, error))
            return false;
        for (guint i = 0; i < list_len(items); i++) {
            XenArg *arg = xen_append(&r->domain->xen_args, &xen_arg_xml);

            arg->value = g_strdup(((const ConfValue *)list_at(items, i))->string);
        }
    }
    return true;
}

bool
xen_arguments_write(const XenWriter *w, GError **error G_GNUC_UNUSED)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new();

    for (guint i = 0; i < list_len(w->domain->xen_args); i++)
        g_ptr_array_add(items, ((const XenArg *)list_at(w->domain->xen_args, i))->value);
    xen_put_items(w, "device_model_args", items);
    return true;
}
