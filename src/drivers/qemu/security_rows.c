/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* security_rows.c - under which labels a guest runs
 *
 * There is no driver of mandatory access control yet: the main model is "none", whose label is empty.  Beside it
 * a privileged daemon separates guests from itself by user and group, which is model "dac".
 */
#define ERROR_FROM VIR_FROM_QEMU
#include <string.h>

#include "drivers/qemu/process/guest.h"
#include "drivers/qemu/rows.h"

static void
set_label(DomainGetSecurityLabelRet *label, const char *text)
{
    label->label = g_strdup(text);
    label->n_label = (uint32_t)strlen(text) + 1;
}

bool
security_rows_label(Call *call, GError **error)
{
    if (object_is_active(call->object))
        set_label(call->ret, "");
    return true;
}

bool
security_rows_label_list(Call *call, GError **error)
{
    DomainGetSecurityLabelListRet *ret = call->ret;
    bool dac = guest_host.conf->privileged;
    g_autofree char *ids = g_strdup_printf("+%u:+%u", guest_host.conf->uid, guest_host.conf->gid);

    ret->n_labels = dac ? 2 : 1;
    ret->ret = (int32_t)ret->n_labels;
    ret->labels = g_new0(DomainGetSecurityLabelRet, ret->n_labels);
    if (!object_is_active(call->object))
        return true;
    set_label(&ret->labels[0], "");
    if (dac)
        set_label(&ret->labels[1], ids);
    return true;
}
