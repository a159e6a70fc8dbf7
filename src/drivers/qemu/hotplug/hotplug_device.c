/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hotplug_device.c - one device as a document of its own, and the one of a domain that it means */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/hotplug/hotplug_device.h"

#include <string.h>

#include "drivers/conf/domain.h"
#include "util/error.h"

typedef struct Element {
    const char *name;
    DeviceKind kind;
    const XmlStruct *xml;   /* of those that device.h has not */
    size_t list_at;
} Element;

#define OTHER(name, xml, list) { name, DEVICE_LAST, &xml, offsetof(Domain, list) }

static const Element elements[] = {
    { "disk", DEVICE_DISK }, { "controller", DEVICE_CONTROLLER }, { "filesystem", DEVICE_FILESYSTEM },
    { "interface", DEVICE_INTERFACE }, { "smartcard", DEVICE_SMARTCARD }, { "serial", DEVICE_SERIAL },
    { "parallel", DEVICE_PARALLEL }, { "console", DEVICE_CONSOLE }, { "channel", DEVICE_CHANNEL }, { "input", DEVICE_INPUT },
    { "tpm", DEVICE_TPM }, { "sound", DEVICE_SOUND }, { "video", DEVICE_VIDEO }, { "hostdev", DEVICE_HOSTDEV },
    { "redirdev", DEVICE_REDIRDEV }, { "hub", DEVICE_HUB }, { "watchdog", DEVICE_WATCHDOG },
    { "memballoon", DEVICE_MEMBALLOON }, { "rng", DEVICE_RNG }, { "nvram", DEVICE_NVRAM }, { "panic", DEVICE_PANIC },
    { "shmem", DEVICE_SHMEM }, { "memory", DEVICE_MEMORY }, { "iommu", DEVICE_IOMMU }, { "vsock", DEVICE_VSOCK },
    { "crypto", DEVICE_CRYPTO }, OTHER("graphics", graphics_xml, graphics), OTHER("lease", lock_lease_xml, leases),
    OTHER("audio", audio_xml, audios),
};

bool
hotplug_device_parse(const char *text, unsigned flags, HotplugDevice *ret, GError **error)
{
    g_autoptr(xmlDoc) doc = xml_read_full(text, "(device_definition)", VIR_FROM_DOMAIN, error);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

    if (!root)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++) {
        const Element *e = &elements[i];
        const XmlStruct *xml = e->xml ? e->xml : device_xml(e->kind);

        if (strcmp(e->name, (const char *)root->name) != 0)
            continue;
        *ret = (HotplugDevice){ e->name, e->kind, xml, xml_parse(xml, root, flags, error) };
        return ret->device != NULL;
    }
    error_set(error, VIR_ERR_XML_ERROR, "unknown device type '%s'", root->name);
    return false;
}

void
hotplug_device_clear(HotplugDevice *device)
{
    if (device->device)
        xml_free(device->xml, device->device);
    device->device = NULL;
}

const char *
hotplug_device_element(DeviceKind kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++)
        if (elements[i].kind == kind)
            return elements[i].name;
    return "device";
}

GPtrArray **
hotplug_device_list(Domain *def, const HotplugDevice *device, bool create)
{
    GPtrArray **list;

    if (device->kind != DEVICE_LAST)
        return device_list(def, device->kind, create);
    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++)
        if (elements[i].xml == device->xml) {
            list = (GPtrArray **)((char *)def + elements[i].list_at);
            if (!*list && create)
                *list = g_ptr_array_new();
            return list;
        }
    return NULL;
}

typedef struct Want {
    const void *device;
    DeviceInfo *info;
} Want;

static bool
note_info(DeviceKind kind, void *device, DeviceInfo *info, size_t at, void *data, GError **error)
{
    Want *want = data;

    if (device != want->device)
        return true;
    want->info = info;
    return false;
}

DeviceInfo *
hotplug_device_info(DeviceKind kind, void *device)
{
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    Domain def = { 0 };
    Want want = { .device = device };
    GPtrArray **list;

    /* A domain with nothing else tells where a kind keeps it. */
    g_ptr_array_add(one, device);
    list = device_list(&def, kind, false);
    if (list)
        *list = one;
    else if (kind == DEVICE_VSOCK)
        def.vsock = device;
    else
        return NULL;
    device_each(&def, kind, note_info, &want, NULL);
    return want.info;
}

