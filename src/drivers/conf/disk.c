/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* disk.c - rules of <disk> that no single row can state. */
#define ERROR_FROM VIR_FROM_DOMAIN
#include "drivers/conf/disk.h"
#include "util/error.h"

#include <string.h>

/* The bus a target name stands for: "vda" is virtio, "sda" SCSI. */
static DiskBus
bus_of_target(const char *target)
{
    static const struct { const char *prefix; DiskBus bus; } known[] = {
        { "vd", DISK_BUS_VIRTIO }, { "sd", DISK_BUS_SCSI }, { "hd", DISK_BUS_IDE },
        { "fd", DISK_BUS_FDC }, { "xvd", DISK_BUS_XEN }, { "ubd", DISK_BUS_UML },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_has_prefix(target, known[i].prefix))
            return known[i].bus;
    return DISK_BUS_IDE;
}

/* The number a target name stands for ("sdb" is 1); -1 where it is none. */
int
disk_target_index(const char *target)
{
    static const char *const prefixes[] = { "fd", "hd", "vd", "sd", "xvd", "ubd", NULL };
    int index = 0;

    for (int i = 0; prefixes[i]; i++) {
        const char *p = target + strlen(prefixes[i]);
        if (!g_str_has_prefix(target, prefixes[i]) || !g_ascii_islower(*p))
            continue;
        for (; g_ascii_islower(*p); p++)
            if (__builtin_mul_overflow(index, 26, &index) || __builtin_add_overflow(index, *p - 'a' + 1, &index))
                return -1;
        return index - 1;
    }
    return -1;
}

static bool
check_target(const Disk *disk, GError **error)
{
    bool has_address = disk->info.address && disk->info.address->type != ADDRESS_TYPE_UNSET;
    int index = disk_target_index(disk->target);

    if (index < 0 && !has_address) {
        error_set(error, VIR_ERR_XML_ERROR, "Unknown disk name '%s' and no address specified", disk->target);
        return false;
    }
    if (disk->device == DISK_DEVICE_FLOPPY && disk->bus != DISK_BUS_FDC) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': a floppy drive needs bus 'fdc', not '%s'",
                  disk->target, disk_bus_words[disk->bus]);
        return false;
    }
    if (disk->device != DISK_DEVICE_FLOPPY && disk->bus == DISK_BUS_FDC) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': bus 'fdc' is for floppy drives, not '%s'", disk->target,
                  disk_device_words[disk->device]);
        return false;
    }
    return true;
}

/* The kind of address each bus has; those not listed take several. */
static bool
check_address(const Disk *disk, GError **error)
{
    static const AddressType wanted[DISK_BUS_LAST] = {
        [DISK_BUS_IDE] = ADDRESS_TYPE_DRIVE, [DISK_BUS_FDC] = ADDRESS_TYPE_DRIVE, [DISK_BUS_SCSI] = ADDRESS_TYPE_DRIVE,
        [DISK_BUS_SATA] = ADDRESS_TYPE_DRIVE, [DISK_BUS_USB] = ADDRESS_TYPE_USB,
    };
    AddressType type = disk->info.address ? disk->info.address->type : ADDRESS_TYPE_UNSET;

    if (type == ADDRESS_TYPE_UNSET || wanted[disk->bus] == ADDRESS_TYPE_UNSET || type == wanted[disk->bus])
        return true;
    if (disk->bus == DISK_BUS_USB)
        error_set(error, VIR_ERR_INTERNAL_ERROR, "unexpected address type for usb disk");
    else
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "Invalid address type '%s' for the disk '%s' with the bus type '%s'",
                  address_type_words[type], disk->target, disk_bus_words[disk->bus]);
    return false;
}

static bool
check_labels(const Disk *disk, GError **error)
{
    const GPtrArray *labels = disk->seclabels;

    for (guint i = 0; labels && labels->len > 1 && i < labels->len; i++) {
        const DeviceSecLabel *label = labels->pdata[i];

        if (!label->model) {
            error_set(error, VIR_ERR_XML_ERROR, "missing security model when using multiple labels");
            return false;
        }
        for (guint j = 0; j < i; j++) {
            if (!g_strcmp0(label->model, ((DeviceSecLabel *)labels->pdata[j])->model)) {
                error_set(error, VIR_ERR_XML_DETAIL, "seclabel for model %s is already provided", label->model);
                return false;
            }
        }
    }
    return true;
}

