/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp_cpu.c - vCPUs of a running guest */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/qmp/qmp_cpu.h"

#include "util/error.h"

#include <string.h>

enum { VCPUS_MAX = 16384 };

static void
free_vcpu(void *data)
{
    QmpVcpu *vcpu = data;

    g_free(vcpu->type);
    g_free(vcpu->alias);
    g_free(vcpu->path);
    g_free(vcpu);
}

static QmpVcpu *
new_vcpu(void)
{
    QmpVcpu *vcpu = g_new0(QmpVcpu, 1);

    vcpu->query_id = vcpu->node = vcpu->socket = vcpu->die = vcpu->cluster = vcpu->module = vcpu->core =
        vcpu->thread_id = -1;
    return vcpu;
}

/* A unit of hotplug. */
static QmpVcpu *
read_unit(Json *item, GError **error)
{
    Json *props = json_get_object(item, "props", error);
    const char *type = props ? json_get_string(item, "type", error) : NULL;
    const char *path = json_opt_string(item, "qom-path", NULL);
    unsigned count;
    QmpVcpu *vcpu;

    if (!type || !json_get_uint(item, "vcpus-count", &count, error))
        return NULL;
    if (!count || count > VCPUS_MAX) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU says that a CPU unit has %u vCPUs", count);
        return NULL;
    }
    vcpu = new_vcpu();
    vcpu->count = count;
    vcpu->type = g_strdup(type);
    vcpu->path = g_strdup(path);
    if (path && g_str_has_prefix(path, "/machine/peripheral/"))
        vcpu->alias = g_strdup(path + strlen("/machine/peripheral/"));
    vcpu->online = path != NULL;
    vcpu->hotpluggable = !path || vcpu->alias;
    vcpu->node = (int)json_opt_int64(props, "node-id", -1);
    vcpu->socket = (int)json_opt_int64(props, "socket-id", -1);
    vcpu->die = (int)json_opt_int64(props, "die-id", -1);
    vcpu->cluster = (int)json_opt_int64(props, "cluster-id", -1);
    vcpu->module = (int)json_opt_int64(props, "module-id", -1);
    vcpu->core = (int)json_opt_int64(props, "core-id", -1);
    vcpu->thread_id = (int)json_opt_int64(props, "thread-id", -1);
    return vcpu;
}

static int
compare_units(gconstpointer a, gconstpointer b)
{
    const QmpVcpu *x = *(QmpVcpu *const *)a;
    const QmpVcpu *y = *(QmpVcpu *const *)b;
    const int differences[] = { x->socket - y->socket, x->die - y->die, x->cluster - y->cluster,
                                x->module - y->module, x->core - y->core, x->thread_id - y->thread_id };

    for (size_t i = 0; i < G_N_ELEMENTS(differences); i++)
        if (differences[i])
            return differences[i];
    return 0;
}

/* Whether the CPU object at @path is that of @unit or one of its threads. */
static bool
belongs(const QmpVcpu *unit, const char *path)
{
    size_t length = unit->path ? strlen(unit->path) : 0;

    return length && !strncmp(path, unit->path, length) && (!path[length] || path[length] == '/');
}

static void
take_state(QmpVcpu *vcpu, Json *cpu, int query_id)
{
    const char *state = json_opt_string(cpu, "cpu-state", NULL);

    vcpu->online = true;
    vcpu->thread = json_opt_int64(cpu, "thread-id", 0);
    vcpu->query_id = query_id;
    vcpu->halted = state && (!strcmp(state, "stopped") || !strcmp(state, "check-stop"));
}

/* The unit that has the CPU object at @path, and how many of its vCPUs were seen before. */
static size_t
find_unit(const GPtrArray *vcpus, const char *path)
{
    for (guint i = 0; i < vcpus->len; i++) {
        const QmpVcpu *unit = vcpus->pdata[i];

        if (unit->count && belongs(unit, path))
            return i;
    }
    return vcpus->len;
}

static bool
lay_out(GPtrArray *vcpus, GPtrArray *units, GError **error)
{
    guint at = 0;

    g_ptr_array_sort(units, compare_units);
    for (guint i = 0; i < units->len; i++) {
        QmpVcpu *unit = units->pdata[i];

        if (unit->count > vcpus->len - at) {
            error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU has more vCPUs than the %u of the domain", vcpus->len);
            return false;
        }
        free_vcpu(vcpus->pdata[at]);
        vcpus->pdata[at] = unit;
        units->pdata[i] = NULL;
        for (unsigned k = 1; k < unit->count; k++) {
            QmpVcpu *thread = vcpus->pdata[at + k];

            thread->online = unit->online;
            thread->hotpluggable = unit->hotpluggable;
        }
        at += unit->count;
    }
    return true;
}

static void
free_unit(void *data)
{
    if (data)
        free_vcpu(data);
}

GPtrArray *
qmp_cpu_merge(Json *cpus, Json *hotpluggable, size_t max, GError **error)
{
    g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func(free_unit);
    g_autoptr(GPtrArray) vcpus = g_ptr_array_new_with_free_func(free_vcpu);
    unsigned enabled = 0;

    if (max > VCPUS_MAX) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "a domain of %zu vCPUs is more than we can look after", max);
        return NULL;
    }
    for (size_t i = 0; i < max; i++)
        g_ptr_array_add(vcpus, new_vcpu());
    for (size_t i = 0; hotpluggable && i < json_array_len(hotpluggable); i++) {
        QmpVcpu *unit = read_unit(json_array_at(hotpluggable, i), error);

        if (!unit)
            return NULL;
        g_ptr_array_add(units, unit);
    }
    if (!lay_out(vcpus, units, error))
        return NULL;
    for (size_t i = 0; i < json_array_len(cpus); i++) {
        Json *cpu = json_array_at(cpus, i);
        const char *path = json_opt_string(cpu, "qom-path", "");
        int query_id = (int)json_opt_int64(cpu, "cpu-index", (int64_t)i);
        /* Without units QEMU's order is all there is. */
        size_t at = units->len ? find_unit(vcpus, path) : i;
        unsigned count = at < vcpus->len ? MAX(((QmpVcpu *)vcpus->pdata[at])->count, 1) : 0;
        unsigned seen = 0;

        while (seen < count && ((QmpVcpu *)vcpus->pdata[at + seen])->query_id >= 0)
            seen++;
        if (seen == count)
            continue;  /* of a unit that came between the two questions */
        if (!seen && units->len)
            ((QmpVcpu *)vcpus->pdata[at])->enable_order = ++enabled;
        take_state(vcpus->pdata[at + seen], cpu, query_id);
    }
    return g_steal_pointer(&vcpus);
}
