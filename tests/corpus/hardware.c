/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hardware.c - families of recorded hosts: capabilities, /proc, cgroups, ACPI, PCI */
#define ERROR_FROM VIR_FROM_NONE
#include "corpus/tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/common/host_cache.h"
#include "drivers/common/host_sysinfo.h"
#include "drivers/common/host_topology.h"
#include "util/cgroup_mount.h"
#include "util/error.h"
#include "util/file.h"
#include "util/iort.h"
#include "util/json.h"
#include "util/pci.h"
#include "util/procfile.h"
#include "util/text.h"
#include "util/xml.h"

/* Memory of the recorded hosts: node N has N+1 GiB and, of the i-th size, N+i+1 times 2048 pages. */
static void
measure(HostCell *cell)
{
    static const uint64_t sizes[] = { 4, 2048, 1048576 };

    cell->memory = (uint64_t)(cell->id + 1) << 20;
    cell->pages = g_ptr_array_new();
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        HostPages *pages = xml_new(&host_pages_xml);

        *pages = (HostPages){ .size = sizes[i], .count = (cell->id + i + 1) * 2048, .has_count = true };
        g_ptr_array_add(cell->pages, pages);
    }
}

static char *
host_caps(const Request *request, GError **error)
{
    g_autofree char *system = g_build_filename(request_option(request, "tree"), "system", NULL);
    g_autofree char *resctrl = g_build_filename(request_option(request, "tree"), "resctrl", NULL);
    HostTree tree = { .system = system, .resctrl = resctrl, .measure = measure };
    g_autoptr(Capabilities) caps = xml_new(&capabilities_xml);

    if (!g_strcmp0(request_option(request, "print"), "resctrl-free"))
        return host_cache_free_schemata(&tree, error);
    caps->cpu = xml_new(&host_cpu_xml);
    caps->cpu->arch = g_strdup(request_option(request, "arch"));
    caps->power_management = true;
    caps->iommu = CAP_YESNO_NO;
    caps->live = request_has(request, "live-migrate");
    caps->migration = caps->live || request_has(request, "offline-migrate");
    host_topology_fill(&tree, caps);
    host_cache_fill(&tree, caps);
    return xml_format_text(&capabilities_xml, caps, 0);
}

static char *
print_stat(const Request *request, GError **error)
{
    GString *out = g_string_new(NULL);
    int n = atoi(request_option(request, "ncpus"));

    for (int cpu = -1; cpu < n; cpu++) {
        ProcfileTimes t;

        if (!procfile_cpu_times(request->input, cpu, &t)) {
            error_set(error, VIR_ERR_INVALID_ARG, "Invalid cpuNum in virNodeGetCPUStats: no CPU %d", cpu);
            g_string_free(out, TRUE);
            return NULL;
        }
        if (cpu < 0)
            g_string_append(out, "cpu:\n");
        else
            g_string_append_printf(out, "cpu%d:\n", cpu);
        g_string_append_printf(out, "kernel: %" PRIu64 "\nuser: %" PRIu64 "\nidle: %" PRIu64 "\niowait: %" PRIu64 "\n\n",
                               t.kernel, t.user, t.idle, t.iowait);
    }
    return g_string_free(out, FALSE);
}

static char *
host_cpuinfo(const Request *request, GError **error)
{
    const char *print = request_option(request, "print"), *arch = request_option(request, "arch");
    const char *subcore = request_option(request, "threads-per-subcore");
    HostTree tree = { .system = request_option(request, "tree"), .subcore = subcore ? (unsigned)atoi(subcore) : 0 };
    HostTopology t;

    tree.cpu_is_core = arch && g_str_has_prefix(arch, "s390");
    if (!g_strcmp0(print, "stat"))
        return print_stat(request, error);
    if (!g_strcmp0(print, "signature")) {
        char *signature = procfile_cpu_signature(request->input, arch);

        if (!signature)
            error_set(error, VIR_ERR_NO_SUPPORT, "no signature of %s CPUs", arch);
        return signature;
    }
    host_topology_read(&tree, &t);
    return g_strdup_printf("CPUs: %u/%u, MHz: %u, Nodes: %u, Sockets: %u, Cores: %u, Threads: %u\n", t.online, t.present,
                           procfile_cpu_mhz(request->input, arch), t.nodes, t.sockets, t.cores, t.threads);
}

