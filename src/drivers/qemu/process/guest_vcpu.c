/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_vcpu.c - vCPUs that come to a running guest and go, and how definitions keep them
 *
 * What comes at a time is a unit (qmp/qmp_cpu.h).  Once vCPUs are told apart the definition lists all of them.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_vcpu.h"

#include "drivers/qemu/qmp/qmp_cpu.h"
#include "util/error.h"

static unsigned
online(const Domain *def)
{
    return def->has_current_vcpus && def->current_vcpus ? def->current_vcpus : def->max_vcpus;
}

/* List every vCPU, if the definition does not yet. */
static void
list_all(Domain *def)
{
    unsigned n = online(def);

    if (def->vcpus)
        return;
    def->vcpus = g_ptr_array_new();
    for (unsigned i = 0; i < def->max_vcpus; i++) {
        VcpuState *state = xml_new(&vcpu_state_xml);

        state->id = i;
        state->enabled = i < n ? YESNO_YES : YESNO_NO;
        state->hotpluggable = i < n ? YESNO_NO : YESNO_YES;
        g_ptr_array_add(def->vcpus, state);
    }
}

static void
recount(Domain *def)
{
    unsigned n = 0;

    for (guint i = 0; i < def->vcpus->len; i++)
        n += ((VcpuState *)def->vcpus->pdata[i])->enabled == YESNO_YES;
    def->current_vcpus = n;
    def->has_current_vcpus = n != def->max_vcpus;
}

static GPtrArray *
ask_vcpus(const Domain *def, const VcpuMonitor *monitor, GError **error)
{
    g_autoptr(Json) units = monitor->ask(monitor->data, "query-hotpluggable-cpus", NULL, error);
    g_autoptr(Json) cpus = units ? monitor->ask(monitor->data, "query-cpus-fast", NULL, error) : NULL;

    return cpus ? qmp_cpu_merge(cpus, units, def->max_vcpus, error) : NULL;
}

/* What QEMU says is what the guest has. */
static void
take_states(Domain *def, const GPtrArray *vcpus)
{
    unsigned order = 0;

    list_all(def);
    for (guint i = 0; i < vcpus->len && i < def->vcpus->len; i++) {
        const QmpVcpu *vcpu = vcpus->pdata[i];
        VcpuState *state = def->vcpus->pdata[i];

        order = vcpu->count ? vcpu->enable_order : order;
        state->enabled = vcpu->online ? YESNO_YES : YESNO_NO;
        state->hotpluggable = vcpu->hotpluggable ? YESNO_YES : YESNO_NO;
        state->order = vcpu->online ? order : 0;
    }
    recount(def);
}

static bool
plug_unit(Domain *def, const QmpVcpu *unit, unsigned id, const VcpuMonitor *monitor, GError **error)
{
    const struct {
        const char *name;
        int value;
    } rows[] = {
        { "node-id", unit->node }, { "socket-id", unit->socket }, { "die-id", unit->die },
        { "cluster-id", unit->cluster }, { "module-id", unit->module }, { "core-id", unit->core },
        { "thread-id", unit->thread_id },
    };
    g_autofree char *name = g_strdup_printf("vcpu%u", id);
    g_autoptr(GPtrArray) now = NULL;
    g_autoptr(Json) reply = NULL;
    Json *device = json_new_object();

    json_add_string(device, "driver", unit->type);
    json_add_string(device, "id", name);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].value >= 0)
            json_add_int64(device, rows[i].name, rows[i].value);
    reply = monitor->ask(monitor->data, "device_add", device, error);
    now = reply ? ask_vcpus(def, monitor, error) : NULL;
    if (!now)
        return false;
    take_states(def, now);
    if (((QmpVcpu *)now->pdata[id])->online)
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU took vCPU %u of '%s' but does not run it", id, def->name);
    return false;
}

/* Plug the offline units in @wanted, which are whole. */
static bool
plug_all(Domain *def, const GPtrArray *vcpus, const Bitmap *wanted, const VcpuMonitor *monitor, GError **error)
{
    for (guint i = 0; i < vcpus->len; i++) {
        const QmpVcpu *unit = vcpus->pdata[i];

        if (unit->count && !unit->online && bitmap_get(wanted, i) && !plug_unit(def, unit, i, monitor, error))
            return false;
    }
    return true;
}

/* Take the online units in @unwanted, the last first. */
static bool
unplug_all(Domain *def, const GPtrArray *vcpus, const Bitmap *unwanted, const VcpuMonitor *monitor, GError **error)
{
    for (guint i = vcpus->len; i-- > 0;) {
        const QmpVcpu *unit = vcpus->pdata[i];
        g_autoptr(GPtrArray) now = NULL;

        if (!unit->count || !unit->online || !bitmap_get(unwanted, i))
            continue;
        if (!unit->alias) {
            error_set(error, VIR_ERR_INVALID_ARG, "vcpu '%u' can't be unplugged: it was there when '%s' started", i, def->name);
            return false;
        }
        if (!monitor->unplug(monitor->data, unit->alias, error))
            return false;
        now = ask_vcpus(def, monitor, error);
        if (!now)
            return false;
        take_states(def, now);
    }
    return true;
}

