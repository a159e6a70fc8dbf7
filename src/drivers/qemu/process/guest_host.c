/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_host.c - what a guest uses on the host: descriptors, files and their owners, ports of displays */
#define ERROR_FROM VIR_FROM_QEMU
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "drivers/qemu/companion/companion.h"
#include "drivers/qemu/fill/fill.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/process/guest_backend.h"
#include "drivers/qemu/process/guest_memory.h"
#include "drivers/qemu/security/security.h"
#include "util/crypto.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("qemu.host");

void
guest_fds_init(GuestFds *fds, Guest *guest, Domain *doc)
{
    *fds = (GuestFds){ .guest = guest, .doc = doc, .fds = g_array_new(FALSE, TRUE, sizeof(ProcessFd)) };
}

void
guest_fds_clear(GuestFds *fds)
{
    for (unsigned i = 0; fds->fds && i < fds->fds->len; i++)
        close(g_array_index(fds->fds, ProcessFd, i).fd);
    g_clear_pointer(&fds->fds, g_array_unref);
}

int
guest_fds_add(GuestFds *fds, int fd)
{
    ProcessFd entry = { fd, fd };

    if (fd >= 0)
        g_array_append_val(fds->fds, entry);
    return fd;
}

static bool
is_foreign_user(void)
{
    const QemuConf *conf = guest_host.conf;

    return conf->privileged && (conf->uid != geteuid() || conf->gid != getegid());
}

/* Hand @path to the user that guests run as. */
static bool
give(const char *path, GError **error)
{
    if (!is_foreign_user() || chown(path, guest_host.conf->uid, guest_host.conf->gid) == 0)
        return true;
    error_set_errno(error, errno, "cannot give '%s' to the user that guests run as", path);
    return false;
}

int
guest_listen(const char *path, GError **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    autofd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "path '%s' is too long for a socket: %zu bytes are allowed", path,
                  sizeof(address.sun_path) - 1);
        return -1;
    }
    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0) {
        error_set_errno(error, errno, "cannot listen at '%s'", path);
        return -1;
    }
    return steal_fd(&fd);
}

static int
host_listen(void *data, const char *path, GError **error)
{
    int fd;

    if (!path) {
        error_set(error, VIR_ERR_XML_ERROR, "a character device of type 'unix' needs a path in its <source>");
        return -1;
    }
    fd = guest_listen(path, error);
    if (fd >= 0 && !give(path, error))
        fd_close(&fd);
    return guest_fds_add(data, fd);
}

static int
host_open_char(void *data, const char *path, bool append, bool log, GError **error)
{
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | (append ? 0 : O_TRUNC), 0600) : -1;

    if (fd < 0) {
        error_set_errno(error, path ? errno : EINVAL, "cannot open '%s' for a character device", path ? path : "");
        return -1;
    }
    return guest_fds_add(data, fd);
}

static bool
host_open_net(void *data, Interface *interface, size_t at, CommandNet *ret_net, GError **error)
{
    return guest_net_open(data, interface, at, ret_net, error);
}

static int
host_open_vsock(void *data, bool choose, unsigned *cid, GError **error)
{
    autofd int fd = open("/dev/vhost-vsock", O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        error_set_errno(error, errno, "cannot open '/dev/vhost-vsock'");
        return -1;
    }
    for (uint64_t number = choose ? 3 : *cid; number < UINT32_MAX; number++) {
        if (ioctl(fd, VHOST_VSOCK_SET_GUEST_CID, &number) == 0) {
            *cid = (unsigned)number;
            return guest_fds_add(data, steal_fd(&fd));
        }
        if (!choose || errno != EADDRINUSE)
            break;
    }
    error_set_errno(error, errno, "cannot take vsock context id %u", *cid);
    return -1;
}

static bool
host_is_cdrom(void *data, const char *path)
{
    struct stat st;

    /* Majors of SCSI and IDE CD-ROM drives. */
    return stat(path, &st) == 0 && S_ISBLK(st.st_mode) && (st.st_rdev >> 8 == 11 || g_str_has_prefix(path, "/dev/sr"));
}

