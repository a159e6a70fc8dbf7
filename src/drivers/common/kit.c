/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kit.c - what a driver gets for each call: object, job, definitions */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/kit.h"

#include <string.h>

#include "util/error.h"
#include "util/log.h"
#include "util/ref.h"
#include "util/uuid.h"
#include "util/xml.h"

LOG_SOURCE("driver.kit");

#define AT(base, offset) ((void *)((char *)(base) + (offset)))

typedef struct KitJob {
    Job *job;
    Object *object;
    Def *live, *config; /* held while the row reads them */
    bool write;         /* call->live and call->config are copies of ours */
} KitJob;

Kit *
kit_new(EventHub *hub)
{
    Kit *kit = g_new0(Kit, 1);

    g_atomic_ref_count_init(&kit->refs);
    kit->hub = event_hub_ref(hub);
    return kit;
}

static void
kit_free(Kit *kit)
{
    for (int i = 0; i < CLASS_LAST; i++)
        object_table_free(kit->tables[i]);
    if (kit->clear)
        kit->clear(kit);
    event_hub_unref(kit->hub);
    g_free(kit);
}

DEFINE_REF(Kit, kit, kit_free)

bool
kit_resolve(Call *call, GError **error)
{
    const Method *m = call->method;
    Kit *kit = kit_of(call);
    const void *record = AT(call->args, m->object_at);
    ObjectTable **tables = kit->tables;
    const WireDomain *domain = record;
    const WireNetwork *network = record;
    ObjectTable *table;

    /* Until the connection is open there are no objects. */
    switch (m->object) {
    case CLASS_DOMAIN_SNAPSHOT:
        domain = &((const WireDomainSnapshot *)record)->dom;
        table = tables[CLASS_DOMAIN];
        break;
    case CLASS_DOMAIN_CHECKPOINT:
        domain = &((const WireDomainCheckpoint *)record)->dom;
        table = tables[CLASS_DOMAIN];
        break;
    case CLASS_NETWORK_PORT:
        network = &((const WireNetworkPort *)record)->net;
        table = tables[CLASS_NETWORK];
        break;
    case CLASS_STORAGE_VOL:
        table = tables[CLASS_STORAGE_POOL];
        break;
    default:
        table = tables[m->object];
        break;
    }
    if (!table) {
        error_set_full(error, m->from, VIR_ERR_NO_SUPPORT, "%s", m->name);
        return false;
    }
    switch (m->object) {
    case CLASS_DOMAIN:
    case CLASS_DOMAIN_SNAPSHOT:
    case CLASS_DOMAIN_CHECKPOINT:
        call->object = object_table_by_uuid(table, domain->uuid, domain->name, error);
        break;
    case CLASS_SECRET:
        call->object = object_table_by_uuid(table, ((const WireSecret *)record)->uuid, NULL, error);
        break;
    case CLASS_STORAGE_VOL:
        call->object = object_table_by_name(table, ((const WireStorageVol *)record)->pool, error);
        break;
    case CLASS_INTERFACE:
        call->object = object_table_by_name(table, ((const WireInterface *)record)->name, error);
        break;
    case CLASS_NODE_DEVICE:
        call->object = object_table_by_name(table, *(char *const *)record, error);
        break;
    default: /* networks, pools and filters */
        call->object = object_table_by_uuid(table, network->uuid, network->name, error);
        break;
    }
    return call->object != NULL;
}

void
kit_release(Call *call)
{
    object_unref(call->object);
    call->object = NULL;
}

static void
add_attribute(AclObject *object, const char *name, const char *value)
{
    g_ptr_array_add(object->attributes, g_strdup(name));
    g_ptr_array_add(object->attributes, g_strdup(value ? value : ""));
}

