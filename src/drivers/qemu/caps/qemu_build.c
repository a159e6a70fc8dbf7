/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_build.c - the document of an emulator, from its own answers */
#define ERROR_FROM VIR_FROM_QEMU
#include <inttypes.h>
#include <string.h>

#include "drivers/qemu/caps/qemu_caps.h"
#include "drivers/qemu/caps/qemu_flags.h"
#include "drivers/qemu/caps/qemu_schema.h"
#include "util/error.h"
#include "util/xml.h"

/* Types whose properties decide how a command line is written, beside those that flags ask for. */
static const char *const property_types[] = {
    "virtio-blk-pci", "virtio-net-pci", "virtio-scsi-pci", "vfio-pci", "scsi-hd", "ide-hd", "usb-storage", "ICH9-LPC",
    "virtio-gpu-pci", "virtio-gpu-device", "virtio-balloon-pci", "virtio-balloon-device", "virtio-net-ccw", "virtio-scsi-ccw",
    "virtio-balloon-ccw", "virtio-gpu-ccw", NULL,
};

/* Those of which device-list-properties does not speak. */
static bool
is_no_device(const char *type)
{
    return g_str_has_prefix(type, "memory-backend-") || g_str_has_suffix(type, "-machine") || g_str_has_suffix(type, "-cpu");
}

/* What is put together while asking. */
typedef struct Build {
    const QemuCapsSource *source;
    QemuCapsDoc *doc;
    GHashTable *seen;   /* as in qemu_flags.h, but for schema paths */
    GHashTable *asked;  /* types whose properties are known */
    QemuSchema *schema;
    QemuCapsAccel accel; /* of the first session */
} Build;

/* An answer, or NULL with no error when the emulator says that it cannot. */
static Json *
ask_maybe(const Build *b, bool tcg, const char *command, Json *arguments, GError **error)
{
    g_autoptr(GError) refused = NULL;
    Json *answer = b->source->ask(b->source->data, tcg, command, arguments, &refused);

    if (!answer && !error_is(refused, VIR_ERR_OPERATION_UNSUPPORTED) && !error_is(refused, VIR_ERR_DEVICE_MISSING) &&
        !error_is(refused, VIR_ERR_INTERNAL_ERROR))
        g_propagate_error(error, g_steal_pointer(&refused));
    return answer;
}

/* The same where the answer only adds to the picture. */
static Json *
ask_if(const Build *b, bool wanted, bool tcg, const char *command, Json *arguments)
{
    return wanted ? ask_maybe(b, tcg, command, arguments, NULL) : NULL;
}

static void
see(Build *b, const char *kind, const char *name)
{
    g_hash_table_add(b->seen, g_strdup_printf("%s %s", kind, name));
}

static bool
saw(const Build *b, const char *what)
{
    return g_hash_table_contains(b->seen, what);
}

static bool
saw_type(const Build *b, const char *type)
{
    g_autofree char *key = g_strdup_printf("type %s", type);

    return saw(b, key);
}

static bool
is_x86(const QemuCapsDoc *doc)
{
    return g_str_equal(doc->arch, "x86_64") || g_str_equal(doc->arch, "i686");
}

static bool
is_arm(const QemuCapsDoc *doc)
{
    return g_str_equal(doc->arch, "aarch64") || g_str_has_prefix(doc->arch, "armv");
}

static bool
read_identity(Build *b, const char *binary, GError **error)
{
    const QemuCapsSource *source = b->source;
    g_autoptr(Json) version = source->ask(source->data, false, "query-version", NULL, error);
    g_autoptr(Json) target = version ? source->ask(source->data, false, "query-target", NULL, error) : NULL;
    g_autoptr(Json) schema = target ? source->ask(source->data, false, "query-qmp-schema", NULL, error) : NULL;
    g_autoptr(Json) kvm = NULL;
    Json *numbers;
    const char *arch;

    if (!schema)
        return false;
    b->schema = qemu_schema_new(schema);
    numbers = json_opt_object(version, "qemu");
    b->doc->emulator = g_strdup(binary);
    b->doc->version = (unsigned)(json_opt_int64(numbers, "major", 0) * 1000000 + json_opt_int64(numbers, "minor", 0) * 1000 +
                                 json_opt_int64(numbers, "micro", 0));
    b->doc->package = g_strdup(json_opt_string(version, "package", NULL));
    arch = json_opt_string(target, "arch", NULL);
    if (!arch || b->doc->version < 6002000) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "emulator '%s' is version %u.%u: 6.2 or newer is needed", binary,
                  b->doc->version / 1000000, b->doc->version / 1000 % 1000);
        return false;
    }
    b->doc->arch = g_strdup(g_str_equal(arch, "arm") ? "armv7l" : g_str_equal(arch, "i386") ? "i686" : arch);
    kvm = ask_maybe(b, false, "query-kvm", NULL, error);
    if (kvm && json_opt_bool(kvm, "present", false) && json_opt_bool(kvm, "enabled", false))
        b->accel = QEMU_CAPS_ACCEL_KVM;
    else
        b->accel = source->hvf ? QEMU_CAPS_ACCEL_HVF : QEMU_CAPS_ACCEL_TCG;
    see(b, "accel", qemu_caps_accel_words[b->accel]);
    if (b->accel != QEMU_CAPS_ACCEL_TCG)
        b->doc->microcode_version = source->microcode;
    return true;
}