/* To get from @have to @n: the units that came last. */
static bool
choose_last(const Domain *def, const GPtrArray *vcpus, unsigned have, unsigned n, Bitmap *unwanted, GError **error)
{
    for (guint i = vcpus->len; i-- > 0 && have > n;) {
        const QmpVcpu *unit = vcpus->pdata[i];

        if (!unit->count || !unit->online || !unit->alias || have - unit->count < n)
            continue;
        have -= unit->count;
        bitmap_set(unwanted, i, true);
    }
    if (have == n)
        return true;
    error_set(error, VIR_ERR_INVALID_ARG, "failed to find appropriate hotpluggable vcpus to reach the desired target vcpu count: "
              "%u of '%s', the others were there when it started", n, def->name);
    return false;
}

bool
guest_vcpu_count(Domain *def, unsigned n, const VcpuMonitor *monitor, GError **error)
{
    g_autoptr(GPtrArray) vcpus = ask_vcpus(def, monitor, error);
    g_autoptr(Bitmap) wanted = bitmap_new();
    unsigned have = 0;

    if (!vcpus)
        return false;
    for (guint i = 0; i < vcpus->len; i++)
        have += ((QmpVcpu *)vcpus->pdata[i])->online;
    if (n < have)
        return choose_last(def, vcpus, have, n, wanted, error) && unplug_all(def, vcpus, wanted, monitor, error);
    for (guint i = 0; i < vcpus->len && have < n; i++) {
        const QmpVcpu *unit = vcpus->pdata[i];

        if (!unit->count || unit->online || have + unit->count > n)
            continue;
        have += unit->count;
        bitmap_set(wanted, i, true);
    }
    if (have != n) {
        error_set(error, VIR_ERR_INVALID_ARG, "failed to find appropriate hotpluggable vcpus to reach the desired target vcpu "
                  "count: %u of %u", have, n);
        return false;
    }
    return plug_all(def, vcpus, wanted, monitor, error);
}

/* Whether @ids are there, and whole units. */
static bool
check_ids(const Domain *def, const GPtrArray *vcpus, const Bitmap *ids, GError **error)
{
    unsigned first = 0;

    for (int id = bitmap_next(ids, 0); id >= 0; id = bitmap_next(ids, id + 1))
        if ((unsigned)id >= vcpus->len) {
            error_set(error, VIR_ERR_INVALID_ARG, "domain '%s' has no vCPU %d", def->name, id);
            return false;
        }
    for (guint i = 0; i < vcpus->len; i++) {
        const QmpVcpu *vcpu = vcpus->pdata[i];

        first = vcpu->count ? i : first;
        if (bitmap_get(ids, i) == bitmap_get(ids, first))
            continue;
        error_set(error, VIR_ERR_INVALID_ARG, "vCPUs %u to %u of '%s' come together", first,
                  first + ((QmpVcpu *)vcpus->pdata[first])->count - 1, def->name);
        return false;
    }
    return true;
}

bool
guest_vcpu_plug(Domain *def, const Bitmap *ids, const VcpuMonitor *monitor, GError **error)
{
    g_autoptr(GPtrArray) vcpus = ask_vcpus(def, monitor, error);

    return vcpus && check_ids(def, vcpus, ids, error) && plug_all(def, vcpus, ids, monitor, error);
}

bool
guest_vcpu_unplug(Domain *def, const Bitmap *ids, const VcpuMonitor *monitor, GError **error)
{
    g_autoptr(GPtrArray) vcpus = ask_vcpus(def, monitor, error);

    return vcpus && check_ids(def, vcpus, ids, error) && unplug_all(def, vcpus, ids, monitor, error);
}

static void
enable(VcpuState *state, bool on)
{
    /* What comes later may go again; what was there at the start stays. */
    if ((state->enabled == YESNO_YES) != on)
        state->hotpluggable = YESNO_YES;
    state->enabled = on ? YESNO_YES : YESNO_NO;
}

bool
guest_vcpu_count_config(Domain *def, unsigned n, GError **error)
{
    if (!n || n > def->max_vcpus) {
        error_set(error, VIR_ERR_INVALID_ARG, "requested vcpus is greater than max allowable vcpus for the persistent domain: "
                  "%u > %u", n, def->max_vcpus);
        return false;
    }
    list_all(def);
    for (guint i = 0; i < def->vcpus->len; i++)
        enable(def->vcpus->pdata[i], i < n);
    recount(def);
    return true;
}

static bool
switch_config(Domain *def, const Bitmap *ids, bool on, GError **error)
{
    list_all(def);
    for (int id = bitmap_next(ids, 0); id >= 0; id = bitmap_next(ids, id + 1)) {
        VcpuState *state = (unsigned)id < def->vcpus->len ? def->vcpus->pdata[id] : NULL;

        if (!state) {
            error_set(error, VIR_ERR_INVALID_ARG, "domain '%s' has no vCPU %d", def->name, id);
            return false;
        }
        if (!on && id == 0) {
            error_set(error, VIR_ERR_INVALID_ARG, "vCPU '0' can't be unplugged");
            return false;
        }
        enable(state, on);
        if (!on)
            state->order = 0;
    }
    recount(def);
    return true;
}

bool
guest_vcpu_plug_config(Domain *def, const Bitmap *ids, GError **error)
{
    return switch_config(def, ids, true, error);
}

bool
guest_vcpu_unplug_config(Domain *def, const Bitmap *ids, GError **error)
{
    return switch_config(def, ids, false, error);
}