static void
add_secret(AclObject *object, const WireSecret *secret)
{
    static const char *const keys[] = { NULL,           "usage_volume", "usage_ceph",
                                        "usage_target", "usage_name",   "usage_name" };
    char uuid[UUID_TEXT_LEN];

    uuid_format(secret->uuid, uuid);
    add_attribute(object, "uuid", uuid);
    if (secret->usageType > 0 && secret->usageType < (int)G_N_ELEMENTS(keys))
        add_attribute(object, keys[secret->usageType], secret->usageID);
}

/* The text of a child that must not be there twice, lest we look at one and the driver at the other. */
static bool
get_child(xmlDoc *doc, const char *name, char **ret_text)
{
    bool once = true;

    for (xmlNode *node = xmlDocGetRootElement(doc)->children; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE || strcmp((const char *)node->name, name) != 0)
            continue;
        if (*ret_text) {
            once = false;
        } else {
            xmlChar *content = xmlNodeGetContent(node);

            *ret_text = g_strstrip(g_strdup((const char *)content));
            xmlFree(content);
        }
    }
    return once;
}

/* What is to be made: named by the document that describes it. */
static bool
describe_new(Call *call, AclObject *object, const char *name_key, const char *uuid_key)
{
    static const char *const members[] = { "xml", "xml_desc", "dom_xml" };
    const WireField *field = call->args ? call->method->args->fields : NULL;
    g_autofree char *name = NULL, *uuid = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = NULL;

    for (; field && field->kind != WIRE_END && !doc; field++) {
        for (size_t i = 0; i < G_N_ELEMENTS(members) && field->kind == WIRE_STRING && !doc; i++) {
            if (strcmp(field->name, members[i]) == 0)
                doc = xml_read(*(char **)AT(call->args, field->offset), "(document)", &error);
        }
    }
    if (!doc || !get_child(doc, "name", &name) || !get_child(doc, "uuid", &uuid))
        return false;
    if (name && name_key)
        add_attribute(object, name_key, name);
    if (uuid && uuid_key)
        add_attribute(object, uuid_key, uuid);
    return name || !name_key;
}

/* With the object that the call names, which is of another class, or that its document describes. */
static bool
describe_subject(Call *call, ObjectClass cls, AclObject *object)
{
    ObjectClass from = call->args ? call->method->object : CLASS_CONNECT;
    const void *record = call->args ? AT(call->args, call->method->object_at) : NULL;
    const WireNetwork *network = record;
    const WireStorageVol *vol = record;
    const WireStoragePool *pool = record;
    char uuid[UUID_TEXT_LEN];

    if (from == CLASS_CONNECT && (cls == CLASS_DOMAIN || cls == CLASS_NETWORK ||
                                  cls == CLASS_STORAGE_POOL || cls == CLASS_NWFILTER))
        return describe_new(call, object, "name", "uuid");
    if (from == CLASS_STORAGE_VOL && cls == CLASS_STORAGE_POOL) {
        add_attribute(object, "name", vol->pool);
        return true;
    }
    if (from == CLASS_STORAGE_POOL && cls == CLASS_STORAGE_VOL) {
        add_attribute(object, "pool_name", pool->name);
        return describe_new(call, object, "vol_name", NULL);
    }
    if (from == CLASS_NETWORK && cls == CLASS_NETWORK_PORT) {
        uuid_format(network->uuid, uuid);
        add_attribute(object, "network_name", network->name);
        add_attribute(object, "network_uuid", uuid);
        return describe_new(call, object, NULL, "port_uuid");
    }
    return false;
}

