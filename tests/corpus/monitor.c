/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* monitor.c - what replies of the monitor say */
#define ERROR_FROM VIR_FROM_QEMU
#include "corpus/tool.h"
#include "drivers/conf/cpu/cpu.h"
#include "drivers/qemu/qmp/qmp_cpu.h"
#include "drivers/qemu/qmp/qmp_job.h"
#include "util/error.h"

#include <inttypes.h>
#include <string.h>

static Json *
read_list(const char *text, GError **error)
{
    g_autoptr(Json) reply = json_parse(text, -1, "reply", error);
    Json *list = reply ? json_get_array(reply, "return", error) : NULL;

    return list ? json_ref(list) : NULL;
}

static void
print_text(GString *out, const char *name, const char *value)
{
    if (value)
        g_string_append_printf(out, "    %s='%s'\n", name, value);
}

static void
print_topology(GString *out, const QmpVcpu *v)
{
    const struct {
        const char *name;
        int value;
    } rows[] = {
        { "node", v->node }, { "socket", v->socket }, { "die", v->die }, { "cluster", v->cluster },
        { "module", v->module }, { "core", v->core }, { "thread", v->thread_id },
    };

    g_string_append(out, "    topology:");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].value >= 0)
            g_string_append_printf(out, " %s='%d'", rows[i].name, rows[i].value);
    g_string_append_printf(out, " vcpus='%u'\n", v->count);
}

static char *
cpu_info(const Request *request, GError **error)
{
    g_autofree char *text = request_file(request, "hotpluggable", error);
    g_autoptr(Json) cpus = text ? read_list(request->input, error) : NULL;
    g_autoptr(Json) hotpluggable = cpus ? read_list(text, error) : NULL;
    g_autoptr(GPtrArray) vcpus = NULL;
    g_autoptr(GString) out = g_string_new(NULL);

    if (!hotpluggable)
        return NULL;
    vcpus = qmp_cpu_merge(cpus, hotpluggable, g_ascii_strtoull(request_option(request, "maxvcpus"), NULL, 10), error);
    for (guint i = 0; vcpus && i < vcpus->len; i++) {
        const QmpVcpu *v = vcpus->pdata[i];

        g_string_append_printf(out, "[vcpu libvirt-id='%u']\n    online=%s\n    hotpluggable=%s\n", i,
                               v->online ? "yes" : "no", v->hotpluggable ? "yes" : "no");
        if (v->thread)
            g_string_append_printf(out, "    thread-id='%" PRId64 "'\n", v->thread);
        if (v->enable_order)
            g_string_append_printf(out, "    enable-id='%u'\n", v->enable_order);
        if (v->query_id >= 0)
            g_string_append_printf(out, "    query-cpus-id='%d'\n", v->query_id);
        print_text(out, "type", v->type);
        print_text(out, "alias", v->alias);
        print_text(out, "qom_path", v->path);
        if (v->count)
            print_topology(out, v);
        if (v->halted)
            g_string_append(out, "    halted\n");
    }
    return vcpus ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

static char *
cpu_data(const Request *request, GError **error)
{
    g_autoptr(Json) words = read_list(request->input, error);
    g_autoptr(CpuData) data = words ? cpu_data_from_words(words, error) : NULL;

    return data ? xml_format_text(&cpu_data_xml, data, 0) : NULL;
}

static char *
job_list(const Request *request, GError **error)
{
    g_autoptr(Json) reply = read_list(request->input, error);
    g_autoptr(GPtrArray) jobs = reply ? qmp_job_list(reply, error) : NULL;
    g_autoptr(GString) out = g_string_new(NULL);

    for (guint i = 0; jobs && i < jobs->len; i++) {
        const QmpJob *job = jobs->pdata[i];

        g_string_append_printf(out, "%s[job]\nid=%s\ntype=%s\nstatus=%s\nerror=%s\n", i ? "\n" : "", job->id, job->type,
                               job->status, job->error ? job->error : "<null>");
    }
    return jobs ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

static char *
qemu_monitor(const Request *request, GError **error)
{
    const char *op = request_option(request, "op");

    if (!g_strcmp0(op, "cpu-info"))
        return cpu_info(request, error);
    if (!g_strcmp0(op, "cpu-data"))
        return cpu_data(request, error);
    if (!g_strcmp0(op, "jobs"))
        return job_list(request, error);
    error_set(error, VIR_ERR_NO_SUPPORT, "operation '%s' of qemu-monitor", op ? op : "");
    return NULL;
}

const Family monitor_families[] = {
    { "qemu-monitor", qemu_monitor, "op hotpluggable maxvcpus" },
    { NULL, NULL, NULL },
};
