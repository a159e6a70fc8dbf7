/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* host_sysinfo.c - what the firmware says of the host: <sysinfo type='smbios'>
 *
 * Where there is SMBIOS dmidecode reads it; elsewhere /proc tells something of the machine and its CPUs.
 */
#define ERROR_FROM VIR_FROM_SYSINFO
#include "drivers/common/host_sysinfo.h"

#include <string.h>
#include <sys/utsname.h>

#include "util/error.h"
#include "util/file.h"
#include "util/process.h"
#include "util/procfile.h"
#include "util/text.h"
#include "util/xml.h"

enum { DMIDECODE_TIMEOUT = 30000, PROC_MAX = 8 << 20 };

typedef struct Entry {
    const char *label, *name;
} Entry;

static const Entry bios_entries[] = {
    { "Vendor", "vendor" }, { "Version", "version" }, { "Release Date", "date" }, { "BIOS Revision", "release" }, { NULL, NULL },
};
static const Entry system_entries[] = {
    { "Manufacturer", "manufacturer" }, { "Product Name", "product" }, { "Version", "version" }, { "Serial Number", "serial" },
    { "UUID", "uuid" }, { "SKU Number", "sku" }, { "Family", "family" }, { NULL, NULL },
};
static const Entry board_entries[] = {
    { "Manufacturer", "manufacturer" }, { "Product Name", "product" }, { "Version", "version" }, { "Serial Number", "serial" },
    { "Asset Tag", "asset" }, { "Location In Chassis", "location" }, { NULL, NULL },
};
static const Entry chassis_entries[] = {
    { "Manufacturer", "manufacturer" }, { "Version", "version" }, { "Serial Number", "serial" }, { "Asset Tag", "asset" },
    { "SKU Number", "sku" }, { NULL, NULL },
};
static const Entry processor_entries[] = {
    { "Socket Designation", "socket_destination" }, { "Type", "type" }, { "Family", "family" }, { "Manufacturer", "manufacturer" },
    { "Signature", "signature" }, { "Version", "version" }, { "External Clock", "external_clock" }, { "Max Speed", "max_speed" },
    { "Status", "status" }, { "Serial Number", "serial_number" }, { "Part Number", "part_number" }, { NULL, NULL },
};
static const Entry memory_entries[] = {
    { "Size", "size" }, { "Form Factor", "form_factor" }, { "Locator", "locator" }, { "Bank Locator", "bank_locator" },
    { "Type", "type" }, { "Type Detail", "type_detail" }, { "Speed", "speed" }, { "Manufacturer", "manufacturer" },
    { "Serial Number", "serial_number" }, { "Part Number", "part_number" }, { NULL, NULL },
};

static void
add_entry(GPtrArray **entries, const char *name, const char *value)
{
    SysinfoEntry *entry;

    if (!value || !*value)
        return;
    if (!*entries)
        *entries = g_ptr_array_new();
    entry = xml_new(&sysinfo_entry_xml);
    entry->name = g_strdup(name);
    entry->value = g_strdup(value);
    g_ptr_array_add(*entries, entry);
}

/* One section of dmidecode's output: a title, then lines "\tLabel: value". */
static char *
section_value(char *const *lines, const char *label)
{
    size_t len = strlen(label);

    for (size_t i = 1; lines[i]; i++) {
        const char *line = lines[i];

        if (line[0] == '\t' && !strncmp(line + 1, label, len) && line[1 + len] == ':')
            return g_strstrip(g_strdup(line + 2 + len));
    }
    return NULL;
}

static void
add_section(GPtrArray **entries, char *const *lines, const Entry *wanted)
{
    for (; wanted->label; wanted++) {
        g_autofree char *value = section_value(lines, wanted->label);

        add_entry(entries, wanted->name, value);
    }
}

static void
add_block(GPtrArray **blocks, GPtrArray *entries)
{
    SysinfoBlock *block;

    if (!entries)
        return;
    if (!*blocks)
        *blocks = g_ptr_array_new();
    block = xml_new(&sysinfo_block_xml);
    block->entries = entries;
    g_ptr_array_add(*blocks, block);
}

