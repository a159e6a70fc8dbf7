/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_cgroup.c - where the host puts a guest's process, and what it may use
 *
 * guest_thread.c does the same for its threads.  Names are those that upstream's hosts have: administrators and
 * monitoring look for them.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_cgroup.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "drivers/common/params.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/machined.h"
#include "util/process.h"

LOG_SOURCE("qemu.cgroup");

#define DEFAULT_PARTITION "/machine"
#define OURS ".libvirt-qemu" /* end of the name of a group that we made, not systemd */
#define NESTED "libvirt"     /* our part of a scope of systemd */

enum {
    NUMAD_MS = 20000,
    CONTROLLERS = 1u << CGROUP_MOUNT_CPU | 1u << CGROUP_MOUNT_CPUACCT | 1u << CGROUP_MOUNT_CPUSET | 1u << CGROUP_MOUNT_MEMORY |
                  1u << CGROUP_MOUNT_BLKIO,
};

/* What is kept */

static GuestTune *
tune_of(Guest *guest)
{
    if (!guest->tune)
        guest->tune = g_new0(GuestTune, 1);
    return guest->tune;
}

void
guest_cgroup_clear(Guest *guest)
{
    GuestTune *tune = g_steal_pointer(&guest->tune);

    if (!tune)
        return;
    cgroup_unref(tune->cgroup);
    g_free(tune->machine);
    bitmap_free(tune->nodes);
    bitmap_free(tune->cpus);
    g_clear_pointer(&tune->perf, g_hash_table_unref);
    g_free(tune);
}

/* Takes @cgroup and @machine. */
static void
keep(Guest *guest, Cgroup *cgroup, char *machine)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);
    GuestTune *tune = tune_of(guest);

    cgroup_unref(tune->cgroup);
    g_free(tune->machine);
    tune->cgroup = cgroup;
    tune->machine = machine;
}

Cgroup *
guest_cgroup_get(Guest *guest)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    return guest->tune && guest->tune->cgroup ? cgroup_ref(guest->tune->cgroup) : NULL;
}

Cgroup *
guest_cgroup_require(Guest *guest, CgroupMountKind kind, GError **error)
{
    static const char *const tunings[CGROUP_MOUNT_LAST] = {
        [CGROUP_MOUNT_CPU] = "CPU", [CGROUP_MOUNT_MEMORY] = "Memory",
        [CGROUP_MOUNT_CPUSET] = "NUMA", [CGROUP_MOUNT_BLKIO] = "Block I/O",
    };
    g_autoptr(Cgroup) cgroup = guest_cgroup_get(guest);

    if (cgroup_has(cgroup, kind))
        return g_steal_pointer(&cgroup);
    if (!guest_host.conf->privileged && tunings[kind])
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "%s tuning is not available in session mode", tunings[kind]);
    else
        error_set(error, VIR_ERR_OPERATION_INVALID,
                  "cgroup %s controller is not mounted: the guest has no such cgroup on this host",
                  kind == CGROUP_MOUNT_CPU ? "CPU" : cgroup_mount_names[kind]);
    return NULL;
}

/* Making it */

/* Below the first part, those without a dot in them get an end that guests' names do not have. */
static char *
partition_path(const char *partition)
{
    g_auto(GStrv) parts = g_strsplit(partition, "/", -1);
    g_autoptr(GString) path = g_string_new(NULL);

    for (size_t i = 0; parts[i]; i++)
        if (*parts[i])
            g_string_append_printf(path, "%s%s%s", path->len ? "/" : "", parts[i],
                                   !path->len || strchr(parts[i], '.') ? "" : ".partition");
    return g_strdup(path->str);
}

/* All folders down to @path, which are handed down @path's controllers. */
static Cgroup *
make_path(const Cgroup *top, const char *path, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    g_autoptr(Cgroup) at = cgroup_new_masked(top, ~0u);

    for (size_t i = 0; parts[i]; i++) {
        g_autoptr(Cgroup) below = *parts[i] ? cgroup_new_child(at, parts[i]) : cgroup_ref(at);

        if (*parts[i] && !cgroup_make(below, false, error))
            return NULL;
        cgroup_unref(at);
        at = g_steal_pointer(&below);
    }
    return g_steal_pointer(&at);
}

