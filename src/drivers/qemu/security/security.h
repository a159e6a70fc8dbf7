/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security.h - whose the files of a guest are, and which label they bear
 *
 * One walk over the files, and for each security model a decision about one file.  What <seclabel> says of the domain
 * and of the single device is looked up here only.
 */
#pragma once

#include <sys/types.h>

#include "drivers/conf/domain_gen.h"

typedef enum {
    SECURITY_OWN,         /* the guest writes to it, nobody else does */
    SECURITY_SHARED,      /* several guests write to it */
    SECURITY_CONTENT,     /* it is only read, perhaps by several */
} SecurityUse;

typedef struct SecurityFile {
    const char *path;
    SecurityUse use;
    GPtrArray **labels;   /* DeviceSecLabel of the device; NULL where it cannot have any */
    CharType channel;     /* of character devices */
    bool optional;        /* it may not be there */
} SecurityFile;

/* ---- security_files.c ---- */

/* Call @fn for each file that the emulator opens; images below the top one only where the document names them. */
typedef bool (*SecurityFileFn)(void *data, const SecurityFile *file, GError **error);
bool security_files_each(const Domain *doc, SecurityFileFn fn, void *data, GError **error);

/* What the domain, or a device, says of @model; NULL: nothing. */
SecLabel *security_files_domain_label(const Domain *doc, const char *model);
const DeviceSecLabel *security_files_device_label(const SecurityFile *file, const char *model);
/* Whether a file is to be relabelled at all, by both; *ret_label is the one the device asks for, or NULL. */
bool security_files_relabels(const Domain *doc, const SecurityFile *file, const char *model, const char **ret_label);

/* ---- security_dac.c ---- */

typedef struct SecurityOwner {
    uid_t uid;
    gid_t gid;
} SecurityOwner;

/* "user:group", names or numbers ("+" in front says number). */
bool security_dac_parse(const char *label, SecurityOwner *ret_owner, GError **error);
/* *ret_owner is who the emulator runs as, and becomes who shall have @file; *ret_change is false where it is left alone. */
bool security_dac_decide(const Domain *doc, const SecurityFile *file, SecurityOwner *owner, bool *ret_change, GError **error);

/* ---- security_selinux.c ---- */

typedef struct SecuritySelinux {
    char *domain, *tcg;       /* what emulators are labelled as, with KVM and without */
    char *image, *content;    /* files that are written, and that are only read */
} SecuritySelinux;

/* @folder: "contexts" of the policy.  The parts of a model that is all zero can be cleared too. */
bool security_selinux_read(const char *folder, SecuritySelinux *ret_model, GError **error);
void security_selinux_clear(SecuritySelinux *model);

/* Whether another guest has these categories, such as "c41,c264". */
typedef bool (*SecurityTaken)(void *data, const char *categories);

/* Give the guest a label of its own where the document leaves that to us, in @process's range; and files the label
 * that goes with it.  @random fills bytes. */
bool security_selinux_prepare(const SecuritySelinux *model, const char *process, Domain *doc, SecurityTaken taken, void *data,
                              bool (*random)(void *bytes, size_t n, GError **error), GError **error);
/* The label of @file, or NULL: it is left alone. */
char *security_selinux_decide(const SecuritySelinux *model, const Domain *doc, const SecurityFile *file);

/* Label all files: @set returns 0 or an errno.  A device whose file system has no labels (EOPNOTSUPP) gets labelskip. */
typedef int (*SecuritySet)(void *data, const char *path, const char *label);
bool security_selinux_label(const SecuritySelinux *model, const Domain *doc, SecuritySet set, void *data, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SecuritySelinux, security_selinux_clear)
