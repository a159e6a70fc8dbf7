/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* save.c - guests that are put away in files */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/migration/save.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "drivers/conf/saveimage_gen.h"
#include "drivers/qemu/fill/fill.h"
#include "drivers/qemu/migration/migration_out.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/file.h"
#include "util/log.h"

LOG_SOURCE("qemu.save");

enum {
    ROOM = 4096,    /* texts in an image are given room to the next multiple of this, and at least half of it */
};

bool
save_check_movable(const Domain *doc, GError **error)
{
    for (size_t i = 0; i < list_len(doc->hostdevs); i++) {
        const Hostdev *h = list_at(doc->hostdevs, i);

        if (h->mode == HOSTDEV_MODE_CAPABILITIES || h->type != HOSTDEV_TYPE_USB) {
            error_set(error, VIR_ERR_OPERATION_INVALID, "cannot migrate a domain with <hostdev mode='%s' type='%s'>",
                      hostdev_mode_words[h->mode], hostdev_type_words[h->type]);
            return false;
        }
    }
    for (size_t i = 0; i < list_len(doc->interfaces); i++) {
        const Interface *n = list_at(doc->interfaces, i);

        if (n->type == INTERFACE_TYPE_HOSTDEV || n->type == INTERFACE_TYPE_VDPA) {
            error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "cannot migrate a domain with <interface type='%s'>",
                      interface_type_words[n->type]);
            return false;
        }
    }
    return true;
}

