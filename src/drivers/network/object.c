/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* object.c - the table of networks and their turns; files are in object_file.c */
#define ERROR_FROM VIR_FROM_NETWORK
#include "drivers/network/object.h"

#include <string.h>

#include "util/error.h"
#include "util/ref.h"
#include "util/uuid.h"

enum { TURN_SECONDS = 30 };

static Lock table_lock = LOCK_INIT;
static GPtrArray *table GUARDED_BY(table_lock); /* sorted by name; holds references */

static void
object_free(NetworkObject *object)
{
    network_free(object->live);
    network_free(object->config);
    for (guint i = 0; i < object->ports->len; i++)
        network_port_free(object->ports->pdata[i]);
    g_ptr_array_unref(object->ports);
    process_release(&object->host.dnsmasq);
    lock_clear(&object->lock);
    cond_clear(&object->turn_over);
    g_free(object->name);
    g_free(object);
}

DEFINE_REF(NetworkObject, network_object, object_free)

static NetworkObject *
object_new(const Network *network)
{
    NetworkObject *object = g_new0(NetworkObject, 1);

    g_atomic_ref_count_init(&object->refs);
    lock_init(&object->lock);
    cond_init(&object->turn_over);
    object->name = g_strdup(network->name);
    memcpy(object->uuid, network->uuid, 16);
    object->ports = g_ptr_array_new();
    object->host = (NetworkHost)NETWORK_HOST_INIT;
    return object;
}

static NetworkObject *
find(const char *name, const uint8_t *uuid) REQUIRES(table_lock)
{
    for (guint i = 0; table && i < table->len; i++) {
        NetworkObject *object = table->pdata[i];

        if ((name && strcmp(object->name, name) == 0) || (uuid && memcmp(object->uuid, uuid, 16) == 0))
            return object;
    }
    return NULL;
}

NetworkObject *
network_object_by_uuid(const uint8_t uuid[16])
{
    g_auto(LockHold) hold = lock_hold(&table_lock);

    return network_object_ref(find(NULL, uuid));
}

NetworkObject *
network_object_by_name(const char *name)
{
    g_auto(LockHold) hold = lock_hold(&table_lock);

    return network_object_ref(find(name, NULL));
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp((*(NetworkObject *const *)a)->name, (*(NetworkObject *const *)b)->name);
}

NetworkObject *
network_object_get(const Network *network, GError **error)
{
    g_auto(LockHold) hold = lock_hold(&table_lock);
    NetworkObject *by_name = find(network->name, NULL), *by_uuid = find(NULL, network->uuid);
    char uuid[UUID_TEXT_LEN];

    if (by_name != by_uuid) {
        uuid_format(by_name ? by_name->uuid : by_uuid->uuid, uuid);
        error_set(error, VIR_ERR_OPERATION_FAILED, "network '%s' already exists with uuid %s",
                  by_name ? by_name->name : by_uuid->name, uuid);
        return NULL;
    }
    if (by_name)
        return network_object_ref(by_name);
    if (!table)
        table = g_ptr_array_new_with_free_func((GDestroyNotify)network_object_unref);
    by_name = object_new(network);
    g_ptr_array_add(table, network_object_ref(by_name));
    g_ptr_array_sort(table, compare_names);
    return by_name;
}

GPtrArray *
network_object_list(void)
{
    g_auto(LockHold) hold = lock_hold(&table_lock);
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)network_object_unref);

    for (guint i = 0; table && i < table->len; i++)
        g_ptr_array_add(list, network_object_ref(table->pdata[i]));
    return list;
}

void
network_object_drop(NetworkObject *object)
{
    g_auto(LockHold) hold = lock_hold(&table_lock);
    bool empty = false;

    lock_acquire(&object->lock);
    empty = !object->live && !object->config;
    lock_release(&object->lock);
    if (empty && table)
        g_ptr_array_remove(table, object);
}

void
network_object_drop_all(void)
{
    g_auto(LockHold) hold = lock_hold(&table_lock);

    g_clear_pointer(&table, g_ptr_array_unref);
}

bool
network_object_bridge_taken(const char *name, const NetworkObject *except)
{
    g_autoptr(GPtrArray) list = network_object_list();

    for (guint i = 0; i < list->len; i++) {
        NetworkObject *object = list->pdata[i];
        g_auto(LockHold) hold = lock_hold(&object->lock);

        if (object != except && ((object->live && g_strcmp0(object->live->bridge, name) == 0) ||
                                 (object->config && g_strcmp0(object->config->bridge, name) == 0)))
            return true;
    }
    return false;
}

bool
network_object_is_active(NetworkObject *object)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    return object->live != NULL;
}

bool
network_object_is_persistent(NetworkObject *object)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);

    return object->config != NULL;
}

Network *
network_object_copy(NetworkObject *object, bool live)
{
    g_auto(LockHold) hold = lock_hold(&object->lock);
    const Network *network = live ? object->live : object->config;

    return network ? xml_copy(&network_xml, network) : NULL;
}

NetworkTurn
network_turn_begin(NetworkObject *object, const char *what, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + TURN_SECONDS * G_USEC_PER_SEC;
    g_auto(LockHold) hold = lock_hold(&object->lock);

    while (object->turn) {
        if (!cond_wait_until(&object->turn_over, &object->lock, deadline) && object->turn) {
            error_set(error, VIR_ERR_OPERATION_TIMEOUT, "cannot %s network '%s' now: it is busy (%s)", what,
                      object->name, object->turn);
            return NULL;
        }
    }
    object->turn = what;
    return network_object_ref(object);
}

void
network_turn_end(NetworkTurn *turn)
{
    NetworkObject *object = g_steal_pointer(turn);

    if (!object)
        return;
    lock_acquire(&object->lock);
    object->turn = NULL;
    cond_signal(&object->turn_over);
    lock_release(&object->lock);
    network_object_unref(object);
}