/* The scope that systemd put the process in, as a path from the top. */
static char *
scope_path(pid_t pid)
{
    g_autofree char *file = g_strdup_printf("/proc/%d/cgroup", (int)pid);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!file_read_limited(file, 1 << 16, &text, NULL, NULL))
        return NULL;
    lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(lines[i], ":", 3);

        if (g_strv_length(parts) == 3 && g_str_has_suffix(parts[2], ".scope") && strstr(parts[2], "/machine-"))
            return g_strdup(parts[2]);
    }
    return NULL;
}

/* By systemd-machined; NULL without an error when there is none. */
static Cgroup *
make_by_machined(const Domain *doc, const Cgroup *top, pid_t pid, char **ret_machine, GError **error)
{
    g_autofree char *name = machined_name("qemu", doc->id, doc->name);
    g_autofree char *slice = machined_slice(doc->partition);
    MachinedGuest machine = { .name = name, .service = "libvirt-qemu", .uuid = doc->uuid, .leader = pid, .slice = slice };
    g_autoptr(GError) problem = NULL;
    g_autofree char *scope = NULL;
    g_autofree char *path = NULL;
    Cgroup *cgroup;

    if (!machined_create(&machine, &problem)) {
        if (error_is(problem, VIR_ERR_NO_SUPPORT))
            log_debug("%s", problem->message);
        else
            g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    *ret_machine = g_steal_pointer(&name);
    scope = scope_path(pid);
    if (!scope) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "systemd-machined took '%s' but put it in no scope", *ret_machine);
        return NULL;
    }
    path = g_strconcat(scope, "/" NESTED, NULL);
    cgroup = make_path(top, path, error);
    /* A group of version 2 hands nothing down while a process is in it: again, now that it has left the scope. */
    if (cgroup && (!cgroup_add_process(cgroup, pid, error) || !cgroup_make(cgroup, false, error)))
        g_clear_pointer(&cgroup, cgroup_unref);
    return cgroup;
}

static Cgroup *
make_by_hand(const Domain *doc, const Cgroup *top, pid_t pid, GError **error)
{
    g_autofree char *name = machined_name("qemu", doc->id, doc->name);
    g_autofree char *partition = partition_path(doc->partition);
    g_autofree char *path = g_strdup_printf("%s/%s" OURS, partition, name);
    g_autoptr(Cgroup) place = cgroup_new_child(top, partition);
    Cgroup *cgroup;

    /* What an administrator sets up must be there: a guest that is not in it would escape its limits. */
    if (!g_str_equal(doc->partition, DEFAULT_PARTITION) && !cgroup_exists(place)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "resource partition '%s' of '%s' does not exist: make the cgroup '%s' first",
                  doc->partition, doc->name, partition);
        return NULL;
    }
    cgroup = make_path(top, path, error);
    if (cgroup && !cgroup_add_process(cgroup, pid, error)) {
        cgroup_remove(cgroup, NULL);
        g_clear_pointer(&cgroup, cgroup_unref);
    }
    return cgroup;
}

/* Hosts on which there may be none: no controller, or none of ours to change (containers). */
static bool
may_be_without(const GError *error)
{
    int number = error_errno(error);

    return error_is(error, VIR_ERR_NO_SUPPORT) || number == EACCES || number == EPERM || number == EROFS || number == ENOENT;
}

