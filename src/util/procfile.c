/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* procfile.c - what the text files of /proc say: CPUs, their times, a process */
#define ERROR_FROM VIR_FROM_NONE
#include "util/procfile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/error.h"

/* If @line is "@key : value": the value. */
static const char *
line_value(const char *line, const char *key)
{
    size_t len = strlen(key);

    if (strncmp(line, key, len))
        return NULL;
    line += len;
    while (*line == ' ' || *line == '\t')
        line++;
    if (*line != ':')
        return NULL;
    do {
        line++;
    } while (*line == ' ' || *line == '\t');
    return line;
}

static const char *
next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end ? end + 1 : NULL;
}

char *
procfile_cpu_value(const char *cpuinfo, int cpu, const char *key)
{
    int block = -1;

    for (const char *line = cpuinfo; line && *line; line = next_line(line)) {
        const char *value;

        block += line_value(line, "processor") != NULL;
        value = cpu < 0 || block == cpu ? line_value(line, key) : NULL;
        if (value)
            return g_strchomp(g_strndup(value, strcspn(value, "\n")));
    }
    return NULL;
}

static bool
is_arch(const char *arch, const char *const *prefixes)
{
    for (size_t i = 0; prefixes[i]; i++)
        if (g_str_has_prefix(arch, prefixes[i]))
            return true;
    return false;
}

static const char *const x86[] = { "x86_64", "i686", "i386", NULL };
static const char *const ppc[] = { "ppc", NULL };
static const char *const s390[] = { "s390", NULL };

unsigned
procfile_cpu_mhz(const char *cpuinfo, const char *arch)
{
    const char *key = is_arch(arch, x86) ? "cpu MHz" : is_arch(arch, ppc) ? "clock"
                      : is_arch(arch, s390) ? "cpu MHz dynamic" : NULL;
    g_autofree char *value = key ? procfile_cpu_value(cpuinfo, -1, key) : NULL;

    return value ? (unsigned)g_ascii_strtoull(value, NULL, 10) : 0;
}

char *
procfile_cpu_signature(const char *cpuinfo, const char *arch)
{
    if (is_arch(arch, x86)) {
        g_autofree char *vendor = procfile_cpu_value(cpuinfo, 0, "vendor_id");
        g_autofree char *name = procfile_cpu_value(cpuinfo, 0, "model name");
        g_autofree char *family = procfile_cpu_value(cpuinfo, 0, "cpu family");
        g_autofree char *model = procfile_cpu_value(cpuinfo, 0, "model");
        g_autofree char *stepping = procfile_cpu_value(cpuinfo, 0, "stepping");

        if (vendor && name && family && model && stepping)
            return g_strdup_printf("%s, %s, family: %s, model: %s, stepping: %s", vendor, name, family, model, stepping);
    } else if (is_arch(arch, ppc)) {
        g_autofree char *name = procfile_cpu_value(cpuinfo, 0, "cpu");
        g_autofree char *revision = procfile_cpu_value(cpuinfo, 0, "revision");

        if (name && revision)
            return g_strdup_printf("%s, rev %s", name, revision);
    } else if (is_arch(arch, s390)) {
        g_autofree char *vendor = procfile_cpu_value(cpuinfo, -1, "vendor_id");
        g_autofree char *first = procfile_cpu_value(cpuinfo, -1, "processor 0");
        g_autofree char *facilities = procfile_cpu_value(cpuinfo, -1, "facilities");

        if (vendor && first && facilities)
            return g_strdup_printf("%s, %s, facilities: %s", vendor, first, facilities);
    }
    return NULL;
}

bool
procfile_cpu_times(const char *stat, int cpu, ProcfileTimes *ret_times)
{
    g_autofree char *name = cpu < 0 ? g_strdup("cpu ") : g_strdup_printf("cpu%d ", cpu);
    uint64_t user, nice, system, idle, iowait = 0, irq = 0, softirq = 0;

    for (const char *line = stat; line && *line; line = next_line(line)) {
        if (!g_str_has_prefix(line, name))
            continue;
        if (sscanf(line + strlen(name), "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &user,
                   &nice, &system, &idle, &iowait, &irq, &softirq) < 4)
            return false;
        *ret_times = (ProcfileTimes){ .kernel = system + irq + softirq, .user = user + nice, .idle = idle, .iowait = iowait };
        return true;
    }
    return false;
}

char **
procfile_process_stat(const char *stat, GError **error)
{
    /* The name is not escaped, so it ends at the last parenthesis there is. */
    const char *open = strchr(stat, '('), *close = strrchr(stat, ')');
    g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) rest = NULL;

    if (!open || !close || open >= close || open == stat || open[-1] != ' ' || close[1] != ' ') {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "no name of a command in parentheses in '%.40s'", stat);
        return NULL;
    }
    g_ptr_array_add(fields, g_strndup(stat, (size_t)(open - 1 - stat)));
    g_ptr_array_add(fields, g_strndup(open + 1, (size_t)(close - open - 1)));
    rest = g_strsplit_set(close + 2, " \n", -1);
    for (size_t i = 0; rest[i]; i++)
        if (*rest[i])
            g_ptr_array_add(fields, g_strdup(rest[i]));
    g_ptr_array_add(fields, NULL);
    return (char **)g_ptr_array_steal(fields, NULL);
}
