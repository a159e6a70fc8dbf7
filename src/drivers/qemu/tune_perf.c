/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tune_perf.c - performance counters of the host, counting while a guest's process runs
 *
 * The kernel counts through a descriptor for each event, which the daemon holds; a new daemon begins anew.
 */
#define ERROR_FROM VIR_FROM_PERF
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "drivers/common/vm.h"
#include "drivers/qemu/process/guest_cgroup.h"
#include "drivers/qemu/tune_rows.h"
#include "util/error.h"

static const struct {
    const char *name;
    uint32_t type;
    uint64_t config;
} events[] = {
    { VIR_PERF_PARAM_CPU_CYCLES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
    { VIR_PERF_PARAM_INSTRUCTIONS, PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
    { VIR_PERF_PARAM_CACHE_REFERENCES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES },
    { VIR_PERF_PARAM_CACHE_MISSES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES },
    { VIR_PERF_PARAM_BRANCH_INSTRUCTIONS, PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
    { VIR_PERF_PARAM_BRANCH_MISSES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
    { VIR_PERF_PARAM_BUS_CYCLES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES },
    { VIR_PERF_PARAM_STALLED_CYCLES_FRONTEND, PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND },
    { VIR_PERF_PARAM_STALLED_CYCLES_BACKEND, PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND },
    { VIR_PERF_PARAM_REF_CPU_CYCLES, PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES },
    { VIR_PERF_PARAM_CPU_CLOCK, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK },
    { VIR_PERF_PARAM_TASK_CLOCK, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
    { VIR_PERF_PARAM_PAGE_FAULTS, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
    { VIR_PERF_PARAM_CONTEXT_SWITCHES, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES },
    { VIR_PERF_PARAM_CPU_MIGRATIONS, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS },
    { VIR_PERF_PARAM_PAGE_FAULTS_MIN, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN },
    { VIR_PERF_PARAM_PAGE_FAULTS_MAJ, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ },
    { VIR_PERF_PARAM_ALIGNMENT_FAULTS, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_ALIGNMENT_FAULTS },
    { VIR_PERF_PARAM_EMULATION_FAULTS, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_EMULATION_FAULTS },
};

static void
close_counter(void *value)
{
    close(GPOINTER_TO_INT(value));
}

static bool
enable(Guest *guest, const char *name, GError **error)
{
    struct perf_event_attr attr = { .size = sizeof(attr), .disabled = 1, .inherit = 1 };
    size_t i = 0;
    int fd;

    while (i < G_N_ELEMENTS(events) && !g_str_equal(events[i].name, name))
        i++;
    /* The cache monitoring events (cmt, mbmt, mbml) went from Linux with 4.14. */
    if (i == G_N_ELEMENTS(events)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unable to enable host cpu perf event for %s: the kernel has no such event",
                  name);
        return false;
    }
    attr.type = events[i].type;
    attr.config = events[i].config;
    fd = (int)syscall(SYS_perf_event_open, &attr, guest->process.pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_ENABLE) < 0) {
        error_set_errno(error, errno, "unable to enable host cpu perf event for %s", name);
        if (fd >= 0)
            close(fd);
        return false;
    }
    lock_acquire(&guest->vm.object.lock);
    if (!guest->tune)
        guest->tune = g_new0(GuestTune, 1);
    if (!guest->tune->perf)
        guest->tune->perf = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, close_counter);
    g_hash_table_replace(guest->tune->perf, g_strdup(name), GINT_TO_POINTER(fd));
    lock_release(&guest->vm.object.lock);
    return true;
}

static bool
is_on(Guest *guest, const char *name)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    return guest->tune && guest->tune->perf && g_hash_table_contains(guest->tune->perf, name);
}

static bool
switch_event(Guest *guest, const char *name, bool on, GError **error)
{
    if (on)
        return is_on(guest, name) || enable(guest, name, error);
    lock_acquire(&guest->vm.object.lock);
    if (guest->tune && guest->tune->perf)
        g_hash_table_remove(guest->tune->perf, name);
    lock_release(&guest->vm.object.lock);
    return true;
}

bool
tune_rows_set_perf(Call *call, GError **error)
{
    const DomainSetPerfEventsArgs *args = call->args;

    if (!vm_row_set_perf_events(call, error))
        return false;
    for (uint32_t i = 0; call->live && i < args->n_params; i++)
        if (!switch_event(guest_of(call), args->params[i].field, args->params[i].value.b, error))
            return false;
    return true;
}

bool
tune_perf_start(Guest *guest, const Domain *doc, GError **error)
{
    for (size_t i = 0; i < list_len(doc->perf_events); i++) {
        const PerfEvent *event = list_at(doc->perf_events, i);

        if (event->enabled == YESNO_YES && !switch_event(guest, perf_event_name_words[event->name], true, error))
            return false;
    }
    return true;
}

void
tune_perf_stats(Guest *guest, Params *params)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    for (size_t i = 0; guest->tune && guest->tune->perf && i < G_N_ELEMENTS(events); i++) {
        g_autofree char *key = g_strdup_printf("perf.%s", events[i].name);
        void *fd;
        uint64_t count;

        if (g_hash_table_lookup_extended(guest->tune->perf, events[i].name, NULL, &fd) &&
            read(GPOINTER_TO_INT(fd), &count, sizeof(count)) == sizeof(count))
            params_add_ullong(params, key, count);
    }
}
