/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vmx_disk.c - disks, drives and their controllers of a VMware guest
 *
 * A place is what stands in front of the keys ("scsi1:4.", "ide0:1.", "floppy0."); documents say it as an address, and
 * as a target name that follows from it.
 */
#define ERROR_FROM VIR_FROM_VMWARE
#include "drivers/vmware/vmx_private.h"

#include <string.h>

#include "drivers/conf/domain.h"
#include "util/error.h"

#define EMPTY "emptyBackingString"
#define DETECT "auto detect"

/* Units 16 to 63 came later, with paravirtual controllers; their names come behind those of all the others. */
enum { N_SCSI = 4, SCSI_UNITS = 64, SCSI_NARROW = 16, SCSI_SELF = 7, N_SATA = 4, SATA_UNITS = 30, N_FLOPPIES = 2 };

typedef struct Place {
    DiskBus bus;
    unsigned controller, channel, unit;      /* the channel is for IDE only */
} Place;

/* In the order of the enum in vmx_record.h. */
static const char *const scsi_models[] = { "", "buslogic", "lsilogic", "lsisas1068", "vmpvscsi", NULL };

/* ---- places --------------------------------------------------------------- */

static char *
place_prefix(const Place *place)
{
    switch (place->bus) {
    case DISK_BUS_IDE:
        return g_strdup_printf("ide%u:%u.", place->channel, place->unit);
    case DISK_BUS_FDC:
        return g_strdup_printf("floppy%u.", place->unit);
    default:
        return g_strdup_printf("%s%u:%u.", disk_bus_words[place->bus], place->controller, place->unit);
    }
}

static unsigned
place_index(const Place *place)
{
    switch (place->bus) {
    case DISK_BUS_IDE:
        return place->channel * 2 + place->unit;
    case DISK_BUS_SATA:
        return place->controller * SATA_UNITS + place->unit;
    case DISK_BUS_SCSI:
        if (place->unit >= SCSI_NARROW)
            return N_SCSI * (SCSI_NARROW - 1) + place->controller * (SCSI_UNITS - SCSI_NARROW) + place->unit - SCSI_NARROW;
        return place->controller * (SCSI_NARROW - 1) + place->unit - (place->unit > SCSI_SELF);
    default:
        return place->unit;
    }
}

/* The reverse. */
static void
place_from_index(Place *place, unsigned index)
{
    switch (place->bus) {
    case DISK_BUS_IDE:
        place->channel = index / 2;
        place->unit = index % 2;
        break;
    case DISK_BUS_SATA:
        place->controller = index / SATA_UNITS;
        place->unit = index % SATA_UNITS;
        break;
    case DISK_BUS_SCSI:
        if (index >= N_SCSI * (SCSI_NARROW - 1)) {
            index -= N_SCSI * (SCSI_NARROW - 1);
            place->controller = index / (SCSI_UNITS - SCSI_NARROW);
            place->unit = index % (SCSI_UNITS - SCSI_NARROW) + SCSI_NARROW;
        } else {
            place->controller = index / (SCSI_NARROW - 1);
            place->unit = index % (SCSI_NARROW - 1);
            place->unit += place->unit >= SCSI_SELF;
        }
        break;
    default:
        place->unit = index;
    }
}

static bool
place_is_valid(const Place *place)
{
    switch (place->bus) {
    case DISK_BUS_IDE:
        return !place->controller && place->channel < 2 && place->unit < 2;
    case DISK_BUS_SATA:
        return place->controller < N_SATA && !place->channel && place->unit < SATA_UNITS;
    case DISK_BUS_SCSI:
        return place->controller < N_SCSI && !place->channel && place->unit < SCSI_UNITS && place->unit != SCSI_SELF;
    case DISK_BUS_FDC:
        return !place->controller && !place->channel && place->unit < N_FLOPPIES;
    default:
        return false;
    }
}

static char *
place_target(const Place *place)
{
    return domain_places_disk_name(place->bus, place_index(place));
}

/* ---- kinds ---------------------------------------------------------------- */

