/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security_dac.c - the owner that a file must have so that a guest can use it */
#define ERROR_FROM VIR_FROM_SECURITY
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "drivers/qemu/security/security.h"
#include "util/error.h"
#include "util/text.h"

enum { ENTRY_MAX = 4096 };

static bool
find_user(const char *name, uid_t *ret_uid)
{
    char buffer[ENTRY_MAX];
    struct passwd entry, *found = NULL;
    uint32_t number;

    if (*name != '+' && getpwnam_r(name, &entry, buffer, sizeof(buffer), &found) == 0 && found) {
        *ret_uid = entry.pw_uid;
        return true;
    }
    if (!text_parse_uint(name + (*name == '+'), 10, &number))
        return false;
    *ret_uid = number;
    return true;
}

static bool
find_group(const char *name, gid_t *ret_gid)
{
    char buffer[ENTRY_MAX];
    struct group entry, *found = NULL;
    uint32_t number;

    if (*name != '+' && getgrnam_r(name, &entry, buffer, sizeof(buffer), &found) == 0 && found) {
        *ret_gid = entry.gr_gid;
        return true;
    }
    if (!text_parse_uint(name + (*name == '+'), 10, &number))
        return false;
    *ret_gid = number;
    return true;
}

bool
security_dac_parse(const char *label, SecurityOwner *ret_owner, GError **error)
{
    g_auto(GStrv) words = g_strsplit(label, ":", -1);
    SecurityOwner owner;

    if (g_strv_length(words) != 2 || !find_user(words[0], &owner.uid) || !find_group(words[1], &owner.gid)) {
        error_set(error, VIR_ERR_INVALID_ARG, "Failed to parse uid and gid of the DAC label '%s': expected user:group, both of "
                  "this host", label);
        return false;
    }
    *ret_owner = owner;
    return true;
}

bool
security_dac_decide(const Domain *doc, const SecurityFile *file, SecurityOwner *owner, bool *ret_change, GError **error)
{
    const SecLabel *domain = security_files_domain_label(doc, "dac");
    const DeviceSecLabel *device = security_files_device_label(file, "dac");
    /* Other channels are opened for the emulator, or belong to whoever listens. */
    bool ours = !file->channel || file->channel == CHAR_TYPE_DEV || file->channel == CHAR_TYPE_PIPE;
    const char *label;
    bool change = security_files_relabels(doc, file, "dac", &label);

    /* No emulator runs as the user of a static label yet, so that one alone does not leave files to that user. */
    if (domain && domain->type == SECLABEL_TYPE_STATIC && domain->relabel == YESNO_UNSET)
        change = !device || device->relabel != YESNO_NO;
    *ret_change = change && (ours || label);
    return !*ret_change || !label || security_dac_parse(label, owner, error);
}
