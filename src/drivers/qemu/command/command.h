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
#include "util/json.h"

enum { COMMAND_QUEUES_MAX = 256 };

/* Descriptors by the numbers they have in the emulator. */
typedef struct CommandNet {
    int taps[COMMAND_QUEUES_MAX], vhosts[COMMAND_QUEUES_MAX];
    size_t n_taps, n_vhosts;
} CommandNet;

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
    bool paused;             /* always -S; kept for incoming migration */

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
/* -device, with what <qemu:override> says of its alias. Takes @json. */
void command_add_device(Command *command, const DeviceInfo *info, Json *json);
/* "bus" and "addr" and the like. */
bool command_address(Command *command, Json *device, const DeviceInfo *info, GError **error);
/* Commas of option values are written twice. */
char *command_escape(const char *value);
Json *command_new(const char *driver);
void command_onoff(Json *device, const char *key, Onoff value);
void command_virtio(Json *device, Onoff iommu, Onoff ats, Onoff packed, Onoff page_per_vq);
/* "virtio-net-pci" and its transitional forms. */
char *command_virtio_driver(const char *stem, const char *model);
unsigned command_boot_index(const Command *command, DeviceKind kind, const void *device, const DeviceInfo *info);

/* "-chardev ..., -mon ..." of our own monitor. */
void command_monitor(Command *command);

/* The parts, in order.  Firmware, machine and memory: command_machine.c; disks: command_disk.c; character devices:
 * command_char.c; what is seen and heard: command_display.c; the rest: command_device.c. */
bool command_firmware(Command *command, GError **error);
bool command_machine(Command *command, GError **error);
bool command_memory(Command *command, GError **error);
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
