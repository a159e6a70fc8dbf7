/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object_table.c - finding objects, and taking them in and out of the table */
#define ERROR_FROM VIR_FROM_NONE
#include "drivers/common/object.h"

#include <string.h>

#include "drivers/common/state.h"
#include "util/error.h"
#include "util/log.h"
#include "util/text.h"
#include "util/uuid.h"

LOG_SOURCE("conf.object");

#define AT(base, offset) ((void *)((char *)(base) + (offset)))

ObjectTable *
object_table_new(const ObjectKind *kind, EventHub *hub, const ObjectDirs *dirs, const void *owner)
{
    ObjectTable *table = g_new0(ObjectTable, 1);

    table->kind = kind;
    table->hub = hub ? event_hub_ref(hub) : NULL;
    table->owner = owner;
    if (dirs) {
        table->dirs.config = g_strdup(dirs->config);
        table->dirs.autostart = g_strdup(dirs->autostart);
        table->dirs.status = g_strdup(dirs->status);
    }
    lock_init(&table->lock);
    table->all = g_ptr_array_new_with_free_func((GDestroyNotify)object_unref);
    table->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    table->by_uuid = g_hash_table_new(uuid_hash, uuid_equal);
    table->next_id = 1;
    return table;
}

void
object_table_free(ObjectTable *table)
{
    if (!table)
        return;
    g_hash_table_unref(table->by_name);
    g_hash_table_unref(table->by_uuid);
    g_ptr_array_unref(table->all);
    if (table->hub)
        event_hub_unref(table->hub);
    lock_clear(&table->lock);
    g_free(table->dirs.config);
    g_free(table->dirs.autostart);
    g_free(table->dirs.status);
    g_free(table);
}

/* A claimed object is nobody's business until it has a definition. */
static bool
is_visible(Object *object)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    return (object->config || object->live || object->lazy) && !object->gone;
}

static Object *
visible_ref(Object *object)
{
    return object && is_visible(object) ? object_ref(object) : NULL;
}

Object *
object_table_by_name(ObjectTable *table, const char *name, GError **error)
{
    Object *object;

    lock_acquire(&table->lock);
    object = visible_ref(g_hash_table_lookup(table->by_name, name));
    lock_release(&table->lock);
    if (!object)
        error_set_full(error, table->kind->error_from, table->kind->no_such,
                       "no %s with matching name '%s'", table->kind->noun, name);
    return object;
}

Object *
object_table_by_uuid(ObjectTable *table, const uint8_t uuid[16], const char *name, GError **error)
{
    char text[UUID_TEXT_LEN];
    Object *object;

    lock_acquire(&table->lock);
    object = visible_ref(g_hash_table_lookup(table->by_uuid, uuid));
    lock_release(&table->lock);
    if (object)
        return object;
    uuid_format(uuid, text);
    if (name)
        error_set_full(error, table->kind->error_from, table->kind->no_such,
                       "no %s with matching uuid '%s' (%s)", table->kind->noun, text, name);
    else
        error_set_full(error, table->kind->error_from, table->kind->no_such,
                       "no %s with matching uuid '%s'", table->kind->noun, text);
    return NULL;
}

Object *
object_table_by_id(ObjectTable *table, int id, GError **error)
{
    Object *found = NULL;

    lock_acquire(&table->lock);
    for (guint i = 0; !found && i < table->all->len; i++) {
        Object *object = table->all->pdata[i];

        if (object_id(object) == id && id >= 0)
            found = visible_ref(object);
    }
    lock_release(&table->lock);
    if (!found)
        error_set_full(error, table->kind->error_from, table->kind->no_such,
                       "no %s with matching id %d", table->kind->noun, id);
    return found;
}

GPtrArray *
object_table_list(ObjectTable *table)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)object_unref);

    lock_acquire(&table->lock);
    for (guint i = 0; i < table->all->len; i++) {
        Object *object = visible_ref(table->all->pdata[i]);

        if (object)
            g_ptr_array_add(list, object);
    }
    lock_release(&table->lock);
    return list;
}