bool
kit_acl_object(Call *call, ObjectClass cls, const void *record, AclObject *object)
{
    char uuid[UUID_TEXT_LEN];

    object->cls = cls;
    if (!record) {
        ObjectClass from = call->args ? call->method->object : CLASS_CONNECT;

        record = call->args ? AT(call->args, call->method->object_at) : NULL;
        /* Snapshots and ports are judged by what they belong to. */
        if (from == CLASS_DOMAIN_SNAPSHOT && cls == CLASS_DOMAIN)
            record = &((const WireDomainSnapshot *)record)->dom;
        else if (from == CLASS_DOMAIN_CHECKPOINT && cls == CLASS_DOMAIN)
            record = &((const WireDomainCheckpoint *)record)->dom;
        else if (from == CLASS_NETWORK_PORT && cls == CLASS_NETWORK)
            record = &((const WireNetworkPort *)record)->net;
        else if (from != cls)
            return describe_subject(call, cls, object);
    }
    switch (cls) {
    case CLASS_DOMAIN:
    case CLASS_NETWORK:
    case CLASS_STORAGE_POOL:
    case CLASS_NWFILTER: {
        const WireNetwork *named = record; /* all four begin alike */

        uuid_format(named->uuid, uuid);
        add_attribute(object, "name", named->name);
        add_attribute(object, "uuid", uuid);
        return true;
    }
    case CLASS_NETWORK_PORT: {
        const WireNetworkPort *port = record;

        uuid_format(port->net.uuid, uuid);
        add_attribute(object, "network_name", port->net.name);
        add_attribute(object, "network_uuid", uuid);
        uuid_format(port->uuid, uuid);
        add_attribute(object, "port_uuid", uuid);
        return true;
    }
    case CLASS_STORAGE_VOL: {
        const WireStorageVol *vol = record;

        add_attribute(object, "pool_name", vol->pool);
        add_attribute(object, "vol_name", vol->name);
        add_attribute(object, "vol_key", vol->key);
        return true;
    }
    case CLASS_INTERFACE: {
        const WireInterface *iface = record;

        add_attribute(object, "interface_name", iface->name);
        add_attribute(object, "interface_macaddr", iface->mac);
        return true;
    }
    case CLASS_NODE_DEVICE:
        add_attribute(object, "name", *(char *const *)record);
        return true;
    case CLASS_SECRET:
        add_secret(object, record);
        return true;
    default:
        return false;
    }
}

bool
kit_require_active(Object *object, GError **error)
{
    if (object_is_active(object))
        return true;
    error_set_full(error, object->kind->error_from, VIR_ERR_OPERATION_INVALID, "%s",
                   object->kind->inactive_text);
    return false;
}

bool
kit_resolve_affect(Object *object, uint32_t flags, bool *ret_live, bool *ret_config, GError **error)
{
    bool active = object_is_active(object);
    bool live = flags & VIR_DOMAIN_AFFECT_LIVE, config = flags & VIR_DOMAIN_AFFECT_CONFIG;

    if (!live && !config) {
        live = active;
        config = !active;
    }
    if (live && !kit_require_active(object, error))
        return false;
    if (config && !object_is_persistent(object)) {
        error_set_full(error, object->kind->error_from, VIR_ERR_OPERATION_INVALID, "%s",
                       object->kind->transient_text);
        return false;
    }
    *ret_live = live;
    *ret_config = config;
    return true;
}

static AsyncKind
async_of(const Method *m)
{
    if (m->program != PROGRAM_REMOTE)
        return ASYNC_OTHER;
    switch (m->proc) {
    case PROC_DOMAIN_CREATE:
    case PROC_DOMAIN_CREATE_WITH_FLAGS:
    case PROC_DOMAIN_CREATE_WITH_FILES:
        return ASYNC_START;
    case PROC_DOMAIN_SAVE:
    case PROC_DOMAIN_SAVE_FLAGS:
    case PROC_DOMAIN_SAVE_PARAMS:
    case PROC_DOMAIN_MANAGED_SAVE:
        return ASYNC_SAVE;
    case PROC_DOMAIN_CORE_DUMP:
    case PROC_DOMAIN_CORE_DUMP_WITH_FORMAT:
        return ASYNC_DUMP;
    case PROC_DOMAIN_SNAPSHOT_CREATE_XML:
    case PROC_DOMAIN_SNAPSHOT_DELETE:
    case PROC_DOMAIN_REVERT_TO_SNAPSHOT:
        return ASYNC_SNAPSHOT;
    case PROC_DOMAIN_BACKUP_BEGIN:
        return ASYNC_BACKUP;
    default:
        return strstr(m->proc_name, "MIGRATE") ? ASYNC_MIGRATE_OUT : ASYNC_OTHER;
    }
}

