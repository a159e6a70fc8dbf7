/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xen_config.c - the table of keys of xl and xm, and the two walks over it
 *
 * A row is a key that stands for one member of the document, or a part with functions of its own where it does not.
 * The order of the rows is the order in which keys are written.
 */
#define ERROR_FROM VIR_FROM_XEN
#include "drivers/xen/xen_private.h"

#include <string.h>

#include "util/error.h"
#include "util/text.h"

typedef enum {
    FUNCTIONS,                    /* read and write */
    TEXT,                         /* char * */
    COUNT,                        /* uint64_t, with a bool that says it was given */
    FLAG,                         /* bool; always written */
    SWITCH,                       /* Onoff or Yesno, which have the same numbers */
    ACTION,                       /* LifecycleAction; always written */
} Kind;

G_STATIC_ASSERT((int)ONOFF_ON == (int)YESNO_YES && (int)ONOFF_OFF == (int)YESNO_NO && sizeof(Onoff) == sizeof(Yesno));

typedef struct Row {
    Kind kind;
    uint8_t dialects, guests;
    const char *key, *alias;      /* what it was called before xl, or NULL */
    bool in_features;             /* a member of Features, otherwise of Domain */
    size_t offset, has;
    int absent;                   /* FLAG and ACTION: what holds without the key */
    bool (*read)(const XenReader *r, GError **error);
    bool (*write)(const XenWriter *w, GError **error);
} Row;

enum { BOTH = XEN_XL | XEN_XM, ANY = XEN_HVM | XEN_PV | XEN_PVH };

