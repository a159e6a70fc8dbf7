/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_rows.c - the calls that attach, detach and update devices
 *
 * The definition on disk is changed first, and made whole and checked as a new one; then the guest.  Both are published
 * when all went well.  What stays in the guest of a call that failed, controllers made for a device, is published as well.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/hotplug/hotplug_guest.h"
#include "drivers/qemu/hotplug/hotplug_rows.h"
#include "util/error.h"
#include "util/log.h"
#include "util/uuid.h"

LOG_SOURCE("qemu.hotplug");

/* Clients that hear of a change may look at it at once. */
static void
publish(Guest *guest, Domain *doc)
{
    g_autoptr(GError) error = NULL;

    hotplug_guest_settle_agent(guest, doc);
    object_set_live(&guest->vm.object, xml_copy(&domain_xml, doc));
    if (!hotplug_guest_refresh(guest, &error))
        log_gerror(error, "while looking which devices a guest has");
    g_clear_error(&error);
    if (!guest_status_save(&guest->vm.object, &error))
        log_gerror(error, "while saving the state of a guest");
}

static bool
check_config(Call *call, GError **error)
{
    return guest_kind.prepare_new(guest_host.table, call->config, error);
}

/* One address for guest and definition. */
static void
settle_mac(HotplugDevice *given)
{
    Interface *n = given->kind == DEVICE_INTERFACE ? given->device : NULL;
    uint8_t random[16];

    if (!n || n->mac)
        return;
    uuid_generate(random);
    n->mac = g_strdup_printf("52:54:00:%02x:%02x:%02x", random[0], random[1], random[2]);
}

static bool
copy_device(const HotplugDevice *from, HotplugDevice *to)
{
    *to = *from;
    to->device = xml_copy(from->xml, from->device);
    return true;
}

typedef bool (*EngineFn)(Hotplug *engine, HotplugDevice *given, GError **error);

static bool
change_live(Call *call, EngineFn fn, HotplugDevice *given, bool force, GError **error)
{
    Guest *guest = guest_of(call);
    const Domain *before = call->live;
    HotplugGuest g;
    bool ok;

    ok = hotplug_guest_open(&g, guest, call->live, error);
    g.engine.force = force;
    ok = ok && fn(&g.engine, given, error);
    call->live = g.engine.def;
    if (ok || g.engine.def != before)
        publish(guest, call->live);
    if (ok && g.engine.added)
        hotplug_guest_emit_added(guest, g.engine.added);
    hotplug_guest_close(&g);
    return ok;
}

static bool
attach(Call *call, const char *xml, GError **error)
{
    g_auto(HotplugDevice) given = { 0 };
    g_auto(HotplugDevice) copy = { 0 };

    if (!hotplug_device_parse(xml, XML_PARSE_INACTIVE, &given, error))
        return false;
    settle_mac(&given);
    if (call->config && (!copy_device(&given, &copy) || !hotplug_config_attach(call->config, &copy, error) ||
                         !check_config(call, error)))
        return false;
    return !call->live || change_live(call, hotplug_attach, &given, false, error);
}

bool
hotplug_rows_attach(Call *call, GError **error)
{
    const DomainAttachDeviceArgs *args = call->args;

    return kit_require_active(call->object, error) && attach(call, args->xml, error);
}

bool
hotplug_rows_attach_flags(Call *call, GError **error)
{
    const DomainAttachDeviceFlagsArgs *args = call->args;

    return attach(call, args->xml, error);
}

bool
hotplug_rows_update_flags(Call *call, GError **error)
{
    const DomainUpdateDeviceFlagsArgs *args = call->args;
    g_auto(HotplugDevice) given = { 0 };
    g_auto(HotplugDevice) copy = { 0 };

    if (!hotplug_device_parse(args->xml, XML_PARSE_INACTIVE, &given, error))
        return false;
    if (call->config && (!copy_device(&given, &copy) || !hotplug_config_update(call->config, &copy, error) ||
                         !check_config(call, error)))
        return false;
    return !call->live ||
           change_live(call, hotplug_update, &given, call->flags & VIR_DOMAIN_DEVICE_MODIFY_FORCE, error);
}

/* ---- detach ------------------------------------------------------------------------- */

/* By its document, or with @given NULL by @alias. */
static bool
detach_live(Call *call, const HotplugDevice *given, const char *alias, GError **error)
{
    Guest *guest = guest_of(call);
    g_autofree char *name = g_strdup(alias);
    HotplugGuest g;
    bool gone = false, ok;

    ok = hotplug_guest_open(&g, guest, call->live, error);
    if (ok && given && given->kind != DEVICE_LAST) {
        void *device = hotplug_device_find(g.engine.def, given, NULL);

        name = device ? g_strdup(hotplug_device_info(given->kind, device)->alias) : NULL;
    }
    ok = ok && (given ? hotplug_detach(&g.engine, given, &gone, error) : hotplug_detach_alias(&g.engine, alias, &gone, error));
    call->live = g.engine.def;
    if (gone) {
        publish(guest, call->live);
        if (name)
            hotplug_guest_emit_removed(guest, name);
    }
    hotplug_guest_close(&g);
    return ok;
}

static bool
detach(Call *call, const char *xml, GError **error)
{
    g_auto(HotplugDevice) running = { 0 };
    g_auto(HotplugDevice) defined = { 0 };

    if (call->config && (!hotplug_device_parse(xml, XML_PARSE_INACTIVE, &defined, error) ||
                         !hotplug_config_detach(call->config, &defined, error) || !check_config(call, error)))
        return false;
    return !call->live || (hotplug_device_parse(xml, 0, &running, error) && detach_live(call, &running, NULL, error));
}

bool
hotplug_rows_detach(Call *call, GError **error)
{
    const DomainDetachDeviceArgs *args = call->args;

    return kit_require_active(call->object, error) && detach(call, args->xml, error);
}

bool
hotplug_rows_detach_flags(Call *call, GError **error)
{
    const DomainDetachDeviceFlagsArgs *args = call->args;

    return detach(call, args->xml, error);
}

bool
hotplug_rows_detach_alias(Call *call, GError **error)
{
    const DomainDetachDeviceAliasArgs *args = call->args;

    if (call->config && (!hotplug_config_detach_alias(call->config, args->alias, error) || !check_config(call, error)))
        return false;
    return !call->live || detach_live(call, NULL, args->alias, error);
}