/* Properties of a type, seen as those of @as. */
static bool
read_props(Build *b, const char *type, const char *as, GError **error)
{
    g_autoptr(GError) failed = NULL;
    g_autoptr(Json) arguments = json_new_object();
    g_autoptr(Json) list = NULL;

    if (!g_hash_table_add(b->asked, g_strdup(as)))
        return true;
    json_add_string(arguments, "typename", type);
    list = ask_maybe(b, false, is_no_device(type) ? "qom-list-properties" : "device-list-properties", arguments, &failed);
    if (failed) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    for (size_t i = 0; i < json_array_len(list); i++) {
        Json *item = json_array_at(list, i);
        const char *name = json_opt_string(item, "name", NULL);
        g_autofree char *key = name ? g_strdup_printf("%s.%s", as, name) : NULL;

        if (!key)
            continue;
        see(b, "prop", key);
        if (json_has(item, "default-value") && !json_opt_bool(item, "default-value", true))
            see(b, "false", key);
        g_ptr_array_add(b->doc->seen->props, g_steal_pointer(&key));
    }
    return true;
}

static bool
read_types(Build *b, GError **error)
{
    g_autoptr(Json) types = b->source->ask(b->source->data, false, "qom-list-types", NULL, error);

    if (!types)
        return false;
    b->doc->seen = xml_new(&qemu_caps_seen_xml);
    b->doc->seen->types = g_ptr_array_new_with_free_func(g_free);
    b->doc->seen->props = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < json_array_len(types); i++) {
        Json *item = json_array_at(types, i);
        const char *name = json_string_value(item);

        if (!name)
            name = json_opt_string(item, "name", NULL);
        if (name) {
            see(b, "type", name);
            g_ptr_array_add(b->doc->seen->types, g_strdup(name));
        }
    }
    for (size_t i = 0; property_types[i]; i++)
        if (saw_type(b, property_types[i]) && !read_props(b, property_types[i], property_types[i], error))
            return false;
    for (const QemuFlag *f = qemu_flags; f->name; f++) {
        g_autofree char *type = NULL;

        if (!g_str_has_prefix(f->seen, "prop ") && !g_str_has_prefix(f->seen, "false "))
            continue;
        type = g_strndup(strchr(f->seen, ' ') + 1, strcspn(strchr(f->seen, ' ') + 1, "."));
        /* Abstract types are not listed, but have properties. */
        if ((saw_type(b, type) || (is_x86(b->doc) && g_str_equal(type, "generic-pc-machine"))) &&
            !read_props(b, type, type, error))
            return false;
    }
    return true;
}

static QemuYes
yes_no(bool value)
{
    return value ? QEMU_YES_YES : QEMU_YES_NO;
}

static QemuYes
yes_if(bool value)
{
    return value ? QEMU_YES_YES : QEMU_YES_UNSET;
}

static GPtrArray *
read_names(Json *list)
{
    GPtrArray *names = json_array_len(list) ? g_ptr_array_new() : NULL;

    for (size_t i = 0; i < json_array_len(list); i++) {
        QemuCapsName *name = xml_new(&qemu_caps_name_xml);

        name->name = g_strdup(json_string_value(json_array_at(list, i)));
        g_ptr_array_add(names, name);
    }
    return names;
}

