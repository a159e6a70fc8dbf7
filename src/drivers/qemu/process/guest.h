/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest.h - a guest and the emulator that runs it
 *
 * guest_start.c brings it up, guest_stop.c takes it down, guest_event.c hears what QEMU tells (guest_wait.h: and waits
 * for it), guest_status.c keeps what a new daemon needs to find it again, guest_host.c opens what it uses on the host and
 * guest_net.c plugs it into networks.  All that changes a guest runs under a job of its object.
 */
#pragma once

#include "drivers/common/vm.h"
#include "drivers/qemu/caps/qemu_probe.h"
#include "drivers/qemu/command/command.h"
#include "drivers/qemu/qemu_conf.h"
#include "drivers/qemu/qmp/qmp.h"
#include "rpc/stream.h"
#include "util/process.h"

/* The driver of this process.  Set up before the first call and there until the last. */
typedef struct GuestHost {
    DriverEnv env;          /* strings are copies */
    QemuConf *conf;
    QemuProbe *probe;
    Kit *kit;
    ObjectTable *table;
    GThreadPool *workers;   /* work that the main loop found: ends of guests, status files, re-plugging */
    Lock lock;
    GHashTable *ports GUARDED_BY(lock); /* TCP ports that displays of guests have */
} GuestHost;

extern GuestHost guest_host;

/* What exists only while the emulator runs.  Guarded by the object's lock, as Vm's members. */
typedef struct Guest {
    Vm vm;                  /* first */
    QmpClient *qmp;
    Process process;
    GSource *watch;         /* of its end */
    char *dir, *short_name, *log_path;
    uint8_t master_key[32]; /* encrypts secrets on their way to the emulator */
    int why;                /* reason for the next STOP or RESUME that we asked for; -1: none */
    int shutdown_event;     /* VIR_DOMAIN_EVENT_STOPPED_* once the guest powered off by itself; -1 */
    bool fake_reboot;       /* it will power off to be reset and go on */
    bool starting, stopping;
    GArray *vcpu_threads;   /* pid_t by vCPU */
    GArray *ports;          /* int: display ports that it holds */
    GHashTable *streams;    /* alias -> Stream of its open console */
    struct AgentClient *agent; /* agent/agent.h; NULL: it has no channel for one */
    int agent_timeout;      /* VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_* or seconds */
    GPtrArray *companions;  /* processes beside QEMU, companion/companion.h; NULL: none */
    GHashTable *channel_states; /* alias -> ChannelState, newer than the live definition */
    GPtrArray *waits;       /* GuestWait, borrowed */
    struct GuestJob *job;   /* what a long call does; guest_job.h */
    struct GuestMigration *migration; /* on its way; migration/migrate.h */
    uint64_t max_bandwidth; /* of migrations, MiB/s; 0: no limit */
    Cond told;              /* an event came to one of them */
    struct GuestTune *tune; /* its place on the host; guest_cgroup.h */
    GPtrArray *block_jobs;  /* BlockJob, see block/block_job.h; NULL: none */
    struct GuestBackup *backup; /* that runs; block/backup.h */
    unsigned nodes;         /* last number that a block node has in its name */
    GPtrArray *devices;     /* names of what is plugged in, as QEMU lists them; NULL: not known */
    GPtrArray *removed;     /* those that left, for a worker to clean up after; NULL: none */
    uint64_t generation;    /* counts starts: work queued for an earlier life is dropped */
} Guest;

static inline Guest *
guest_of(const Call *call)
{
    return call->object;
}

extern const ObjectKind guest_kind;

/* Its monitor, to be unreferenced; NULL with an error when it does not run. */
QmpClient *guest_monitor(Guest *guest, GError **error);

/* Where the state of a guest comes from that does not boot. */
typedef struct GuestIncoming {
    int fd;                 /* with @uri NULL: read to the end; stays the caller's */
    const char *uri;        /* where QEMU listens for it; the guest waits there, paused for VIR_DOMAIN_PAUSED_MIGRATION */
    const char *path;       /* of the file, for messages; may be NULL */
    bool (*prepare)(Guest *guest, void *data, GError **error); /* its monitor is there; may be NULL */
    void *data;
} GuestIncoming;