/* What a deviceType is; of several for the same, the first is written.  UNSET: any bus. */
static const struct {
    int device;
    DiskDevice as;
    DiskType type;
    DiskBus bus;
} kinds[] = {
    { VMX_DEVICE_SCSI_DISK, DISK_DEVICE_DISK, DISK_TYPE_FILE, DISK_BUS_SCSI },
    { VMX_DEVICE_ATA_DISK, DISK_DEVICE_DISK, DISK_TYPE_FILE, DISK_BUS_IDE },
    { VMX_DEVICE_SATA_DISK, DISK_DEVICE_DISK, DISK_TYPE_FILE, DISK_BUS_SATA },
    { VMX_DEVICE_DISK, DISK_DEVICE_DISK, DISK_TYPE_FILE, DISK_BUS_UNSET },
    { VMX_DEVICE_IMAGE, DISK_DEVICE_CDROM, DISK_TYPE_FILE, DISK_BUS_UNSET },
    { VMX_DEVICE_ATAPI, DISK_DEVICE_CDROM, DISK_TYPE_BLOCK, DISK_BUS_UNSET },
    { VMX_DEVICE_RAW, DISK_DEVICE_LUN, DISK_TYPE_BLOCK, DISK_BUS_UNSET },
    { VMX_DEVICE_PASSTHRU, DISK_DEVICE_LUN, DISK_TYPE_BLOCK, DISK_BUS_UNSET },
};

/* Devices of an ESX host that the guest sends SCSI commands to. */
static bool
is_host_device(const Disk *disk)
{
    return disk->bus == DISK_BUS_SCSI && disk->path && g_str_has_prefix(disk->path, "/vmfs/devices/");
}

/* Hosted products leave the type away where the name says it. */
static int
guess_device(const char *name)
{
    size_t len = name ? strlen(name) : 0;

    if (len > 4 && g_ascii_strcasecmp(name + len - 4, ".iso") == 0)
        return VMX_DEVICE_IMAGE;
    return name && (g_str_has_prefix(name, "/dev/") || !g_ascii_strcasecmp(name, DETECT)) ? VMX_DEVICE_ATAPI : VMX_DEVICE_DISK;
}

/* ---- reading -------------------------------------------------------------- */

static bool
read_source(const VmxDisk *record, const char *prefix, const VmxContext *context, Disk *disk, GError **error)
{
    bool drive = disk->device != DISK_DEVICE_DISK, missing = false;
    const char *name = record->file;

    if (drive && (record->autodetect == VMX_YES || !g_strcmp0(name, DETECT))) {
        if (disk->type == DISK_TYPE_BLOCK)
            disk->startup_policy = STARTUP_POLICY_OPTIONAL;
        return true;
    }
    if (drive && (!name || g_ascii_strcasecmp(name, EMPTY) == 0))
        return true;
    if (!name) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "'%sfileName' of the VMX file is missing", prefix);
        return false;
    }
    disk->path = disk->type == DISK_TYPE_FILE ? vmx_path_read(context, name, &missing, error) : g_strdup(name);
    if (!disk->path)
        return false;
    if (missing && drive) {
        /* A drive whose medium is gone is an empty drive. */
        g_clear_pointer(&disk->path, g_free);
    } else if (missing) {
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "'%sfileName' of the VMX file names '%s', which is not there", prefix, disk->path);
        return false;
    }
    return true;
}