static QemuCapsItem *
add_item(Build *b, QemuItemTag tag, QemuCapsAccel accel)
{
    QemuCapsItem *item = xml_new(&qemu_caps_item_xml);

    item->tag = tag;
    item->accel = accel;
    g_ptr_array_add(b->doc->items, item);
    return item;
}

static bool
is_preferred(const QemuCapsDoc *doc, const char *name, const char *alias)
{
    static const struct {
        const char *arch, *machine;
    } usual[] = {
        { "x86_64", "pc" }, { "i686", "pc" }, { "aarch64", "virt" }, { "armv", "virt" }, { "riscv", "virt" },
        { "loongarch64", "virt" }, { "ppc64", "pseries" }, { "s390x", "s390-ccw-virtio" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++)
        if (g_str_has_prefix(doc->arch, usual[i].arch))
            return !g_strcmp0(name, usual[i].machine) || !g_strcmp0(alias, usual[i].machine);
    return false;
}

/* The machine for guests that name none comes first. */
static bool
read_machines(Build *b, bool tcg, QemuCapsAccel accel, GError **error)
{
    g_autoptr(Json) machines = b->source->ask(b->source->data, tcg, "query-machines", NULL, error);
    unsigned first = b->doc->items->len;
    int best = -1, rank = 0;

    if (!machines)
        return false;
    for (size_t i = 0; i < json_array_len(machines); i++) {
        Json *from = json_array_at(machines, i);
        const char *name = json_opt_string(from, "name", NULL);
        QemuCapsItem *m;
        int this_rank;

        if (!name || g_str_equal(name, "none"))
            continue;
        m = add_item(b, QEMU_ITEM_TAG_MACHINE, accel);
        m->name = g_strdup(name);
        m->alias = g_strdup(json_opt_string(from, "alias", NULL));
        m->hotplug_cpus = yes_if(json_opt_bool(from, "hotpluggable-cpus", false));
        m->max_cpus = (unsigned)json_opt_uint64(from, "cpu-max", 1);
        m->is_default = yes_if(json_opt_bool(from, "is-default", false));
        m->default_cpu = g_strdup(json_opt_string(from, "default-cpu-type", NULL));
        m->numa_mem = yes_if(json_opt_bool(from, "numa-mem-supported", false));
        m->default_ram_id = g_strdup(json_opt_string(from, "default-ram-id", NULL));
        m->deprecated = yes_if(json_opt_bool(from, "deprecated", false));
        m->acpi = json_has(from, "acpi") ? yes_no(json_opt_bool(from, "acpi", false)) : QEMU_YES_UNSET;
        this_rank = is_preferred(b->doc, m->name, m->alias) ? 2 : m->is_default == QEMU_YES_YES;
        if (this_rank > rank) {
            rank = this_rank;
            best = (int)b->doc->items->len - 1;
        }
    }
    if (best >= 0)
        g_ptr_array_insert(b->doc->items, (int)first, g_ptr_array_steal_index(b->doc->items, (unsigned)best));
    return true;
}

/* The CPU map has POWER9 where QEMU says power9; what has a version behind it is not in the map. */
static char *
model_name(const QemuCapsDoc *doc, const char *name)
{
    bool power = g_str_has_prefix(doc->arch, "ppc64") && g_str_has_prefix(name, "power") && name[strlen("power")];

    if (power && !name[strlen("power") + strspn(name + strlen("power"), "0123456789")])
        return g_ascii_strup(name, -1);
    return g_strdup(name);
}

/* NULL for "", which QEMU says of names that stand for several types. */
static char *
some_text(Json *object, const char *key)
{
    const char *text = json_opt_string(object, key, NULL);

    return text && *text ? g_strdup(text) : NULL;
}

static bool
read_models(Build *b, bool tcg, QemuCapsAccel accel, GError **error)
{
    g_autoptr(GError) failed = NULL;
    g_autoptr(Json) models = ask_maybe(b, tcg, "query-cpu-definitions", NULL, &failed);

    for (size_t i = 0; i < json_array_len(models); i++) {
        Json *from = json_array_at(models, i);
        Json *missing = json_opt_array(from, "unavailable-features");
        QemuCapsItem *m;

        if (!json_has(from, "name"))
            continue;
        m = add_item(b, QEMU_ITEM_TAG_CPU, accel);
        m->name = model_name(b->doc, json_opt_string(from, "name", ""));
        m->typename = some_text(from, "typename");
        m->usable = missing ? yes_no(!json_array_len(missing)) : QEMU_YES_UNSET;
        m->deprecated = yes_if(json_opt_bool(from, "deprecated", false));
        m->blockers = read_names(missing);
        if (!tcg)
            see(b, "cpu", m->name);
    }
    if (failed)
        g_propagate_error(error, g_steal_pointer(&failed));
    return !*error;
}

/* query-cpu-model-expansion of @model; @props is taken and may be NULL. */
static Json *
expand(Build *b, bool tcg, const char *type, const char *model, Json *props)
{
    g_autoptr(Json) arguments = json_new_object();
    Json *object = json_new_object();

    json_add_string(arguments, "type", type);
    json_add_string(object, "name", model);
    if (props)
        json_add(object, "props", props);
    json_add(arguments, "model", object);
    /* A KVM that cannot run every CPU may even end the emulator here: there is no host model then. */
    return ask_if(b, qemu_schema_has(b->schema, "query-cpu-model-expansion"), tcg, "query-cpu-model-expansion", arguments);
}

static void
add_host_props(QemuCapsItem *host, Json *props, Json *migratable)
{
    struct json_object_iterator it = json_object_iter_begin(props), end = json_object_iter_end(props);

    host->props = g_ptr_array_new();
    for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
        const char *name = json_object_iter_peek_name(&it);
        Json *value = json_object_iter_peek_value(&it);
        QemuCapsProp *prop = xml_new(&qemu_caps_prop_xml);

        prop->name = g_strdup(name);
        prop->value = g_strdup(json_object_get_string(value));
        switch (json_object_get_type(value)) {
        case json_type_boolean:
            prop->type = QEMU_PROP_TYPE_BOOLEAN;
            if (migratable && json_object_get_boolean(value))
                prop->migratable = yes_no(json_opt_bool(migratable, name, false));
            break;
        case json_type_string:
            prop->type = QEMU_PROP_TYPE_STRING;
            break;
        default:
            prop->type = QEMU_PROP_TYPE_NUMBER;
        }
        g_ptr_array_add(host->props, prop);
    }
}

