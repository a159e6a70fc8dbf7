/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* save.h - guests that are put away in files, and dumps of them */
#pragma once

#include "drivers/common/vm.h"
#include "drivers/qemu/migration/imagefile.h"
#include "drivers/qemu/process/guest.h"
#include "drivers/conf/migcookie_gen.h"

/* What a guest has that cannot go into a file or to another host. */
bool save_check_movable(const Domain *doc, GError **error);
/* A live definition as the other side reads it: the text of a save image or a migration. */
char *save_format(const Domain *live);
/* @xml, to replace @old: it must describe the same hardware. */
Domain *save_parse_changed(const char *xml, const Domain *old, GError **error);

/* Put the guest away in @path and end it; @flags: VIR_DOMAIN_SAVE_*, @dxml may be NULL.  Under its async job. */
typedef struct SaveOptions {
    const char *path, *dxml;
    SaveimageFormat format;
    uint32_t flags;
    const char *owner;      /* the call */
} SaveOptions;
bool save_guest(Guest *guest, Job *job, const SaveOptions *options, GError **error);
/* The file alone, with the texts of @image (whose size is their least room); the guest is stopped after that. */
bool save_write_image(Guest *guest, Job *job, const SaveOptions *options, Saveimage *image, CookieStatistics *stats,
                      GError **error);

/* An image that was opened, its header read. */
typedef struct SaveOpen {
    ImageFile file;
    Saveimage image;
    Domain *doc;
} SaveOpen;
#define SAVE_OPEN_INIT { .file = IMAGEFILE_INIT }
void save_open_clear(SaveOpen *open);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SaveOpen, save_open_clear)
bool save_open(SaveOpen *open, const char *path, bool direct, GError **error);
/* Start @guest from it as @doc (taken).  @flags: VIR_DOMAIN_SAVE_RUNNING or PAUSED, or what the image says. */
bool save_start(SaveOpen *open, Guest *guest, Domain *doc, uint32_t flags, GError **error);
/* Write another definition into the image at @path. */
bool save_define(const char *path, const char *dxml, uint32_t flags, GError **error);

/* Images of our own, from which a guest starts next time. */
char *save_managed_path(Object *object);
void save_managed_scan(ObjectTable *table);
bool save_managed_remove(Vm *vm, GError **error);
/* For a guest that is to start, with VIR_DOMAIN_START_* @flags: from its image, if there is a good one; *ret_started
 * tells.  Images that are no longer wanted or broken are removed. */
bool save_managed_start(Guest *guest, uint32_t flags, bool *ret_started, GError **error);
/* VmOps.undefine */
bool save_managed_undefine(Vm *vm, uint32_t flags, GError **error);
