/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_caps.c - what one emulator can do, from its own answers */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/caps/qemu_caps.h"

#include <string.h>

#include "util/error.h"
#include "util/ref.h"

/* Types whose properties decide how a command line is written.  A type that the emulator lacks is skipped. */
static const char *const property_types[] = {
    "virtio-blk-pci", "virtio-net-pci", "virtio-scsi-pci", "vfio-pci", "scsi-hd", "ide-hd", "PIIX4_PM", "usb-redir",
    "usb-storage", "kvm-pit", "VGA", "vmware-svga", "qxl", "virtio-gpu-pci", "virtio-gpu-device", "ICH9-LPC",
    "virtio-balloon-pci", "virtio-balloon-device", "intel-iommu", "mch", "nvdimm", "pcie-root-port", "usb-host",
    "vhost-user-fs-device", "virtio-mem-pci", "virtio-iommu-pci", "virtio-net-ccw", "virtio-scsi-ccw",
    "virtio-balloon-ccw", NULL,
};
static const char *const qom_property_types[] = { "memory-backend-file", "memory-backend-memfd", NULL };

static void
machine_free(void *data)
{
    QemuMachine *m = data;

    g_free(m->name);
    g_free(m->alias);
    g_free(m->default_cpu);
    g_free(m->default_ram_id);
    g_free(m);
}

static void
model_free(void *data)
{
    QemuCpuModel *m = data;

    g_free(m->name);
    g_free(m->type);
    g_free(m->alias_of);
    g_free(m);
}

static void
caps_free(QemuCaps *caps)
{
    for (int i = 0; i < QEMU_ACCEL_LAST; i++) {
        g_clear_pointer(&caps->accel[i].machines, g_ptr_array_unref);
        g_clear_pointer(&caps->accel[i].models, g_ptr_array_unref);
        json_unref(caps->accel[i].host_model);
    }
    g_clear_pointer(&caps->types, g_hash_table_unref);
    g_clear_pointer(&caps->props, g_hash_table_unref);
    g_free(caps->package);
    g_free(caps->arch);
    g_free(caps->binary);
    g_free(caps);
}

DEFINE_REF(QemuCaps, qemu_caps, caps_free)

/* An answer, or NULL with no error when the emulator says that it cannot. */
static Json *
ask_maybe(const QemuCapsSource *source, bool tcg, const char *command, Json *arguments, GError **error)
{
    g_autoptr(GError) refused = NULL;
    Json *answer = source->ask(source->data, tcg, command, arguments, &refused);

    if (!answer && !error_is(refused, VIR_ERR_OPERATION_UNSUPPORTED) && !error_is(refused, VIR_ERR_DEVICE_MISSING) &&
        !error_is(refused, VIR_ERR_INTERNAL_ERROR))
        g_propagate_error(error, g_steal_pointer(&refused));
    return answer;
}

static bool
read_identity(QemuCaps *caps, const QemuCapsSource *source, GError **error)
{
    g_autoptr(Json) version = source->ask(source->data, false, "query-version", NULL, error);
    g_autoptr(Json) target = version ? source->ask(source->data, false, "query-target", NULL, error) : NULL;
    g_autoptr(Json) kvm = NULL;
    Json *numbers;
    const char *arch;

    if (!target)
        return false;
    numbers = json_opt_object(version, "qemu");
    caps->version = (unsigned)(json_opt_int64(numbers, "major", 0) * 1000000 + json_opt_int64(numbers, "minor", 0) * 1000 +
                               json_opt_int64(numbers, "micro", 0));
    caps->package = g_strdup(json_opt_string(version, "package", ""));
    arch = json_opt_string(target, "arch", NULL);
    if (!arch || caps->version < 6002000) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "emulator '%s' is version %u.%u: 6.2 or newer is needed", caps->binary,
                  caps->version / 1000000, caps->version / 1000 % 1000);
        return false;
    }
    caps->arch = g_strdup(g_str_equal(arch, "arm") ? "armv7l" : g_str_equal(arch, "i386") ? "i686" : arch);
    kvm = ask_maybe(source, false, "query-kvm", NULL, error);
    caps->kvm = kvm && json_opt_bool(kvm, "present", false) && json_opt_bool(kvm, "enabled", false);
    return true;
}

