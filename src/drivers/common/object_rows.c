/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object_rows.c - rows that are the same for every class of object */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/object_rows.h"

#include <string.h>

#include "drivers/common/metadata.h"
#include "util/error.h"

#define AT(base, offset) ((void *)((char *)(base) + (offset)))

/* Shapes: what several records are, member by member. */
typedef struct AnswerRet {
    int32_t value;
} AnswerRet;
typedef struct NamesArgs {
    int32_t max;
} NamesArgs;
typedef struct NamesRet {
    uint32_t n;
    char **names;
} NamesRet;
typedef struct IdsRet {
    uint32_t n;
    int32_t *ids;
} IdsRet;
typedef struct ListAllArgs {
    int32_t need_results;
    uint32_t flags;
} ListAllArgs;
typedef struct ListAllRet {
    uint32_t n;
    void *records;
    uint32_t ret;
} ListAllRet;
typedef struct XmlRet {
    char *xml;
} XmlRet;

G_STATIC_ASSERT(sizeof(AnswerRet) == sizeof(NetworkIsActiveRet));
G_STATIC_ASSERT(sizeof(AnswerRet) == sizeof(DomainGetAutostartRet));
G_STATIC_ASSERT(sizeof(AnswerRet) == sizeof(ConnectNumOfStoragePoolsRet));
G_STATIC_ASSERT(offsetof(NamesRet, names) == offsetof(ConnectListNetworksRet, names));
G_STATIC_ASSERT(offsetof(NamesRet, names) == offsetof(ConnectListDefinedDomainsRet, names));
G_STATIC_ASSERT(offsetof(IdsRet, ids) == offsetof(ConnectListDomainsRet, ids));
G_STATIC_ASSERT(offsetof(ListAllRet, ret) == offsetof(ConnectListAllDomainsRet, ret));
G_STATIC_ASSERT(offsetof(ListAllRet, ret) == offsetof(ConnectListAllStoragePoolsRet, ret));
G_STATIC_ASSERT(offsetof(ListAllArgs, flags) == offsetof(ConnectListAllNetworksArgs, flags));
G_STATIC_ASSERT(sizeof(XmlRet) == sizeof(DomainGetXmlDescRet));
G_STATIC_ASSERT(sizeof(NetworkSetMetadataArgs) - offsetof(NetworkSetMetadataArgs, type) ==
                sizeof(DomainSetMetadataArgs) - offsetof(DomainSetMetadataArgs, type));

bool
object_row_by_uuid(Call *call, GError **error)
{
    g_autoptr(Object) object = object_table_by_uuid(kit_table(call), call->args, NULL, error);

    if (object)
        object_wire(object, call->ret);
    return object != NULL;
}

bool
object_row_by_name(Call *call, GError **error)
{
    g_autoptr(Object) object = object_table_by_name(kit_table(call), *(char **)call->args, error);

    if (object)
        object_wire(object, call->ret);
    return object != NULL;
}

bool
object_row_by_id(Call *call, GError **error)
{
    g_autoptr(Object) object = object_table_by_id(kit_table(call), *(int32_t *)call->args, error);

    if (object)
        object_wire(object, call->ret);
    return object != NULL;
}

bool
object_match_active(Object *object)
{
    return object_is_active(object);
}

bool
object_match_inactive(Object *object)
{
    return !object_is_active(object);
}

bool
object_match_persistent(Object *object)
{
    return object_is_persistent(object);
}

bool
object_match_transient(Object *object)
{
    return !object_is_persistent(object);
}

bool
object_match_autostart(Object *object)
{
    return object_autostart(object);
}

bool
object_match_no_autostart(Object *object)
{
    return !object_autostart(object);
}

static bool
count(Call *call, bool (*match)(Object *))
{
    g_autoptr(GPtrArray) list = object_table_list(kit_table(call));
    AnswerRet *ret = call->ret;

    for (guint i = 0; i < list->len; i++)
        ret->value += match(list->pdata[i]);
    return true;
}

bool
object_row_num_active(Call *call, GError **error)
{
    return count(call, object_match_active);
}

bool
object_row_num_inactive(Call *call, GError **error)
{
    return count(call, object_match_inactive);
}

static bool
list_names(Call *call, bool (*match)(Object *))
{
    g_autoptr(GPtrArray) list = object_table_list(kit_table(call));
    const NamesArgs *args = call->args;
    NamesRet *ret = call->ret;

    ret->names = g_new0(char *, list->len + 1);
    for (guint i = 0; i < list->len && (int64_t)ret->n < args->max; i++) {
        if (match(list->pdata[i]))
            ret->names[ret->n++] = object_name(list->pdata[i]);
    }
    return true;
}

bool
object_row_list_active(Call *call, GError **error)
{
    return list_names(call, object_match_active);
}

bool
object_row_list_inactive(Call *call, GError **error)
{
    return list_names(call, object_match_inactive);
}

bool
object_row_list_ids(Call *call, GError **error)
{
    g_autoptr(GPtrArray) list = object_table_list(kit_table(call));
    const NamesArgs *args = call->args;
    IdsRet *ret = call->ret;

    ret->ids = g_new0(int32_t, list->len + 1);
    for (guint i = 0; i < list->len && (int64_t)ret->n < args->max; i++) {
        int id = object_id(list->pdata[i]);

        if (id >= 0)
            ret->ids[ret->n++] = id;
    }
    return true;
}

bool
object_is_wanted(Object *object, uint32_t flags)
{
    const ObjectFilter *f = object->kind->filters;

    while (f && f->group) {
        uint32_t group = f->group;
        bool asked = flags & group, matched = false;

        for (; f->group == group; f++)
            matched = matched || (asked && (flags & f->flag) && f->match(object));
        if (asked && !matched)
            return false;
    }
    return true;
}