/* What secrets and ciphers a source may name. */
static bool
check_secrets(const Disk *disk, GError **error)
{
    DiskSecretType type = disk->auth && disk->auth->secret ? disk->auth->secret->type : DISK_SECRET_TYPE_UNSET;
    bool iscsi = disk->type == DISK_TYPE_NETWORK && disk->protocol == NET_PROTOCOL_ISCSI;
    bool rbd = disk->type == DISK_TYPE_NETWORK && disk->protocol == NET_PROTOCOL_RBD;

    if (type != DISK_SECRET_TYPE_UNSET &&
        ((iscsi && type != DISK_SECRET_TYPE_ISCSI) || (rbd && type != DISK_SECRET_TYPE_CEPH))) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "invalid secret type '%s'", disk_secret_type_words[type]);
        return false;
    }
    if (disk->encryption && disk->encryption->cipher) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "supplying <cipher> for domain disk definition is unnecessary");
        return false;
    }
    return true;
}

static bool
is_printable(const char *text)
{
    for (; text && *text; text++)
        if (!g_ascii_isprint(*text))
            return false;
    return true;
}

/* What a drive says of itself: INQUIRY of SCSI, IDENTIFY of ATA. */
static bool
check_inquiry(const Disk *disk, GError **error)
{
    size_t product_max = disk->bus == DISK_BUS_IDE || disk->bus == DISK_BUS_SATA ? 40 : 16;

    if (disk->vendor && (strlen(disk->vendor) > 8 || !is_printable(disk->vendor))) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, strlen(disk->vendor) > 8 ? "disk vendor is more than 8 characters"
                  : "disk vendor is not printable string");
        return false;
    }
    if (disk->product && strlen(disk->product) > product_max) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk product is more than %zu characters", product_max);
        return false;
    }
    if (disk->product && !is_printable(disk->product)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk product is not printable string");
        return false;
    }
    return true;
}

/* What only some kinds of drive or bus have. */
static bool
check_device_options(const Disk *disk, GError **error)
{
    bool removable = disk->device == DISK_DEVICE_CDROM || disk->device == DISK_DEVICE_FLOPPY;
    bool ata = disk->bus == DISK_BUS_IDE || disk->bus == DISK_BUS_SATA, scsi = disk->bus == DISK_BUS_SCSI;
    bool lun = disk->device == DISK_DEVICE_LUN;
    const struct { const char *name; bool there, fits; const char *where; } options[] = {
        { "rawio", disk->rawio != YESNO_UNSET, lun, "device='lun'" },
        { "sgio", disk->sgio != DISK_SGIO_UNSET, lun, "device='lun'" },
        { "tray", disk->tray == DISK_TRAY_OPEN, removable, "CD-ROM and floppy drives" },
        { "vendor", disk->vendor, scsi, "bus 'scsi'" },
        { "product", disk->product, ata || scsi, "the buses 'ide', 'sata' and 'scsi'" },
        { "wwn", disk->wwn, ata || scsi, "the buses 'ide', 'sata' and 'scsi'" },
        { "removable", disk->removable != ONOFF_UNSET, disk->bus == DISK_BUS_USB || scsi, "the buses 'usb' and 'scsi'" },
        { "rotation_rate", disk->rotation_rate > 0, ata || scsi, "the buses 'ide', 'sata' and 'scsi'" },
        { "copy_on_read", disk->copy_on_read == ONOFF_ON, !disk->readonly || disk->device == DISK_DEVICE_CDROM,
          "disks that can be written to" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if (!options[i].there || options[i].fits)
            continue;
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': %s is only for %s", disk->target, options[i].name,
                  options[i].where);
        return false;
    }
    return true;
}

/* What virtio has and other buses have not. */
static bool
check_virtio(const Disk *disk, GError **error)
{
    const struct { const char *name; bool there; } options[] = {
        { "disk model", disk->model != DISK_MODEL_UNSET }, { "iommu driver option", disk->iommu != ONOFF_UNSET },
        { "ats driver option", disk->ats != ONOFF_UNSET }, { "packed driver option", disk->packed != ONOFF_UNSET },
        { "page_per_vq option", disk->page_per_vq != ONOFF_UNSET }, { "queues attribute", disk->queues > 0 },
        { "queue_size attribute", disk->queue_size > 0 }, { "ioeventfd option", disk->ioeventfd != ONOFF_UNSET },
        { "event_idx option", disk->event_idx != ONOFF_UNSET }, { "iothread attribute", disk->iothread > 0 },
        { "<iothreads> element", disk->iothreads != NULL },
    };

    if (disk->queue_size & (disk->queue_size - 1)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "queue_size of disk '%s' has to be a power of two", disk->target);
        return false;
    }
    for (size_t i = 0; disk->bus != DISK_BUS_VIRTIO && i < G_N_ELEMENTS(options); i++) {
        if (!options[i].there)
            continue;
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s is only supported for virtio devices, and disk '%s' is on bus '%s'",
                  options[i].name, disk->target, disk_bus_words[disk->bus]);
        return false;
    }
    return true;
}