static bool
make(Guest *guest, Domain *doc, pid_t pid, GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autoptr(Cgroup) all = guest_host.conf->privileged ? cgroup_new_top(&problem) : NULL;
    g_autoptr(Cgroup) top = all ? cgroup_new_masked(all, CONTROLLERS | 1u << CGROUP_MOUNT_UNIFIED) : NULL;
    g_autofree char *machine = NULL;
    Cgroup *cgroup;

    if (doc->partition && *doc->partition != '/') {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Resource partition '%s' must start with '/'", doc->partition);
        return false;
    }
    if (!top) {
        if (problem)
            log_debug("no cgroup for '%s': %s", doc->name, problem->message);
        return true;
    }
    if (!doc->partition)
        doc->partition = g_strdup(DEFAULT_PARTITION);
    cgroup = make_by_machined(doc, top, pid, &machine, &problem);
    if (!cgroup && !problem)
        cgroup = make_by_hand(doc, top, pid, &problem);
    if (!cgroup && !may_be_without(problem)) {
        keep(guest, NULL, g_steal_pointer(&machine));
        g_propagate_prefixed_error(error, g_steal_pointer(&problem), "cannot give '%s' a cgroup: ", doc->name);
        return false;
    }
    if (!cgroup)
        log_info("no cgroup for '%s': %s", doc->name, problem->message);
    keep(guest, cgroup, g_steal_pointer(&machine));
    return true;
}

/* What it may use */

static bool
needs_cpuset(const Domain *doc)
{
    if (doc->numa_mode == NUMA_MODE_RESTRICTIVE)
        return true;
    for (size_t i = 0; i < list_len(doc->memnodes); i++)
        if (((const MemNode *)list_at(doc->memnodes, i))->mode == NUMA_MODE_RESTRICTIVE)
            return true;
    return false;
}

static bool
check_needs(const Domain *doc, const Cgroup *cgroup, GError **error)
{
    const struct {
        CgroupMountKind kind;
        bool needed;
        const char *what;
    } rows[] = {
        { CGROUP_MOUNT_BLKIO, doc->blkio_weight || list_len(doc->blkio_devices), "Block I/O tuning" },
        { CGROUP_MOUNT_MEMORY, doc->has_hard_limit || doc->has_soft_limit || doc->has_swap_hard_limit, "Memory tuning" },
        { CGROUP_MOUNT_CPU, doc->has_cpu_shares || doc->has_cpu_period || doc->has_cpu_quota || doc->has_global_period ||
          doc->has_global_quota || doc->has_emulator_period || doc->has_emulator_quota || doc->has_iothread_period ||
          doc->has_iothread_quota, "CPU tuning" },
        { CGROUP_MOUNT_CPUSET, needs_cpuset(doc), "<numatune> with mode 'restrictive'" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].needed && !cgroup_has(cgroup, rows[i].kind)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                      "%s is not available %s: the cgroup controller '%s' is not there for '%s'", rows[i].what,
                      guest_host.conf->privileged ? "on this host" : "in session mode",
                      cgroup_mount_names[rows[i].kind], doc->name);
            return false;
        }
    return true;
}

static bool
limit_device(const Cgroup *cgroup, const BlkioDevice *d, GError **error)
{
    const struct {
        CgroupIo what;
        bool has;
        uint64_t value;
    } rows[] = {
        { CGROUP_IO_DEVICE_WEIGHT, d->has_weight, d->weight },
        { CGROUP_IO_READ_IOPS, d->has_read_iops_sec, d->read_iops_sec },
        { CGROUP_IO_WRITE_IOPS, d->has_write_iops_sec, d->write_iops_sec },
        { CGROUP_IO_READ_BPS, d->has_read_bytes_sec, d->read_bytes_sec },
        { CGROUP_IO_WRITE_BPS, d->has_write_bytes_sec, d->write_bytes_sec },
    };
    struct stat st;

    if (stat(d->path, &st) < 0 || !S_ISBLK(st.st_mode)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "cannot limit I/O on '%s': it is no block device", d->path);
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].has && rows[i].value && !cgroup_set_io(cgroup, rows[i].what, st.st_rdev, rows[i].value, error))
            return false;
    return true;
}