static size_t
wire_size(ObjectClass cls)
{
    return cls == CLASS_DOMAIN        ? sizeof(WireDomain)
           : cls == CLASS_NODE_DEVICE ? sizeof(WireNodeDevice)
                                      : sizeof(WireNetwork);
}

bool
object_row_list_all(Call *call, GError **error)
{
    ObjectTable *table = kit_table(call);
    g_autoptr(GPtrArray) list = object_table_list(table);
    const ListAllArgs *args = call->args;
    ListAllRet *ret = call->ret;
    size_t size = wire_size(table->kind->cls);

    if (args->need_results)
        ret->records = g_malloc0(size * (list->len + 1));
    for (guint i = 0; i < list->len; i++) {
        if (!object_is_wanted(list->pdata[i], args->flags))
            continue;
        if (args->need_results)
            object_wire(list->pdata[i], AT(ret->records, size * ret->n++));
        ret->ret++;
    }
    return true;
}

bool
object_row_is_active(Call *call, GError **error)
{
    ((AnswerRet *)call->ret)->value = object_is_active(call->object);
    return true;
}

bool
object_row_is_persistent(Call *call, GError **error)
{
    ((AnswerRet *)call->ret)->value = object_is_persistent(call->object);
    return true;
}

bool
object_row_get_autostart(Call *call, GError **error)
{
    ((AnswerRet *)call->ret)->value = object_autostart(call->object);
    return true;
}

bool
object_row_set_autostart(Call *call, GError **error)
{
    Object *object = call->object;
    /* The number follows the object's record. */
    size_t at = call->method->object_at + wire_size(object->kind->cls);

    if (!object_is_persistent(object)) {
        error_set_full(error, object->kind->error_from, VIR_ERR_OPERATION_INVALID,
                       "cannot set autostart for transient %s", object->kind->noun);
        return false;
    }
    return object_set_autostart(object, *(int32_t *)AT(call->args, at) != 0, error);
}

G_STATIC_ASSERT(offsetof(DomainSetAutostartArgs, autostart) == sizeof(WireDomain));
G_STATIC_ASSERT(offsetof(NetworkSetAutostartArgs, autostart) == sizeof(WireNetwork));

bool
object_row_get_xml(Call *call, GError **error)
{
    Object *object = call->object;
    bool inactive = call->flags & 1;
    g_autoptr(Def) def = inactive ? object_inactive(object, error) : object_current(object, error);
    XmlRet *ret = call->ret;

    if (!def)
        return false;
    if (!object_is_active(object))
        inactive = true;
    ret->xml = xml_format_text(def->xml, def->doc, inactive ? XML_FORMAT_INACTIVE : 0);
    return true;
}

/* Args of both calls after the object; get has no metadata and key. */
typedef struct GetMetadata {
    int32_t type;
    char *uri;
    uint32_t flags;
} GetMetadata;
typedef struct SetMetadata {
    int32_t type;
    char *metadata, *key, *uri;
    uint32_t flags;
} SetMetadata;

static MetadataPlace
place_of(const ObjectKind *kind, const void *doc)
{
    return (MetadataPlace){ AT(doc, kind->title_at), AT(doc, kind->description_at),
                            AT(doc, kind->metadata_at) };
}

bool
object_row_get_metadata(Call *call, GError **error)
{
    Object *object = call->object;
    const GetMetadata *args = AT(call->args, wire_size(object->kind->cls));
    MetadataPlace place = place_of(object->kind, kit_doc(call));
    int missing = object->kind->cls == CLASS_NETWORK ? VIR_ERR_NO_NETWORK_METADATA
                                                     : VIR_ERR_NO_DOMAIN_METADATA;
    char *text;

    G_STATIC_ASSERT(offsetof(DomainGetMetadataArgs, type) == sizeof(WireDomain));
    if (!metadata_get(&place, args->type, args->uri, &text, object->kind->error_from, error))
        return false;
    if (!text) {
        error_set_full(error, object->kind->error_from, missing,
                       "Requested metadata element is not present");
        return false;
    }
    *(char **)call->ret = text;
    return true;
}

static void
emit_metadata(Object *object, int type, const char *uri)
{
    EventHub *hub = object->table->hub;

    if (!hub)
        return;
    if (object->kind->cls == CLASS_NETWORK) {
        NetworkEventCallbackMetadataChangeMsg msg = { .type = type, .nsuri = (char *)uri };

        object_wire(object, &msg.net);
        event_emit(hub, EVENT_NETWORK, VIR_NETWORK_EVENT_ID_METADATA_CHANGE, &msg);
        g_free(msg.net.name);
    } else {
        DomainEventCallbackMetadataChangeMsg msg = { .type = type };

        msg.nsuri = (void *)uri;
        object_wire(object, &msg.dom);
        event_emit(hub, EVENT_DOMAIN, VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, &msg);
        g_free(msg.dom.name);
    }
}

bool
object_row_set_metadata(Call *call, GError **error)
{
    Object *object = call->object;
    const SetMetadata *args = AT(call->args, wire_size(object->kind->cls));

    if (call->live) {
        MetadataPlace place = place_of(object->kind, call->live);

        if (!metadata_set(&place, args->type, args->metadata, args->key, args->uri,
                          object->kind->error_from, error))
            return false;
    }
    if (call->config) {
        MetadataPlace place = place_of(object->kind, call->config);

        if (!metadata_set(&place, args->type, args->metadata, args->key, args->uri,
                          object->kind->error_from, error))
            return false;
    }
    emit_metadata(object, args->type, args->uri);
    return true;
}
