/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_host.c - what devices that come and go use of the host, and how the engine reaches the emulator */
#define ERROR_FROM VIR_FROM_QEMU
#include <sys/resource.h>
#include <unistd.h>

#include "drivers/qemu/block/volume.h"
#include "drivers/qemu/hotplug/hotplug_guest.h"
#include "drivers/qemu/process/guest_chain.h"
#include "drivers/qemu/process/guest_memlock.h"
#include "drivers/qemu/process/guest_memory.h"
#include "drivers/qemu/process/guest_pci.h"
#include "drivers/qemu/process/guest_volume.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("qemu.hotplug");

enum { LEAVE_SECONDS = 5 }; /* how long a call waits for a guest to let go of a device */

/* ---- the emulator ------------------------------------------------------------------- */

static Json *
ask(void *data, const char *command, Json *arguments, int fd, GError **error)
{
    HotplugGuest *g = data;

    return fd >= 0 ? qmp_client_call_fd(g->qmp, command, arguments, fd, QMP_CLIENT_TIMEOUT, error)
                   : qmp_client_call(g->qmp, command, arguments, QMP_CLIENT_TIMEOUT, error);
}

static bool
is_gone(void *data, const char *alias, GError **error)
{
    HotplugGuest *g = data;
    int64_t deadline = g_get_monotonic_time() + LEAVE_SECONDS * G_USEC_PER_SEC;

    for (;;) {
        g_autoptr(GError) reason = NULL;
        const char *name;
        g_autoptr(Json) told = guest_wait_next(g->wait, NULL, deadline, &name, &reason);

        if (!told && g_error_matches(reason, reason->domain, VIR_ERR_OPERATION_TIMEOUT))
            return false;
        if (!told) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return false;
        }
        if (!g_str_equal(json_opt_string(told, "device", ""), alias))
            continue;
        if (g_str_equal(name, "DEVICE_DELETED"))
            return true;
        error_set(error, VIR_ERR_OPERATION_FAILED, "unplug of device was rejected by the guest");
        return false;
    }
}

/* ---- the host -------------------------------------------------------------------------- */

static bool
is_local(const Disk *d)
{
    DiskType type = d->type == DISK_TYPE_VOLUME ? d->actual_type : d->type;

    return type == DISK_TYPE_FILE || type == DISK_TYPE_BLOCK;
}

static bool
take_disk(Domain *def, Disk *d, GError **error)
{
    if (!volume_settle(def, guest_volume_lookup, NULL, error))
        return false;
    if (is_local(d) && d->path && !d->fdgroup && access(d->path, R_OK) < 0) {
        error_set_errno(error, errno, "Cannot access storage file '%s'", d->path);
        return false;
    }
    return guest_chain_detect_disk(d, error) && guest_give_files(def, error);
}

static bool
take_channel(const CharSource *source, GError **error)
{
    const QemuConf *conf = guest_host.conf;
    g_autofree char *dir = source->path ? g_path_get_dirname(source->path) : NULL;

    if (source->type != CHAR_TYPE_UNIX || source->mode != CHAR_MODE_BIND || !dir || !g_str_has_prefix(dir, conf->channel_dir))
        return true;
    if (!file_mkdir_p(dir, 0750, error))
        return false;
    if (!conf->privileged || chown(dir, conf->uid, conf->gid) == 0)
        return true;
    error_set_errno(error, errno, "cannot give '%s' to the user that guests run as", dir);
    return false;
}

/* Devices that reach into the guest's memory need it locked; the emulator may not raise the limit by itself. */
static bool
raise_memlock(const Guest *guest, const Domain *def, GError **error)
{
    uint64_t bytes = guest_memlock_limit(def);
    struct rlimit old, new;

    if (!bytes || !guest_host.conf->privileged)
        return true;
    if (prlimit(guest->process.pid, RLIMIT_MEMLOCK, NULL, &old) < 0) {
        error_set_errno(error, errno, "cannot read how much memory the emulator may lock");
        return false;
    }
    new.rlim_cur = new.rlim_max = bytes == GUEST_MEMLOCK_UNLIMITED ? RLIM_INFINITY : bytes;
    if (old.rlim_cur == RLIM_INFINITY || old.rlim_cur >= new.rlim_cur)
        return true;
    if (prlimit(guest->process.pid, RLIMIT_MEMLOCK, &new, NULL) == 0)
        return true;
    error_set_errno(error, errno, "cannot have the emulator lock more memory");
    return false;
}

