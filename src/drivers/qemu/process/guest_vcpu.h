/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_vcpu.h - vCPUs that come to a running guest and go, and how definitions keep them */
#pragma once

#include "drivers/conf/domain_gen.h"
#include "util/bitmap.h"
#include "util/json.h"

/* Who is asked: a monitor, or a recorded dialogue.  @arguments is taken. */
typedef struct VcpuMonitor {
    Json *(*ask)(void *data, const char *command, Json *arguments, GError **error);
    void *data;
    /* Take the device away and wait until the guest has let go of it. */
    bool (*unplug)(void *data, const char *alias, GError **error);
} VcpuMonitor;

/* Have @n vCPUs; those of the running @def, and in it. */
bool guest_vcpu_count(Domain *def, unsigned n, const VcpuMonitor *monitor, GError **error);

/* Have the vCPUs of @ids; they must be whole units of hotplug. */
bool guest_vcpu_plug(Domain *def, const Bitmap *ids, const VcpuMonitor *monitor, GError **error);

/* Have them no more. */
bool guest_vcpu_unplug(Domain *def, const Bitmap *ids, const VcpuMonitor *monitor, GError **error);

/* The same in a definition for the next start. */
bool guest_vcpu_count_config(Domain *def, unsigned n, GError **error);
bool guest_vcpu_plug_config(Domain *def, const Bitmap *ids, GError **error);
bool guest_vcpu_unplug_config(Domain *def, const Bitmap *ids, GError **error);

/* guest_vcpu_live.c: of a guest that runs; @def is its live definition to be.  Threads are put where they belong. */
typedef struct Guest Guest;
bool guest_vcpu_live_count(Guest *guest, Domain *def, unsigned n, GError **error);
bool guest_vcpu_live_set(Guest *guest, Domain *def, const Bitmap *ids, bool on, GError **error);
