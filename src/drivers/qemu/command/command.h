/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* command.h - from a whole definition to QEMU's command line
 *
 * command_build() knows no host: descriptors and paths that must be opened come from CommandHost, so that the same code
 * serves a guest that starts, a test, and a translation on paper.  Devices, block nodes and objects are JSON.
 */
#pragma once

#include "drivers/qemu/caps/qemu_caps.h"
#include "drivers/qemu/device.h"
#include "drivers/qemu/qemu_conf.h"
#include "util/bitmap.h"
#include "util/json.h"

enum { COMMAND_QUEUES_MAX = 256 };

/* Descriptors by the numbers they have in the emulator. */
typedef struct CommandNet {
    int taps[COMMAND_QUEUES_MAX], vhosts[COMMAND_QUEUES_MAX];
    size_t n_taps, n_vhosts;
    size_t queues;      /* where there are no taps */
} CommandNet;

/* Programs of the host that serve a device of the guest. */
typedef enum {
    COMMAND_HELPER_SWTPM,       /* Tpm */
    COMMAND_HELPER_VIRTIOFSD,   /* Filesystem */
    COMMAND_HELPER_NBDKIT,      /* Store; may be left to QEMU */
    COMMAND_HELPER_PR,          /* persistent reservations, for all disks */
    COMMAND_HELPER_PASST,       /* Interface */
    COMMAND_HELPER_SLIRP,       /* Interface; may be left to QEMU */
    COMMAND_HELPER_GPU,         /* Video */
    COMMAND_HELPER_DBUS,        /* a bus, for the guest */
    COMMAND_HELPER_LAST
} CommandHelper;

/* Where it listens: a path, or a descriptor that is connected to it.  Neither: QEMU does without. */
typedef struct CommandService {
    char *path;
    int fd;
} CommandService;

/* A mount of hugetlbfs. */
typedef struct CommandHugePages {
    const char *path;
    uint64_t size;      /* KiB */
    bool is_default;
} CommandHugePages;

/* Each returns a descriptor's number in the emulator, or -1 with @error set. */
typedef struct CommandHost {
    /* A socket that listens at @path. */
    int (*listen)(void *data, const char *path, GError **error);
    /* A file that a character device writes to: @log tells the log from the device itself. */
    int (*open_char)(void *data, const char *path, bool append, bool log, GError **error);
    /* The tap devices of an interface and vhost-net for them; also creates and plugs them in. */
    bool (*open_net)(void *data, Interface *interface, size_t at, CommandNet *ret_net, GError **error);
    /* vhost-vsock with a context id; *ret_cid is in and out. */
    int (*open_vsock)(void *data, bool choose, unsigned *cid, GError **error);
    /* Whether @path is a block or character device; for type='file' that names one. */
    bool (*is_cdrom)(void *data, const char *path);
    /* The value of a secret, to be wiped and freed. */
    bool (*secret)(void *data, const SecretRef *ref, uint8_t **ret, size_t *ret_len, GError **error);
    /* Random bytes; NULL: those of util/crypto.h. */
    bool (*random)(void *data, void *bytes, size_t len, GError **error);
    /* Have @helper serve @device; *service has the usual path and may be changed. */
    bool (*helper)(void *data, CommandHelper helper, const void *device, CommandService *service, GError **error);
    /* A vDPA device, by its path. @net: of an interface. */
    int (*open_vdpa)(void *data, const char *path, bool net, GError **error);
    int (*open_vhost_scsi)(void *data, GError **error);
    /* A TPM of the host, or the file that cancels its commands. */
    int (*open_tpm)(void *data, const char *path, bool cancel, GError **error);
    /* Device node of a SCSI device of the host. */
    char *(*scsi_path)(void *data, const Hostdev *hostdev, GError **error);
    /* The descriptors of a group that a client has left for the guest, as they are in the emulator. */
    bool (*fd_group)(void *data, const char *name, GArray *ret_fds, GError **error);
    /* The NUMA nodes that these CPUs of the host belong to, to be freed; NULL: not known. */
    Bitmap *(*nodes_of_cpus)(void *data, const Bitmap *cpus);
    void *data;
} CommandHost;

/* An option with its value, as text or as JSON. */
typedef struct CommandPart {
    const char *option;
    char *text;
    Json *json;
} CommandPart;

typedef struct Command {
    Domain *def;             /* whole, with aliases; paths and ports that are chosen at start are filled in */
    const QemuCaps *caps;
    const QemuConf *conf;
    const CommandHost *host;
    const char *dir;         /* /var/lib/libvirt/qemu/domain-ID-NAME */
    const char *short_name;  /* "ID-NAME", the name possibly shortened */
    int monitor_fd;
    const uint8_t *master_key; /* 32 bytes, which command line secrets are encrypted with; NULL: it can have none */
    const char *const *base_env; /* PATH, USER ... of the daemon */
    char **environ;          /* of the daemon; NULL: nothing in it counts */
    const char *incoming;    /* where the guest's state comes from, as -incoming takes it; NULL: it is started */
    GDateTime *now;          /* local time of the host; NULL: its clock's */
    const CommandHugePages *hugepages;
    size_t n_hugepages;
    const Bitmap *auto_nodes; /* NUMA nodes of the host that suit the guest best; NULL: nobody was asked */
    const void *only;        /* build this device alone, for a guest that runs; NULL: all */
    /* The first free number for sets of descriptors of a guest that runs; NULL: they are counted from 0. */
    int (*next_fdset)(void *data, GError **error);
    void *fdset_data;
    GArray *parts;           /* CommandPart: gets what argv would; devices are always JSON.  NULL: argv does */

    /* Made */
    GPtrArray *argv, *env;   /* of strings, each NULL-terminated at the end */
    unsigned fdsets;
    unsigned nodes;          /* last number of libvirt-N-storage */
} Command;