const CommandHost guest_command_host = {
    .listen = host_listen, .open_char = host_open_char, .open_net = host_open_net, .open_vsock = host_open_vsock,
    .is_cdrom = host_is_cdrom, .nodes_of_cpus = guest_memory_nodes, .secret = guest_backend_secret,
    .helper = companion_serve, .open_vdpa = guest_backend_vdpa, .open_vhost_scsi = guest_backend_vhost_scsi,
    .open_tpm = guest_backend_tpm, .scsi_path = guest_backend_scsi_path,
};

bool
guest_make_dirs(Guest *guest, const Domain *doc, GError **error)
{
    const QemuConf *conf = guest_host.conf;
    g_autofree char *cut = g_utf8_substring(doc->name, 0, MIN(20, g_utf8_strlen(doc->name, -1)));
    g_autofree char *folder = NULL;
    g_autofree char *key = NULL;

    g_free(guest->short_name);
    g_free(guest->dir);
    g_free(guest->log_path);
    guest->short_name = g_strdup_printf("%d-%s", doc->id, cut);
    folder = g_strdup_printf("domain-%s", guest->short_name);
    guest->dir = g_build_filename(conf->lib_dir, folder, NULL);
    guest->log_path = g_strdup_printf("%s/%s.log", conf->log_dir, doc->name);
    /* What a guest of that id left behind when the host went down. */
    if (!file_remove_tree(guest->dir, error) || !file_mkdir_p(guest->dir, 0750, error) || !give(guest->dir, error))
        return false;
    key = g_build_filename(guest->dir, "master-key.aes", NULL);
    return crypto_random(guest->master_key, sizeof(guest->master_key), error) &&
           file_write_atomic(key, guest->master_key, sizeof(guest->master_key), 0600, error) && give(key, error) &&
           guest_backend_write_launch(doc, guest->dir, give, error);
}

static bool
check_readable(const char *what, const char *path, GError **error)
{
    if (!path || access(path, R_OK) == 0)
        return true;
    error_set_errno(error, errno, "Cannot access %s '%s'", what, path);
    return false;
}

/* An empty drive is fine, and so is a missing optional image; other images must be there. */
static bool
check_disk(Disk *disk, GError **error)
{
    DiskType type = disk->type == DISK_TYPE_VOLUME ? disk->actual_type : disk->type;

    if ((type != DISK_TYPE_FILE && type != DISK_TYPE_BLOCK) || !disk->path)
        return true;
    if (access(disk->path, F_OK) == 0)
        return check_readable("storage file", disk->path, error);
    if (disk->startup_policy == STARTUP_POLICY_OPTIONAL &&
        (disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY)) {
        log_warning("disk '%s': '%s' is missing and optional: the drive starts empty", disk->target, disk->path);
        g_clear_pointer(&disk->path, g_free);
        return true;
    }
    error_set_errno(error, errno, "Cannot access storage file '%s'", disk->path);
    return false;
}

static const char *
nvram_path(const Domain *doc)
{
    /* What is on a server is nobody's here to make or hand over. */
    if (!doc->nvram || doc->nvram->type == DISK_TYPE_NETWORK)
        return NULL;
    return doc->nvram->path ? doc->nvram->path : doc->nvram->path_text;
}

/* UEFI keeps its variables in a copy of a template that each guest gets once. */
static bool
make_nvram(const Domain *doc, GError **error)
{
    const char *path = nvram_path(doc);
    g_autofree char *data = NULL;
    size_t len;

    if (!path || access(path, F_OK) == 0)
        return true;
    if (!doc->nvram->template) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "unable to find any template for the NVRAM file '%s'", path);
        return false;
    }
    return file_read_limited(doc->nvram->template, 64 << 20, &data, &len, error) &&
           file_write_atomic(path, data, len, 0600, error);
}

/* Who only reads a file that all can read does not need to own it, and could write to it then. */
static bool
is_fine(const SecurityFile *file, const struct stat *st, SecurityOwner owner)
{
    return (st->st_uid == owner.uid && st->st_gid == owner.gid) ||
           (file->use == SECURITY_CONTENT && S_ISREG(st->st_mode) && st->st_mode & S_IROTH &&
            !security_files_device_label(file, "dac"));
}

