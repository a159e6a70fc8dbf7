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
        return fail(error, "missing tag id - each <vlan> must have at least one <tag id='n'/> subelement");
    for (guint i = 0; i < tags; i++) {
        const VlanTag *tag = vlan->tags->pdata[i];

        if (tag->id > VLAN_MAX) {
            error_set(error, VIR_ERR_XML_ERROR, "vlan tag id %u too large (maximum %d)", tag->id, VLAN_MAX);
            return false;
        }
        native += tag->native_mode != VLAN_MODE_UNSET;
    }
    if (native > 1)
        return fail(error, "duplicate native vlan setting");
    if (vlan->trunk == YESNO_NO && tags > 1)
        return fail(error, "invalid \"trunk='no'\" in <vlan> - trunk='yes' is required for more than one vlan tag");
    if (vlan->trunk == YESNO_NO && native)
        return fail(error, "invalid configuration in <vlan> - \"trunk='no'\" is not allowed with a native vlan id");
    if (tags > 1 || native)
        vlan->trunk = YESNO_YES;
    return true;
}

/* A floor is what is kept free for one interface; it says nothing about what leaves it. */
bool
netcommon_bandwidth_check(void *obj, unsigned flags, GError **error)
{
    const Bandwidth *bandwidth = obj;

    if (bandwidth->outbound && bandwidth->outbound->floor) {
        error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'floor' attribute allowed only in <inbound> element");
        return false;
    }
    for (size_t i = 0; i < 2; i++) {
        const BandwidthRate *rate = i ? bandwidth->outbound : bandwidth->inbound;

        if (rate && !rate->has_average && !rate->floor) {
            error_set(error, VIR_ERR_XML_DETAIL, "Missing mandatory average or floor attributes");
            return false;
        }
        if (rate && !rate->has_average && (rate->peak || rate->burst)) {
            error_set(error, VIR_ERR_CONFIG_UNSUPPORTED, "'peak' and 'burst' require 'average' attribute");
            return false;
        }
    }
    return true;
}
