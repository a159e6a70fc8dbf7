/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain_device_rules.c - devices of one guest that must not collide, or that name each other
 *
 * Aliases, boot order, ACPI indexes, sound, and pairs of network devices that stand in for one another.  One small
 * function a rule, listed at the end, as in domain_rules.c.
 */
#define ERROR_FROM VIR_FROM_DOMAIN
#include <stddef.h>
#include <string.h>

#include "drivers/conf/domain.h"
#include "util/error.h"
#include "util/list.h"

/* Where each kind of device is in a Domain, and where its DeviceInfo is in it. */
static const struct { size_t at, info; bool single; } kinds[] = {
#define LIST(member, type) { offsetof(Domain, member), offsetof(type, info), false }
#define ONE(member, type) { offsetof(Domain, member), offsetof(type, info), true }
    LIST(disks, Disk), LIST(controllers, Controller), LIST(filesystems, Filesystem), LIST(interfaces, Interface),
    LIST(smartcards, Smartcard), LIST(serials, Serial), LIST(parallels, Parallel), LIST(channels, Channel),
    LIST(inputs, Input), LIST(tpms, Tpm), LIST(sounds, Sound), LIST(videos, Video), LIST(hostdevs, Hostdev),
    LIST(redirdevs, RedirDev), LIST(hubs, Hub), LIST(watchdogs, Watchdog), ONE(memballoon, Memballoon), LIST(rngs, Rng),
    ONE(nvram_device, Nvram), LIST(panics, Panic), LIST(shmems, Shmem), LIST(memory_devices, MemoryDevice),
    ONE(iommu, Iommu), ONE(vsock, Vsock), LIST(cryptos, Crypto),
#undef LIST
#undef ONE
};

typedef bool (*InfoFn)(const DeviceInfo *info, void *data, GError **error);

/* All devices but consoles, the first of which is a serial port again. */
static bool
each_info(const Domain *domain, InfoFn fn, void *data, GError **error)
{
    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
        const char *member = (const char *)domain + kinds[k].at;

        if (kinds[k].single) {
            const char *device = *(char *const *)member;

            if (device && !fn((const DeviceInfo *)(device + kinds[k].info), data, error))
                return false;
            continue;
        }
        const GPtrArray *list = *(GPtrArray *const *)member;
        for (guint i = 0; i < list_len(list); i++)
            if (!fn((const DeviceInfo *)((const char *)list->pdata[i] + kinds[k].info), data, error))
                return false;
    }
    return true;
}

/* ---- what may be there once only ----------------------------------------- */

static bool
note_alias(const DeviceInfo *info, void *data, GError **error)
{
    if (!info->user_alias || g_hash_table_add(data, info->alias))
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "non unique alias detected: %s", info->alias);
    return false;
}

static bool
rule_aliases(const Domain *domain, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    return each_info(domain, note_alias, seen, error);
}

static bool
note_order(const DeviceInfo *info, void *data, GError **error)
{
    if (!info->boot_order || g_hash_table_add(data, GUINT_TO_POINTER(info->boot_order)))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "boot order '%u' used for more than one device", info->boot_order);
    return false;
}

static bool
rule_boot_order(const Domain *domain, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    return each_info(domain, note_order, seen, error);
}

static bool
note_acpi(const DeviceInfo *info, void *data, GError **error)
{
    if (!info->acpi_index || g_hash_table_add(data, GUINT_TO_POINTER(info->acpi_index)))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "ACPI index '%u' used for more than one device", info->acpi_index);
    return false;
}

static bool
rule_acpi_index(const Domain *domain, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    return each_info(domain, note_acpi, seen, error);
}

/* Ports of virtio-serial controllers; 0 is one not chosen yet. */
static bool
note_serial_port(const DeviceInfo *info, void *data, GError **error)
{
    const Address *at = info->address;

    if (!at || at->type != ADDRESS_TYPE_VIRTIO_SERIAL || !at->port ||
        g_hash_table_add(data, GSIZE_TO_POINTER((gsize)at->controller << 32 | at->port)))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "virtio serial port %u on controller %u is already occupied", at->port, at->controller);
    return false;
}