#define PART(name, dialects, guests)                                                                    \
    { FUNCTIONS, dialects, guests, NULL, NULL, false, 0, 0, 0, xen_##name##_read, xen_##name##_write }
#define MEMBER(kind, dialects, guests, key, member)                                                     \
    { kind, dialects, guests, key, NULL, false, offsetof(Domain, member), 0, 0, NULL, NULL }
#define NUMBER(dialects, guests, key, member)                                                           \
    { COUNT, dialects, guests, key, NULL, false, offsetof(Domain, member), offsetof(Domain, has_##member), 0, NULL, NULL }
#define FEATURE(kind, dialects, guests, key, member, absent)                                            \
    { kind, dialects, guests, key, NULL, true, offsetof(Features, member), 0, absent, NULL, NULL }
#define LIFE(key, absent) { ACTION, BOTH, ANY, #key, NULL, false, offsetof(Domain, key), 0, absent, NULL, NULL }

static const Row rows[] = {
    MEMBER(TEXT, BOTH, ANY, "name", name),
    PART(uuid, BOTH, ANY),
    PART(memory, BOTH, ANY),
    PART(vcpus, BOTH, ANY),
    NUMBER(BOTH, ANY, "cpu_weight", cpu_shares),
    FEATURE(FLAG, BOTH, XEN_HVM, "pae", pae, true),
    FEATURE(FLAG, BOTH, XEN_HVM, "acpi", acpi, true),
    FEATURE(FLAG, BOTH, XEN_HVM, "apic", apic, true),
    FEATURE(SWITCH, BOTH, XEN_HVM | XEN_PVH, "hap", hap_state, 0),
    PART(viridian, BOTH, XEN_HVM),
    PART(passthrough, XEN_XL, ANY),
    PART(timers, BOTH, ANY),
    PART(clock, BOTH, ANY),
    LIFE(on_poweroff, LIFECYCLE_ACTION_DESTROY),
    LIFE(on_reboot, LIFECYCLE_ACTION_RESTART),
    LIFE(on_crash, LIFECYCLE_ACTION_RESTART),
    { TEXT, BOTH, ANY, "device_model_override", "device_model", false, offsetof(Domain, emulator), 0, 0, NULL, NULL },
    PART(display, BOTH, ANY),
    PART(vif, BOTH, ANY),
    PART(pci, BOTH, ANY),
    PART(port, BOTH, XEN_HVM),
    PART(sound, BOTH, XEN_HVM),
    PART(os, BOTH, ANY),
    MEMBER(SWITCH, XEN_XL, XEN_HVM, "acpi_s3", suspend_to_mem),
    MEMBER(SWITCH, XEN_XL, XEN_HVM, "acpi_s4", suspend_to_disk),
    PART(cpuid, XEN_XL, ANY),
    PART(vnuma, XEN_XL, ANY),
    PART(xenbus, XEN_XL, ANY),
    PART(disk, BOTH, ANY),
    PART(spice, XEN_XL, XEN_HVM),
    PART(input, BOTH, XEN_HVM),
    PART(usb, XEN_XL, ANY),
    PART(channel, XEN_XL, ANY),
    PART(p9, XEN_XL, ANY),
    PART(arguments, XEN_XL, ANY),
};

static bool
concerns(const Row *row, XenDialect dialect, XenGuest guest)
{
    return (row->dialects & dialect) && (row->guests & guest);
}

/* ---- reading -------------------------------------------------------------- */

static bool
read_action(const XenReader *r, const Row *row, LifecycleAction *ret_action, GError **error)
{
    g_autofree char *word = NULL;
    int action = row->absent;

    if (!xen_get_text(r, row->key, &word, error))
        return false;
    if (word)
        action = xml_enum_value(&lifecycle_action_enum, word);
    if (action <= 0)
        return xen_refuse(conf_get(r->conf, row->key), error, "'%s' is '%.64s', which is no action that a document has",
                          row->key, word);
    *ret_action = (LifecycleAction)action;
    return true;
}

static bool
read_row(const XenReader *r, const Row *row, GError **error)
{
    char *base = (char *)r->domain;
    int64_t number = 0;
    bool flag = row->absent, given = false;

    switch (row->kind) {
    case FUNCTIONS:
        return row->read(r, error);
    case TEXT:
        return xen_get_text(r, row->alias && !conf_get(r->conf, row->key) ? row->alias : row->key,
                            (char **)(base + row->offset), error);
    case ACTION:
        return read_action(r, row, (LifecycleAction *)(base + row->offset), error);
    case COUNT:
        if (!xen_get_number(r, row->key, 0, INT64_MAX, &number, &given, error))
            return false;
        *(uint64_t *)(base + row->offset) = (uint64_t)number;
        *(bool *)(base + row->has) = given;
        return true;
    case FLAG:
    case SWITCH:
        if (!xen_get_flag(r, row->key, &flag, &given, error))
            return false;
        break;
    }
    if (row->kind == FLAG ? !flag : !given)
        return true;
    if (row->in_features)
        base = (char *)xen_features(r->domain);
    if (row->kind == FLAG)
        *(bool *)(base + row->offset) = true;
    else
        *(Onoff *)(base + row->offset) = flag ? ONOFF_ON : ONOFF_OFF;
    return true;
}

/* Which kind of guest it is decides what the other keys mean. */
static bool
read_guest(XenReader *r, GError **error)
{
    static const struct { const char *word; XenGuest guest; const char *os_type; } types[] = {
        { "hvm", XEN_HVM, "hvm" }, { "pv", XEN_PV, "linux" }, { "pvh", XEN_PVH, "xenpvh" },
        { "linux", XEN_PV, "linux" }, { "generic", XEN_PV, "linux" },
    };
    g_autofree char *word = NULL;

    if (!xen_get_text(r, "builder", &word, error) ||
        (r->context->dialect == XEN_XL && !xen_get_text(r, "type", &word, error)))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (strcmp(types[i].word, word ? word : "pv") != 0)
            continue;
        r->guest = types[i].guest;
        r->domain->os_type = g_strdup(types[i].os_type);
        return true;
    }
    return xen_refuse(conf_get(r->conf, conf_get(r->conf, "type") ? "type" : "builder"), error,
                      "'%.64s' is no kind of guest, expected hvm, pv or pvh", word);
}

/* Documents can hold neither control characters nor what is no UTF-8. */
static bool
check_text(const char *text, GError **error)
{
    int line = 1;

    if (strlen(text) > XEN_MAX_TEXT)
        return xen_refuse(NULL, error, "the file is larger than %d bytes", XEN_MAX_TEXT);
    if (!text_is_utf8(text, strlen(text)))
        return xen_refuse(NULL, error, "the file is no UTF-8");
    for (const char *p = text; *p; p++) {
        if (*p == '\x7f' || ((unsigned char)*p < ' ' && !strchr("\t\r\n", *p)))
            return xen_refuse(&(ConfValue) { .line = line }, error, "there is a control character, 0x%02x", (unsigned)*p);
        line += *p == '\n';
    }
    return true;
}

Domain *
xen_config_read(const char *text, const XenContext *context, GError **error)
{
    g_autoptr(Conf) conf = NULL;
    g_autoptr(Domain) domain = xml_new(&domain_xml), checked = NULL;
    g_autofree char *document = NULL;
    XenReader r = { .context = context, .domain = domain };

    if (!check_text(text, error))
        return NULL;
    r.conf = conf = conf_parse_full(text, -1, "Xen configuration", CONF_XEN, error);
    if (!conf)
        return NULL;
    domain->type = VIRT_TYPE_XEN;
    if (!read_guest(&r, error))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (concerns(&rows[i], context->dialect, r.guest) && !read_row(&r, &rows[i], error))
            return NULL;
    if (!domain->name) {
        xen_refuse(NULL, error, "'name' is missing: it is the name of the domain");
        return NULL;
    }
    /* Read as a document once more, so that its rules hold. */
    document = xml_format_text(&domain_xml, domain, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
    checked = xml_parse_text(&domain_xml, document, XML_PARSE_INACTIVE, error);
    return checked && xen_fill_definition(checked, error) ? g_steal_pointer(&checked) : NULL;
}

/* ---- writing -------------------------------------------------------------- */

static bool
write_row(const XenWriter *w, const Row *row, GError **error)
{
    const char *base = row->in_features ? (const char *)w->domain->features : (const char *)w->domain;
    Onoff state;

    switch (row->kind) {
    case FUNCTIONS:
        return row->write(w, error);
    case TEXT:
        xen_put_text(w, row->key, *(char *const *)(base + row->offset));
        return true;
    case ACTION:
        xen_put_text(w, row->key, lifecycle_action_words[*(const LifecycleAction *)(base + row->offset)]);
        return true;
    case COUNT:
        if (*(const bool *)(base + row->has))
            xen_put_number(w, row->key, (int64_t)*(const uint64_t *)(base + row->offset));
        return true;
    case FLAG:
        xen_put_number(w, row->key, base && *(const bool *)(base + row->offset));
        return true;
    case SWITCH:
        state = base ? *(const Onoff *)(base + row->offset) : ONOFF_UNSET;
        if (state != ONOFF_UNSET)
            xen_put_number(w, row->key, state == ONOFF_ON);
        return true;
    }
    return true;
}

static bool
has_usb_input(const Domain *domain)
{
    for (guint i = 0; i < list_len(domain->inputs); i++)
        if (((const Input *)list_at(domain->inputs, i))->bus == INPUT_BUS_USB)
            return true;
    return false;
}

/* The console of a serial port is that port; Xen's own is always a terminal. */
static bool
has_other_console(const Domain *domain)
{
    for (guint i = 0; i < list_len(domain->consoles); i++) {
        const Console *console = list_at(domain->consoles, i);

        if (g_strcmp0(console->target_type, "serial") != 0 && console->source.type > CHAR_TYPE_UNSET &&
            console->source.type != CHAR_TYPE_PTY)
            return true;
    }
    return false;
}

/* Devices and settings for which there is no key. */
static bool
check_rest(const XenWriter *w, GError **error)
{
    const Domain *d = w->domain;
    const struct { bool there; const char *name; } rest[] = {
        { list_len(d->redirdevs), "<redirdev>" }, { list_len(d->smartcards), "<smartcard>" }, { list_len(d->tpms), "<tpm>" },
        { list_len(d->watchdogs), "<watchdog>" }, { list_len(d->rngs), "<rng>" }, { list_len(d->shmems), "<shmem>" },
        { list_len(d->memory_devices), "<memory>" }, { list_len(d->hubs), "<hub>" }, { list_len(d->panics), "<panic>" },
        { list_len(d->leases), "<lease>" }, { list_len(d->cryptos), "<crypto>" }, { d->iommu != NULL, "<iommu>" },
        { d->vsock != NULL, "<vsock>" }, { d->pstore != NULL, "<pstore>" }, { d->nvram_device != NULL, "an NVRAM device" },
        { w->guest != XEN_HVM && (list_len(d->serials) || list_len(d->parallels)), "ports of a paravirtual guest" },
        { w->guest != XEN_HVM && list_len(d->sounds), "<sound> of a paravirtual guest" },
        { has_other_console(d), "a <console> of type other than 'pty'" },
        { w->guest != XEN_HVM && has_usb_input(d), "USB input of a paravirtual guest" },
        { d->has_hard_limit || d->has_soft_limit || d->has_min_guarantee || d->has_swap_hard_limit, "<memtune>" },
        { d->blkio_weight || list_len(d->blkio_devices), "<blkiotune>" },
        { d->numa_nodeset || list_len(d->memnodes) || d->numa_placement == NUMA_PLACEMENT_AUTO, "<numatune>" },
        { d->has_cpu_period || d->has_cpu_quota || d->has_global_period || d->has_global_quota || d->emulator_pin,
          "limits of <cputune> other than shares and vcpupin" },
        { d->hugepages || d->locked || d->memory_source || d->memory_access, "<memoryBacking>" },
        { d->max_memory > 0, "<maxMemory>" }, { d->genid, "<genid>" }, { d->launch_security != NULL, "<launchSecurity>" },
        { d->smbios_mode > SMBIOS_MODE_EMULATE, "<smbios>" }, { d->has_iothreads, "<iothreads>" },
        { w->context->dialect == XEN_XM && w->guest == XEN_PVH, "type xenpvh" },
        { w->context->dialect == XEN_XM && list_len(d->channels), "<channel>" },
        { w->context->dialect == XEN_XM && list_len(d->filesystems), "<filesystem>" },
        { w->context->dialect == XEN_XM && list_len(d->xen_args), "<xen:commandline>" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rest); i++)
        if (rest[i].there)
            return xen_unsupported(w, error, "%s", rest[i].name);
    return true;
}

char *
xen_config_write(const Domain *domain, const XenContext *context, GError **error)
{
    g_autoptr(Conf) conf = conf_new("Xen configuration", CONF_XEN);
    const XenWriter w = { .conf = conf, .context = context, .domain = domain, .guest = xen_fill_guest(domain) };

    if (!check_rest(&w, error))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (concerns(&rows[i], context->dialect, w.guest) && !write_row(&w, &rows[i], error))
            return NULL;
    return conf_format(conf);
}