static bool
check_driver(const Disk *disk, GError **error)
{
    if (disk->iothread && disk->iothreads) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s' has both an 'iothread' attribute and <iothreads>; remove one",
                  disk->target);
        return false;
    }
    if (disk->rerror_policy == DISK_POLICY_ENOSPACE) {
        error_set(error, VIR_ERR_XML_ERROR, "disk '%s': unknown disk read error policy 'enospace'", disk->target);
        return false;
    }
    if (disk->metadata_cache && disk->format != DISK_FORMAT_QCOW2) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "metadata_cache of disk '%s' is only for format 'qcow2'", disk->target);
        return false;
    }
    if (disk->discard_no_unref == ONOFF_ON && disk->readonly) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'discard_no_unref' is not compatible with read-only disk '%s'",
                  disk->target);
        return false;
    }
    if (disk->discard_no_unref == ONOFF_ON && disk->format != DISK_FORMAT_QCOW2) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'discard_no_unref' of disk '%s' only works with qcow2 disk format",
                  disk->target);
        return false;
    }
    return true;
}

/* A secret is found by one of its names. */
static bool
check_secret_names(const Disk *disk, GError **error)
{
    static const uint8_t none[16];
    const SecretRef *secret = disk->auth ? disk->auth->secret : NULL;
    bool by_uuid = secret && memcmp(secret->uuid, none, sizeof(none)) != 0;

    if (!secret || by_uuid != (secret->usage != NULL))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "the <secret> of disk '%s' needs either a uuid or a usage", disk->target);
    return false;
}

/* Names and values as they are sent in a header. */
static bool
check_cookies(const Disk *disk, GError **error)
{
    static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";

    for (guint i = 0; disk->cookies && i < disk->cookies->len; i++) {
        const Cookie *cookie = disk->cookies->pdata[i];

        if (!cookie->name || !cookie->name[0] || strspn(cookie->name, name_characters) != strlen(cookie->name)) {
            error_set(error, VIR_ERR_XML_ERROR, "cookie name '%s' of disk '%s' contains invalid characters",
                      cookie->name ? cookie->name : "", disk->target);
            return false;
        }
        /* The whole may be in quotes. */
        if (cookie->value && !g_regex_match_simple("^(\"[^,; \t\"\\\\]*\"|[^,; \t\"\\\\]*)$", cookie->value, 0, 0)) {
            error_set(error, VIR_ERR_XML_ERROR, "value of cookie '%s' of disk '%s' contains invalid characters", cookie->name,
                      disk->target);
            return false;
        }
    }
    return true;
}

static bool
check_slices(const Disk *disk, GError **error)
{
    for (guint i = 0; disk->slices && i < disk->slices->len; i++) {
        const Slice *slice = disk->slices->pdata[i];

        if (!g_strcmp0(slice->type, "storage"))
            continue;
        error_set(error, VIR_ERR_XML_ERROR, "a slice of disk '%s' is of type '%s': only 'storage' is known", disk->target,
                  slice->type ? slice->type : "");
        return false;
    }
    return true;
}

/* The three numbers of a geometry go together. */
static bool
check_geometry(const Disk *disk, GError **error)
{
    unsigned given = !!disk->cyls + !!disk->heads + !!disk->secs;

    if (given == 0 || given == 3)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "invalid geometry settings of disk '%s': cyls, heads and secs are needed", disk->target);
    return false;
}

/* 64 bits in hexadecimal digits, as vendors write them. */
static bool
check_wwn(const Disk *disk, GError **error)
{
    enum { WWN_DIGITS = 16 };
    const char *digits = disk->wwn && g_str_has_prefix(disk->wwn, "0x") ? disk->wwn + 2 : disk->wwn;

    if (!digits || (strlen(digits) == WWN_DIGITS && strspn(digits, "0123456789abcdefABCDEF") == WWN_DIGITS))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "malformed wwn '%s' of disk '%s': %d hexadecimal digits are needed", disk->wwn,
              disk->target, WWN_DIGITS);
    return false;
}

