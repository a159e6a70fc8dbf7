/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netcommon.c - rules of what networks, their ports and interfaces share: VLANs and bandwidth. */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/conf/netcommon_gen.h"
#include "util/error.h"

enum { VLAN_MAX = 4095 };

static bool
fail(GError **error, const char *message)
{
    error_set(error, VIR_ERR_XML_ERROR, "%s", message);
    return false;
}

/* Several tags, or one that comes untagged, make a trunk. */
bool
netcommon_vlan_check(void *obj, unsigned flags, GError **error)
{
    Vlan *vlan = obj;
    guint tags = vlan->tags ? vlan->tags->len : 0, native = 0;

    if (!tags)
        return fail(error, "<vlan> needs at least one <tag id='...'/>");
    for (guint i = 0; i < tags; i++) {
        const VlanTag *tag = vlan->tags->pdata[i];

        if (tag->id > VLAN_MAX) {
            error_set(error, VIR_ERR_XML_ERROR, "vlan tag id %u too large (maximum %d)", tag->id, VLAN_MAX);
            return false;
        }
        for (guint k = 0; k < i; k++) {
            if (((VlanTag *)vlan->tags->pdata[k])->id != tag->id)
                continue;
            error_set(error, VIR_ERR_XML_ERROR, "vlan tag id %u is listed twice in <vlan>", tag->id);
            return false;
        }
        native += tag->native_mode != VLAN_MODE_UNSET;
    }
    if (native > 1)
        return fail(error, "<vlan> can have only one tag with a nativeMode");
    if (vlan->trunk == YESNO_NO && tags > 1)
        return fail(error, "invalid \"trunk='no'\" in <vlan> - trunk='yes' is required for more than one vlan tag");
    if (vlan->trunk == YESNO_NO && native)
        return fail(error, "invalid \"trunk='no'\" in <vlan> - trunk='yes' is required for a tag with nativeMode");
    if (tags > 1 || native)
        vlan->trunk = YESNO_YES;
    return true;
}

/* A floor is what is kept free for one interface; it says nothing about what leaves it. */
bool
netcommon_bandwidth_check(void *obj, unsigned flags, GError **error)
{
    const Bandwidth *bandwidth = obj;

    if (bandwidth->inbound && !bandwidth->inbound->average && !bandwidth->inbound->floor)
        return fail(error, "<inbound> of <bandwidth> needs 'average' or 'floor'");
    if (bandwidth->outbound && bandwidth->outbound->floor)
        return fail(error, "'floor' attribute allowed only in <inbound> element");
    if (bandwidth->outbound && !bandwidth->outbound->average)
        return fail(error, "<outbound> of <bandwidth> needs 'average'");
    return true;
}
