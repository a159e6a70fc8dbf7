/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qemu_caps.c - what one emulator can do: the document, and questions to it
 *
 * qemu_build.c makes the document from an emulator's answers.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/caps/qemu_caps.h"

#include <string.h>

#include "drivers/qemu/caps/qemu_flags.h"
#include "util/error.h"
#include "util/ref.h"
#include "util/xml.h"

static void
caps_free(QemuCaps *caps)
{
    for (int i = 0; i < QEMU_ACCEL_LAST; i++) {
        g_clear_pointer(&caps->accel[i].machines, g_ptr_array_unref);
        g_clear_pointer(&caps->accel[i].models, g_ptr_array_unref);
    }
    g_clear_pointer(&caps->flags, g_hash_table_unref);
    g_clear_pointer(&caps->types, g_hash_table_unref);
    g_clear_pointer(&caps->props, g_hash_table_unref);
    qemu_caps_doc_free(caps->doc);
    g_free(caps);
}

DEFINE_REF(QemuCaps, qemu_caps, caps_free)

static void
add_item(QemuCaps *caps, QemuCapsItem *item)
{
    static const QemuAccel accels[] = { [QEMU_CAPS_ACCEL_KVM] = QEMU_ACCEL_KVM, [QEMU_CAPS_ACCEL_TCG] = QEMU_ACCEL_TCG,
                                        [QEMU_CAPS_ACCEL_HVF] = QEMU_ACCEL_HVF };
    QemuAccelCaps *a = &caps->accel[accels[item->accel]];

    if (item->tag == QEMU_ITEM_TAG_MACHINE) {
        QemuMachine *m = g_new0(QemuMachine, 1);

        m->name = item->name;
        m->alias = item->alias;
        m->default_cpu = item->default_cpu;
        m->default_ram_id = item->default_ram_id;
        m->max_cpus = item->max_cpus;
        m->is_default = item->is_default == QEMU_YES_YES;
        m->hotplug_cpus = item->hotplug_cpus == QEMU_YES_YES;
        m->numa_mem = item->numa_mem == QEMU_YES_YES;
        m->deprecated = item->deprecated == QEMU_YES_YES;
        m->acpi = item->acpi == QEMU_YES_UNSET ? -1 : item->acpi == QEMU_YES_YES;
        g_ptr_array_add(a->machines, m);
    } else if (item->tag == QEMU_ITEM_TAG_CPU) {
        QemuCpuModel *m = g_new0(QemuCpuModel, 1);

        m->name = item->name;
        m->type = item->typename;
        m->usable = item->usable;
        m->deprecated = item->deprecated == QEMU_YES_YES;
        m->blockers = item->blockers;
        g_ptr_array_add(a->models, m);
    } else {
        a->host = item;
    }
}

static void
add_words(GHashTable *set, const GPtrArray *words)
{
    for (unsigned i = 0; words && i < words->len; i++)
        g_hash_table_add(set, words->pdata[i]);
}

/* Index what the document says of itself. */
static void
read_doc(QemuCaps *caps)
{
    QemuCapsDoc *doc = caps->doc;

    caps->binary = doc->emulator;
    caps->arch = doc->arch;
    caps->version = doc->version;
    caps->package = doc->package ? doc->package : "";
    caps->flags = g_hash_table_new(g_str_hash, g_str_equal);
    caps->types = g_hash_table_new(g_str_hash, g_str_equal);
    caps->props = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < QEMU_ACCEL_LAST; i++) {
        caps->accel[i].machines = g_ptr_array_new_with_free_func(g_free);
        caps->accel[i].models = g_ptr_array_new_with_free_func(g_free);
    }
    for (unsigned i = 0; doc->flags && i < doc->flags->len; i++) {
        const char *name = ((const QemuCapsFlag *)doc->flags->pdata[i])->name;
        const QemuFlag *flag = qemu_flags_find(name);

        if (flag)
            g_hash_table_add(caps->flags, (char *)flag->name);
        /* A document of another release has flags and nothing beside them. */
        if (flag && !doc->seen && g_str_has_prefix(flag->seen, "type "))
            g_hash_table_add(caps->types, (char *)flag->seen + strlen("type "));
        if (flag && !doc->seen && g_str_has_prefix(flag->seen, "prop "))
            g_hash_table_add(caps->props, (char *)flag->seen + strlen("prop "));
    }
    caps->kvm = g_hash_table_contains(caps->flags, "kvm");
    if (doc->seen) {
        add_words(caps->types, doc->seen->types);
        add_words(caps->props, doc->seen->props);
    }
    for (unsigned i = 0; doc->gics && i < doc->gics->len; i++) {
        const QemuCapsGic *gic = doc->gics->pdata[i];

        caps->gic[QEMU_ACCEL_KVM] |= gic->kernel == QEMU_YES_YES ? 1u << (gic->version & 7) : 0;
        caps->gic[QEMU_ACCEL_TCG] |= gic->emulated == QEMU_YES_YES ? 1u << (gic->version & 7) : 0;
    }
    for (unsigned i = 0; doc->items && i < doc->items->len; i++)
        add_item(caps, doc->items->pdata[i]);
}

QemuCaps *
qemu_caps_new(QemuCapsDoc *doc)
{
    QemuCaps *caps = g_new0(QemuCaps, 1);

    g_atomic_ref_count_init(&caps->refs);
    caps->doc = doc;
    read_doc(caps);
    return caps;
}

static void
set_word(GPtrArray **words, const char *word, bool on)
{
    if (!*words)
        *words = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < (*words)->len; i++) {
        if (strcmp((*words)->pdata[i], word))
            continue;
        if (!on)
            g_ptr_array_remove_index(*words, i);
        return;
    }
    if (on)
        g_ptr_array_add(*words, g_strdup(word));
}

QemuCaps *
qemu_caps_override(const QemuCaps *caps, const char *name, bool on, GError **error)
{
    const QemuFlag *flag = qemu_flags_find(name);
    QemuCapsDoc *doc;

    if (!flag) {
        error_set(error, VIR_ERR_INVALID_ARG, "there is no capability '%s' of QEMU", name);
        return NULL;
    }
    doc = xml_copy(&qemu_caps_doc_xml, caps->doc);
    if (!doc->flags)
        doc->flags = g_ptr_array_new();
    for (unsigned i = 0; i < doc->flags->len; i++)
        if (!strcmp(((const QemuCapsFlag *)doc->flags->pdata[i])->name, name)) {
            qemu_caps_flag_free(g_ptr_array_remove_index(doc->flags, i));
            break;
        }
    if (on) {
        QemuCapsFlag *added = xml_new(&qemu_caps_flag_xml);

        added->name = g_strdup(name);
        g_ptr_array_add(doc->flags, added);
    }
    if (doc->seen && g_str_has_prefix(flag->seen, "type "))
        set_word(&doc->seen->types, flag->seen + strlen("type "), on);
    if (doc->seen && g_str_has_prefix(flag->seen, "prop "))
        set_word(&doc->seen->props, flag->seen + strlen("prop "), on);
    return qemu_caps_new(doc);
}

bool
qemu_caps_flag(const QemuCaps *caps, const char *flag)
{
    return g_hash_table_contains(caps->flags, flag);
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