static char *
oem_string(void *data, unsigned number)
{
    g_autofree char *prefix = g_strdup_printf("%u=", number);
    const char *value;
    guint at = 0;

    while ((value = request_next_option(data, "oem-string", &at)))
        if (g_str_has_prefix(value, prefix))
            return g_strdup(value + strlen(prefix));
    return NULL;
}

static bool
optional_file(const Request *request, const char *name, char **ret_text, GError **error)
{
    *ret_text = NULL;
    return !request_has(request, name) || (*ret_text = request_file(request, name, error));
}

static char *
host_sysinfo(const Request *request, GError **error)
{
    g_autofree char *dmidecode = NULL, *cpuinfo = NULL, *sysinfo = NULL;
    g_autoptr(HostSysinfo) info = NULL;

    if (!optional_file(request, "dmidecode", &dmidecode, error) || !optional_file(request, "cpuinfo", &cpuinfo, error) ||
        !optional_file(request, "sysinfo", &sysinfo, error))
        return NULL;

    HostSysinfoTexts texts = { .arch = request_option(request, "arch"), .dmidecode = dmidecode, .cpuinfo = cpuinfo,
                               .sysinfo = sysinfo, .oem_string = oem_string, .data = (void *)request };
    info = host_sysinfo_parse(&texts, error);
    return info ? xml_format_text(&host_sysinfo_xml, info, 0) : NULL;
}

static char *
host_cgroup(const Request *request, GError **error)
{
    g_autofree char *cgroups = request_file(request, "cgroups", error);
    g_autofree char *self = cgroups ? request_file(request, "self-cgroup", error) : NULL;
    g_auto(CgroupMounts) mounts = { 0 };
    GString *out;

    if (!self || !cgroup_mount_detect(request->input, cgroups, self, request_option(request, "v2-controllers"), &mounts, error))
        return NULL;
    out = g_string_new(NULL);
    for (int i = 0; i < CGROUP_MOUNT_LAST; i++)
        g_string_append_printf(out, "%-12s %s\n", cgroup_mount_names[i], mounts.path[i] ? mounts.path[i] : "<null>");
    return g_string_free(out, FALSE);
}

