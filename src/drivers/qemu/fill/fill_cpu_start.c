/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fill_cpu_start.c - the CPU of one run: what the definition leaves to the host, settled
 *
 * The emulator says what it could give a guest at best on this host (its "host" or "max" CPU); a guest's CPU is held
 * against that.  What comes out names a model the emulator has and every feature that differs from it.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/fill/fill_cpu_start.h"

#include "util/error.h"

#include <string.h>

/* The models of the emulator as choices that borrow from @caps. */
typedef struct Choices {
    CpuChoices choices;
    GPtrArray *lists;             /* arrays of blockers */
} Choices;

static void
clear_choices(Choices *c)
{
    g_free((void *)c->choices.items);
    g_clear_pointer(&c->lists, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Choices, clear_choices)

static void
read_choices(Choices *c, const QemuCaps *caps, QemuAccel accel)
{
    const GPtrArray *models = caps->accel[accel].models;
    CpuChoice *items = g_new0(CpuChoice, list_len(models) + 1);

    c->lists = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < list_len(models); i++) {
        const QemuCpuModel *model = list_at(models, i);
        const char **names = g_new0(const char *, list_len(model->blockers) + 1);

        for (size_t k = 0; k < list_len(model->blockers); k++)
            names[k] = ((const QemuCapsName *)list_at(model->blockers, k))->name;
        g_ptr_array_add(c->lists, names);
        items[i] = (CpuChoice){ model->name, names };
    }
    c->choices = (CpuChoices){ list_len(models), items };
}

/* The emulator's best CPU as it described it; without @all only what may migrate. */
static Json *
describe(const QemuCapsItem *host, bool all)
{
    Json *model = json_new_object();
    Json *props = json_new_object();

    json_add_string(model, "name", host->model);
    for (size_t i = 0; i < list_len(host->props); i++) {
        const QemuCapsProp *prop = list_at(host->props, i);
        bool stays = all || host->migratability != QEMU_YES_YES || prop->migratable == QEMU_YES_YES;

        if (prop->type == QEMU_PROP_TYPE_BOOLEAN)
            json_add_bool(props, prop->name, stays && !g_strcmp0(prop->value, "true"));
        else if (prop->type == QEMU_PROP_TYPE_NUMBER)
            json_add_int64(props, prop->name, g_ascii_strtoll(prop->value ? prop->value : "0", NULL, 10));
        else
            json_add_string(props, prop->name, prop->value);
    }
    json_add(model, "props", props);
    return model;
}

static bool
emulator_knows(const QemuCapsItem *best, const char *arch, const char *feature)
{
    for (size_t i = 0; i < list_len(best->props); i++)
        if (g_str_equal(cpu_feature_from_qemu(arch, ((const QemuCapsProp *)list_at(best->props, i))->name), feature))
            return true;
    return false;
}

/* Features that this emulator has no name for cannot be on: a document of another host or time may list them. */
static void
drop_unknown(Cpu *cpu, const QemuCaps *caps, QemuAccel accel)
{
    const QemuCapsItem *best = caps->accel[accel].host;

    for (size_t i = list_len(cpu->features); best && list_len(best->props) && i-- > 0;)
        if (!emulator_knows(best, caps->arch, ((const CpuFeature *)list_at(cpu->features, i))->name))
            cpu_feature_free(g_ptr_array_remove_index(cpu->features, (guint)i));
}

Cpu *
fill_host_model(const QemuCaps *caps, QemuAccel accel, const Cpu *host, bool all, GError **error)
{
    const QemuCapsItem *best = caps->accel[accel].host;
    g_auto(Choices) c = { 0 };
    g_autoptr(Json) model = NULL;
    g_autoptr(Cpu) cpu = NULL;

    read_choices(&c, caps, accel);
    if (best && !host) {
        model = describe(best, all);
        return cpu_from_qemu(caps->arch, model, &c.choices, error);
    }
    if (!host || !host->model) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "CPU mode 'host-model' for %s is not supported by %s on this host",
                  caps->arch, caps->binary);
        return NULL;
    }
    cpu = xml_copy(&cpu_xml, host);
    cpu->mode = CPU_MODE_CUSTOM;
    cpu->match = CPU_MATCH_EXACT;
    cpu->fallback = CPU_FALLBACK_ALLOW;
    if (!all)
        cpu_make_migratable(caps->arch, cpu);
    drop_unknown(cpu, caps, accel);
    return cpu_translate(caps->arch, cpu, &c.choices, error) ? g_steal_pointer(&cpu) : NULL;
}