typedef struct CommandTls {
    const char *id, *dir;
    const char *secret_uuid, *secret_id; /* for the key, if it is encrypted */
    bool server, verify;
} CommandTls;

bool command_build(Command *command, GError **error);
void command_clear(Command *command);

/* For Command.parts. */
GArray *command_parts_new(void);
static inline bool
command_wants(const Command *command, const void *device)
{
    return !command->only || command->only == device;
}

/* For the parts of this folder. */
void command_add(Command *command, const char *option, const char *value);
void command_addf(Command *command, const char *option, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Takes @json. */
void command_add_json(Command *command, const char *option, Json *json);
/* The number of a new set of descriptors, or -1 with @error set. */
int command_next_fdset(Command *command, GError **error);
/* As JSON, or for emulators without the capability @flag as a list of properties, after the value of @first. Takes @json. */
void command_add_props(Command *command, const char *option, const char *flag, const char *first, Json *json);
/* -device, with what <qemu:override> says of its alias. Takes @json. */
void command_add_device(Command *command, const DeviceInfo *info, Json *json);
/* "bus" and "addr" and the like. */
bool command_address(Command *command, Json *device, const DeviceInfo *info, GError **error);
/* -device at its address, with the loader parameter of what can be booted. Takes @json. */
bool command_place_device(Command *command, Json *json, const DeviceInfo *info, GError **error);
/* Commas of option values are written twice. */
char *command_escape(const char *value);
Json *command_new(const char *driver);
void command_onoff(Json *device, const char *key, Onoff value);
/* "iothread-vq-mapping": queues that threads share. */
void command_iothread_map(Json *device, const GPtrArray *iothreads);
void command_virtio(Json *device, Onoff iommu, Onoff ats, Onoff packed, Onoff page_per_vq);
/* "virtio-net-pci" and its transitional forms, or the one for the bus that @info names. */
char *command_virtio_driver(const char *stem, const char *model, const DeviceInfo *info);
/* An object with a secret, by reference or itself. */
bool command_secret(Command *command, const char *id, const SecretRef *ref, GError **error);
bool command_secret_text(Command *command, const char *id, const void *data, size_t len, GError **error);
/* An object with credentials of TLS. */
bool command_tls(Command *command, const CommandTls *tls, GError **error);
/* Have a program serve @device, named @alias. */
bool command_helper(Command *command, CommandHelper helper, const char *alias, const void *device, CommandService *ret_service,
                    GError **error);
/* A descriptor that QEMU opens again as /dev/fdset/N, which is returned; -1 for one below 0. */
int command_fdset(Command *command, int fd, const char *alias, const char *what, GError **error);
/* ",key=value" for each property, with dots for nested ones. */
void command_flatten(GString *text, const char *prefix, Json *json);
unsigned command_boot_index(const Command *command, DeviceKind kind, const void *device, const DeviceInfo *info);

/* "-chardev ..., -mon ..." of our own monitor. */
void command_monitor(Command *command);

/* The parts, in order.  Each is in the file of its topic: command_machine.c has firmware, machine and what is
 * configured of them, command_backend.c the devices with something unusual behind them, command_device.c the rest. */
bool command_firmware(Command *command, GError **error);
bool command_machine(Command *command, GError **error);
bool command_memory(Command *command, GError **error);
bool command_main_memory(Command *command, GError **error);
bool command_numa(Command *command, GError **error);
/* Whether the machine's memory is a backend of its own, not that of cells. */
bool command_has_ram_backend(const Command *command, const QemuMachine *machine);
bool command_platform(Command *command, GError **error);
bool command_controllers(Command *command, GError **error);
bool command_hubs(Command *command, GError **error);
bool command_memory_devices(Command *command, GError **error);
void command_throttle_groups(Command *command);
bool command_reservations(Command *command, GError **error);
bool command_disks(Command *command, GError **error);
bool command_filesystems(Command *command, GError **error);
bool command_nets(Command *command, GError **error);
bool command_chars(Command *command, GError **error);
bool command_tpms(Command *command, GError **error);
bool command_inputs(Command *command, GError **error);
bool command_audios(Command *command, GError **error);
bool command_graphics(Command *command, GError **error);
bool command_videos(Command *command, GError **error);
bool command_sounds(Command *command, GError **error);
bool command_smartcards(Command *command, GError **error);
bool command_misc(Command *command, GError **error);
bool command_hostdevs(Command *command, GError **error);
bool command_rngs(Command *command, GError **error);
bool command_launch_security(Command *command, GError **error);
bool command_panics(Command *command, GError **error);
bool command_shmems(Command *command, GError **error);
bool command_watchdogs(Command *command, GError **error);
bool command_redirs(Command *command, GError **error);
bool command_vsock(Command *command, GError **error);
bool command_cryptos(Command *command, GError **error);
bool command_pstore(Command *command, GError **error);

/* ",reconnect-ms=..." of a socket that may come later. */
void command_reconnect(const Command *command, GString *text, const Reconnect *reconnect);
/* -chardev for @source under the id "char" + @alias. */
bool command_chardev(Command *command, CharSource *source, const char *alias, GError **error);