static bool
rule_serial_ports(const Domain *domain, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < list_len(domain->consoles); i++)
        if (!note_serial_port(&((Console *)domain->consoles->pdata[i])->info, seen, error))
            return false;
    return each_info(domain, note_serial_port, seen, error);
}

static bool
rule_guestfwd(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->channels); i++) {
        const Channel *channel = domain->channels->pdata[i];

        if (!channel->target_type) {
            error_set(error, VIR_ERR_XML_ERROR, "target type must be specified for channel device");
            return false;
        }
        if (strcmp(channel->target_type, "guestfwd") || (channel->target_address && channel->has_target_port))
            continue;
        error_set(error, VIR_ERR_XML_ERROR, "guestfwd channel does not define a target %s",
                  channel->target_address ? "port" : "address");
        return false;
    }
    return true;
}

static bool
rule_leases(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->leases); i++) {
        const LockLease *lease = domain->leases->pdata[i];

        for (guint k = 0; k < i; k++) {
            const LockLease *other = domain->leases->pdata[k];

            if (strcmp(lease->key, other->key) || strcmp(lease->lockspace, other->lockspace))
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "a lease on key '%s' of lockspace '%s' is there twice", lease->key,
                      lease->lockspace);
            return false;
        }
    }
    return true;
}

/* ---- words --------------------------------------------------------------- */

#define VIRTIO_MODELS "virtio", "virtio-transitional", "virtio-non-transitional"

/* Models of devices, which are text in the document: their words differ by device and grow with hypervisors. */
static const struct { const char *what; size_t list, member; const char *const words[16]; } models[] = {
    { "sound card", offsetof(Domain, sounds), offsetof(Sound, model),
      { "sb16", "es1370", "pcspk", "ac97", "ich6", "ich7", "ich9", "usb", "virtio" } },
    { "video card", offsetof(Domain, videos), offsetof(Video, model),
      { "vga", "cirrus", "vmvga", "xen", "vbox", "virtio", "parallels", "gop", "none", "bochs", "ramfb", "qxl",
        "default" } },
    { "watchdog", offsetof(Domain, watchdogs), offsetof(Watchdog, model), { "i6300esb", "ib700", "diag288", "itco" } },
    { "random number generator", offsetof(Domain, rngs), offsetof(Rng, model), { VIRTIO_MODELS } },
    { "TPM", offsetof(Domain, tpms), offsetof(Tpm, model), { "tpm-tis", "tpm-crb", "tpm-spapr", "spapr-tpm-proxy" } },
    { "shared memory", offsetof(Domain, shmems), offsetof(Shmem, model), { "ivshmem", "ivshmem-plain", "ivshmem-doorbell" } },
    { "input device", offsetof(Domain, inputs), offsetof(Input, model), { VIRTIO_MODELS } },
    { "hub", offsetof(Domain, hubs), offsetof(Hub, type), { "usb" } },
    { "serial port", offsetof(Domain, serials), offsetof(Serial, target_type),
      { "isa-serial", "usb-serial", "pci-serial", "spapr-vio-serial", "system-serial", "sclp-serial", "isa-debug" } },
    { "console", offsetof(Domain, consoles), offsetof(Console, target_type),
      { "xen", "serial", "uml", "virtio", "lxc", "openvz", "sclp", "sclplm" } },
    { "channel", offsetof(Domain, channels), offsetof(Channel, target_type), { "virtio", "guestfwd", "xen" } },
    { "redirected device", offsetof(Domain, redirdevs), offsetof(RedirDev, bus), { "usb" } },
    { "access to memory", offsetof(Domain, memory_devices), offsetof(MemoryDevice, access), { "shared", "private" } },
    { "driver of a video card", offsetof(Domain, videos), offsetof(Video, driver_name), { "qemu", "vhostuser" } },
};

static bool
check_model(const char *what, const char *word, const char *const *words, GError **error)
{
    if (!word || g_strv_contains(words, word))
        return true;
    error_set(error, VIR_ERR_XML_ERROR, "unknown %s model or type '%s'", what, word);
    return false;
}