/* The best CPU a guest can have: that of the host, or all that can be emulated. */
static void
read_host_cpu(Build *b, bool tcg, QemuCapsAccel accel)
{
    const char *name = accel == QEMU_CAPS_ACCEL_TCG ? "max" : "host";
    const char *type = is_arm(b->doc) ? "full" : "static";
    bool can_migrate = saw(b, "prop max-x86_64-cpu.migratable");
    g_autoptr(Json) first = NULL, second = NULL, full = NULL, full_props = NULL;
    Json *model, *all, *deprecated;
    QemuCapsItem *host;

    /* Without an accelerator "max" is no better than its name, but for those that list what it has. */
    if (accel == QEMU_CAPS_ACCEL_TCG && !tcg && b->accel == QEMU_CAPS_ACCEL_TCG && !is_x86(b->doc))
        return;
    first = expand(b, tcg, type, name, NULL);
    model = json_opt_object(first, "model");
    if (!model)
        return;
    if (can_migrate) {
        Json *props = json_new_object();

        json_add_bool(props, "migratable", false);
        second = expand(b, tcg, type, name, props);
    }
    if (qemu_schema_has(b->schema, "query-cpu-model-expansion>deprecated-props") && !is_arm(b->doc) && !is_x86(b->doc))
        full = expand(b, tcg, "full", name, NULL);
    all = json_opt_object(second, "model");
    host = add_item(b, QEMU_ITEM_TAG_HOSTCPU, accel);
    host->model = g_strdup(json_opt_string(model, "name", NULL));
    host->migratability = yes_no(all != NULL);
    add_host_props(host, json_opt_object(all ? all : model, "props"), all ? json_opt_object(model, "props") : NULL);
    deprecated = json_opt_array(full ? full : first, "deprecated-props");
    host->deprecated_features = read_names(deprecated);
}

static bool
read_accel(Build *b, bool tcg, QemuCapsAccel accel, GError **error)
{
    g_autoptr(GError) failed = NULL;

    read_host_cpu(b, tcg, accel);
    if (!read_models(b, tcg, accel, &failed) || !read_machines(b, tcg, accel, &failed)) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    return true;
}