static bool
is_power_of_two(uint64_t value)
{
    return (value & (value - 1)) == 0;
}

static bool
check_block_sizes(const Disk *disk, GError **error)
{
    if (is_power_of_two(disk->logical_block_size) && is_power_of_two(disk->physical_block_size))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "disk '%s': logical and physical block size must be powers of two", disk->target);
    return false;
}

/* Totals and parts exclude each other; bursts need a limit they exceed, their lengths a burst. */
static bool
check_limits(const char *target, const char *what, uint64_t total, uint64_t reads, uint64_t writes, GError **error)
{
    if (!total || (!reads && !writes))
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "total and read/write %s cannot be set at the same time for disk '%s'", what,
              target);
    return false;
}

static bool
check_bursts(const char *target, const IoTune *t, GError **error)
{
    const struct { const char *name; uint64_t base, max, length; } bursts[] = {
        { "total_bytes_sec", t->total_bytes_sec, t->total_bytes_sec_max, t->total_bytes_sec_max_length },
        { "read_bytes_sec", t->read_bytes_sec, t->read_bytes_sec_max, t->read_bytes_sec_max_length },
        { "write_bytes_sec", t->write_bytes_sec, t->write_bytes_sec_max, t->write_bytes_sec_max_length },
        { "total_iops_sec", t->total_iops_sec, t->total_iops_sec_max, t->total_iops_sec_max_length },
        { "read_iops_sec", t->read_iops_sec, t->read_iops_sec_max, t->read_iops_sec_max_length },
        { "write_iops_sec", t->write_iops_sec, t->write_iops_sec_max, t->write_iops_sec_max_length },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bursts); i++) {
        if (bursts[i].max && !bursts[i].base) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': value '%s_max' cannot be set if '%s' is not set", target,
                      bursts[i].name, bursts[i].name);
            return false;
        }
        if (!bursts[i].length || bursts[i].max)
            continue;
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': value '%s_max_length' cannot be set if '%s_max' is not set",
                  target, bursts[i].name, bursts[i].name);
        return false;
    }
    return true;
}

bool
disk_limits_check(const char *target, const IoTune *tune, GError **error)
{
    return check_limits(target, "bytes_sec", tune->total_bytes_sec, tune->read_bytes_sec, tune->write_bytes_sec, error) &&
           check_limits(target, "iops_sec", tune->total_iops_sec, tune->read_iops_sec, tune->write_iops_sec, error) &&
           check_limits(target, "bytes_sec_max", tune->total_bytes_sec_max, tune->read_bytes_sec_max,
                        tune->write_bytes_sec_max, error) &&
           check_limits(target, "iops_sec_max", tune->total_iops_sec_max, tune->read_iops_sec_max,
                        tune->write_iops_sec_max, error) &&
           check_bursts(target, tune, error);
}

static bool
check_startup(const Disk *disk, GError **error)
{
    if (disk->startup_policy == STARTUP_POLICY_UNSET)
        return true;
    if (disk->type == DISK_TYPE_NETWORK) {
        error_set(error, VIR_ERR_XML_ERROR, "Setting disk startupPolicy is not allowed for disk '%s' of network type",
                  disk->target);
        return false;
    }
    if (disk->startup_policy == STARTUP_POLICY_REQUISITE && disk->device != DISK_DEVICE_CDROM &&
        disk->device != DISK_DEVICE_FLOPPY) {
        error_set(error, VIR_ERR_XML_ERROR, "Setting disk startupPolicy 'requisite' is allowed only for cdrom or floppy, not for "
                  "disk '%s'", disk->target);
        return false;
    }
    return true;
}