static void
add_oem_strings(HostSysinfo *info, char *const *lines, const HostSysinfoTexts *texts)
{
    for (unsigned number = 1;; number++) {
        g_autofree char *label = g_strdup_printf("String %u: ", number);
        g_autofree char *exact = NULL;
        const char *value = NULL;
        SysinfoEntry *entry;

        for (size_t i = 1; lines[i] && !value; i++) {
            const char *line = lines[i] + strspn(lines[i], " \t");

            if (g_str_has_prefix(line, label))
                value = line + strlen(label);
        }
        if (!value)
            return;
        if (strchr(value, '.') && texts->oem_string)
            exact = texts->oem_string(texts->data, number);
        if (!info->oem_strings)
            info->oem_strings = g_ptr_array_new();
        entry = xml_new(&sysinfo_entry_xml);
        entry->value = g_strdup(exact ? exact : value);
        g_ptr_array_add(info->oem_strings, entry);
    }
}

static void
parse_dmidecode(HostSysinfo *info, const HostSysinfoTexts *texts)
{
    g_auto(GStrv) sections = g_strsplit(texts->dmidecode, "\n\n", -1);

    for (size_t i = 0; sections[i]; i++) {
        g_auto(GStrv) all = g_strsplit(sections[i], "\n", -1);
        char **lines = all;
        GPtrArray *entries = NULL;
        const char *title;

        /* Without -q each section has a line "Handle 0x..." in front. */
        while (*lines && (!**lines || g_str_has_prefix(*lines, "Handle ")))
            lines++;
        if (!*lines)
            continue;
        title = g_strstrip(*lines);
        if (g_str_equal(title, "BIOS Information")) {
            add_section(&info->bios, lines, bios_entries);
        } else if (g_str_equal(title, "System Information")) {
            add_section(&info->system, lines, system_entries);
        } else if (g_str_equal(title, "Base Board Information")) {
            add_section(&entries, lines, board_entries);
            add_block(&info->base_boards, entries);
        } else if (g_str_equal(title, "Chassis Information")) {
            add_section(&info->chassis, lines, chassis_entries);
        } else if (g_str_equal(title, "Processor Information")) {
            add_section(&entries, lines, processor_entries);
            add_block(&info->processors, entries);
        } else if (g_str_equal(title, "OEM Strings")) {
            add_oem_strings(info, lines, texts);
        } else if (g_str_equal(title, "Memory Device")) {
            g_autofree char *size = section_value(lines, "Size");

            /* An empty slot is no memory. */
            if (g_strcmp0(size, "No Module Installed")) {
                add_section(&entries, lines, memory_entries);
                add_block(&info->memory_devices, entries);
            }
        }
    }
}

/* A processor for each "processor : N" of /proc/cpuinfo; @type names what it is, in its block or for all. */
static void
parse_cpuinfo(HostSysinfo *info, const char *cpuinfo, const char *const *type_keys, const char *version_key)
{
    for (int cpu = 0;; cpu++) {
        g_autofree char *number = procfile_cpu_value(cpuinfo, cpu, "processor");
        g_autofree char *type = NULL;
        g_autofree char *version = version_key ? procfile_cpu_value(cpuinfo, cpu, version_key) : NULL;
        GPtrArray *entries = NULL;

        if (!number)
            return;
        for (size_t i = 0; !type && type_keys[i]; i++) {
            type = procfile_cpu_value(cpuinfo, cpu, type_keys[i]);
            if (!type)
                type = procfile_cpu_value(cpuinfo, -1, type_keys[i]);
        }
        add_entry(&entries, "socket_destination", number);
        add_entry(&entries, "type", type);
        add_entry(&entries, "version", version);
        add_block(&info->processors, entries);
    }
}

static void
parse_ppc(HostSysinfo *info, const char *cpuinfo)
{
    static const char *const type_keys[] = { "cpu", NULL };
    g_autofree char *family = procfile_cpu_value(cpuinfo, -1, "platform");
    g_autofree char *serial = procfile_cpu_value(cpuinfo, -1, "model");
    g_autofree char *version = procfile_cpu_value(cpuinfo, -1, "machine");

    add_entry(&info->system, "version", version);
    add_entry(&info->system, "serial", serial);
    add_entry(&info->system, "family", family);
    parse_cpuinfo(info, cpuinfo, type_keys, "revision");
}

/* The value of "key = value" in a list. */
static char *
listed(const char *text, const char *key)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);

    for (size_t i = 0; parts[i]; i++) {
        char *equal = strchr(parts[i], '=');

        if (!equal)
            continue;
        *equal = '\0';
        if (g_str_equal(g_strstrip(parts[i]), key))
            return g_strstrip(g_strdup(equal + 1));
    }
    return NULL;
}