static void
read_options(Build *b)
{
    g_autoptr(Json) options = ask_if(b, true, false, "query-command-line-options", NULL);
    g_autoptr(Json) tpm_models = ask_if(b, true, false, "query-tpm-models", NULL);
    g_autoptr(Json) tpm_types = ask_if(b, true, false, "query-tpm-types", NULL);

    for (size_t i = 0; i < json_array_len(options); i++) {
        Json *option = json_array_at(options, i), *parameters = json_opt_array(option, "parameters");
        const char *name = json_opt_string(option, "option", "");

        see(b, "option", name);
        for (size_t j = 0; j < json_array_len(parameters); j++) {
            g_autofree char *key = g_strdup_printf("%s.%s", name, json_opt_string(json_array_at(parameters, j), "name", ""));

            see(b, "option", key);
        }
    }
    for (size_t i = 0; i < json_array_len(tpm_models); i++)
        see(b, "tpm-model", json_string_value(json_array_at(tpm_models, i)));
    for (size_t i = 0; i < json_array_len(tpm_types); i++)
        see(b, "tpm-type", json_string_value(json_array_at(tpm_types, i)));
}

static void
read_sev(Build *b)
{
    static const char *const types[] = { "sev-guest", "sev-snp-guest" };
    g_autoptr(Json) answer = ask_if(b, saw_type(b, "sev-guest"), false, "query-sev-capabilities", NULL);
    QemuCapsSev *sev;

    if (!answer)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (saw_type(b, types[i]))
            see(b, "sev", types[i]);
    sev = b->doc->sev = xml_new(&qemu_caps_sev_xml);
    sev->cbitpos = (unsigned)json_opt_uint64(answer, "cbitpos", 0);
    sev->reduced_phys_bits = (unsigned)json_opt_uint64(answer, "reduced-phys-bits", 0);
    sev->pdh = g_strdup(json_opt_string(answer, "pdh", NULL));
    sev->cert_chain = g_strdup(json_opt_string(answer, "cert-chain", NULL));
    sev->cpu0_id = g_strdup(json_opt_string(answer, "cpu0-id", NULL));
}

static void
read_sgx(Build *b)
{
    g_autoptr(Json) answer = ask_if(b, saw_type(b, "sgx-epc"), false, "query-sgx-capabilities", NULL);
    Json *sections = json_opt_array(answer, "sections");
    QemuCapsSgx *sgx;
    uint64_t size = 0;

    if (!answer)
        return;
    see(b, "sgx", "sgx-epc");
    sgx = b->doc->sgx = xml_new(&qemu_caps_sgx_xml);
    sgx->supported = QEMU_YES_YES;
    sgx->flc = yes_no(json_opt_bool(answer, "flc", false));
    sgx->sgx1 = yes_no(json_opt_bool(answer, "sgx1", false));
    sgx->sgx2 = yes_no(json_opt_bool(answer, "sgx2", false));
    sgx->has_sections = json_array_len(sections) > 0;
    for (size_t i = 0; i < json_array_len(sections); i++) {
        QemuCapsSgxSection *section = xml_new(&qemu_caps_sgx_section_xml);

        section->node = (unsigned)json_opt_uint64(json_array_at(sections, i), "node", 0);
        section->size = json_opt_uint64(json_array_at(sections, i), "size", 0) / 1024;
        size += section->size;
        if (!sgx->sections)
            sgx->sections = g_ptr_array_new();
        g_ptr_array_add(sgx->sections, section);
    }
    sgx->section_size = json_opt_uint64(answer, "section-size", size * 1024) / 1024;
}

static void
read_gic(Build *b)
{
    g_autoptr(Json) answer = ask_if(b, is_arm(b->doc), false, "query-gic-capabilities", NULL);

    for (size_t i = 0; i < json_array_len(answer); i++) {
        Json *from = json_array_at(answer, i);
        QemuCapsGic *gic = xml_new(&qemu_caps_gic_xml);

        gic->version = (unsigned)json_opt_uint64(from, "version", 0);
        gic->kernel = yes_no(json_opt_bool(from, "kernel", false));
        gic->emulated = yes_no(json_opt_bool(from, "emulated", false));
        if (!b->doc->gics)
            b->doc->gics = g_ptr_array_new();
        g_ptr_array_add(b->doc->gics, gic);
    }
}

