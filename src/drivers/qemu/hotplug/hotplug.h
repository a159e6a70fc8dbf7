/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug.h - devices come to and leave a guest that runs
 *
 * A device that comes is put into a copy of the guest's definition, which is made whole and checked as any definition
 * is; what the copy has more than the guest is then given to the emulator, built by the same functions that write its
 * command line.  What was done for a device is undone when a later step fails.  The engine asks the emulator and the
 * host through HotplugHost, and changes Hotplug.def only as far as the emulator did.
 */
#pragma once

#include "drivers/qemu/command/command.h"
#include "drivers/qemu/fill/fill.h"
#include "drivers/qemu/hotplug/hotplug_device.h"

typedef struct HotplugHost {
    /* Tell the emulator; @arguments (may be NULL) are taken, @fd goes with it unless -1.  The value returned, or NULL. */
    Json *(*ask)(void *data, const char *command, Json *arguments, int fd, GError **error);
    /* Whether the guest let go of @alias, which it was asked for.  May wait; false without error: not yet. */
    bool (*is_gone)(void *data, const char *alias, GError **error);
    /* What @device of @def uses of the host is made ready, its documents completed.  May be NULL. */
    bool (*take)(void *data, Domain *def, DeviceKind kind, void *device, GError **error);
    /* It is not used any more; @def has it no more or not yet.  May be NULL. */
    void (*drop)(void *data, const Domain *def, DeviceKind kind, const void *device);
    /* The interface's other end changes from that of @before to that of @after, whose facts are filled in. May be NULL. */
    bool (*replug)(void *data, const Domain *def, const Interface *before, Interface *after, GError **error);
    void *data;
} HotplugHost;

typedef struct Hotplug {
    Domain *def;            /* the guest, owned by the caller; replaced by each change */
    Command command;        /* what command_build() would be given, def aside */
    FillOptions fill;
    HotplugHost host;
    bool force;             /* open a tray that the guest has locked */
    char *added;            /* alias of the device that came last */

    char *pty;              /* for the engine: what the last chardev-add opened */
} Hotplug;

void hotplug_clear(Hotplug *h);

/* @given is taken into the guest on success. */
bool hotplug_attach(Hotplug *h, HotplugDevice *given, GError **error);

/* Ask the guest to let go of the device that @given means, or that has @alias.  *ret_gone: it did, and nothing is left of it. */
bool hotplug_detach(Hotplug *h, const HotplugDevice *given, bool *ret_gone, GError **error);
bool hotplug_detach_alias(Hotplug *h, const char *alias, bool *ret_gone, GError **error);
/* The device with @alias has left the guest: remove what stood behind it, and it from the definition.  False without error
 * if there is no such device. */
bool hotplug_removed(Hotplug *h, const char *alias, GError **error);

/* Make a device what @given says, as far as that can be done while it is used. */
bool hotplug_update(Hotplug *h, HotplugDevice *given, GError **error);

/* The same three for a definition on disk; who calls makes it whole and checks it. */
bool hotplug_config_attach(Domain *def, HotplugDevice *given, GError **error);
bool hotplug_config_detach(Domain *def, const HotplugDevice *given, GError **error);
bool hotplug_config_detach_alias(Domain *def, const char *alias, GError **error);
bool hotplug_config_update(Domain *def, HotplugDevice *given, GError **error);

/* The aliases of what is plugged into the emulator, as qom-list answers. */
Json *hotplug_list_devices(Hotplug *h, GError **error);

/* For the parts of this folder. */
/* Give the emulator what the parts say; *undo collects what would take it back. */
typedef struct HotplugUndo HotplugUndo;
HotplugUndo *hotplug_undo_new(void);
void hotplug_undo_free(HotplugUndo *undo);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HotplugUndo, hotplug_undo_free)
void hotplug_undo_run(Hotplug *h, HotplugUndo *undo);
bool hotplug_steps(Hotplug *h, GArray *parts, HotplugUndo *undo, GError **error);
/* One request whose answer says nothing. */
bool hotplug_tell(Hotplug *h, const char *command, Json *arguments, GError **error);
/* With one string argument. */
bool hotplug_tell1(Hotplug *h, const char *command, const char *key, const char *value, GError **error);
/* "-chardev"'s value as the arguments of chardev-add; *ret_fd is one that it names, or -1, under *ret_fd_name. */
Json *hotplug_chardev(const char *text, int *ret_fd, char **ret_fd_name, GError **error);
/* The parts that make @device of @def. */
GArray *hotplug_parts(Hotplug *h, Domain *def, DeviceKind kind, void *device, GError **error);
/* Remove the nodes and objects of a disk whose device is gone or empty. */
bool hotplug_remove_disk(Hotplug *h, const Disk *disk, const Domain *rest, GError **error);
/* Descriptors that the emulator has for @alias. */
bool hotplug_remove_fdsets(Hotplug *h, const char *alias, const char *path, GError **error);
/* Another image in a drive: update and attach alike. */
bool hotplug_change_media(Hotplug *h, HotplugDevice *given, GError **error);
/* What query-block tells of drives. */
bool hotplug_refresh_disks(Hotplug *h, Domain *def, GError **error);