/* Only boards with such an interrupt controller answer. */
static void
read_gic(QemuCaps *caps, const QemuCapsSource *source)
{
    g_autoptr(Json) list = ask_maybe(source, false, "query-gic-capabilities", NULL, NULL);

    for (size_t i = 0; list && i < json_array_len(list); i++) {
        Json *item = json_array_at(list, i);
        unsigned bit = 1u << (json_opt_int64(item, "version", 0) & 7);

        caps->gic[QEMU_ACCEL_KVM] |= json_opt_bool(item, "kernel", false) ? bit : 0;
        caps->gic[QEMU_ACCEL_TCG] |= json_opt_bool(item, "emulated", false) ? bit : 0;
    }
}

static void
add_props(QemuCaps *caps, const char *type, Json *list)
{
    for (size_t i = 0; i < json_array_len(list); i++) {
        const char *name = json_opt_string(json_array_at(list, i), "name", NULL);

        if (name)
            g_hash_table_add(caps->props, g_strdup_printf("%s.%s", type, name));
    }
}

static bool
read_types(QemuCaps *caps, const QemuCapsSource *source, GError **error)
{
    g_autoptr(Json) types = source->ask(source->data, false, "qom-list-types", NULL, error);

    if (!types)
        return false;
    for (size_t i = 0; i < json_array_len(types); i++) {
        Json *item = json_array_at(types, i);
        const char *name = json_string_value(item);

        if (!name)
            name = json_opt_string(item, "name", NULL);
        if (name)
            g_hash_table_add(caps->types, g_strdup(name));
    }
    for (int kind = 0; kind < 2; kind++) {
        const char *const *names = kind ? qom_property_types : property_types;

        for (size_t i = 0; names[i]; i++) {
            g_autoptr(GError) failed = NULL;
            g_autoptr(Json) arguments = NULL;
            g_autoptr(Json) list = NULL;

            if (!qemu_caps_has(caps, names[i]))
                continue;
            arguments = json_new_object();
            json_add_string(arguments, "typename", names[i]);
            list = ask_maybe(source, false, kind ? "qom-list-properties" : "device-list-properties", arguments, &failed);
            if (failed) {
                g_propagate_error(error, g_steal_pointer(&failed));
                return false;
            }
            add_props(caps, names[i], list);
        }
    }
    return true;
}

static void
add_machine(GPtrArray *machines, Json *item)
{
    const char *name = json_opt_string(item, "name", NULL);
    QemuMachine *m;

    if (!name || g_str_equal(name, "none"))
        return;
    m = g_new0(QemuMachine, 1);
    m->name = g_strdup(name);
    m->alias = g_strdup(json_opt_string(item, "alias", NULL));
    m->default_cpu = g_strdup(json_opt_string(item, "default-cpu-type", NULL));
    m->default_ram_id = g_strdup(json_opt_string(item, "default-ram-id", NULL));
    m->max_cpus = (unsigned)json_opt_uint64(item, "cpu-max", 1);
    m->is_default = json_opt_bool(item, "is-default", false);
    m->hotplug_cpus = json_opt_bool(item, "hotpluggable-cpus", false);
    m->numa_mem = json_opt_bool(item, "numa-mem-supported", false);
    m->deprecated = json_opt_bool(item, "deprecated", false);
    m->acpi = json_has(item, "acpi") ? json_opt_bool(item, "acpi", false) : -1;
    g_ptr_array_add(machines, m);
}

static void
add_model(GPtrArray *models, Json *item)
{
    const char *name = json_opt_string(item, "name", NULL);
    QemuCpuModel *m;

    if (!name)
        return;
    m = g_new0(QemuCpuModel, 1);
    m->name = g_strdup(name);
    m->type = g_strdup(json_opt_string(item, "typename", NULL));
    m->alias_of = g_strdup(json_opt_string(item, "alias-of", NULL));
    m->usable = json_array_len(json_opt_array(item, "unavailable-features")) == 0;
    m->deprecated = json_opt_bool(item, "deprecated", false);
    g_ptr_array_add(models, m);
}