static bool
rule_models(const Domain *domain, GError **error)
{
    static const char *const balloons[] = { VIRTIO_MODELS, "xen", "none", NULL }, *const vsocks[] = { VIRTIO_MODELS, NULL },
                      *const codecs[] = { "duplex", "micro", "output", NULL };

    for (size_t k = 0; k < G_N_ELEMENTS(models); k++) {
        const GPtrArray *list = *(GPtrArray *const *)((const char *)domain + models[k].list);

        for (guint i = 0; i < list_len(list); i++) {
            const char *word = *(char *const *)((const char *)list->pdata[i] + models[k].member);

            if (!check_model(models[k].what, word, models[k].words, error))
                return false;
        }
    }
    if (domain->memballoon && !check_model("memory balloon", domain->memballoon->model, balloons, error))
        return false;
    if (domain->vsock && !check_model("vsock", domain->vsock->model, vsocks, error))
        return false;
    for (guint i = 0; i < list_len(domain->sounds); i++) {
        const Sound *sound = domain->sounds->pdata[i];

        for (guint k = 0; k < list_len(sound->codecs); k++)
            if (!check_model("codec", ((Codec *)sound->codecs->pdata[k])->type, codecs, error))
                return false;
    }
    return true;
}

/* What virtio has and other models of the same device have not. */
static bool
check_virtio_options(const char *what, const char *model, Onoff iommu, Onoff ats, Onoff packed, Onoff page_per_vq,
                     GError **error)
{
    const struct { const char *name; bool there; } options[] = {
        { "iommu", iommu != ONOFF_UNSET }, { "ats", ats != ONOFF_UNSET }, { "packed", packed != ONOFF_UNSET },
        { "page_per_vq", page_per_vq != ONOFF_UNSET },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if (!options[i].there)
            continue;
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s driver option is only supported for virtio devices, and a %s of model "
                  "'%s' is none", options[i].name, what, model);
        return false;
    }
    return true;
}

static bool
rule_virtio_options(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->controllers); i++) {
        const Controller *c = domain->controllers->pdata[i];
        bool virtio = c->type == CONTROLLER_TYPE_VIRTIO_SERIAL || (c->type == CONTROLLER_TYPE_SCSI &&
                      (!c->model || !strcmp(c->model, "auto") || g_str_has_prefix(c->model, "virtio")));

        if (!virtio && !check_virtio_options("controller", c->model ? c->model : controller_type_words[c->type], c->iommu,
                                             c->ats, c->packed, c->page_per_vq, error))
            return false;
    }
    for (guint i = 0; i < list_len(domain->videos); i++) {
        const Video *v = domain->videos->pdata[i];

        if (v->model && strcmp(v->model, "virtio") &&
            !check_virtio_options("video card", v->model, v->iommu, v->ats, v->packed, v->page_per_vq, error))
            return false;
    }
    for (guint i = 0; i < list_len(domain->sounds); i++) {
        const Sound *s = domain->sounds->pdata[i];

        if (strcmp(s->model, "virtio") &&
            !check_virtio_options("sound card", s->model, s->iommu, s->ats, s->packed, s->page_per_vq, error))
            return false;
    }
    return true;
}

/* ---- redirected devices -------------------------------------------------- */

static bool
check_filter(const UsbFilter *filter, GError **error)
{
    enum { CLASS_MAX = 0xff };
    char *end = NULL;
    gint64 class = filter->device_class ? g_ascii_strtoll(filter->device_class, &end, 0) : -1;

    if ((end && *end) || class < -1 || class > CLASS_MAX) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "Invalid USB Class code %s", filter->device_class);
        return false;
    }
    if (!filter->version || g_str_equal(filter->version, "-1") ||
        g_regex_match_simple("^[0-9]{1,2}(\\.[0-9]{1,2})?$", filter->version, 0, 0))
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "Incorrect USB version format %s", filter->version);
    return false;
}

static bool
rule_redirfilter(const Domain *domain, GError **error)
{
    const GPtrArray *filters = domain->redirfilter ? domain->redirfilter->usbdevs : NULL;

    for (guint i = 0; i < list_len(filters); i++)
        if (!check_filter(filters->pdata[i], error))
            return false;
    return true;
}

/* ---- memory -------------------------------------------------------------- */