size_t
object_table_count(ObjectTable *table)
{
    g_auto(LockHold) hold = lock_hold(&table->lock);

    return table->all->len;
}

int
object_table_next_id(ObjectTable *table)
{
    g_auto(LockHold) hold = lock_hold(&table->lock);

    return table->next_id++;
}

/* Takes @name. */
static Object *
add(ObjectTable *table, char *name, const uint8_t *uuid) REQUIRES(table->lock)
{
    const ObjectKind *kind = table->kind;
    Object *object = g_malloc0(kind->size);

    g_atomic_ref_count_init(&object->refs);
    object->kind = kind;
    object->table = table;
    object->name = name;
    object->id = -1;
    if (uuid)
        memcpy(object->uuid, uuid, 16);
    lock_init(&object->lock);
    job_queue_init(&object->jobs);
    if (kind->init)
        kind->init(object);
    g_ptr_array_add(table->all, object);
    g_hash_table_insert(table->by_name, g_strdup(name), object);
    if (uuid)
        g_hash_table_insert(table->by_uuid, object->uuid, object);
    return object;
}

/* The name of what @doc describes: secrets, without a name, go by their UUID. */
static char *
doc_name(const ObjectKind *kind, const void *doc)
{
    return kind->name_at ? g_strdup(*(char *const *)AT(doc, kind->name_at))
                         : uuid_to_string(AT(doc, kind->uuid_at));
}

static bool
check_name(const ObjectKind *kind, const char *name, GError **error)
{
    if (!name || !*name || strchr(name, '/') || strchr(name, '\n') ||
        (kind->uuid_at && !text_is_file_name(name))) {
        error_set_full(error, kind->error_from, VIR_ERR_XML_ERROR,
                       "name '%s' of a %s must not be empty nor hold '/' or line breaks",
                       name ? name : "", kind->noun);
        return false;
    }
    return true;
}

Object *
object_table_claim(ObjectTable *table, void *doc, GError **error)
{
    static const uint8_t zero[16];
    const ObjectKind *kind = table->kind;
    uint8_t *uuid = kind->uuid_at ? AT(doc, kind->uuid_at) : NULL;
    g_autofree char *name = NULL;
    char text[UUID_TEXT_LEN];
    Object *by_uuid = NULL, *by_name, *object = NULL;

    lock_acquire(&table->lock);
    if (uuid && memcmp(uuid, zero, 16) == 0)
        uuid_generate(uuid);
    name = doc_name(kind, doc);
    if (!check_name(kind, name, error)) {
        lock_release(&table->lock);
        return NULL;
    }
    by_name = g_hash_table_lookup(table->by_name, name);
    if (uuid)
        by_uuid = g_hash_table_lookup(table->by_uuid, uuid);
    if (uuid && by_name != by_uuid) {
        g_autofree char *other = object_name(by_uuid ? by_uuid : by_name);

        uuid_format(by_uuid ? uuid : by_name->uuid, text);
        error_set_full(error, kind->error_from, VIR_ERR_OPERATION_FAILED,
                       by_uuid ? "%s '%s' is already defined with uuid %s"
                               : "%s '%s' already exists with uuid %s",
                       kind->noun, other, text);
    } else {
        object = object_ref(by_name ? by_name : add(table, g_steal_pointer(&name), uuid));
    }
    lock_release(&table->lock);
    return object;
}

void
object_disclaim(Object *object)
{
    ObjectTable *table = object->table;
    bool gone;

    lock_acquire(&table->lock);
    lock_acquire(&object->lock);
    gone = !object->config && !object->live && !object->lazy && !object->gone;
    if (gone) {
        object->gone = true;
        g_hash_table_remove(table->by_name, object->name);
        if (table->kind->uuid_at)
            g_hash_table_remove(table->by_uuid, object->uuid);
    }
    lock_release(&object->lock);
    if (gone) {
        guint index;

        job_queue_close(&object->jobs);
        if (g_ptr_array_find(table->all, object, &index))
            object_ref(object), g_ptr_array_remove_index(table->all, index);
    }
    lock_release(&table->lock);
    if (gone)
        object_unref(object); /* with no lock held: it may be the last one */
}