static char *
host_process_stat(const Request *request, GError **error)
{
    g_auto(GStrv) fields = procfile_process_stat(request->input, error);
    g_autoptr(Json) out = json_new_object();

    if (!fields)
        return NULL;
    json_add_uint64(out, "count", g_strv_length(fields));
    json_add_string(out, "command", fields[1]);
    return json_format(out, false);
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *
host_iort(const Request *request, GError **error)
{
    g_autoptr(Json) out = json_new_object();
    Json *types = json_new_array();
    const char *names[IORT_TYPE_LAST];
    size_t n = 0;
    Iort iort;

    json_add(out, "types", types);
    if (!iort_parse((const uint8_t *)request->input, request->input_len, &iort, error))
        return NULL;
    for (int i = 0; i < IORT_TYPE_LAST; i++)
        if (iort.types & 1u << i)
            names[n++] = iort_type_names[i];
    qsort(names, n, sizeof(*names), compare_names);
    for (size_t i = 0; i < n; i++)
        json_append_string(types, names[i]);
    json_add_uint64(out, "nodes", iort.n_nodes);
    return json_format(out, false);
}

/* A folder like the kernel's, of what devices.json lists. */
static bool
lay_out_pci(const char *pci, const char *root, GError **error)
{
    g_autofree char *list = g_build_filename(pci, "devices.json", NULL);
    g_autofree char *text = NULL;
    g_autoptr(Json) json = NULL;
    Json *devices, *drivers;

    if (!g_file_get_contents(list, &text, NULL, error) || !(json = json_parse(text, -1, list, error)))
        return false;
    devices = json_opt_array(json, "devices");
    drivers = json_opt_array(json, "drivers");
    for (size_t i = 0; i < json_array_len(devices); i++) {
        Json *device = json_array_at(devices, i);
        g_autofree char *folder = g_build_filename(root, json_opt_string(device, "address", ""), NULL);
        g_autofree char *id = g_strdup_printf("%s:%s", json_opt_string(device, "vendor", ""),
                                              json_opt_string(device, "device", ""));
        const char *config = json_opt_string(device, "config", NULL), *vpd = json_opt_string(device, "vpd_hex", NULL);

        if (!file_mkdir_p(folder, 0755, error))
            return false;
        if (config) {
            g_autofree char *from = g_build_filename(pci, config, NULL);
            g_autofree char *to = g_build_filename(folder, "config", NULL);

            if (!file_symlink(from, to, error))
                return false;
        }
        if (vpd) {
            g_autofree char *to = g_build_filename(folder, "vpd", NULL);
            size_t len;
            g_autofree uint8_t *data = text_unhex(vpd, &len);

            if (!g_file_set_contents(to, (char *)data, (gssize)len, error))
                return false;
        }
        for (size_t j = 0; j < json_array_len(drivers); j++) {
            Json *driver = json_array_at(drivers, j), *ids = json_opt_array(driver, "ids");

            for (size_t k = 0; k < json_array_len(ids); k++) {
                g_autofree char *to = g_build_filename(folder, "driver", NULL);
                g_autofree char *from = g_strdup_printf("../drivers/%s", json_opt_string(driver, "name", ""));

                if (!g_strcmp0(json_string_value(json_array_at(ids, k)), id) && !file_symlink(from, to, error))
                    return false;
            }
        }
    }
    return true;
}

static char *
print_vpd(const char *root, const char *address, GError **error)
{
    static const char *const names[][2] = { { "PN", "part_number" }, { "EC", "change_level" }, { "MN", "manufacture_id" },
                                            { "SN", "serial_number" }, { "YA", "asset_tag" } };
    g_autofree char *path = g_build_filename(root, address, "vpd", NULL);
    g_autofree char *data = NULL;
    g_autoptr(PciVpd) vpd = NULL;
    g_autoptr(Json) out = json_new_object();
    size_t len;

    if (!file_read_limited(path, 65536, &data, &len, error) || !(vpd = pci_vpd_parse((const uint8_t *)data, len, error)))
        return NULL;
    json_add_string(out, "name", vpd->name);
    for (unsigned i = 0; i < vpd->fields->len; i++) {
        const PciVpdField *field = vpd->fields->pdata[i];
        const char *list = field->keyword[0] == 'V' ? "vendor_fields" : field->keyword[0] == 'Y' ? "system_fields" : NULL;
        bool named = false;

        for (size_t j = 0; j < G_N_ELEMENTS(names); j++)
            if (g_str_equal(field->keyword, names[j][0])) {
                json_add_string(out, names[j][1], field->value);
                named = true;
            }
        if (list && !named) {
            Json *item = json_new_object();

            if (!json_has(out, list))
                json_add(out, list, json_new_array());
            json_add_string(item, "index", field->keyword + 1);
            json_add_string(item, "value", field->value);
            json_append(json_opt_array(out, list), item);
        }
    }
    return json_format(out, false);
}

static char *
run_pci(const Request *request, const char *root, GError **error)
{
    const char *op = request_option(request, "op"), *address = request_option(request, "address");
    bool assignable;

    if (!g_strcmp0(op, "driver")) {
        g_autoptr(GError) failed = NULL;
        char *driver = pci_driver(root, address, &failed);

        if (failed)
            g_propagate_error(error, g_steal_pointer(&failed));
        else if (!driver)
            driver = g_strdup("none");
        return driver;
    }
    if (!g_strcmp0(op, "assignable"))
        return pci_is_assignable(root, address, true, &assignable, error) ? g_strdup(assignable ? "yes" : "no") : NULL;
    return print_vpd(root, address, error);
}

static char *
host_pci(const Request *request, GError **error)
{
    g_autofree char *root = g_dir_make_tmp("corpus-pci-XXXXXX", error);
    char *out = NULL;

    if (!root)
        return NULL;
    if (lay_out_pci(request_option(request, "pci"), root, error))
        out = run_pci(request, root, error);
    file_remove_tree(root, NULL);
    return out;
}

const Family hardware_families[] = {
    { "host-caps", host_caps, "arch tree offline-migrate live-migrate print" },
    { "host-cpuinfo", host_cpuinfo, "arch print tree threads-per-subcore ncpus" },
    { "host-sysinfo", host_sysinfo, "arch sysinfo cpuinfo dmidecode oem-string" },
    { "host-cgroup", host_cgroup, "cgroups self-cgroup v2-controllers" },
    { "host-process-stat", host_process_stat, "" },
    { "host-iort", host_iort, "" },
    { "host-pci", host_pci, "pci op address" },
    { NULL, NULL, NULL },
};