static bool
check_memory_device(const MemoryDevice *m, GError **error)
{
    bool nvdimm = m->model == MEMORY_MODEL_NVDIMM, pmem = m->model == MEMORY_MODEL_VIRTIO_PMEM;
    bool mem = m->model == MEMORY_MODEL_VIRTIO_MEM;
    const struct { const char *name; bool there, fits; } options[] = {
        { "pmem", m->pmem, nvdimm }, { "alignsize", m->alignsize > 0, nvdimm }, { "label", m->label_size > 0, nvdimm },
        { "readonly", m->readonly, nvdimm }, { "block", m->block_size > 0, mem }, { "requested", m->has_requested, mem },
        { "dynamicMemslots", m->dynamic_memslots != YESNO_UNSET, mem }, { "node", m->has_node, !pmem },
        { "nodemask", m->nodemask != NULL, !nvdimm && !pmem }, { "pagesize", m->pagesize > 0, !nvdimm && !pmem },
        { "path", m->path != NULL, nvdimm || pmem },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if (!options[i].there || options[i].fits)
            continue;
        error_set(error, VIR_ERR_XML_ERROR, "<%s> is not supported for memory device '%s'", options[i].name,
                  memory_model_words[m->model]);
        return false;
    }
    if ((nvdimm || pmem) && !m->path) {
        error_set(error, VIR_ERR_XML_DETAIL, "path is required for model '%s'", memory_model_words[m->model]);
        return false;
    }
    if (mem && m->block_size & (m->block_size - 1)) {
        error_set(error, VIR_ERR_XML_DETAIL, "virtio-mem block size must be a power of two");
        return false;
    }
    if (mem && m->has_requested && m->requested > m->size) {
        error_set(error, VIR_ERR_XML_DETAIL, "requested size must be smaller than or equal to @size");
        return false;
    }
    if (mem && m->has_requested && m->block_size && m->requested % m->block_size) {
        error_set(error, VIR_ERR_XML_DETAIL, "requested size must be an integer multiple of block size");
        return false;
    }
    return true;
}

static bool
rule_memory_devices(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->memory_devices); i++)
        if (!check_memory_device(domain->memory_devices->pdata[i], error))
            return false;
    return true;
}

/* ---- sound --------------------------------------------------------------- */

static const Audio *
find_audio(const Domain *domain, unsigned id)
{
    for (guint i = 0; i < list_len(domain->audios); i++) {
        const Audio *audio = domain->audios->pdata[i];

        if (audio->id == id)
            return audio;
    }
    return NULL;
}

static bool
rule_audio_ids(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->audios); i++) {
        const Audio *audio = domain->audios->pdata[i];

        if (!audio->id) {
            error_set(error, VIR_ERR_XML_ERROR, "the id of an <audio> back end must be above 0");
            return false;
        }
        if (find_audio(domain, audio->id) != audio) {
            error_set(error, VIR_ERR_XML_ERROR, "audio ID %u is used multiple times", audio->id);
            return false;
        }
    }
    return true;
}

static bool
rule_audio_users(const Domain *domain, GError **error)
{
    for (guint i = 0; i < list_len(domain->sounds); i++) {
        const Sound *sound = domain->sounds->pdata[i];

        if (!sound->audio_id || find_audio(domain, sound->audio_id))
            continue;
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unable to find audio backend with ID %u for sound card '%s'",
                  sound->audio_id, sound->model);
        return false;
    }
    for (guint i = 0; i < list_len(domain->graphics); i++) {
        const Graphics *graphics = domain->graphics->pdata[i];

        if (!graphics->audio_id || find_audio(domain, graphics->audio_id))
            continue;
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "unable to find audio backend with ID %u for display '%s'",
                  graphics->audio_id, graphics_type_words[graphics->type]);
        return false;
    }
    return true;
}

/* ---- teaming ------------------------------------------------------------- */

static bool
is_virtio(const Interface *interface)
{
    return interface->model && g_str_has_prefix(interface->model, "virtio");
}

static const Interface *
find_persistent(const Domain *domain, const char *alias)
{
    for (guint i = 0; i < list_len(domain->interfaces); i++) {
        const Interface *interface = domain->interfaces->pdata[i];

        if (interface->teaming == TEAMING_TYPE_PERSISTENT && !g_strcmp0(interface->info.alias, alias))
            return interface;
    }
    return NULL;
}