/* call->live and call->config: copies for a row that changes them, else what is published. */
static bool
fetch_definitions(Call *call, KitJob *kit_job, GError **error)
{
    const XmlStruct *xml = kit_job->object->kind->xml;
    bool live, config;

    if (!kit_resolve_affect(kit_job->object, call->flags, &live, &config, error))
        return false;
    if (live && !(kit_job->live = object_live(kit_job->object)))
        return kit_require_active(kit_job->object, error); /* it has just ended */
    if (config && !(kit_job->config = object_config(kit_job->object, error)))
        return false;
    if (kit_job->live)
        call->live = kit_job->write ? xml_copy(xml, kit_job->live->doc) : kit_job->live->doc;
    if (kit_job->config)
        call->config = kit_job->write ? xml_copy(xml, kit_job->config->doc) : kit_job->config->doc;
    return true;
}

static void
finish(Call *call, KitJob *kit_job)
{
    const XmlStruct *xml = kit_job->object->kind->xml;

    if (kit_job->write) {
        xml_free(xml, call->live);
        xml_free(xml, call->config);
    }
    call->live = call->config = NULL;
    def_unref(kit_job->live);
    def_unref(kit_job->config);
    job_end(kit_job->job);
    object_unref(kit_job->object);
    g_free(kit_job);
    call->job = NULL;
}

bool
kit_begin(Call *call, GError **error)
{
    const Method *m = call->method;
    const char *who = m->name;
    KitJob *kit_job;
    bool ok = true;

    call->job = NULL;
    if (!call->object) /* calls that make an object begin its job themselves */
        return true;
    kit_job = g_new0(KitJob, 1);
    kit_job->object = object_ref(call->object);
    kit_job->write = m->job != JOB_NONE && m->job != JOB_QUERY;
    if (m->job == JOB_ASYNC)
        ok = (kit_job->job = job_begin_async(&kit_job->object->jobs, async_of(m), who,
                                             JOB_DEADLINE_S, error)) != NULL;
    else if (m->job != JOB_NONE)
        ok = (kit_job->job =
                  job_begin(&kit_job->object->jobs, m->job, who, JOB_DEADLINE_S, error)) != NULL;
    if (ok && m->active)
        ok = kit_require_active(kit_job->object, error);
    if (ok && (call->row->how & ROW_LIVE_CONFIG))
        ok = fetch_definitions(call, kit_job, error);
    if (!ok) {
        finish(call, kit_job);
        return false;
    }
    call->job = kit_job;
    return true;
}

void
kit_end(Call *call, bool ok)
{
    KitJob *kit_job = call->job;
    Object *object;
    g_autoptr(GError) error = NULL;

    if (!kit_job)
        return;
    object = kit_job->object;
    if (ok && kit_job->write) {
        /* A guest may have ended while the call ran: then there is no live one to change. */
        if (call->live && object_is_active(object)) {
            object_set_live(object, g_steal_pointer(&call->live));
            if (object->kind->save_status && !object->kind->save_status(object, &error))
                log_gerror(error, "the change is in force, but could not be saved");
            g_clear_error(&error);
        }
        if (call->config && object_is_persistent(object) &&
            !object_set_config(object, g_steal_pointer(&call->config), &error))
            log_gerror(error, "the definition could not be saved");
    }
    finish(call, kit_job);
}

Job *
kit_job(Call *call)
{
    KitJob *held = call->job;

    return held ? held->job : NULL;
}

Job *
kit_job_steal(Call *call)
{
    KitJob *held = call->job;

    return g_steal_pointer(&held->job);
}
