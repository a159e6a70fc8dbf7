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
} CommandNet;

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
    /* The NUMA nodes that these CPUs of the host belong to, to be freed; NULL: not known. */
    Bitmap *(*nodes_of_cpus)(void *data, const Bitmap *cpus);
    void *data;
} CommandHost;

typedef struct Command {
    Domain *def;             /* whole, with aliases; paths and ports that are chosen at start are filled in */
    const QemuCaps *caps;
    const QemuConf *conf;
    const CommandHost *host;
    const char *dir;         /* /var/lib/libvirt/qemu/domain-ID-NAME */
    const char *short_name;  /* "ID-NAME", the name possibly shortened */
    int monitor_fd;
    const char *const *base_env; /* PATH, USER ... of the daemon */
    const char *incoming;    /* where the guest's state comes from, as -incoming takes it; NULL: it is started */
    GDateTime *now;          /* local time of the host; NULL: its clock's */
    const CommandHugePages *hugepages;
    size_t n_hugepages;
    const Bitmap *auto_nodes; /* NUMA nodes of the host that suit the guest best; NULL: nobody was asked */

    /* Made */
    GPtrArray *argv, *env;   /* of strings, each NULL-terminated at the end */
    unsigned fdsets;
    unsigned nodes;          /* last number of libvirt-N-storage */
} Command;

bool command_build(Command *command, GError **error);
void command_clear(Command *command);

/* For the parts of this folder. */
void command_add(Command *command, const char *option, const char *value);
void command_addf(Command *command, const char *option, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Takes @json. */
void command_add_json(Command *command, const char *option, Json *json);
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
void command_virtio(Json *device, Onoff iommu, Onoff ats, Onoff packed, Onoff page_per_vq);
/* "virtio-net-pci" and its transitional forms, or the one for the bus that @info names. */
char *command_virtio_driver(const char *stem, const char *model, const DeviceInfo *info);
unsigned command_boot_index(const Command *command, DeviceKind kind, const void *device, const DeviceInfo *info);

/* "-chardev ..., -mon ..." of our own monitor. */
void command_monitor(Command *command);

/* The parts, in order.  Firmware and machine: command_machine.c; memory: command_memory.c; disks: command_disk.c; character devices:
 * command_char.c; what is seen and heard: command_display.c; the rest: command_device.c. */
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
bool command_misc(Command *command, GError **error);
bool command_panics(Command *command, GError **error);

/* -chardev for @source under the id "char" + @alias. */
bool command_chardev(Command *command, CharSource *source, const char *alias, GError **error);
