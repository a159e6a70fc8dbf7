/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_guest.h - the engine for guests of this daemon: their monitors, the host, and what they tell by themselves */
#pragma once

#include "drivers/conf/domstatus_gen.h"
#include "drivers/qemu/hotplug/hotplug.h"
#include "drivers/qemu/process/guest_wait.h"

typedef struct HotplugGuest {
    Hotplug engine;
    Guest *guest;
    QmpClient *qmp;
    QemuCaps *caps;
    GuestFds fds;
    CommandHost files;
    GuestWait *wait;        /* for devices that leave */
    GArray *hugepages;
} HotplugGuest;

/* Get ready for work on @def, which the caller keeps in engine.def.  Under a job of @guest. */
bool hotplug_guest_open(HotplugGuest *g, Guest *guest, Domain *def, GError **error);
void hotplug_guest_close(HotplugGuest *g);

/* What its emulator has plugged in, for the status file; call it when that changed. */
bool hotplug_guest_refresh(Guest *guest, GError **error);
/* A daemon comes back: devices that left meanwhile, by the list of @status, are removed like those that tell. */
void hotplug_guest_recover(Guest *guest, const DomainStatus *status);
/* The list into @status; hotplug_guest_status_clear() frees it. */
void hotplug_guest_to_status(Guest *guest, DomainStatus *status);
void hotplug_guest_status_clear(DomainStatus *status);

/* Before @doc is published: the channel of the guest's agent may have come or gone. */
void hotplug_guest_settle_agent(Guest *guest, Domain *doc);

/* "Attached" and "removed" to clients. */
void hotplug_guest_emit_added(Guest *guest, const char *alias);
void hotplug_guest_emit_removed(Guest *guest, const char *alias);

/* Events of QEMU, on the main thread. */
void hotplug_guest_deleted(Guest *guest, Json *data);
void hotplug_guest_rejected(Guest *guest, Json *data);
void hotplug_guest_tray_moved(Guest *guest, Json *data);
void hotplug_guest_memory_changed(Guest *guest, Json *data);