static bool
check_host(const Disk *disk, const NetHost *host, GError **error)
{
    if (host->transport == NET_TRANSPORT_UNIX && !host->socket) {
        error_set(error, VIR_ERR_XML_ERROR, "disk '%s': missing socket for unix transport", disk->target);
        return false;
    }
    if (host->transport != NET_TRANSPORT_UNIX && host->socket) {
        error_set(error, VIR_ERR_XML_ERROR, "disk '%s': transport '%s' does not support socket attribute", disk->target,
                  net_transport_words[host->transport]);
        return false;
    }
    if (host->transport == NET_TRANSPORT_TCP && !host->name) {
        error_set(error, VIR_ERR_XML_ERROR, "disk '%s': missing name for host", disk->target);
        return false;
    }
    if (host->has_port && host->port > 65535) {
        error_set(error, VIR_ERR_XML_ERROR, "disk '%s': port %u of host '%s' is above 65535", disk->target, host->port,
                  host->name);
        return false;
    }
    return true;
}

/* Names that a protocol cannot do without, and what only one of them has. */
static bool
check_network(const Disk *disk, GError **error)
{
    if (disk->type != DISK_TYPE_NETWORK)
        return true;
    if (disk->protocol == NET_PROTOCOL_UNSET) {
        error_set(error, VIR_ERR_XML_ERROR, "disk '%s': missing network source protocol type", disk->target);
        return false;
    }
    if (!disk->path && disk->protocol != NET_PROTOCOL_NBD) {
        error_set(error, VIR_ERR_XML_ERROR, "disk '%s': missing name for disk source", disk->target);
        return false;
    }
    if (disk->tls == YESNO_YES && disk->protocol != NET_PROTOCOL_NBD && disk->protocol != NET_PROTOCOL_VXHS &&
        disk->protocol != NET_PROTOCOL_HTTPS && disk->protocol != NET_PROTOCOL_FTPS) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk '%s': TLS is not supported for protocol '%s'", disk->target,
                  net_protocol_words[disk->protocol]);
        return false;
    }
    for (guint i = 0; disk->hosts && i < disk->hosts->len; i++)
        if (!check_host(disk, disk->hosts->pdata[i], error))
            return false;
    return true;
}

static bool
check_vdpa(const Disk *disk, GError **error)
{
    if (disk->type != DISK_TYPE_VHOSTVDPA || disk->bus == DISK_BUS_VIRTIO)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "vhostvdpa disk '%s' must use virtio bus", disk->target);
    return false;
}

static bool
check_nvme(const Disk *disk, GError **error)
{
    const PciAddress *at = &disk->nvme_address;

    if (disk->type != DISK_TYPE_NVME)
        return true;
    if (g_strcmp0(disk->nvme_type, "pci")) {
        error_set(error, VIR_ERR_XML_ERROR, "disk '%s': source type '%s' of an NVMe disk is not 'pci'", disk->target,
                  disk->nvme_type ? disk->nvme_type : "");
        return false;
    }
    if (!disk->namespace) {
        error_set(error, VIR_ERR_XML_ERROR, "disk '%s': NVMe namespace can't be zero", disk->target);
        return false;
    }
    if (!at->domain && !at->bus && !at->slot && !at->function) {
        error_set(error, VIR_ERR_XML_ERROR, "disk '%s': PCI address of NVMe source is missing", disk->target);
        return false;
    }
    return true;
}

/* The process on the other end has the image; what QEMU does with one is not for it. */
static bool
check_vhostuser(const Disk *disk, GError **error)
{
    const struct { const char *name; bool there; } options[] = {
        { "cache", disk->cache != DISK_CACHE_UNSET }, { "error_policy", disk->error_policy != DISK_POLICY_UNSET },
        { "rerror_policy", disk->rerror_policy != DISK_POLICY_UNSET }, { "io", disk->io != DISK_IO_UNSET },
        { "ioeventfd", disk->ioeventfd != ONOFF_UNSET }, { "copy_on_read", disk->copy_on_read != ONOFF_UNSET },
        { "discard", disk->discard != DISK_DISCARD_UNSET }, { "iothread", disk->iothread > 0 },
        { "detect_zeroes", disk->detect_zeroes != DISK_ZEROES_UNSET }, { "encryption", disk->encryption != NULL },
        { "iotune", disk->iotune != NULL }, { "readonly", disk->readonly }, { "shareable", disk->shareable },
        { "transient", disk->transient }, { "serial", disk->serial != NULL }, { "wwn", disk->wwn != NULL },
    };

    if (disk->type != DISK_TYPE_VHOSTUSER)
        return true;
    if (disk->bus != DISK_BUS_VIRTIO || !disk->path) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, disk->path ? "vhostuser disk '%s' supports only virtio bus"
                  : "vhostuser disk '%s' needs the path of a socket", disk->target);
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if (!options[i].there)
            continue;
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s is not supported with vhostuser disk '%s'", options[i].name,
                  disk->target);
        return false;
    }
    return true;
}

