/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nodedev.c - rules of <device> that no single row can state. */
#define ERROR_FROM VIR_FROM_NODEDEV
#include "drivers/conf/nodedev_gen.h"
#include "util/error.h"

/* Which capabilities may be nested in which; a device itself takes those up to ap_matrix. */
static bool
may_hold(NodedevType outer, NodedevType inner)
{
    switch (inner) {
    case NODEDEV_TYPE_PHYS_FUNCTION:
    case NODEDEV_TYPE_VIRT_FUNCTIONS:
    case NODEDEV_TYPE_PCI_BRIDGE:
    case NODEDEV_TYPE_CARDBUS_BRIDGE:
    case NODEDEV_TYPE_VPD:
        return outer == NODEDEV_TYPE_PCI;
    case NODEDEV_TYPE_MDEV_TYPES:
        return outer == NODEDEV_TYPE_PCI || outer == NODEDEV_TYPE_CSS || outer == NODEDEV_TYPE_AP_MATRIX;
    case NODEDEV_TYPE_FC_HOST:
    case NODEDEV_TYPE_VPORT_OPS:
        return outer == NODEDEV_TYPE_SCSI_HOST;
    case NODEDEV_TYPE_FC_REMOTE_PORT:
        return outer == NODEDEV_TYPE_SCSI_TARGET;
    case NODEDEV_TYPE_REMOVABLE:
    case NODEDEV_TYPE_HOTPLUGGABLE:
        return outer == NODEDEV_TYPE_STORAGE;
    case NODEDEV_TYPE_80203:
    case NODEDEV_TYPE_80211:
        return outer == NODEDEV_TYPE_NET;
    case NODEDEV_TYPE_CCWGROUP_MEMBER:
        return outer == NODEDEV_TYPE_CCW;
    case NODEDEV_TYPE_QETH_GENERIC:
    case NODEDEV_TYPE_QETH_LAYER2:
    case NODEDEV_TYPE_QETH_LAYER3:
        return outer == NODEDEV_TYPE_CCWGROUP;
    default:
        return outer == NODEDEV_TYPE_UNSET;
    }
}

static bool
check_nesting(NodedevType outer, const GPtrArray *inner, GError **error)
{
    for (guint i = 0; inner && i < inner->len; i++) {
        const NodeCapability *cap = g_ptr_array_index(inner, i);

        if (!may_hold(outer, cap->type)) {
            error_set(error, VIR_ERR_XML_ERROR, "unknown host device sub-capability type '%s' for '%s'",
                      nodedev_type_words[cap->type],
                      outer == NODEDEV_TYPE_UNSET ? "device" : nodedev_type_words[outer]);
            return false;
        }
    }
    return true;
}

bool
nodedev_capability_check(void *obj, unsigned flags, GError **error)
{
    NodeCapability *cap = obj;

    if (cap->type == NODEDEV_TYPE_MDEV) {
        /* Where the device sits is the driver's to say, and its group is shown, known or not. */
        if (!(flags & XML_PARSE_STATUS))
            g_clear_pointer(&cap->parent_addr, g_free);
        cap->has_iommu_group = true;
        if (!cap->mdev_type) {
            error_set(error, VIR_ERR_XML_ERROR, "missing <type id=...> of the mediated device");
            return false;
        }
    }
    return check_nesting(cap->type, cap->capabilities, error);
}

bool
nodedev_check(void *obj, unsigned flags, GError **error)
{
    NodeDevice *device = obj;

    if (!(flags & XML_PARSE_STATUS))
        g_clear_pointer(&device->driver_name, g_free);
    if (device->parent && !device->parent[0])
        g_clear_pointer(&device->parent, g_free);
    if (device->parent_wwnn && !device->parent_wwpn) {
        error_set(error, VIR_ERR_XML_ERROR, "<parent> of device '%s' has 'wwnn' but no 'wwpn'", device->name);
        return false;
    }
    if (!device->capabilities || device->capabilities->len == 0) {
        error_set(error, VIR_ERR_XML_ERROR, "no device capabilities for '%s'; add a <capability>", device->name);
        return false;
    }
    return check_nesting(NODEDEV_TYPE_UNSET, device->capabilities, error);
}