char *
save_format(const Domain *live)
{
    g_autoptr(Domain) copy = xml_copy(&domain_xml, live);

    fill_migratable(copy, guest_host.conf, environ);
    return xml_format_text(&domain_xml, copy, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
}

/* Without what every host fills in, and then filled in: so that two of them can be compared. */
static Domain *
settle(const Domain *doc, GError **error)
{
    g_autofree char *text = save_format(doc);

    return object_parse(guest_host.table, text, false, error);
}

Domain *
save_parse_changed(const char *xml, const Domain *old, GError **error)
{
    g_autoptr(Domain) doc = object_parse(guest_host.table, xml, false, error);
    g_autoptr(Domain) after = doc ? settle(doc, error) : NULL;
    g_autoptr(Domain) before = after ? settle(old, error) : NULL;

    if (!before || !xml_abi_equal(&domain_xml, before, after, error))
        return NULL;
    return g_steal_pointer(&doc);
}

/* The text for the image of a guest that runs as @live. */
static char *
make_text(const Domain *live, const char *dxml, GError **error)
{
    g_autoptr(Domain) doc = NULL;

    if (!dxml)
        return save_format(live);
    doc = save_parse_changed(dxml, live, error);
    return doc ? save_format(doc) : NULL;
}

/* Header, then QEMU's own. */
bool
save_write_image(Guest *guest, Job *job, const SaveOptions *options, Saveimage *image, CookieStatistics *stats, GError **error)
{
    g_auto(ImageFile) file = IMAGEFILE_INIT;
    g_autoptr(GByteArray) header = NULL;
    MigrationOut out = { .guest = guest, .job = job };

    if (!imagefile_create(&file, options->path, options->flags & VIR_DOMAIN_SAVE_BYPASS_CACHE, error))
        return false;
    /* What has no name of its own until it is whole may say so from the start. */
    image->complete = !file.in_place;
    header = saveimage_write(image);
    if (!file_write_all(file.end, header->data, header->len, options->path, error) ||
        !imagefile_pack(&file, image->format, error))
        return false;
    out.fd = file.end;
    if (!migration_out_run(&out, stats, NULL, error)) {
        /* The program that packs knows better why than QEMU, which only sees a broken pipe. */
        g_autoptr(GError) why = NULL;

        if (file.n_programs && g_error_matches(*error, (*error)->domain, VIR_ERR_OPERATION_FAILED) &&
            !imagefile_programs_ok(&file, &why))
            error_prefix(error, "%s", why->message);
        return false;
    }
    image->complete = true;
    g_clear_pointer(&header, g_byte_array_unref);
    header = file.in_place ? saveimage_write(image) : NULL;
    return imagefile_finish(&file, header, error);
}

/* The guest is in the file: it ends here.  Others may have ended it meanwhile. */
static bool
end_saved(Guest *guest, Job *job, GError **error)
{
    g_autoptr(Job) step = job_begin_nested(job, "the end of a guest that was saved", JOB_DEADLINE_S, error);

    return step && guest_stop(guest, VIR_DOMAIN_SHUTOFF_SAVED, VIR_DOMAIN_EVENT_STOPPED_SAVED, false, error);
}

bool
save_guest(Guest *guest, Job *job, const SaveOptions *options, GError **error)
{
    g_autoptr(Def) live = object_live(&guest->vm.object);
    g_auto(Saveimage) image = { .format = options->format };
    g_auto(GuestJobData) done = { 0 };
    CookieStatistics stats = { 0 };
    bool running = false, ok;

    if (!live)
        return kit_require_active(&guest->vm.object, error);
    if (!save_check_movable(live->doc, error))
        return false;
    image.xml = make_text(live->doc, options->dxml, error);
    if (!image.xml)
        return false;
    image.size = (uint32_t)((strlen(image.xml) + ROOM / 2 + ROOM) / ROOM * ROOM);
    guest_job_set(guest, VIR_DOMAIN_JOB_OPERATION_SAVE, &migration_out_save_ops, options->owner, options->flags);
    ok = migration_out_pause(guest, VIR_DOMAIN_PAUSED_SAVE, &running, error);
    image.running = options->flags & VIR_DOMAIN_SAVE_RUNNING ? true : options->flags & VIR_DOMAIN_SAVE_PAUSED ? false : running;
    ok = ok && save_write_image(guest, job, options, &image, &stats, error);
    if (!ok && running)
        migration_out_go_on(guest, VIR_DOMAIN_RUNNING_SAVE_CANCELED);
    if (ok)
        guest_job_data_end(guest, VIR_DOMAIN_JOB_COMPLETED, &stats, &done);
    ok = ok && end_saved(guest, job, error);
    guest_job_clear(guest, ok ? &done : NULL);
    return ok;
}

void
save_open_clear(SaveOpen *open)
{
    imagefile_clear(&open->file);
    saveimage_clear(&open->image);
    g_clear_pointer(&open->doc, domain_free);
}

/* The CPU as it was at start, where the definition says it in other words. */
static bool
apply_cookie(SaveOpen *open, GError **error)
{
    SaveCookie *cookie = open->image.cookie ? xml_parse_text(&save_cookie_xml, open->image.cookie, 0, error) : NULL;

    if (!cookie)
        return !open->image.cookie;
    if (cookie->cpu) {
        cpu_free(open->doc->cpu);
        open->doc->cpu = g_steal_pointer(&cookie->cpu);
    }
    xml_free(&save_cookie_xml, cookie);
    return true;
}

bool
save_open(SaveOpen *open, const char *path, bool direct, GError **error)
{
    if (!imagefile_open(&open->file, path, direct, error) || !imagefile_read_header(&open->file, &open->image, error))
        return false;
    if (!open->image.complete) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "save image '%s' is incomplete: saving the guest failed", path);
        return false;
    }
    open->doc = object_parse(guest_host.table, open->image.xml, false, error);
    return open->doc && apply_cookie(open, error);
}

bool
save_start(SaveOpen *open, Guest *guest, Domain *doc, uint32_t flags, GError **error)
{
    bool running = flags & VIR_DOMAIN_SAVE_RUNNING ? true : flags & VIR_DOMAIN_SAVE_PAUSED ? false : open->image.running;
    GuestIncoming incoming = { .path = open->file.path };
    const GuestStart options = { .paused = !running, .event_detail = VIR_DOMAIN_EVENT_STARTED_RESTORED,
                                 .running_reason = VIR_DOMAIN_RUNNING_RESTORED, .incoming = &incoming };

    if (!imagefile_unpack(&open->file, open->image.format, error)) {
        domain_free(doc);
        return false;
    }
    incoming.fd = open->file.end;
    return guest_start(guest, doc, &options, error);
}