static void
read_kind(const VmxDisk *record, Disk *disk)
{
    int device = record->device ? record->device : guess_device(record->file);

    if (disk->bus == DISK_BUS_FDC) {
        disk->device = DISK_DEVICE_FLOPPY;
        disk->type = record->file_type == VMX_FILE_FILE ? DISK_TYPE_FILE : DISK_TYPE_BLOCK;
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (kinds[i].device == device) {
            disk->device = kinds[i].as;
            disk->type = kinds[i].type;
        }
    if (disk->device != DISK_DEVICE_DISK) {
        disk->readonly = true;
        return;
    }
    if (record->write_through == VMX_YES)
        disk->cache = DISK_CACHE_WRITETHROUGH;
    /* Changes are thrown away when the guest is switched off. */
    disk->transient = record->mode && (!g_ascii_strcasecmp(record->mode, "independent-nonpersistent") ||
                                       !g_ascii_strcasecmp(record->mode, "nonpersistent"));
}

static Address *
place_address(const Place *place)
{
    Address *address = xml_new(&address_xml);

    address->type = ADDRESS_TYPE_DRIVE;
    address->controller = place->controller;
    address->bus = place->channel;
    address->unit = place->unit;
    return address;
}

/* *@ret_used: whether there is a disk at @place. */
static bool
read_place(const VmxFile *file, const VmxContext *context, const Place *place, Domain *domain, bool *ret_used, GError **error)
{
    const VmxKind *kind = place->bus == DISK_BUS_FDC ? &vmx_floppy : &vmx_disk;
    g_autofree char *prefix = place_prefix(place);
    g_autoptr(VmxDisk) record = NULL;
    Disk *disk;

    *ret_used = false;
    if (!vmx_is_present(file, prefix))
        return true;
    record = vmx_record_read(kind, file, prefix, error);
    if (!record)
        return false;
    /* A device of whoever looks at the guest is none of the host's. */
    if (record->present != VMX_YES || record->client == VMX_YES)
        return true;
    disk = xml_new(&disk_xml);
    vmx_append(&domain->disks, disk);
    disk->bus = place->bus;
    disk->target = place_target(place);
    disk->info.address = place_address(place);
    read_kind(record, disk);
    *ret_used = true;
    return read_source(record, prefix, context, disk, error);
}

/* Controllers from 0 to the last one in use. */
static bool
read_bus(const VmxFile *file, const VmxContext *context, DiskBus bus, ControllerType type, unsigned n, unsigned units,
         Domain *domain, GError **error)
{
    const VmxKind *kind = bus == DISK_BUS_SCSI ? &vmx_scsi : &vmx_sata;
    int models[MAX(N_SCSI, N_SATA)] = { 0 };
    unsigned n_used = 0;

    for (unsigned i = 0; i < n; i++) {
        g_autofree char *prefix = g_strdup_printf("%s%u.", disk_bus_words[bus], i);
        g_autoptr(VmxBus) record = vmx_record_read(kind, file, prefix, error);

        if (!record)
            return false;
        models[i] = record->model;
        for (unsigned unit = 0; record->present == VMX_YES && unit < units; unit++) {
            Place place = { .bus = bus, .controller = i, .unit = unit };
            bool used;

            if (!place_is_valid(&place))
                continue;
            if (!read_place(file, context, &place, domain, &used, error))
                return false;
            if (used)
                n_used = i + 1;
        }
    }
    for (unsigned i = 0; i < n_used; i++)
        domain_places_add_controller(domain, type, i, models[i] ? scsi_models[models[i]] : NULL);
    return true;
}

/* The board's own: one controller. */
static bool
read_board(const VmxFile *file, const VmxContext *context, DiskBus bus, unsigned n_channels, bool *ret_used, Domain *domain,
           GError **error)
{
    *ret_used = false;
    for (unsigned i = 0; i < n_channels * 2; i++) {
        Place place = { .bus = bus, .channel = i / 2, .unit = i % 2 };
        bool used;

        if (!read_place(file, context, &place, domain, &used, error))
            return false;
        *ret_used = *ret_used || used;
    }
    return true;
}

bool
vmx_disk_read(const VmxFile *file, const VmxContext *context, Domain *domain, GError **error)
{
    g_autoptr(Domain) sata = xml_new(&domain_xml);
    bool ide, floppy;

    if (!read_bus(file, context, DISK_BUS_SCSI, CONTROLLER_TYPE_SCSI, N_SCSI, SCSI_UNITS, domain, error) ||
        !read_bus(file, context, DISK_BUS_SATA, CONTROLLER_TYPE_SATA, N_SATA, SATA_UNITS, sata, error))
        return false;
    /* Disks of SATA come before those of IDE, their controllers behind them. */
    for (guint i = 0; i < list_len(sata->disks); i++)
        vmx_append(&domain->disks, sata->disks->pdata[i]);
    if (sata->disks)
        g_ptr_array_set_size(sata->disks, 0);
    if (!read_board(file, context, DISK_BUS_IDE, 2, &ide, domain, error) ||
        !read_board(file, context, DISK_BUS_FDC, 1, &floppy, domain, error))
        return false;
    if (floppy)
        domain_places_add_controller(domain, CONTROLLER_TYPE_FDC, 0, NULL);
    if (ide)
        domain_places_add_controller(domain, CONTROLLER_TYPE_IDE, 0, NULL);
    for (guint i = 0; i < list_len(sata->controllers); i++)
        domain_places_add_controller(domain, CONTROLLER_TYPE_SATA, i, NULL);
    return true;
}

/* ---- writing -------------------------------------------------------------- */

/* What the controllers of a guest are, while its disks are looked at. */
typedef struct Buses {
    VmxBus *scsi[N_SCSI], *sata[N_SATA];
} Buses;

static void
clear_buses(Buses *buses)
{
    for (size_t i = 0; i < N_SCSI; i++)
        vmx_record_free(buses->scsi[i]);
    for (size_t i = 0; i < N_SATA; i++)
        vmx_record_free(buses->sata[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Buses, clear_buses)

static bool
place_of(const Domain *domain, const Disk *disk, Place *place, GError **error)
{
    const Address *address = disk->info.address;
    int index = domain_places_disk_index(disk->target);
    Place named = { .bus = disk->bus };

    if (index >= 0)
        place_from_index(&named, (unsigned)index);
    *place = named;
    if (address && address->type == ADDRESS_TYPE_DRIVE)
        *place = (Place) { disk->bus, address->controller, address->bus, address->unit };
    if (index < 0 || !place_is_valid(&named) || !place_is_valid(place)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': VMware guests have no place for disk '%s' of bus '%s'; expected scsi (not unit 7), "
                  "sata, ide or fdc, and a name that begins with sd, hd or fd", domain->name, disk->target,
                  disk_bus_words[disk->bus]);
        return false;
    }
    if (memcmp(&named, place, sizeof(named)) != 0) {
        g_autofree char *expected = place_target(place);

        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': disk '%s' has the address of '%s'; name and address must agree", domain->name,
                  disk->target, expected);
        return false;
    }
    return true;
}

/* Note @model, or find it out, for SCSI controller @index. */
static bool
set_model(const Domain *domain, const VmxContext *context, Buses *buses, unsigned index, const char *model, const Disk *disk,
          GError **error)
{
    int value = 0;

    if (!g_strcmp0(model, "auto"))
        model = disk && context->scsi_model ? context->scsi_model(context->data, disk) : NULL;
    if (!model)
        return true;
    for (int i = 1; scsi_models[i]; i++)
        if (g_ascii_strcasecmp(scsi_models[i], model) == 0)
            value = i;
    if (!value) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': VMware has no SCSI controller of model '%s'; expected auto, buslogic, lsilogic, "
                  "lsisas1068 or vmpvscsi", domain->name, model);
        return false;
    }
    if (buses->scsi[index]->model && buses->scsi[index]->model != value) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': SCSI controller %u is '%s' in one place and '%s' in another", domain->name, index,
                  scsi_models[buses->scsi[index]->model], model);
        return false;
    }
    buses->scsi[index]->model = value;
    return true;
}

