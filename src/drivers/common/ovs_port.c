/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ovs_port.c - ports on bridges of Open vSwitch
 *
 * The columns are those that controllers know guests by (external_ids of "Integration Guide for Open vSwitch").
 */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/common/ovs_port.h"

#include "util/error.h"
#include "util/list.h"
#include "util/process.h"
#include "util/uuid.h"

enum { DEADLINE_MS = 6000 }; /* a second more than ovs-vsctl's own */

static void
add_words(GPtrArray *argv, const char *const *words)
{
    for (; *words; words++)
        g_ptr_array_add(argv, g_strdup(*words));
}

/* -- set Interface NAME external-ids:KEY="VALUE" */
static void
add_id(GPtrArray *argv, const char *name, const char *key, const char *value)
{
    const char *const words[] = { "--", "set", "Interface", name, NULL };

    add_words(argv, words);
    g_ptr_array_add(argv, g_strdup_printf("external-ids:%s=\"%s\"", key, value));
}

static void
add_uuid(GPtrArray *argv, const char *name, const char *key, const uint8_t uuid[16])
{
    char text[UUID_TEXT_LEN];

    uuid_format(uuid, text);
    add_id(argv, name, key, text);
}

/* One tag is the VLAN of all the guest's frames; several, or a trunk of one, are those it may tag frames with. */
static void
add_vlan(GPtrArray *argv, const Vlan *vlan)
{
    g_autoptr(GString) trunks = g_string_new(NULL);
    bool trunk = vlan->trunk == YESNO_YES || list_len(vlan->tags) > 1;

    for (size_t i = 0; i < list_len(vlan->tags); i++) {
        const VlanTag *tag = list_at(vlan->tags, i);

        g_string_append_printf(trunks, "%s%u", i ? "," : "", tag->id);
        if (tag->native_mode != VLAN_MODE_UNSET) {
            g_ptr_array_add(argv, g_strdup_printf("vlan_mode=native-%s", vlan_mode_words[tag->native_mode]));
            g_ptr_array_add(argv, g_strdup_printf("tag=%u", tag->id));
        }
    }
    if (list_len(vlan->tags))
        g_ptr_array_add(argv, g_strdup_printf("%s=%s", trunk ? "trunks" : "tag", trunks->str));
}

static char **
build_command(const OvsPort *port)
{
    GPtrArray *argv = g_ptr_array_new();
    const char *const fresh[] = { "--if-exists", "del-port", port->name, "--", "add-port", NULL };
    const char *const again[] = { "--may-exist", "add-port", NULL };
    const char *const begin[] = { "ovs-vsctl", "--timeout=5", "--", NULL }, *const which[] = { port->bridge, port->name, NULL };
    const char *const end[] = { "--", "set", "Interface", port->name, "external-ids:iface-status=active", NULL };

    add_words(argv, begin);
    add_words(argv, port->again ? again : fresh);
    add_words(argv, which);
    if (port->vlan)
        add_vlan(argv, port->vlan);
    add_id(argv, port->name, "attached-mac", port->mac);
    if (uuid_is_valid(port->virtualport->interface_id))
        add_uuid(argv, port->name, "iface-id", port->virtualport->interface_id);
    add_uuid(argv, port->name, "vm-id", port->owner);
    if (port->virtualport->profile_id)
        add_id(argv, port->name, "port-profile", port->virtualport->profile_id);
    add_words(argv, end);
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}

bool
ovs_port_add(const OvsPort *port, GError **error)
{
    g_auto(GStrv) argv = build_command(port);

    if (process_run((const char *const *)argv, NULL, DEADLINE_MS, NULL, NULL, error))
        return true;
    error_prefix(error, "Unable to add port %s to OVS bridge %s", port->name, port->bridge);
    return false;
}

bool
ovs_port_remove(const char *name, GError **error)
{
    const char *argv[] = { "ovs-vsctl", "--timeout=5", "--", "--if-exists", "del-port", name, NULL };

    if (process_run(argv, NULL, DEADLINE_MS, NULL, NULL, error))
        return true;
    error_prefix(error, "Unable to delete port %s from OVS", name);
    return false;
}