/* ---- what a document says ------------------------------------------------------- */

static xmlNode *
first_element(xmlNode *node)
{
    while (node && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

static bool
says(xmlNode *given, xmlNode *true_one, char **ret_where);

/* Each element given must be true of one of that name. */
static bool
children_say(xmlNode *given, xmlNode *true_one, char **ret_where)
{
    for (xmlNode *g = first_element(given->children); g; g = first_element(g->next)) {
        g_autofree char *where = NULL;
        bool found = false;

        for (xmlNode *t = first_element(true_one->children); t && !found; t = first_element(t->next)) {
            if (strcmp((const char *)g->name, (const char *)t->name) != 0)
                continue;
            g_clear_pointer(&where, g_free);
            found = says(g, t, &where);
        }
        if (!found) {
            *ret_where = where ? g_steal_pointer(&where) : g_strdup((const char *)g->name);
            return false;
        }
    }
    return true;
}

static bool
says(xmlNode *given, xmlNode *true_one, char **ret_where)
{
    for (xmlAttr *a = given->properties; a; a = a->next) {
        xmlAttr *t = xmlHasProp(true_one, a->name);
        const xmlChar *value = t && t->children ? t->children->content : NULL;

        if (!value || !a->children || strcmp((const char *)value, (const char *)a->children->content) != 0) {
            *ret_where = g_strdup_printf("%s %s", given->name, a->name);
            return false;
        }
    }
    if (!first_element(given->children) && given->children && given->children->type == XML_TEXT_NODE &&
        (!true_one->children || true_one->children->type != XML_TEXT_NODE ||
         strcmp((const char *)given->children->content, (const char *)true_one->children->content) != 0)) {
        *ret_where = g_strdup((const char *)given->name);
        return false;
    }
    return children_say(given, true_one, ret_where);
}

static xmlDoc *
as_document(const HotplugDevice *like, const void *device, unsigned flags)
{
    XmlStruct named = *like->xml;
    g_autofree char *text = NULL;

    named.element = like->element;
    text = xml_format_text(&named, device, flags);
    return xml_read(text, "(device)", NULL);
}

bool
hotplug_device_says(const HotplugDevice *given, const void *device, unsigned format_flags, char **ret_where)
{
    g_autoptr(xmlDoc) a = as_document(given, given->device, format_flags);
    g_autoptr(xmlDoc) b = as_document(given, device, format_flags);
    g_autofree char *where = NULL;
    bool ok = a && b && says(xmlDocGetRootElement(a), xmlDocGetRootElement(b), &where);

    if (!ok && ret_where)
        *ret_where = g_steal_pointer(&where);
    return ok;
}

/* ---- finding --------------------------------------------------------------------- */

/* By what a kind is known; kinds without such a thing are known by all that is said. */
static bool
same_name(const HotplugDevice *given, const void *device, bool *ret_enough)
{
    *ret_enough = true;
    switch (given->kind) {
    case DEVICE_DISK:
        return g_str_equal(((const Disk *)given->device)->target, ((const Disk *)device)->target);
    case DEVICE_CONTROLLER: {
        const Controller *a = given->device, *b = device;

        return a->type == b->type && (!a->has_index || a->index == b->index) && (!a->model || !g_strcmp0(a->model, b->model) ||
               a->type != CONTROLLER_TYPE_USB);
    }
    case DEVICE_FILESYSTEM:
        return !g_strcmp0(((const Filesystem *)given->device)->target, ((const Filesystem *)device)->target);
    case DEVICE_INTERFACE: {
        const Interface *a = given->device, *b = device;

        return !a->mac || (b->mac && !g_ascii_strcasecmp(a->mac, b->mac));
    }
    default:
        *ret_enough = false;
        return true;
    }
}

/* Alias and address narrow the choice. */
static bool
same_place(DeviceKind kind, void *given, void *device)
{
    const DeviceInfo *a = kind == DEVICE_LAST ? NULL : hotplug_device_info(kind, given);
    const DeviceInfo *b = a ? hotplug_device_info(kind, device) : NULL;

    if (!b)
        return true;
    if (a->alias && g_strcmp0(a->alias, b->alias) != 0)
        return false;
    if (!a->address || a->address->type == ADDRESS_TYPE_UNSET || kind == DEVICE_DISK)
        return true;
    return b->address && a->address->type == b->address->type &&
           (a->address->type != ADDRESS_TYPE_PCI || (a->address->pci.bus == b->address->pci.bus &&
                                                      a->address->pci.slot == b->address->pci.slot &&
                                                      a->address->pci.function == b->address->pci.function)) &&
           (a->address->type != ADDRESS_TYPE_CCW || !a->address->has_devno || a->address->devno == b->address->devno);
}

static void
set_not_found(const HotplugDevice *given, size_t many, GError **error)
{
    const Interface *n = given->device;

    if (given->kind == DEVICE_DISK)
        error_set(error, VIR_ERR_DEVICE_MISSING, "disk %s not found", ((const Disk *)given->device)->target);
    else if (given->kind == DEVICE_INTERFACE && many > 1)
        error_set(error, VIR_ERR_OPERATION_FAILED, "multiple devices matching MAC address %s found", n->mac ? n->mac : "");
    else if (given->kind == DEVICE_INTERFACE)
        error_set(error, VIR_ERR_DEVICE_MISSING, "no device matching MAC address %s found", n->mac ? n->mac : "");
    else if (given->kind == DEVICE_CONTROLLER)
        error_set(error, VIR_ERR_DEVICE_MISSING, "controller %s:%u not found",
                  controller_type_words[((const Controller *)given->device)->type], ((const Controller *)given->device)->index);
    else if (given->kind == DEVICE_HOSTDEV)
        error_set(error, VIR_ERR_DEVICE_MISSING, "host device not found: the domain has none like the one in the document");
    else
        error_set(error, VIR_ERR_DEVICE_MISSING, "matching %s device not found", given->element);
}

void *
hotplug_device_find(const Domain *def, const HotplugDevice *given, GError **error)
{
    GPtrArray **list = hotplug_device_list((Domain *)def, given, false);
    void *found = NULL;
    size_t many = 0;

    if (!list && given->kind == DEVICE_VSOCK && def->vsock && same_place(given->kind, given->device, def->vsock))
        return def->vsock;
    for (size_t i = 0; list && i < list_len(*list); i++) {
        void *device = list_at(*list, i);
        bool enough;

        if (!same_name(given, device, &enough) || !same_place(given->kind, given->device, device) ||
            (!enough && !hotplug_device_says(given, device, XML_FORMAT_SECURE, NULL)))
            continue;
        if (!found)
            found = device;
        many++;
    }
    if (found && (given->kind != DEVICE_INTERFACE || many == 1))
        return found;
    set_not_found(given, many, error);
    return NULL;
}

void
hotplug_device_remove(Domain *def, DeviceKind kind, void *device)
{
    GPtrArray **list = kind == DEVICE_LAST ? NULL : device_list(def, kind, false);

    if (list && *list)
        g_ptr_array_remove(*list, device);
    else if (kind == DEVICE_VSOCK && def->vsock == device)
        def->vsock = NULL;
}

bool
hotplug_device_insert(Domain *def, HotplugDevice *given, GError **error)
{
    GPtrArray **list = hotplug_device_list(def, given, true);

    if (given->kind == DEVICE_VSOCK) {
        if (def->vsock) {
            error_set(error, VIR_ERR_OPERATION_INVALID, "the domain already has a vsock device");
            return false;
        }
        def->vsock = g_steal_pointer(&given->device);
        return true;
    }
    if (!list) {
        error_set(error, VIR_ERR_OPERATION_UNSUPPORTED, "a domain has one <%s> at most: it is changed, not attached",
                  given->element);
        return false;
    }
    for (size_t i = 0; given->kind == DEVICE_DISK && i < list_len(*list); i++)
        if (g_str_equal(((Disk *)list_at(*list, i))->target, ((Disk *)given->device)->target)) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "target %s already exists", ((Disk *)given->device)->target);
            return false;
        }
    if (given->kind == DEVICE_CONTROLLER) {
        Controller *c = given->device;

        if (c->has_index && device_controller(def, c->type, c->index)) {
            error_set(error, VIR_ERR_OPERATION_FAILED, "target %s:%u already exists", controller_type_words[c->type], c->index);
            return false;
        }
        /* Its place among the others goes by a number. */
        if (!c->has_index) {
            while (device_controller(def, c->type, c->index))
                c->index++;
            c->has_index = true;
        }
        domain_places_insert_controller(*list, g_steal_pointer(&given->device));
        return true;
    }
    g_ptr_array_add(*list, g_steal_pointer(&given->device));
    return true;
}