static bool
limit(const Domain *doc, const Cgroup *cgroup, const Bitmap *advice, GError **error)
{
    enum { KIB = 1024 };
    const struct {
        CgroupValue what;
        bool has;
        uint64_t value;
    } rows[] = {
        { CGROUP_IO_WEIGHT, doc->blkio_weight != 0, doc->blkio_weight },
        { CGROUP_MEMORY_HARD, doc->has_hard_limit, doc->hard_limit * KIB },
        { CGROUP_MEMORY_SOFT, doc->has_soft_limit, doc->soft_limit * KIB },
        { CGROUP_MEMORY_SWAP, doc->has_swap_hard_limit, doc->swap_hard_limit * KIB },
        { CGROUP_CPU_SHARES, doc->has_cpu_shares && doc->cpu_shares, doc->cpu_shares },
        { CGROUP_CPU_PERIOD, doc->has_global_period && doc->global_period, doc->global_period },
        { CGROUP_CPU_QUOTA, doc->has_global_quota && doc->global_quota,
          doc->global_quota < 0 ? CGROUP_NO_LIMIT : (uint64_t)doc->global_quota },
    };
    const Bitmap *nodes;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].has && !cgroup_set(cgroup, rows[i].what, rows[i].value, error))
            return false;
    for (size_t i = 0; i < list_len(doc->blkio_devices); i++)
        if (!limit_device(cgroup, list_at(doc->blkio_devices, i), error))
            return false;
    nodes = doc->numa_placement == NUMA_PLACEMENT_AUTO ? advice : doc->numa_nodeset;
    return doc->numa_mode != NUMA_MODE_RESTRICTIVE || !nodes || cgroup_set_mems(cgroup, nodes, error);
}

bool
guest_cgroup_begin(Guest *guest, Domain *doc, pid_t pid, GError **error)
{
    g_autoptr(Cgroup) cgroup = NULL;

    if (!make(guest, doc, pid, error))
        return false;
    cgroup = guest_cgroup_get(guest);
    /* Threads that it makes are where it is; those that belong elsewhere are moved when they are known. */
    return check_needs(doc, cgroup, error) && (!cgroup || limit(doc, cgroup, guest->tune->nodes, error)) &&
           guest_thread_place(guest, doc, GUEST_THREAD_EMULATOR, 0, pid, error);
}

static Bitmap *
cpus_of_nodes(const Bitmap *nodes)
{
    g_autoptr(Bitmap) cpus = bitmap_new();

    for (int node = bitmap_next(nodes, 0); node >= 0; node = bitmap_next(nodes, node + 1)) {
        g_autofree char *path = g_strdup_printf("/sys/devices/system/node/node%d/cpulist", node);
        g_autofree char *text = file_read_line(path);
        g_autoptr(Bitmap) these = text ? bitmap_parse(text) : NULL;

        for (int cpu = these ? bitmap_next(these, 0) : -1; cpu >= 0; cpu = bitmap_next(these, cpu + 1))
            bitmap_set(cpus, (size_t)cpu, true);
    }
    return g_steal_pointer(&cpus);
}

/* Of a guest that is gone, what we made is known by its name. */
static void
find_remains(Guest *guest, const Domain *doc)
{
    g_autoptr(Cgroup) all = guest_host.conf->privileged && doc->partition ? cgroup_new_top(NULL) : NULL;
    g_autoptr(Cgroup) top = all ? cgroup_new_masked(all, CONTROLLERS | 1u << CGROUP_MOUNT_UNIFIED) : NULL;
    g_autofree char *name = machined_name("qemu", doc->id, doc->name);
    g_autofree char *partition = partition_path(doc->partition ? doc->partition : DEFAULT_PARTITION);
    g_autofree char *path = g_strdup_printf("%s/%s" OURS, partition, name);

    keep(guest, top ? cgroup_new_child(top, path) : NULL, g_steal_pointer(&name));
}

void
guest_cgroup_restore(Guest *guest, const Bitmap *nodes)
{
    g_auto(LockHold) hold = lock_hold(&guest->vm.object.lock);

    if (!nodes)
        return;
    tune_of(guest)->nodes = bitmap_copy(nodes);
    guest->tune->cpus = cpus_of_nodes(nodes);
}