static char *
s390_speed(const char *cpuinfo, unsigned cpu)
{
    g_autofree char *start = g_strdup_printf("cpu number      : %u\n", cpu);
    const char *block = strstr(cpuinfo, start);

    return block ? procfile_cpu_value(block, -1, "cpu MHz dynamic") : NULL;
}

static void
parse_s390(HostSysinfo *info, const char *sysinfo, const char *cpuinfo)
{
    g_autofree char *manufacturer = procfile_cpu_value(sysinfo, -1, "Manufacturer");
    g_autofree char *family = procfile_cpu_value(sysinfo, -1, "Type");
    g_autofree char *serial = procfile_cpu_value(sysinfo, -1, "Sequence Code");
    g_autofree char *vendor = procfile_cpu_value(cpuinfo, -1, "vendor_id");

    add_entry(&info->system, "manufacturer", manufacturer);
    add_entry(&info->system, "serial", serial);
    add_entry(&info->system, "family", family);
    for (unsigned cpu = 0;; cpu++) {
        g_autofree char *key = g_strdup_printf("processor %u", cpu);
        g_autofree char *line = procfile_cpu_value(cpuinfo, -1, key);
        g_autofree char *machine = line ? listed(line, "machine") : NULL;
        g_autofree char *version = line ? listed(line, "version") : NULL;
        g_autofree char *identification = line ? listed(line, "identification") : NULL;
        g_autofree char *speed = line ? s390_speed(cpuinfo, cpu) : NULL;
        GPtrArray *entries = NULL;

        if (!line)
            return;
        add_entry(&entries, "family", machine);
        add_entry(&entries, "manufacturer", vendor);
        add_entry(&entries, "version", version);
        add_entry(&entries, "max_speed", speed);
        add_entry(&entries, "serial_number", identification);
        add_block(&info->processors, entries);
    }
}

HostSysinfo *
host_sysinfo_parse(const HostSysinfoTexts *texts, GError **error)
{
    static const char *const arm_keys[] = { "model name", "Processor", NULL };
    g_autoptr(HostSysinfo) info = xml_new(&host_sysinfo_xml);

    info->type = SYSINFO_TYPE_SMBIOS;
    if (texts->dmidecode)
        parse_dmidecode(info, texts);
    else if (g_str_has_prefix(texts->arch, "s390") && texts->sysinfo && texts->cpuinfo)
        parse_s390(info, texts->sysinfo, texts->cpuinfo);
    else if (g_str_has_prefix(texts->arch, "ppc") && texts->cpuinfo)
        parse_ppc(info, texts->cpuinfo);
    else if ((g_str_has_prefix(texts->arch, "arm") || g_str_equal(texts->arch, "aarch64")) && texts->cpuinfo)
        parse_cpuinfo(info, texts->cpuinfo, arm_keys, NULL);
    else {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "this %s host tells nothing of itself: is dmidecode installed?",
                  texts->arch);
        return NULL;
    }
    return g_steal_pointer(&info);
}

static char *
ask_oem_string(void *data, unsigned number)
{
    g_autofree char *text = g_strdup_printf("%u", number);
    const char *const argv[] = { "dmidecode", "--dump", "--oem-string", text, NULL };
    char *out = NULL;

    return process_run(argv, NULL, DMIDECODE_TIMEOUT, &out, NULL, NULL) ? g_strchomp(out) : NULL;
}

HostSysinfo *
host_sysinfo_read(GError **error)
{
    static const char *const argv[] = { "dmidecode", "-q", "-t", "0,1,2,3,4,11,17", NULL };
    g_autofree char *dmidecode = NULL, *cpuinfo = NULL, *sysinfo = NULL, *program = g_find_program_in_path("dmidecode");
    struct utsname host;
    HostSysinfoTexts texts = { .oem_string = ask_oem_string };

    uname(&host);
    texts.arch = host.machine;
    if (program && g_file_test("/sys/firmware/dmi/tables/smbios_entry_point", G_FILE_TEST_EXISTS) &&
        !process_run(argv, NULL, DMIDECODE_TIMEOUT, &dmidecode, NULL, error))
        return NULL;
    texts.dmidecode = dmidecode;
    if (file_read_limited("/proc/cpuinfo", PROC_MAX, &cpuinfo, NULL, NULL))
        texts.cpuinfo = cpuinfo;
    if (file_read_limited("/proc/sysinfo", PROC_MAX, &sysinfo, NULL, NULL))
        texts.sysinfo = sysinfo;
    return host_sysinfo_parse(&texts, error);
}
