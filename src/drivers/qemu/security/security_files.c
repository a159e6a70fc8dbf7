/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security_files.c - files that the emulator opens for a guest */
#define ERROR_FROM VIR_FROM_SECURITY
#include <string.h>

#include "drivers/qemu/security/security.h"
#include "util/error.h"
#include "util/list.h"
#include "util/xml.h"

typedef struct Walk {
    SecurityFileFn fn;
    void *data;
    GError **error;
} Walk;

static bool
visit(const Walk *w, const char *path, SecurityUse use, GPtrArray **labels)
{
    const SecurityFile file = { .path = path, .use = use, .labels = labels };

    return !path || w->fn(w->data, &file, w->error);
}

static bool
is_local(DiskType type, DiskType actual)
{
    DiskType kind = type == DISK_TYPE_VOLUME ? actual : type;

    return kind == DISK_TYPE_FILE || kind == DISK_TYPE_BLOCK;
}

/* An image and those below it, which are only read. */
static bool
visit_disk(const Walk *w, Disk *disk)
{
    bool read_only = disk->readonly || disk->device == DISK_DEVICE_CDROM;
    SecurityUse use = read_only ? SECURITY_CONTENT : disk->shareable ? SECURITY_SHARED : SECURITY_OWN;

    if (is_local(disk->type, disk->actual_type) && !visit(w, disk->path, use, &disk->seclabels))
        return false;
    if (disk->data_store && is_local(disk->data_store->type, disk->data_store->actual_type) &&
        !visit(w, disk->data_store->path, use, &disk->data_store->seclabels))
        return false;
    for (Store *store = disk->backing_store; store; store = store->backing_store)
        if (is_local(store->type, store->actual_type) && !visit(w, store->path, SECURITY_CONTENT, &store->seclabels))
            return false;
    return true;
}

/* A pipe is one file, or two with these ends. */
static bool
visit_channel(const Walk *w, CharSource *source)
{
    static const char *const ends[] = { "", ".in", ".out" };
    bool pipe = source->type == CHAR_TYPE_PIPE;
    bool file_like = source->type == CHAR_TYPE_FILE || source->type == CHAR_TYPE_DEV || source->type == CHAR_TYPE_UNIX;

    if (!source->path || (!file_like && !pipe))
        return true;
    for (size_t i = 0; i < (pipe ? G_N_ELEMENTS(ends) : 1); i++) {
        g_autofree char *path = g_strconcat(source->path, ends[i], NULL);
        const SecurityFile file = {
            .path = path, .use = SECURITY_OWN, .labels = &source->seclabels, .channel = source->type, .optional = pipe,
        };

        if (!w->fn(w->data, &file, w->error))
            return false;
    }
    return true;
}

/* @at: of the CharSource in members of @list. */
static bool
visit_channels(const Walk *w, const GPtrArray *list, size_t at)
{
    for (size_t i = 0; i < list_len(list); i++)
        if (!visit_channel(w, (CharSource *)((char *)list_at(list, i) + at)))
            return false;
    return true;
}

static bool
visit_boot(const Walk *w, const Domain *doc)
{
    const char *const contents[] = { doc->kernel, doc->initrd, doc->dtb, doc->shim };
    const NvramVars *nvram = doc->nvram;

    for (size_t i = 0; i < G_N_ELEMENTS(contents); i++)
        if (!visit(w, contents[i], SECURITY_CONTENT, NULL))
            return false;
    for (size_t i = 0; i < list_len(doc->acpi_tables); i++)
        if (!visit(w, ((const AcpiTable *)list_at(doc->acpi_tables, i))->path, SECURITY_CONTENT, NULL))
            return false;
    return !nvram || nvram->type == DISK_TYPE_NETWORK ||
           visit(w, nvram->path ? nvram->path : nvram->path_text, SECURITY_OWN, NULL);
}

bool
security_files_each(const Domain *doc, SecurityFileFn fn, void *data, GError **error)
{
    const Walk w = { fn, data, error };
    const struct { const GPtrArray *list; size_t at; } channels[] = {
        { doc->serials, offsetof(Serial, source) }, { doc->parallels, offsetof(Parallel, source) },
        { doc->consoles, offsetof(Console, source) }, { doc->channels, offsetof(Channel, source) },
        { doc->smartcards, offsetof(Smartcard, source) }, { doc->redirdevs, offsetof(RedirDev, source) },
        { doc->rngs, offsetof(Rng, source) },
    };

    if (!visit_boot(&w, doc))
        return false;
    for (size_t i = 0; i < list_len(doc->disks); i++)
        if (!visit_disk(&w, list_at(doc->disks, i)))
            return false;
    for (size_t i = 0; i < G_N_ELEMENTS(channels); i++)
        if (!visit_channels(&w, channels[i].list, channels[i].at))
            return false;
    for (size_t i = 0; i < list_len(doc->inputs); i++) {
        const Input *input = list_at(doc->inputs, i);

        if (!visit(&w, input->evdev ? input->evdev : input->dev, SECURITY_OWN, NULL))
            return false;
    }
    for (size_t i = 0; i < list_len(doc->memory_devices); i++) {
        const MemoryDevice *memory = list_at(doc->memory_devices, i);

        if (!visit(&w, memory->path, memory->readonly ? SECURITY_CONTENT : SECURITY_OWN, NULL))
            return false;
    }
    return true;
}

/* ---- labels ---------------------------------------------------------------- */

SecLabel *
security_files_domain_label(const Domain *doc, const char *model)
{
    for (size_t i = 0; i < list_len(doc->seclabels); i++) {
        SecLabel *label = list_at(doc->seclabels, i);

        if (!g_strcmp0(label->model, model))
            return label;
    }
    return NULL;
}

const DeviceSecLabel *
security_files_device_label(const SecurityFile *file, const char *model)
{
    const GPtrArray *labels = file->labels ? *file->labels : NULL;
    const DeviceSecLabel *any = NULL;

    for (size_t i = 0; i < list_len(labels); i++) {
        const DeviceSecLabel *label = list_at(labels, i);

        if (!g_strcmp0(label->model, model))
            return label;
        if (!label->model)
            any = label;
    }
    return any;
}

bool
security_files_relabels(const Domain *doc, const SecurityFile *file, const char *model, const char **ret_label)
{
    const SecLabel *domain = security_files_domain_label(doc, model);
    const DeviceSecLabel *device = security_files_device_label(file, model);

    *ret_label = device ? device->label : NULL;
    if (device && (device->relabel == YESNO_NO || device->labelskip == YESNO_YES))
        return false;
    if (*ret_label)
        return true;
    if (!domain || domain->relabel == YESNO_YES)
        return true;
    return domain->relabel != YESNO_NO && domain->type != SECLABEL_TYPE_NONE && domain->type != SECLABEL_TYPE_STATIC;
}