/* What a passphrase is kept in. */
bool
disk_encryption_check(void *obj, unsigned flags, GError **error)
{
    static const uint8_t no_uuid[16];
    const Encryption *encryption = obj;

    for (guint i = 0; encryption->secrets && i < encryption->secrets->len; i++) {
        const SecretRef *secret = encryption->secrets->pdata[i];

        if (secret->type == DISK_SECRET_TYPE_UNSET) {
            error_set(error, VIR_ERR_XML_ERROR, "unknown volume encryption secret type: a <secret> of <encryption> needs "
                      "type='passphrase'");
            return false;
        }
        if (!secret->usage && !memcmp(secret->uuid, no_uuid, sizeof(no_uuid))) {
            error_set(error, VIR_ERR_XML_ERROR, "missing secret uuid or usage attribute in <encryption>");
            return false;
        }
    }
    return true;
}

static bool
check_reservations(const Disk *disk, GError **error)
{
    const Reservations *reservations = disk->reservations;

    if (!reservations)
        return true;
    if (disk->device != DISK_DEVICE_LUN) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "<reservations/> allowed only for lun devices, and disk '%s' is none",
                  disk->target);
        return false;
    }
    if (reservations->managed == YESNO_YES || reservations->type)
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "missing connection type for <reservations/> of disk '%s'", disk->target);
    return false;
}

/* Layers that are listed are complete; an empty one ends the chain. */
static bool
check_backing(const Disk *disk, GError **error)
{
    for (const Store *layer = disk->backing_store; layer && layer->type != DISK_TYPE_UNSET; layer = layer->backing_store) {
        bool with_path = layer->type == DISK_TYPE_FILE || layer->type == DISK_TYPE_BLOCK || layer->type == DISK_TYPE_DIR;

        if (layer->format == DISK_FORMAT_UNSET) {
            error_set(error, VIR_ERR_XML_ERROR, "missing disk backing store format in <backingStore> of disk '%s'", disk->target);
            return false;
        }
        if (with_path && !layer->path) {
            error_set(error, VIR_ERR_XML_ERROR, "missing disk backing store source in <backingStore> of disk '%s'", disk->target);
            return false;
        }
    }
    return true;
}

bool
disk_check(void *obj, unsigned flags, GError **error)
{
    static bool (*const rules[])(const Disk *disk, GError **error) = {
        check_target, check_address, check_labels, check_secrets, check_inquiry, check_device_options, check_virtio,
        check_driver, check_secret_names, check_cookies, check_slices, check_geometry, check_wwn, check_block_sizes,
        check_startup, check_network, check_nvme, check_vdpa, check_vhostuser, check_reservations, check_backing,
    };
    Disk *disk = obj;

    if (disk->type == DISK_TYPE_UNSET)
        disk->type = DISK_TYPE_FILE;
    if (disk->bus == DISK_BUS_UNSET)
        disk->bus = disk->device == DISK_DEVICE_FLOPPY ? DISK_BUS_FDC : bus_of_target(disk->target);
    if (disk->type == DISK_TYPE_VHOSTUSER && disk->snapshot == DISK_SNAPSHOT_UNSET)
        disk->snapshot = DISK_SNAPSHOT_NO;
    if (disk->device == DISK_DEVICE_CDROM)
        disk->readonly = true;
    if (disk->serial && !disk->serial[0])
        g_clear_pointer(&disk->serial, g_free);
    if (disk->device == DISK_DEVICE_LUN && disk->type != DISK_TYPE_BLOCK && disk->type != DISK_TYPE_VOLUME &&
        !(disk->type == DISK_TYPE_NETWORK && disk->protocol == NET_PROTOCOL_ISCSI)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "disk device='lun' is only valid for block type disk source");
        return false;
    }
    if (disk->type == DISK_TYPE_NETWORK && disk->protocol == NET_PROTOCOL_SHEEPDOG) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'sheepdog' protocol is no longer supported by any hypervisor driver");
        return false;
    }
    if (disk->iotune && disk->throttlefilters) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED,
                  "block 'throttlefilters' can't be used together with 'iotune' for disk '%s'", disk->target);
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (!rules[i](disk, error))
            return false;
    return !disk->iotune || disk_limits_check(disk->target, disk->iotune, error);
}