Cpu *
fill_baseline(const QemuCaps *caps, QemuAccel accel, Cpu *const *cpus, size_t n_cpus, unsigned flags, GError **error)
{
    g_auto(Choices) c = { 0 };

    read_choices(&c, caps, accel);
    return cpu_baseline(caps->arch, cpus, n_cpus, &c.choices, flags, error);
}

static bool
settle_deprecated(Cpu *cpu, const QemuCaps *caps, QemuAccel accel, GError **error)
{
    const QemuCapsItem *best = caps->accel[accel].host;

    if (cpu->deprecated_features == YN_ONOFF_UNSET)
        return true;
    if (!best || !list_len(best->deprecated_features)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "toggling deprecated features for CPU model is unsupported");
        return false;
    }
    for (size_t i = 0; i < list_len(best->deprecated_features); i++)
        cpu_set_feature(cpu, ((const QemuCapsName *)list_at(best->deprecated_features, i))->name,
                        cpu->deprecated_features == YN_ONOFF_ON ? CPU_POLICY_REQUIRE : CPU_POLICY_DISABLE);
    return true;
}

/* Whether the guest's CPU turns off all that keeps the emulator from its model. */
static bool
check_blockers(const Cpu *cpu, const QemuCaps *caps, QemuAccel accel, GError **error)
{
    const QemuCpuModel *model = qemu_caps_model(caps, accel, cpu->model);

    for (size_t i = 0; model && i < list_len(model->blockers); i++) {
        const char *name = cpu_feature_from_qemu(caps->arch, ((const QemuCapsName *)list_at(model->blockers, i))->name);
        const CpuFeature *feature = cpu_feature(cpu, name);

        if (feature && feature->policy != CPU_POLICY_REQUIRE && feature->policy != CPU_POLICY_UNSET)
            continue;
        error_set(error, VIR_ERR_CPU_INCOMPATIBLE, "guest CPU model %s needs feature '%s', which the host does not "
                  "provide; disable it or choose another model", cpu->model, name);
        return false;
    }
    return true;
}

static bool
check_partial(const Cpu *cpu, const Cpu *host, const QemuCaps *caps, QemuAccel accel, GError **error)
{
    g_autofree char *why = NULL;
    CpuRelation relation;

    if (cpu->check != CPU_CHECK_PARTIAL)
        return true;
    /* The emulator knows its newer models better than the map does. */
    if (cpu->mode == CPU_MODE_CUSTOM && cpu->match != CPU_MATCH_MINIMUM && !cpu_model_is_frozen(caps->arch, cpu->model) &&
        qemu_caps_model(caps, accel, cpu->model))
        return check_blockers(cpu, caps, accel, error);
    if (!cpu_compare(caps->arch, host, NULL, cpu, &relation, &why, error))
        return false;
    if (relation == CPU_INCOMPATIBLE) {
        error_set(error, VIR_ERR_CPU_INCOMPATIBLE, "%s", why);
        return false;
    }
    return true;
}

bool
fill_cpu_start(Domain *def, const QemuCaps *caps, const Cpu *host, bool from_host, GError **error)
{
    QemuAccel accel = fill_accel(def);
    Cpu *cpu = def->cpu;
    bool x86 = device_is_x86(def);
    bool ppc64 = g_str_has_prefix(caps->arch, "ppc64");
    g_autoptr(Cpu) best = NULL;
    g_auto(Choices) c = { 0 };
    bool follows;

    if (!cpu || !cpu_is_known(caps->arch) || cpu->mode == CPU_MODE_HOST_PASSTHROUGH || cpu->mode == CPU_MODE_MAXIMUM)
        return true;
    follows = cpu->mode == CPU_MODE_HOST_MODEL;
    if (ppc64)
        return !follows || !cpu->model || !host || check_partial(cpu, host, caps, accel, error);
    if (!x86 && !follows)
        return true;
    best = fill_host_model(caps, accel, from_host ? host : NULL, false, error);
    if (!best) {
        if (follows)
            return false;
        /* An emulator that cannot describe the host takes what the document says. */
        g_clear_error(error);
        return true;
    }
    if (!check_partial(cpu, best, caps, accel, error) || !cpu_update(caps->arch, cpu, best, error) ||
        (follows && !settle_deprecated(cpu, caps, accel, error)))
        return false;
    if (!x86)
        return true;
    read_choices(&c, caps, accel);
    if (!cpu_translate(caps->arch, cpu, &c.choices, error))
        return false;
    cpu_disable_removed(caps->arch, cpu);
    drop_unknown(cpu, caps, accel);
    return true;
}