/* What KVM would give a guest that asks for all it has for Windows. */
static void
read_hyperv(Build *b)
{
    /* Property, and the name of the feature in a definition. */
    static const char *const known[][2] = {
        { "hv-relaxed", "relaxed" }, { "hv-vapic", "vapic" }, { "hv-spinlocks", "spinlocks" }, { "hv-vpindex", "vpindex" },
        { "hv-runtime", "runtime" }, { "hv-synic", "synic" }, { "hv-stimer", "stimer" }, { "hv-reset", "reset" },
        { "hv-vendor-id", "vendor_id" }, { "hv-frequencies", "frequencies" }, { "hv-reenlightenment", "reenlightenment" },
        { "hv-tlbflush", "tlbflush" }, { "hv-ipi", "ipi" }, { "hv-evmcs", "evmcs" }, { "hv-avic", "avic" },
        { "hv-emsr-bitmap", "emsr_bitmap" }, { "hv-xmm-input", "xmm_input" },
    };
    g_autoptr(Json) answer = NULL;
    Json *wanted, *props;

    if (b->accel != QEMU_CAPS_ACCEL_KVM || !is_x86(b->doc))
        return;
    wanted = json_new_object();
    json_add_bool(wanted, "migratable", false);
    json_add_bool(wanted, "hv-passthrough", true);
    answer = expand(b, false, "full", "host", wanted);
    props = json_opt_object(json_opt_object(answer, "model"), "props");
    for (size_t i = 0; props && i < G_N_ELEMENTS(known); i++) {
        Json *value = NULL;
        QemuCapsName *name;

        if (!json_object_object_get_ex(props, known[i][0], &value) ||
            (json_object_is_type(value, json_type_boolean) && !json_object_get_boolean(value)))
            continue;
        if (!b->doc->hyperv) {
            b->doc->hyperv = xml_new(&qemu_caps_hyperv_xml);
            b->doc->hyperv->supported = QEMU_YES_YES;
            b->doc->hyperv->caps = g_ptr_array_new();
        }
        name = xml_new(&qemu_caps_name_xml);
        name->name = g_strdup(known[i][1]);
        g_ptr_array_add(b->doc->hyperv->caps, name);
    }
}

/* "virt" is the same machine whatever its version: its properties are seen as those of virt-machine. */
static bool
read_machine_props(Build *b, GError **error)
{
    for (unsigned i = 0; i < b->doc->items->len; i++) {
        const QemuCapsItem *m = b->doc->items->pdata[i];
        g_autofree char *type = NULL;

        if (m->tag != QEMU_ITEM_TAG_MACHINE || (g_strcmp0(m->name, "virt") && g_strcmp0(m->alias, "virt")))
            continue;
        type = g_strdup_printf("%s-machine", m->name);
        return read_props(b, type, "virt-machine", error);
    }
    return true;
}

static void
set_flags(Build *b)
{
    b->doc->flags = g_ptr_array_new();
    for (const QemuFlag *f = qemu_flags; f->name; f++) {
        QemuCapsFlag *flag;

        if (g_str_has_prefix(f->seen, "qmp ") ? !qemu_schema_has(b->schema, f->seen + strlen("qmp ")) : !saw(b, f->seen))
            continue;
        flag = xml_new(&qemu_caps_flag_xml);
        flag->name = g_strdup(f->name);
        g_ptr_array_add(b->doc->flags, flag);
    }
}

static bool
read_all(Build *b, const char *binary, GError **error)
{
    if (!read_identity(b, binary, error) || !read_types(b, error))
        return false;
    b->doc->items = g_ptr_array_new();
    if (!read_accel(b, false, b->accel, error) ||
        (b->accel != QEMU_CAPS_ACCEL_TCG && !read_accel(b, true, QEMU_CAPS_ACCEL_TCG, error)) || !read_machine_props(b, error))
        return false;
    read_options(b);
    read_sev(b);
    read_sgx(b);
    read_gic(b);
    read_hyperv(b);
    set_flags(b);
    return true;
}

QemuCaps *
qemu_caps_build(const char *binary, const QemuCapsSource *source, GError **error)
{
    Build b = {
        .source = source,
        .doc = xml_new(&qemu_caps_doc_xml),
        .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    bool ok = read_all(&b, binary, error);

    g_hash_table_unref(b.seen);
    g_hash_table_unref(b.asked);
    qemu_schema_free(b.schema);
    if (!ok) {
        qemu_caps_doc_free(b.doc);
        return NULL;
    }
    return qemu_caps_new(b.doc);
}
