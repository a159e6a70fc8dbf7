/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_caps.c - the <host> part of <capabilities> */
#include "drivers/common/host_caps.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>

#include "drivers/common/host_cache.h"
#include "drivers/common/host_topology.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/procfile.h"
#include "util/text.h"
#include "util/uuid.h"
#include "util/xml.h"

enum { PROC_MAX = 8 << 20 };

static uint8_t settled_uuid[16]; /* all zero: none; written before there are other threads */

void
host_caps_set_uuid(const char *text)
{
    memset(settled_uuid, 0, sizeof(settled_uuid));
    if (text && !uuid_parse(text, settled_uuid))
        memset(settled_uuid, 0, sizeof(settled_uuid));
}

/* Left as it is, unset, where nothing gives the host one. */
void
host_caps_uuid(uint8_t uuid[16])
{
    static const char *const files[] = { "/sys/class/dmi/id/product_uuid", "/etc/machine-id", "/var/lib/dbus/machine-id" };

    if (uuid_is_valid(settled_uuid)) {
        memcpy(uuid, settled_uuid, sizeof(settled_uuid));
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *text = file_read_line(files[i]);

        uint8_t parsed[16];

        if (text && uuid_parse(text, parsed) && uuid_is_valid(parsed)) {
            memcpy(uuid, parsed, sizeof(parsed));
            return;
        }
    }
}

static bool
file_has_word(const char *path, const char *word)
{
    g_autofree char *text = file_read_line(path);
    g_auto(GStrv) words = g_strsplit_set(text ? text : "", " []", -1);

    return g_strv_contains((const char *const *)words, word);
}

static bool
cpu_number(const char *cpuinfo, const char *key, int base, unsigned *ret_value)
{
    g_autofree char *text = procfile_cpu_value(cpuinfo, 0, key);
    const char *digits = text && base == 16 && g_str_has_prefix(text, "0x") ? text + 2 : text;

    return digits && text_parse_uint(digits, base, ret_value);
}

static void
fill_cpu(const HostTree *tree, HostCpu *cpu)
{
    g_autofree char *cpuinfo = NULL;
    g_autofree char *sizes = NULL;
    struct utsname host;
    HostTopology t;

    uname(&host);
    cpu->arch = g_strdup(host.machine);
    host_topology_read(tree, &t);
    cpu->topology = xml_new(&cpu_topology_xml);
    cpu->topology->sockets = t.sockets;
    cpu->topology->dies = cpu->topology->clusters = 1;
    cpu->topology->cores = t.cores;
    cpu->topology->threads = t.threads;
    if (!file_read_limited("/proc/cpuinfo", PROC_MAX, &cpuinfo, NULL, NULL))
        return;
    cpu->has_microcode = cpu_number(cpuinfo, "microcode", 16, &cpu->microcode);
    cpu->has_family = cpu_number(cpuinfo, "cpu family", 10, &cpu->family);
    cpu->has_model_number = cpu_number(cpuinfo, "model", 10, &cpu->model_number);
    cpu->has_stepping = cpu_number(cpuinfo, "stepping", 10, &cpu->stepping);
    /* "46 bits physical, 48 bits virtual" */
    sizes = procfile_cpu_value(cpuinfo, 0, "address sizes");
    if (sizes && strstr(sizes, "bits physical")) {
        cpu->phys_mode = CPU_PHYS_MODE_EMULATE;
        cpu->phys_bits = (unsigned)g_ascii_strtoull(sizes, NULL, 10);
    }
}

/* The time stamp counter as KVM gives it to guests; without KVM nobody asks. */
static HostCounter *
read_counter(void)
{
    HostCounter *counter = NULL;
#ifdef __x86_64__
    autofd int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    autofd int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
    autofd int cpu = vm < 0 ? -1 : ioctl(vm, KVM_CREATE_VCPU, 0);
    int khz = cpu < 0 ? -1 : ioctl(cpu, KVM_GET_TSC_KHZ, 0);

    if (khz <= 0)
        return NULL;
    counter = xml_new(&host_counter_xml);
    counter->name = g_strdup("tsc");
    counter->frequency = (uint64_t)khz * 1000;
    counter->scaling = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_TSC_CONTROL) > 0 ? CAP_YESNO_YES : CAP_YESNO_NO;
#endif
    return counter;
}

/* The sizes of pages the first cell has. */
static void
fill_pages(Capabilities *caps)
{
    const HostCell *cell = caps->cells->len ? caps->cells->pdata[0] : NULL;

    caps->cpu->pages = g_ptr_array_new();
    for (unsigned i = 0; cell && cell->pages && i < cell->pages->len; i++) {
        HostPages *pages = xml_new(&host_pages_xml);

        pages->size = ((const HostPages *)cell->pages->pdata[i])->size;
        g_ptr_array_add(caps->cpu->pages, pages);
    }
}

Capabilities *
host_caps_new(const HostTree *tree)
{
    Capabilities *caps = xml_new(&capabilities_xml);
    g_autoptr(GDir) groups = g_dir_open("/sys/kernel/iommu_groups", 0, NULL);

    host_caps_uuid(caps->host_uuid);
    caps->cpu = xml_new(&host_cpu_xml);
    fill_cpu(tree, caps->cpu);
    caps->cpu->counter = read_counter();
    caps->power_management = true;
    caps->suspend_mem = file_has_word("/sys/power/state", "mem");
    caps->suspend_disk = file_has_word("/sys/power/state", "disk");
    caps->suspend_hybrid = caps->suspend_disk && file_has_word("/sys/power/disk", "suspend");
    caps->iommu = groups && g_dir_read_name(groups) ? CAP_YESNO_YES : CAP_YESNO_NO;
    host_topology_fill(tree, caps);
    host_cache_fill(tree, caps);
    fill_pages(caps);
    return caps;
}

void
host_caps_add_secmodel(Capabilities *caps, const char *model, const char *doi, const char *const *types, const char *label)
{
    SecModel *secmodel = xml_new(&sec_model_xml);

    secmodel->model = g_strdup(model);
    secmodel->doi = g_strdup(doi);
    for (size_t i = 0; types && types[i]; i++) {
        BaseLabel *base = xml_new(&base_label_xml);

        base->type = g_strdup(types[i]);
        base->label = g_strdup(label);
        if (!secmodel->baselabels)
            secmodel->baselabels = g_ptr_array_new();
        g_ptr_array_add(secmodel->baselabels, base);
    }
    if (!caps->secmodels)
        caps->secmodels = g_ptr_array_new();
    g_ptr_array_add(caps->secmodels, secmodel);
}