static bool
take(void *data, Domain *def, DeviceKind kind, void *device, GError **error)
{
    HotplugGuest *g = data;

    g->fds.doc = def;
    switch (kind) {
    case DEVICE_DISK:
        return take_disk(def, device, error);
    case DEVICE_CHANNEL:
        return take_channel(&((Channel *)device)->source, error);
    case DEVICE_HOSTDEV:
    case DEVICE_MEMORY:
        return raise_memlock(g->guest, def, error);
    case DEVICE_INTERFACE:
        return !device_is_hostdev(device) || raise_memlock(g->guest, def, error);
    default:
        return true;
    }
}

static void
drop(void *data, const Domain *def, DeviceKind kind, const void *device)
{
    const Channel *c = kind == DEVICE_CHANNEL ? device : NULL;
    Domain alone = *def;
    g_autoptr(GPtrArray) one = g_ptr_array_new();

    g_ptr_array_add(one, (void *)device);
    if (kind == DEVICE_DISK) {
        alone.disks = one;
        guest_take_files(&alone, def);
    } else if (kind == DEVICE_INTERFACE) {
        alone.interfaces = one;
        guest_net_release(&alone);
    } else if (c && c->source.type == CHAR_TYPE_UNIX && c->source.mode == CHAR_MODE_BIND && c->source.path &&
               unlink(c->source.path) < 0 && errno != ENOENT) {
        log_warning("cannot remove the socket '%s': %s", c->source.path, g_strerror(errno));
    }
}

static bool
replug(void *data, const Domain *def, const Interface *before, Interface *after, GError **error)
{
    return guest_net_move(def, before, after, error);
}

/* ---- ready -------------------------------------------------------------------------------- */

bool
hotplug_guest_open(HotplugGuest *g, Guest *guest, Domain *def, GError **error)
{
    static const char *const events[] = { "DEVICE_DELETED", "DEVICE_UNPLUG_GUEST_ERROR", NULL };

    *g = (HotplugGuest){ .guest = guest, .files = guest_command_host };
    guest_fds_init(&g->fds, guest, def);
    g->engine.def = def;
    g->qmp = guest_monitor(guest, error);
    g->caps = g->qmp ? qemu_probe_get(guest_host.probe, def->emulator, error) : NULL;
    if (!g->caps)
        return false;
    g->wait = guest_wait_new(guest, events);
    g->hugepages = guest_memory_mounts(guest_host.conf);
    g->files.data = &g->fds;
    g->engine.command = (Command){
        .caps = g->caps, .conf = guest_host.conf, .host = &g->files, .dir = guest->dir, .short_name = guest->short_name,
        .master_key = guest->master_key, .environ = environ, .nodes = guest->nodes,
        .hugepages = (const CommandHugePages *)g->hugepages->data, .n_hugepages = g->hugepages->len,
    };
    g->engine.fill = (FillOptions){ .live = true, .ports = true, .env = environ, .iommu_group = guest_pci_iommu_group,
                                    .is_conventional = guest_pci_is_conventional };
    g->engine.host = (HotplugHost){ .ask = ask, .is_gone = is_gone, .take = take, .drop = drop, .replug = replug, .data = g };
    return true;
}

void
hotplug_guest_close(HotplugGuest *g)
{
    lock_acquire(&g->guest->vm.object.lock);
    g->guest->nodes = MAX(g->guest->nodes, g->engine.command.nodes);
    lock_release(&g->guest->vm.object.lock);
    hotplug_clear(&g->engine);
    guest_fds_clear(&g->fds);
    guest_wait_free(g->wait);
    g_clear_pointer(&g->hugepages, g_array_unref);
    qemu_caps_unref(g->caps);
    if (g->qmp)
        qmp_client_unref(g->qmp);
}