static bool
read_accel(QemuCaps *caps, const QemuCapsSource *source, QemuAccel accel, GError **error)
{
    QemuAccelCaps *a = &caps->accel[accel];
    bool tcg = caps->kvm && accel == QEMU_ACCEL_TCG;
    g_autoptr(GError) failed = NULL;
    g_autoptr(Json) machines = source->ask(source->data, tcg, "query-machines", NULL, error);
    g_autoptr(Json) models = NULL;
    g_autoptr(Json) arguments = NULL;
    g_autoptr(Json) expansion = NULL;
    Json *model;

    if (!machines)
        return false;
    for (size_t i = 0; i < json_array_len(machines); i++)
        add_machine(a->machines, json_array_at(machines, i));
    models = ask_maybe(source, tcg, "query-cpu-definitions", NULL, &failed);
    for (size_t i = 0; i < json_array_len(models); i++)
        add_model(a->models, json_array_at(models, i));
    if (!failed && (g_str_equal(caps->arch, "x86_64") || g_str_equal(caps->arch, "i686"))) {
        arguments = json_new_object();
        json_add_string(arguments, "type", "static");
        model = json_new_object();
        json_add_string(model, "name", accel == QEMU_ACCEL_KVM ? "host" : "max");
        json_add(arguments, "model", model);
        /* A KVM that cannot run every CPU may even end the emulator here: there is no host model then. */
        expansion = ask_maybe(source, tcg, "query-cpu-model-expansion", arguments, NULL);
        model = json_opt_object(expansion, "model");
        if (model)
            a->host_model = json_ref(model);
    }
    if (failed) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    return true;
}

QemuCaps *
qemu_caps_build(const char *binary, const QemuCapsSource *source, GError **error)
{
    g_autoptr(QemuCaps) caps = g_new0(QemuCaps, 1);

    g_atomic_ref_count_init(&caps->refs);
    caps->binary = g_strdup(binary);
    caps->types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    caps->props = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (int i = 0; i < QEMU_ACCEL_LAST; i++) {
        caps->accel[i].machines = g_ptr_array_new_with_free_func(machine_free);
        caps->accel[i].models = g_ptr_array_new_with_free_func(model_free);
    }
    if (!read_identity(caps, source, error) || !read_types(caps, source, error))
        return NULL;
    if (g_str_equal(caps->arch, "aarch64") || g_str_equal(caps->arch, "armv7l"))
        read_gic(caps, source);
    if (caps->kvm && !read_accel(caps, source, QEMU_ACCEL_KVM, error))
        return NULL;
    if (!read_accel(caps, source, QEMU_ACCEL_TCG, error))
        return NULL;
    return g_steal_pointer(&caps);
}

bool
qemu_caps_has(const QemuCaps *caps, const char *type)
{
    return g_hash_table_contains(caps->types, type);
}

bool
qemu_caps_has_prop(const QemuCaps *caps, const char *type, const char *property)
{
    g_autofree char *key = g_strdup_printf("%s.%s", type, property);

    return g_hash_table_contains(caps->props, key);
}

const QemuMachine *
qemu_caps_machine(const QemuCaps *caps, QemuAccel accel, const char *name)
{
    GPtrArray *machines = caps->accel[accel].machines;

    for (unsigned i = 0; i < machines->len; i++) {
        const QemuMachine *m = machines->pdata[i];

        if (!g_strcmp0(m->name, name) || !g_strcmp0(m->alias, name))
            return m;
    }
    return NULL;
}

const QemuMachine *
qemu_caps_default_machine(const QemuCaps *caps, QemuAccel accel)
{
    GPtrArray *machines = caps->accel[accel].machines;

    for (unsigned i = 0; i < machines->len; i++) {
        const QemuMachine *m = machines->pdata[i];

        if (m->is_default)
            return m;
    }
    return machines->len ? machines->pdata[0] : NULL;
}

const QemuCpuModel *
qemu_caps_model(const QemuCaps *caps, QemuAccel accel, const char *name)
{
    GPtrArray *models = caps->accel[accel].models;

    for (unsigned i = 0; i < models->len; i++) {
        const QemuCpuModel *m = models->pdata[i];

        if (g_str_equal(m->name, name))
            return m;
    }
    return NULL;
}

const char *
qemu_caps_model_of_type(const QemuCaps *caps, QemuAccel accel, const char *type)
{
    GPtrArray *models = caps->accel[accel].models;

    for (unsigned i = 0; type && i < models->len; i++) {
        const QemuCpuModel *m = models->pdata[i];

        if (!g_strcmp0(m->type, type))
            return m->name;
    }
    return NULL;
}