bool
save_define(const char *path, const char *dxml, uint32_t flags, GError **error)
{
    g_auto(SaveOpen) open_image = SAVE_OPEN_INIT;
    Saveimage *image = &open_image.image;
    g_autoptr(Domain) doc = NULL;
    g_autoptr(GByteArray) bytes = NULL;
    autofd int fd = -1;
    uint32_t room;

    if (!save_open(&open_image, path, false, error))
        return false;
    if (dxml) {
        doc = save_parse_changed(dxml, open_image.doc, error);
        if (!doc)
            return false;
        g_free(image->xml);
        image->xml = xml_format_text(&domain_xml, doc, XML_FORMAT_INACTIVE | XML_FORMAT_SECURE);
    }
    if (flags & (VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED))
        image->running = flags & VIR_DOMAIN_SAVE_RUNNING;
    room = image->size;
    bytes = saveimage_write(image);
    if (image->size > room) {
        error_set(error, VIR_ERR_OPERATION_FAILED, "new xml too large to fit in file '%s': it has room for %u bytes", path, room);
        return false;
    }
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        error_set_errno(error, errno, "Failed to open file '%s'", path);
        return false;
    }
    if (!file_write_all(fd, bytes->data, bytes->len, path, error))
        return false;
    if (fdatasync(fd) < 0) {
        error_set_errno(error, errno, "cannot write '%s' to disk", path);
        return false;
    }
    return true;
}

char *
save_managed_path(Object *object)
{
    g_autofree char *name = object_name(object);

    return g_strdup_printf("%s/%s.save", guest_host.conf->save_dir, name);
}

static void
set_managed(Vm *vm, bool on)
{
    g_auto(LockHold) hold = lock_hold(&vm->object.lock);

    vm->managed_save = on;
}

void
save_managed_scan(ObjectTable *table)
{
    g_autoptr(GPtrArray) list = object_table_list(table);

    for (unsigned i = 0; i < list->len; i++) {
        g_autofree char *path = save_managed_path(list->pdata[i]);

        set_managed(list->pdata[i], access(path, F_OK) == 0);
    }
}

bool
save_managed_remove(Vm *vm, GError **error)
{
    g_autofree char *path = save_managed_path(&vm->object);

    if (!file_unlink(path, error))
        return false;
    set_managed(vm, false);
    return true;
}

bool
save_managed_undefine(Vm *vm, uint32_t flags, GError **error)
{
    return !(flags & VIR_DOMAIN_UNDEFINE_MANAGED_SAVE) || save_managed_remove(vm, error);
}

static bool
is_same_guest(Guest *guest, const SaveOpen *open, const char *path, GError **error)
{
    g_autofree char *name = object_name(&guest->vm.object);

    if (g_str_equal(open->doc->name, name) && !memcmp(open->doc->uuid, guest->vm.object.uuid, sizeof(guest->vm.object.uuid)))
        return true;
    error_set(error, VIR_ERR_INTERNAL_ERROR, "cannot restore domain '%s' from '%s', which belongs to domain '%s'", name, path,
              open->doc->name);
    return false;
}

bool
save_managed_start(Guest *guest, uint32_t flags, bool *ret_started, GError **error)
{
    Vm *vm = &guest->vm;
    g_autofree char *path = save_managed_path(&vm->object);
    g_auto(SaveOpen) open = SAVE_OPEN_INIT;
    g_autoptr(GError) broken = NULL;

    *ret_started = false;
    if (access(path, F_OK) < 0) {
        set_managed(vm, false);
        return true;
    }
    if (flags & VIR_DOMAIN_START_FORCE_BOOT)
        return save_managed_remove(vm, error);
    if (!save_open(&open, path, flags & VIR_DOMAIN_START_BYPASS_CACHE, &broken)) {
        /* It will not become better; the guest boots. */
        log_gerror(broken, "while reading a managed save image, which is removed");
        return save_managed_remove(vm, error);
    }
    if (!is_same_guest(guest, &open, path, error) ||
        !save_start(&open, guest, g_steal_pointer(&open.doc), flags & VIR_DOMAIN_START_PAUSED ? VIR_DOMAIN_SAVE_PAUSED : 0,
                    error))
        return false;
    *ret_started = true;
    /* Used again, it would be older than the disks. */
    return save_managed_remove(vm, error);
}