void
guest_cgroup_look(Guest *guest, pid_t pid)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cgroup) at = guest_host.conf->privileged ? cgroup_new_of_process(pid, &error) : NULL;
    g_autoptr(Cgroup) cgroup = at ? cgroup_new_masked(at, CONTROLLERS | 1u << CGROUP_MOUNT_UNIFIED) : NULL;
    bool found = false;

    for (int kind = 0; cgroup && kind < CGROUP_MOUNT_LAST; kind++) {
        char *path = cgroup->path[kind];

        /* The process is with the emulator's threads where those are apart. */
        if (path && g_str_has_suffix(path, "/emulator"))
            *strrchr(path, '/') = '\0';
        if (path && (g_str_has_suffix(path, OURS) || g_str_has_suffix(path, ".scope/" NESTED)))
            found = true;
        else
            g_clear_pointer(&cgroup->path[kind], g_free);
    }
    if (error)
        log_debug("process %d has no cgroup: %s", (int)pid, error->message);
    keep(guest, found ? g_steal_pointer(&cgroup) : NULL, NULL);
}

void
guest_cgroup_find(Guest *guest, const Domain *doc)
{
    char *machine;

    if (guest->process.pid <= 0) {
        find_remains(guest, doc);
        return;
    }
    guest_cgroup_look(guest, guest->process.pid);
    machine = machined_find(guest->process.pid);
    lock_acquire(&guest->vm.object.lock);
    g_free(tune_of(guest)->machine);
    guest->tune->machine = machine;
    lock_release(&guest->vm.object.lock);
}

void
guest_cgroup_end(Guest *guest)
{
    g_autoptr(Cgroup) cgroup = guest_cgroup_get(guest);
    g_autoptr(GError) error = NULL;
    g_autofree char *machine = NULL;

    lock_acquire(&guest->vm.object.lock);
    if (guest->tune)
        machine = g_steal_pointer(&guest->tune->machine);
    lock_release(&guest->vm.object.lock);
    if (machine && !machined_terminate(machine, &error))
        log_gerror(error, "while ending a guest");
    g_clear_error(&error);
    if (cgroup && !cgroup_remove(cgroup, &error))
        log_gerror(error, "while ending a guest");
    lock_acquire(&guest->vm.object.lock);
    guest_cgroup_clear(guest);
    lock_release(&guest->vm.object.lock);
}

/* numad */

bool
guest_cgroup_advise(Guest *guest, const Domain *doc, GError **error)
{
    enum { MIB = 1024 };
    unsigned vcpus = doc->has_current_vcpus ? doc->current_vcpus : doc->max_vcpus;
    g_autofree char *size = g_strdup_printf("%u:%" G_GUINT64_FORMAT, vcpus, doc->memory / MIB);
    g_autofree char *program = NULL;
    g_autofree char *said = NULL;
    g_autoptr(Bitmap) nodes = NULL;
    const char *argv[] = { NULL, "-w", size, NULL };

    if (doc->numa_placement != NUMA_PLACEMENT_AUTO && doc->vcpu_placement != VCPU_PLACEMENT_AUTO)
        return true;
    program = g_find_program_in_path("numad");
    argv[0] = program;
    if (!program) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "numad is not available on this host: install it, or leave out placement='auto' of '%s'", doc->name);
        return false;
    }
    if (!process_run(argv, NULL, NUMAD_MS, &said, NULL, error)) {
        error_prefix(error, "numad has no advice for '%s'", doc->name);
        return false;
    }
    nodes = bitmap_parse(g_strstrip(said));
    if (!nodes || !bitmap_count(nodes)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "numad advised no nodes for '%s' but '%s'", doc->name, said);
        return false;
    }
    lock_acquire(&guest->vm.object.lock);
    tune_of(guest)->cpus = cpus_of_nodes(nodes);
    guest->tune->nodes = g_steal_pointer(&nodes);
    lock_release(&guest->vm.object.lock);
    return true;
}

void
guest_cgroup_emit(Guest *guest, const Params *params)
{
    DomainEventCallbackTunableMsg msg = { 0 };

    if (!params_count(params))
        return;
    params_lend(params, &msg.n_params, &msg.params);
    object_wire(&guest->vm.object, &msg.dom);
    event_emit(guest_host.env.hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_TUNABLE, &msg);
    g_free(msg.dom.name);
}