/* Start @doc (taken): as a copy of its config or as a transient guest.  @paused: do not run it yet. */
typedef struct GuestStart {
    bool paused;
    int event_detail;       /* VIR_DOMAIN_EVENT_STARTED_* */
    int running_reason;     /* VIR_DOMAIN_RUNNING_*; 0: booted */
    const GuestIncoming *incoming; /* NULL: it boots */
    int paused_reason;      /* VIR_DOMAIN_PAUSED_*; 0: the user wants it */
    int paused_event;       /* VIR_DOMAIN_EVENT_SUSPENDED_* */
    bool (*load)(Guest *guest, void *data, GError **error); /* it does not run yet: have it be what it is to be; may be NULL */
    void *load_data;
} GuestStart;
bool guest_start(Guest *guest, Domain *doc, const GuestStart *options, GError **error);

/* End the emulator and clean up.  @graceful: do not kill one that does not obey; an error then. */
bool guest_stop(Guest *guest, int reason, int event_detail, bool graceful, GError **error);
/* What is left after the emulator is gone, known to the world or not. */
void guest_release(Guest *guest, const Domain *doc);
/* Put what started last time back and adopt what still runs.  In a worker. */
void guest_reconnect_all(void);
void guest_autostart_all(void);

/* Status file of a running guest. */
bool guest_status_save(Object *object, GError **error);
/* NAME.pid, which other programs read. */
bool guest_status_save_pid(Guest *guest, GError **error);
void guest_status_delete(Guest *guest);

/* Attach monitor and watch to a process that runs. */
bool guest_attach(Guest *guest, int monitor_fd, GError **error);
extern const QmpClientHooks guest_hooks;

/* Queue @fn for @guest in a worker, unless its life is over by then. */
typedef void (*GuestWork)(Guest *guest);
void guest_defer(Guest *guest, GuestWork fn);

/* Read pseudo-terminals and threads from the emulator into @doc and @guest. */
bool guest_refresh_facts(Guest *guest, Domain *doc, GError **error);

/* Host resources for command_build(). */
typedef struct GuestFds {
    Guest *guest;
    Domain *doc;
    GArray *fds;            /* ProcessFd, ours; closed by guest_fds_clear() */
} GuestFds;
void guest_fds_init(GuestFds *fds, Guest *guest, Domain *doc);
void guest_fds_clear(GuestFds *fds);
/* Make @fd (taken) known to the emulator by its own number. */
int guest_fds_add(GuestFds *fds, int fd);
extern const CommandHost guest_command_host; /* its data is a GuestFds */
int guest_listen(const char *path, GError **error);
/* Check the files it uses; ports for its displays. */
bool guest_prepare_host(Guest *guest, Domain *doc, GError **error);
/* Make those files, and the images below, the guest's. */
bool guest_give_files(Domain *doc, GError **error);
/* Take those of @doc back that the disks of @rest do not use. */
void guest_take_files(Domain *doc, const Domain *rest);
void guest_restore_host(Guest *guest, const Domain *doc);
bool guest_make_dirs(Guest *guest, const Domain *doc, GError **error);

/* Interfaces. */
bool guest_net_open(GuestFds *fds, Interface *interface, size_t at, CommandNet *ret_net, GError **error);
void guest_net_release(const Domain *doc);
/* Ports that were lost are made again, taps go back into their bridge; for all guests, or those on @bridge. */
bool guest_net_replug(Guest *guest, const char *bridge, GError **error);
/* Plug the tap of @after, which was plugged as @before says, into where @after says. */
bool guest_net_move(const Domain *doc, const Interface *before, Interface *after, GError **error);
bool guest_net_watch(void);
void guest_net_unwatch(void);

/* "running", "booted" and back, as they stand in status files. */
const char *guest_reason_name(int state, int reason);
int guest_reason_value(int state, const char *name);