static void
need_bus(VmxBus **bus, const VmxKind *kind)
{
    if (!*bus)
        *bus = vmx_record_new(kind);
    (*bus)->present = VMX_YES;
}

static bool
collect_controllers(const Domain *domain, const VmxContext *context, Buses *buses, bool *automatic, GError **error)
{
    for (guint i = 0; i < list_len(domain->controllers); i++) {
        const Controller *controller = domain->controllers->pdata[i];
        bool scsi = controller->type == CONTROLLER_TYPE_SCSI, sata = controller->type == CONTROLLER_TYPE_SATA;

        if (!scsi && !sata)
            continue;
        if (controller->index >= N_SCSI) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                      "domain '%s': %s controller %u is one too many; VMware guests have 0 to %d", domain->name,
                      scsi ? "SCSI" : "SATA", controller->index, N_SCSI - 1);
            return false;
        }
        need_bus(scsi ? &buses->scsi[controller->index] : &buses->sata[controller->index], scsi ? &vmx_scsi : &vmx_sata);
        if (scsi)
            automatic[controller->index] = !g_strcmp0(controller->model, "auto");
        if (scsi && !set_model(domain, context, buses, controller->index, controller->model, NULL, error))
            return false;
    }
    return true;
}

static bool
collect_buses(const Domain *domain, const VmxContext *context, Buses *buses, GError **error)
{
    bool automatic[N_SCSI] = { false };
    Place place;

    if (!collect_controllers(domain, context, buses, automatic, error))
        return false;
    for (guint i = 0; i < list_len(domain->disks); i++) {
        const Disk *disk = domain->disks->pdata[i];

        if (!place_of(domain, disk, &place, error))
            return false;
        if (disk->bus == DISK_BUS_SATA)
            need_bus(&buses->sata[place.controller], &vmx_sata);
        if (disk->bus != DISK_BUS_SCSI)
            continue;
        need_bus(&buses->scsi[place.controller], &vmx_scsi);
        if (disk->device == DISK_DEVICE_DISK && automatic[place.controller] &&
            !set_model(domain, context, buses, place.controller, "auto", disk, error))
            return false;
        /* The old way to say the model. */
        if (!set_model(domain, context, buses, place.controller, disk->driver_name, disk, error))
            return false;
    }
    return true;
}