/* Hand a file to who shall have it, by <seclabel> and the user that guests run as. */
static bool
give_file(void *data, const SecurityFile *file, GError **error)
{
    SecurityOwner owner = { guest_host.conf->uid, guest_host.conf->gid };
    struct stat st;
    bool change;

    if (!security_dac_decide(data, file, &owner, &change, error))
        return false;
    if (!change || (stat(file->path, &st) == 0 && is_fine(file, &st, owner)) || chown(file->path, owner.uid, owner.gid) == 0 ||
        (errno == ENOENT && file->optional))
        return true;
    if (errno == EROFS || errno == EOPNOTSUPP) {
        log_debug("'%s' keeps its owner: %s", file->path, g_strerror(errno));
        return true;
    }
    error_set_errno(error, errno, "cannot give '%s' to the user that guests run as", file->path);
    return false;
}

bool
guest_give_files(Domain *doc, GError **error)
{
    return !guest_host.conf->dynamic_ownership || !is_foreign_user() || security_files_each(doc, give_file, doc, error);
}

/* Disks that others may use as well stay as they are. */
static bool
take_back(void *data, const SecurityFile *file, GError **error)
{
    SecurityOwner owner = { 0, 0 };
    bool change;

    if ((file->use == SECURITY_OWN || !file->labels) && security_dac_decide(data, file, &owner, &change, NULL) && change &&
        chown(file->path, 0, 0) < 0 && errno != ENOENT && errno != EROFS)
        log_warning("cannot take '%s' back from the user of guests: %s", file->path, g_strerror(errno));
    return true;
}

static bool
is_free_port(const char *address, int port)
{
    struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    autofd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;

    if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
        sin.sin_addr.s_addr = htonl(INADDR_ANY);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    return fd >= 0 && bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0;
}

/* @want > 0 is that port; else the first that is free. */
static int
take_port(Guest *guest, const char *address, int want, unsigned min, unsigned max, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&guest_host.lock);
    int first = want > 0 ? want : (int)min, last = want > 0 ? want : (int)max;

    for (int port = first; port <= last; port++) {
        if (want <= 0 && (g_hash_table_contains(guest_host.ports, GINT_TO_POINTER(port)) || !is_free_port(address, port)))
            continue;
        g_hash_table_add(guest_host.ports, GINT_TO_POINTER(port));
        g_array_append_val(guest->ports, port);
        return port;
    }
    error_set(error, VIR_ERR_INTERNAL_ERROR, "Unable to find an unused port in range '%u' to '%u'", min, max);
    return -1;
}

static bool
prepare_display(Guest *guest, Graphics *g, GError **error)
{
    const QemuConf *conf = guest_host.conf;
    ListenAddress *listen = list_len(g->listens) ? list_at(g->listens, 0) : NULL;

    bool spice = g->type == GRAPHICS_TYPE_SPICE;
    const char *default_listen = spice ? conf->spice_listen : conf->vnc_listen;

    if ((g->type != GRAPHICS_TYPE_VNC && !spice) || (listen && listen->type == LISTEN_TYPE_NONE))
        return true;
    if (listen && listen->type == LISTEN_TYPE_SOCKET)
        return true;
    if (!g->listen)
        g->listen = g_strdup(listen && listen->address ? listen->address : default_listen);
    /* A TLS port is made up only where TLS is set up. */
    if (spice && (g->tls_port > 0 || (conf->spice_tls && g->autoport == YESNO_YES))) {
        g->tls_port = take_port(guest, g->listen, g->autoport == YESNO_YES ? -1 : g->tls_port,
                                conf->remote_display_port_min, conf->remote_display_port_max, error);
        if (g->tls_port < 0)
            return false;
    }
    if (g->port != 0 || g->autoport == YESNO_YES) {
        g->port = take_port(guest, g->listen, g->autoport == YESNO_YES ? -1 : g->port, conf->remote_display_port_min,
                            conf->remote_display_port_max, error);
        if (g->port < 0)
            return false;
    }
    if (g->websocket) {
        g->websocket = take_port(guest, g->listen, g->websocket, conf->remote_websocket_port_min,
                                 conf->remote_websocket_port_max, error);
        if (g->websocket < 0)
            return false;
    }
    return true;
}