/* The one that stays while the other is unplugged for a migration. */
static bool
check_persistent(const Interface *interface, GError **error)
{
    const char *mac = interface->mac ? interface->mac : "not given";

    if (!interface->info.user_alias) {
        error_set(error, VIR_ERR_XML_ERROR, "the interface (MAC %s) with <teaming type='persistent'> needs an alias that its "
                  "partner can name: <alias name='ua-...'/>", mac);
        return false;
    }
    if (interface->teaming_persistent) {
        error_set(error, VIR_ERR_XML_ERROR, "<teaming type='persistent'> of interface '%s' takes no 'persistent' attribute: "
                  "that is for its partner", interface->info.alias);
        return false;
    }
    if (interface->type == INTERFACE_TYPE_HOSTDEV || !is_virtio(interface)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "interface '%s' with <teaming type='persistent'> must be virtio: set "
                  "<model type='virtio'/>", interface->info.alias);
        return false;
    }
    return true;
}

static bool
check_transient(const Domain *domain, const char *what, const char *partner, GHashTable *taken, GError **error)
{
    if (!partner) {
        error_set(error, VIR_ERR_XML_ERROR, "<teaming type='transient'> of %s needs 'persistent', the alias of its partner",
                  what);
        return false;
    }
    if (!find_persistent(domain, partner)) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s is teamed with '%s', but no interface with <teaming type='persistent'> "
                  "has this alias", what, partner);
        return false;
    }
    if (g_hash_table_add(taken, (char *)partner))
        return true;
    error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s is teamed with '%s', which has another partner already", what, partner);
    return false;
}

static bool
rule_team_interfaces(const Domain *domain, GHashTable *taken, GError **error)
{
    for (guint i = 0; i < list_len(domain->interfaces); i++) {
        const Interface *interface = domain->interfaces->pdata[i];
        g_autofree char *what = g_strdup_printf("the interface with MAC %s", interface->mac ? interface->mac : "not given");

        if (interface->teaming == TEAMING_TYPE_PERSISTENT && !check_persistent(interface, error))
            return false;
        if (interface->teaming != TEAMING_TYPE_TRANSIENT)
            continue;
        /* One of type 'network' may turn out to be a host device, too. */
        if (interface->type != INTERFACE_TYPE_HOSTDEV && interface->type != INTERFACE_TYPE_NETWORK) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s has <teaming type='transient'>, which only PCI network "
                      "devices of the host can have: type '%s' is none", what, interface_type_words[interface->type]);
            return false;
        }
        if (interface->hostdev_address && interface->hostdev_address->type != INTERFACE_ADDRESS_TYPE_PCI) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "%s has <teaming type='transient'>, but is no PCI device", what);
            return false;
        }
        if (!check_transient(domain, what, interface->teaming_persistent, taken, error))
            return false;
    }
    return true;
}

static bool
rule_teaming(const Domain *domain, GError **error)
{
    g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);

    if (!rule_team_interfaces(domain, taken, error))
        return false;
    for (guint i = 0; i < list_len(domain->hostdevs); i++) {
        const Hostdev *hostdev = domain->hostdevs->pdata[i];
        g_autofree char *what = g_strdup_printf("the PCI host device %04x:%02x:%02x.%u", hostdev->pci.domain,
                                                hostdev->pci.bus, hostdev->pci.slot, hostdev->pci.function);

        if (hostdev->teaming == TEAMING_TYPE_UNSET)
            continue;
        if (hostdev->teaming == TEAMING_TYPE_PERSISTENT || hostdev->mode == HOSTDEV_MODE_CAPABILITIES ||
            hostdev->type != HOSTDEV_TYPE_PCI) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "<teaming> of a <hostdev> is only supported for PCI network devices, "
                      "and only with type='transient'");
            return false;
        }
        if (!check_transient(domain, what, hostdev->teaming_persistent, taken, error))
            return false;
    }
    return true;
}

bool
domain_device_rules(const Domain *domain, GError **error)
{
    static bool (*const rules[])(const Domain *domain, GError **error) = {
        rule_aliases, rule_boot_order, rule_acpi_index, rule_serial_ports, rule_guestfwd,
        rule_leases, rule_models, rule_virtio_options, rule_redirfilter,
        rule_memory_devices,
        rule_audio_ids, rule_audio_users, rule_teaming,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if (!rules[i](domain, error))
            return false;
    return true;
}