static bool
write_kind(const Domain *domain, const Disk *disk, VmxDisk *record, GError **error)
{
    if (disk->bus == DISK_BUS_FDC && disk->device == DISK_DEVICE_FLOPPY &&
        (disk->type == DISK_TYPE_FILE || disk->type == DISK_TYPE_BLOCK)) {
        record->file_type = disk->type == DISK_TYPE_FILE ? VMX_FILE_FILE : VMX_FILE_DEVICE;
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(kinds) && disk->bus != DISK_BUS_FDC && !record->device; i++)
        if (kinds[i].as == disk->device && kinds[i].type == disk->type &&
            (kinds[i].bus == disk->bus || kinds[i].bus == DISK_BUS_UNSET))
            record->device = kinds[i].device;
    if (record->device == VMX_DEVICE_RAW && is_host_device(disk))
        record->device = VMX_DEVICE_PASSTHRU;
    if (record->device)
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
              "domain '%s': disk '%s' is a %s of type %s; VMware guests have disks of type file, CD-ROM and floppy "
              "drives of type file or block, and LUNs of type block", domain->name, disk->target,
              disk_device_words[disk->device], disk_type_words[disk->type]);
    return false;
}

static bool
write_source(const Domain *domain, const VmxContext *context, const Disk *disk, VmxDisk *record, GError **error)
{
    if (disk->path) {
        record->file = disk->type == DISK_TYPE_FILE ? vmx_path_write(context, disk->path, error) : g_strdup(disk->path);
        return record->file;
    }
    if (disk->device == DISK_DEVICE_DISK) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': disk '%s' has no source", domain->name, disk->target);
        return false;
    }
    if (disk->type == DISK_TYPE_BLOCK && disk->startup_policy == STARTUP_POLICY_OPTIONAL && disk->bus != DISK_BUS_FDC) {
        record->autodetect = VMX_YES;
        record->file = g_strdup(DETECT);
    } else {
        record->file = g_strdup(EMPTY);
    }
    return true;
}

static bool
write_disk(const Domain *domain, const VmxContext *context, const Disk *disk, GHashTable *taken, GString *out, GError **error)
{
    g_autoptr(VmxDisk) record = vmx_record_new(disk->bus == DISK_BUS_FDC ? &vmx_floppy : &vmx_disk);
    g_autofree char *prefix = NULL;
    Place place;

    if (!place_of(domain, disk, &place, error) || !write_kind(domain, disk, record, error) ||
        !write_source(domain, context, disk, record, error))
        return false;
    if (disk->cache != DISK_CACHE_UNSET && disk->cache != DISK_CACHE_DEFAULT && disk->cache != DISK_CACHE_WRITETHROUGH) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
                  "domain '%s': disk '%s' has cache='%s'; VMware knows only 'writethrough'", domain->name,
                  disk->target, disk_cache_words[disk->cache]);
        return false;
    }
    record->present = VMX_YES;
    if (disk->device == DISK_DEVICE_DISK && disk->cache == DISK_CACHE_WRITETHROUGH)
        record->write_through = VMX_YES;
    if (disk->transient)
        record->mode = g_strdup("independent-nonpersistent");
    prefix = place_prefix(&place);
    vmx_record_write(record, prefix, out);
    if (g_hash_table_add(taken, g_steal_pointer(&prefix)))
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED,
              "domain '%s': two disks are in the place of '%s'", domain->name, disk->target);
    return false;
}

bool
vmx_disk_write(const Domain *domain, const VmxContext *context, GString *out, GError **error)
{
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(Buses) buses = { 0 };

    if (!collect_buses(domain, context, &buses, error))
        return false;
    for (unsigned i = 0; i < N_SCSI + N_SATA; i++) {
        const VmxBus *bus = i < N_SCSI ? buses.scsi[i] : buses.sata[i - N_SCSI];
        g_autofree char *prefix = g_strdup_printf("%s%u.", i < N_SCSI ? "scsi" : "sata", i < N_SCSI ? i : i - N_SCSI);

        if (bus)
            vmx_record_write(bus, prefix, out);
    }
    for (guint i = 0; i < list_len(domain->disks); i++)
        if (!write_disk(domain, context, domain->disks->pdata[i], taken, out, error))
            return false;
    /* A guest has floppy drives unless its file says no. */
    for (unsigned i = 0; i < N_FLOPPIES; i++) {
        Place place = { .bus = DISK_BUS_FDC, .unit = i };
        g_autofree char *prefix = place_prefix(&place);
        g_autofree char *key = g_strconcat(prefix, "present", NULL);

        if (!g_hash_table_contains(taken, prefix))
            vmx_file_add(out, key, "false");
    }
    return true;
}
