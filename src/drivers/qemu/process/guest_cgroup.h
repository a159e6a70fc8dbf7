/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_cgroup.h - where the host puts a guest's process and threads, and what they may use
 *
 * A system daemon gives each guest a cgroup: systemd-machined makes it where it runs, else we do, below the guest's
 * partition; where neither may be done (containers) and for guests of users there is none, and what needs one is refused.
 * Threads of vCPUs and I/O have groups of their own in it.
 */
#pragma once

#include "drivers/qemu/process/guest.h"
#include "util/cgroup.h"

/* What a guest that runs has of it; Guest has one from the first need on. */
typedef struct GuestTune {
    Cgroup *cgroup;             /* NULL: none */
    char *machine;              /* name that systemd-machined knows it by; NULL: it does not */
    Bitmap *nodes, *cpus;       /* what numad advised, as long as the guest runs; NULL: not asked */
    GHashTable *perf;           /* name of an event -> its descriptor */
} GuestTune;
void guest_cgroup_clear(Guest *guest);

/* Its place, to be unreferenced; NULL: it has none. */
Cgroup *guest_cgroup_get(Guest *guest);
/* The same for a call that needs @kind: NULL with an error in upstream's words. */
Cgroup *guest_cgroup_require(Guest *guest, CgroupMountKind kind, GError **error);

/* Ask numad, for a guest that leaves its place to it.  Before its command line is made. */
bool guest_cgroup_advise(Guest *guest, const Domain *doc, GError **error);
/* Its process @pid waits to begin: put it in its place, with its limits; @doc then says which partition it is in. */
bool guest_cgroup_begin(Guest *guest, Domain *doc, pid_t pid, GError **error);
/* After a restart of the daemon: look where its process is, by files only; where it is or, when it is gone, was, and who else
 * knows of it; and what numad advised. */
void guest_cgroup_look(Guest *guest, pid_t pid);
void guest_cgroup_find(Guest *guest, const Domain *doc);
void guest_cgroup_restore(Guest *guest, const Bitmap *nodes);
/* It is gone. */
void guest_cgroup_end(Guest *guest);

/* Threads */
typedef enum { GUEST_THREAD_EMULATOR, GUEST_THREAD_VCPU, GUEST_THREAD_IOTHREAD } GuestThread;
/* All threads where @doc wants them, after QEMU made them. */
bool guest_thread_place_all(Guest *guest, const Domain *doc, GError **error);
/* One that came later. */
bool guest_thread_place(Guest *guest, const Domain *doc, GuestThread kind, unsigned id, pid_t thread, GError **error);
/* And one that went: its group. */
void guest_thread_forget(Guest *guest, GuestThread kind, unsigned id);
/* Learn which threads the vCPUs are: guest->vcpu_threads, by number of the vCPU, 0 for those without. */
bool guest_thread_read_vcpus(Guest *guest, const Domain *doc, GError **error);
/* Its cgroup, to be unreferenced; NULL when it has none. */
Cgroup *guest_thread_cgroup(Guest *guest, GuestThread kind, unsigned id);
/* CPUs that @doc wants it on; NULL: all. */
const Bitmap *guest_thread_cpus(Guest *guest, const Domain *doc, GuestThread kind, unsigned id);
/* Move it, and its group, to @cpus (NULL: all). */
bool guest_thread_pin(Guest *guest, GuestThread kind, unsigned id, pid_t thread, const Bitmap *cpus, GError **error);

typedef struct GuestIoThread {
    unsigned id;
    pid_t thread;
    uint64_t poll_max, poll_grow, poll_shrink;
} GuestIoThread;
/* As QEMU has them. */
GArray *guest_thread_read_iothreads(QmpClient *qmp, GError **error);

/* VIR_DOMAIN_EVENT_ID_TUNABLE with @params (taken). */
typedef struct Params Params;
void guest_cgroup_emit(Guest *guest, const Params *params);
