/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest_backend.c - what devices of a guest need of this host beside disks, networks and files
 *
 * Secrets and networks belong to other daemons, which are asked as any client asks them.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/process/guest_backend.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "drivers/conf/network_gen.h"
#include "drivers/qemu/process/guest_peer.h"
#include "util/crypto.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"

/* ---- secrets ----------------------------------------------------------------- */

static const int usage_types[] = {
    [DISK_SECRET_TYPE_UNSET] = VIR_SECRET_USAGE_TYPE_NONE, [DISK_SECRET_TYPE_VOLUME] = VIR_SECRET_USAGE_TYPE_VOLUME,
    [DISK_SECRET_TYPE_CEPH] = VIR_SECRET_USAGE_TYPE_CEPH,  [DISK_SECRET_TYPE_ISCSI] = VIR_SECRET_USAGE_TYPE_ISCSI,
    [DISK_SECRET_TYPE_TLS] = VIR_SECRET_USAGE_TYPE_TLS,    [DISK_SECRET_TYPE_VTPM] = VIR_SECRET_USAGE_TYPE_VTPM,
};

bool
guest_backend_secret(void *data, const SecretRef *ref, uint8_t **ret, size_t *ret_len, GError **error)
{
    g_autoptr(virConnect) conn = guest_peer_connect("secret", error);
    g_autoptr(virSecret) secret = NULL;
    unsigned char *value;
    size_t len;
    int usage;

    if (!conn)
        return false;
    usage = (size_t)ref->type < G_N_ELEMENTS(usage_types) ? usage_types[ref->type] : VIR_SECRET_USAGE_TYPE_VOLUME;
    /* In a disk, the type says how the secret is used, not where it is found. */
    secret = ref->usage ? virSecretLookupByUsage(conn, usage, ref->usage) : virSecretLookupByUUID(conn, ref->uuid);
    value = secret ? virSecretGetValue(secret, &len, 0) : NULL;
    if (!value) {
        guest_peer_error(error, "a secret has no value");
        return false;
    }
    *ret = g_memdup2(value, len);
    *ret_len = len;
    crypto_wipe(value, len);
    free(value);
    return true;
}

/* ---- devices of the host -------------------------------------------------------- */

static int
open_device(void *data, const char *path, int flags, const char *what, GError **error)
{
    int fd = path ? open(path, flags | O_CLOEXEC) : -1;

    if (fd < 0) {
        error_set_errno(error, path ? errno : EINVAL, "cannot open %s '%s'", what, path ? path : "");
        return -1;
    }
    return guest_fds_add(data, fd);
}

int
guest_backend_vdpa(void *data, const char *path, bool net, GError **error)
{
    return open_device(data, path, O_RDWR, "vDPA device", error);
}

int
guest_backend_vhost_scsi(void *data, GError **error)
{
    return open_device(data, "/dev/vhost-scsi", O_RDWR, "vhost-scsi", error);
}

int
guest_backend_tpm(void *data, const char *path, bool cancel, GError **error)
{
    static const char *const classes[] = { "/sys/class/misc", "/sys/class/tpm" };
    g_autofree char *base = g_path_get_basename(path);

    if (!cancel)
        return open_device(data, path, O_RDWR, "TPM", error);
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *file = g_build_filename(classes[i], base, "device", "cancel", NULL);

        if (access(file, F_OK) == 0)
            return open_device(data, file, O_WRONLY, "the file that cancels commands of a TPM", error);
    }
    error_set(error, VIR_ERR_INTERNAL_ERROR, "TPM '%s' has no file that cancels its commands", path);
    return -1;
}

char *
guest_backend_scsi_path(void *data, const Hostdev *h, GError **error)
{
    unsigned host;
    g_autofree char *path = NULL;
    g_autoptr(GDir) dir = NULL;
    const char *name;

    if (!h->adapter || sscanf(h->adapter, "scsi_host%u", &host) != 1) {
        error_set(error, VIR_ERR_XML_ERROR, "adapter '%s' of a SCSI device is not named as 'scsi_hostN'",
                  h->adapter ? h->adapter : "");
        return NULL;
    }
    path = g_strdup_printf("/sys/bus/scsi/devices/%u:%u:%u:%" G_GUINT64_FORMAT "/scsi_generic", host, h->bus, h->target, h->unit);
    dir = g_dir_open(path, 0, NULL);
    name = dir ? g_dir_read_name(dir) : NULL;
    if (name)
        return g_build_filename("/dev", name, NULL);
    error_set(error, VIR_ERR_INTERNAL_ERROR, "the host has no SCSI device %u:%u:%u:%" G_GUINT64_FORMAT, host, h->bus, h->target,
              h->unit);
    return NULL;
}

/* ---- displays --------------------------------------------------------------------- */

char *
guest_backend_render_node(void)
{
    for (unsigned minor = 128; minor < 192; minor++) {
        g_autofree char *path = g_strdup_printf("/dev/dri/renderD%u", minor);

        if (access(path, F_OK) == 0)
            return g_steal_pointer(&path);
    }
    return NULL;
}

char *
guest_backend_network_address(void *data, const char *name, GError **error)
{
    g_autoptr(virConnect) conn = guest_peer_connect("network", error);
    g_autoptr(virNetwork) network = conn ? virNetworkLookupByName(conn, name) : NULL;
    char *text = network ? virNetworkGetXMLDesc(network, 0) : NULL;
    g_autoptr(Network) def = NULL;

    if (!text) {
        if (conn)
            guest_peer_error(error, "a network does not answer");
        return NULL;
    }
    def = xml_parse_text(&network_xml, text, 0, error);
    free(text);
    if (def && list_len(def->ips))
        return g_strdup(((NetworkIp *)list_at(def->ips, 0))->address);
    if (def)
        error_set(error, VIR_ERR_XML_ERROR, "network '%s', which a display is to listen in, has no address", name);
    return NULL;
}

/* ---- guests that do not trust the host ---------------------------------------------- */

bool
guest_backend_write_launch(const Domain *def, const char *dir, bool (*give)(const char *path, GError **error), GError **error)
{
    const LaunchSecurity *l = def->launch_security;
    const struct {
        const char *text, *name;
    } files[] = { { l ? l->dh_cert : NULL, "dh_cert.base64" }, { l ? l->session : NULL, "session.base64" } };

    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(dir, files[i].name, NULL);

        if (files[i].text && (!file_write_atomic_text(path, files[i].text, 0600, error) || !give(path, error)))
            return false;
    }
    return true;
}