/* Channels without a path of their own get one in the guest's folder of the run directory. */
static bool
prepare_channels(Guest *guest, Domain *doc, GError **error)
{
    g_autofree char *dir = g_build_filename(guest_host.conf->channel_dir, guest->short_name, NULL);

    for (size_t i = 0; i < list_len(doc->channels); i++) {
        Channel *c = list_at(doc->channels, i);

        if (c->source.type != CHAR_TYPE_UNIX || c->source.path)
            continue;
        if (!file_mkdir_p(dir, 0750, error) || !give(dir, error))
            return false;
        c->source.mode = CHAR_MODE_BIND;
        c->source.path = g_strdup_printf("%s/%s", dir, c->target_name ? c->target_name : c->info.alias);
    }
    return true;
}

bool
guest_prepare_host(Guest *guest, Domain *doc, GError **error)
{
    g_autoptr(GArray) mounts = guest_memory_mounts(guest_host.conf);
    g_autofree char *render_node = guest_backend_render_node();
    const FillDisplay display = { .dir = guest->dir, .render_node = render_node,
                                  .network_address = guest_backend_network_address };

    if (!fill_display_start(doc, guest_host.conf, &display, error))
        return false;
    if (!guest_memory_make_dirs(doc, guest_host.conf, mounts, guest->short_name, give, error))
        return false;
    if (!check_readable("kernel", doc->kernel, error) || !check_readable("initrd", doc->initrd, error) ||
        !check_readable("loader", doc->loader, error) || !make_nvram(doc, error) ||
        !prepare_channels(guest, doc, error))
        return false;
    for (size_t i = 0; i < list_len(doc->disks); i++)
        if (!check_disk(list_at(doc->disks, i), error))
            return false;
    for (size_t i = 0; i < list_len(doc->graphics); i++)
        if (!prepare_display(guest, list_at(doc->graphics, i), error))
            return false;
    return true;
}

static bool
uses_file(const Domain *doc, const char *path)
{
    for (size_t i = 0; i < list_len(doc->disks); i++) {
        const Disk *d = list_at(doc->disks, i);

        if (!g_strcmp0(d->path, path))
            return true;
        for (const Store *s = d->backing_store; s; s = s->backing_store)
            if (!g_strcmp0(s->path, path))
                return true;
    }
    return false;
}

typedef struct TakeSome {
    void *doc;
    const Domain *rest;
} TakeSome;

static bool
take_unused(void *data, const SecurityFile *file, GError **error)
{
    const TakeSome *some = data;

    return uses_file(some->rest, file->path) || take_back(some->doc, file, error);
}

void
guest_take_files(Domain *doc, const Domain *rest)
{
    TakeSome some = { doc, rest };

    if (guest_host.conf->dynamic_ownership && is_foreign_user())
        security_files_each(doc, take_unused, &some, NULL);
}

void
guest_restore_host(Guest *guest, const Domain *doc)
{
    g_autofree char *channels = g_build_filename(guest_host.conf->channel_dir,
                                                 guest->short_name ? guest->short_name : "none", NULL);
    g_autoptr(GArray) mounts = guest_memory_mounts(guest_host.conf);
    g_autoptr(GError) error = NULL;

    lock_acquire(&guest_host.lock);
    for (unsigned i = 0; i < guest->ports->len; i++)
        g_hash_table_remove(guest_host.ports, GINT_TO_POINTER(g_array_index(guest->ports, int, i)));
    g_array_set_size(guest->ports, 0);
    lock_release(&guest_host.lock);
    if (guest_host.conf->dynamic_ownership && is_foreign_user())
        security_files_each(doc, take_back, (void *)doc, NULL);
    if ((guest->dir && !file_remove_tree(guest->dir, &error)) ||
        (guest->short_name && !guest_memory_remove_dirs(guest_host.conf, mounts, guest->short_name, &error)) || !file_remove_tree(channels, &error))
        log_gerror(error, "while removing the folders of '%s'", doc->name);
}