bool
object_rename(Object *object, const char *name, GError **error)
{
    ObjectTable *table = object->table;
    const ObjectKind *kind = object->kind;
    g_autofree char *old = object_name(object);
    g_autoptr(Def) config = object_config(object, error);
    bool autostart = object_autostart(object);
    bool taken;
    void *doc;

    if (!config || !check_name(kind, name, error))
        return false;
    lock_acquire(&table->lock);
    taken = g_hash_table_contains(table->by_name, name);
    if (!taken)
        g_hash_table_insert(table->by_name, g_strdup(name), object);
    lock_release(&table->lock);
    if (taken) {
        error_set_full(error, kind->error_from, VIR_ERR_OPERATION_INVALID,
                       "%s with name '%s' already exists", kind->noun, name);
        return false;
    }
    doc = xml_copy(kind->xml, config->doc);
    g_free(*(char **)AT(doc, kind->name_at));
    *(char **)AT(doc, kind->name_at) = g_strdup(name);
    lock_acquire(&object->lock);
    g_free(object->name);
    object->name = g_strdup(name);
    lock_release(&object->lock);
    if (!object_set_config(object, doc, error)) {
        lock_acquire(&table->lock);
        lock_acquire(&object->lock);
        g_free(object->name);
        object->name = g_strdup(old);
        lock_release(&object->lock);
        g_hash_table_remove(table->by_name, name);
        lock_release(&table->lock);
        return false;
    }
    lock_acquire(&table->lock);
    g_hash_table_remove(table->by_name, old);
    lock_release(&table->lock);
    /* The new file is safe; remove what is left under the old name. */
    if (table->dirs.autostart && autostart &&
        (!state_set_autostart(table->dirs.config, table->dirs.autostart, name, true, error) ||
         !state_set_autostart(table->dirs.config, table->dirs.autostart, old, false, error)))
        return false;
    return !table->dirs.config || state_delete(table->dirs.config, old, error);
}

typedef bool (*PrepareFn)(ObjectTable *table, void *doc, GError **error);

static void *
parse_with(ObjectTable *table, const char *xml, bool validate, PrepareFn prepare, GError **error)
{
    const ObjectKind *kind = table->kind;
    void *doc = xml_parse_text(kind->xml, xml,
                               XML_PARSE_INACTIVE | (validate ? XML_PARSE_STRICT : 0), error);

    if (doc && prepare && !prepare(table, doc, error)) {
        xml_free(kind->xml, doc);
        return NULL;
    }
    return doc;
}

void *
object_parse(ObjectTable *table, const char *xml, bool validate, GError **error)
{
    return parse_with(table, xml, validate, table->kind->prepare, error);
}

void *
object_parse_new(ObjectTable *table, const char *xml, bool validate, GError **error)
{
    const ObjectKind *kind = table->kind;

    return parse_with(table, xml, validate, kind->prepare_new ? kind->prepare_new : kind->prepare, error);
}

bool
object_table_load(ObjectTable *table, GError **error)
{
    g_autoptr(GPtrArray) found = NULL;

    if (!table->dirs.config)
        return true;
    found = state_index(table->dirs.config, table->dirs.autostart, error);
    if (!found)
        return false;
    lock_acquire(&table->lock);
    for (guint i = 0; i < found->len; i++) {
        const StateEntry *entry = found->pdata[i];
        Object *object;

        object = g_hash_table_lookup(table->by_name, entry->name);
        if (object && (!table->kind->uuid_at || memcmp(object->uuid, entry->uuid, 16) == 0))
            continue; /* known: the folder is read again at a reload */
        if (object || g_hash_table_contains(table->by_uuid, entry->uuid)) {
            log_warning("ignoring '%s/%s.xml': its name or UUID is in use already",
                        table->dirs.config, entry->name);
            continue;
        }
        object = add(table, g_strdup(entry->name), table->kind->uuid_at ? entry->uuid : NULL);
        object->lazy = true;
        object->autostart = entry->autostart;
    }
    lock_release(&table->lock);
    return true;
}
