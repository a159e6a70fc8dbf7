/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* secret.c - a secret as an object, its value, and the calls on it */
#define ERROR_FROM VIR_FROM_SECRET
#include "drivers/common/secret.h"

#include <string.h>

#include "drivers/common/kit.h"
#include "util/error.h"
#include "util/uuid.h"

typedef struct SecretObject {
    Object object;
    /* As in the definition, and still known when that is gone: for the last event. */
    SecretUsage usage_type GUARDED_BY(object.lock);
    char *usage_id GUARDED_BY(object.lock);
    GBytes *value GUARDED_BY(object.lock); /* NULL: none was set */
} SecretObject;

/* Memory that held a value does not keep it. */
static void
wipe(void *data)
{
    GByteArray *bytes = data;

    explicit_bzero(bytes->data, bytes->len);
    g_byte_array_unref(bytes);
}

static GBytes *
new_value(const uint8_t *data, size_t len)
{
    GByteArray *bytes = g_byte_array_sized_new((guint)len);

    g_byte_array_append(bytes, data, (guint)len);
    return g_bytes_new_with_free_func(bytes->data, bytes->len, wipe, bytes);
}

static void
clear(Object *object)
{
    SecretObject *secret = (SecretObject *)object;

    g_free(secret->usage_id);
    g_clear_pointer(&secret->value, g_bytes_unref);
}

static void
to_wire(const Object *object, void *record)
{
    const SecretObject *secret = (const SecretObject *)object;
    WireSecret *wire = record;

    memcpy(wire->uuid, object->uuid, 16);
    wire->usageType = (int32_t)secret->usage_type;
    wire->usageID = g_strdup(secret->usage_id ? secret->usage_id : "");
}

/* The secret for what @type and @id name, or NULL. */
static Object *
find_usage(ObjectTable *table, SecretUsage type, const char *id)
{
    g_autoptr(GPtrArray) list = object_table_list(table);

    for (guint i = 0; i < list->len; i++) {
        SecretObject *secret = list->pdata[i];
        g_auto(LockHold) hold = lock_hold(&secret->object.lock);

        if (secret->usage_type == type && g_strcmp0(secret->usage_id, id) == 0)
            return object_ref(&secret->object);
    }
    return NULL;
}

/* What may not change once other definitions refer to a secret; and one secret for one use. */
static bool
settle(Object *object, void *definition, GError **error)
{
    SecretObject *secret = (SecretObject *)object;
    const Secret *doc = definition;
    g_autoptr(Def) old = object_config(object, NULL);
    const Secret *before = old ? old->doc : NULL;
    g_autoptr(Object) other = doc->usage_type == SECRET_USAGE_UNSET
                                  ? NULL
                                  : find_usage(object->table, doc->usage_type, doc->usage_id);
    char uuid[UUID_TEXT_LEN];

    uuid_format(other ? other->uuid : object->uuid, uuid);
    if (before && (before->usage_type != doc->usage_type || g_strcmp0(before->usage_id, doc->usage_id) != 0)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "a secret with UUID %s already defined for use with %s", uuid,
                  before->usage_id ? before->usage_id : "nothing");
        return false;
    }
    if (other && other != object) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "a secret with UUID %s already defined for use with %s", uuid,
                  doc->usage_id);
        return false;
    }
    if (before && before->private == YESNO_YES && doc->private != YESNO_YES) {
        error_set(error, VIR_ERR_OPERATION_DENIED, "cannot change private flag on existing secret %s", uuid);
        return false;
    }
    lock_acquire(&object->lock);
    secret->usage_type = doc->usage_type;
    g_free(secret->usage_id);
    secret->usage_id = g_strdup(doc->usage_id);
    lock_release(&object->lock);
    return true;
}

static const ObjectLife life = { .define_validate = VIR_SECRET_DEFINE_VALIDATE, .settle = settle };

static bool
is_marked(Object *object, bool private)
{
    g_autoptr(Def) def = object_config(object, NULL);
    const Secret *doc = def ? def->doc : NULL;

    return doc && (private ? doc->private : doc->ephemeral) == YESNO_YES;
}

static bool
is_ephemeral(Object *object)
{
    return is_marked(object, false);
}

static bool
is_not_ephemeral(Object *object)
{
    return !is_marked(object, false);
}

static bool
is_private(Object *object)
{
    return is_marked(object, true);
}

static bool
is_not_private(Object *object)
{
    return !is_marked(object, true);
}

static const ObjectFilter filters[] = {
    { 0x3, VIR_CONNECT_LIST_SECRETS_EPHEMERAL, is_ephemeral },
    { 0x3, VIR_CONNECT_LIST_SECRETS_NO_EPHEMERAL, is_not_ephemeral },
    { 0xc, VIR_CONNECT_LIST_SECRETS_PRIVATE, is_private },
    { 0xc, VIR_CONNECT_LIST_SECRETS_NO_PRIVATE, is_not_private },
    { 0 },
};

const ObjectKind secret_kind = {
    .noun = "secret",
    .edit = "secret-define",
    .cls = CLASS_SECRET,
    .error_from = VIR_FROM_SECRET,
    .no_such = VIR_ERR_NO_SECRET,
    .inactive_text = "secret is not active",
    .transient_text = "secret is transient",
    .xml = &secret_xml,
    .uuid_at = offsetof(Secret, uuid),
    .size = sizeof(SecretObject),
    .clear = clear,
    .wire = to_wire,
    .filters = filters,
    .life = &life,
};

bool
secret_row_lookup_by_usage(Call *call, GError **error)
{
    const SecretLookupByUsageArgs *args = call->args;
    g_autoptr(Object) object = find_usage(kit_table(call), (SecretUsage)args->usageType, args->usageID);

    if (!object) {
        error_set(error, VIR_ERR_NO_SECRET, "no secret with matching usage '%s'", args->usageID);
        return false;
    }
    object_wire(object, &((SecretLookupByUsageRet *)call->ret)->secret);
    return true;
}

bool
secret_row_get_value(Call *call, GError **error)
{
    SecretGetValueRet *ret = call->ret;
    SecretObject *secret = call->object;
    char uuid[UUID_TEXT_LEN];
    const uint8_t *data;
    gsize len = 0;

    uuid_format(secret->object.uuid, uuid);
    if (is_private(call->object)) {
        error_set(error, VIR_ERR_INVALID_SECRET, "secret %s is private: its value is not told to clients", uuid);
        return false;
    }
    lock_acquire(&secret->object.lock);
    data = secret->value ? g_bytes_get_data(secret->value, &len) : NULL;
    if (data) {
        ret->value = g_memdup2(data, len);
        ret->n_value = (uint32_t)len;
    }
    lock_release(&secret->object.lock);
    if (!data)
        error_set(error, VIR_ERR_NO_SECRET, "secret '%s' does not have a value", uuid);
    return data != NULL;
}

bool
secret_row_set_value(Call *call, GError **error)
{
    const SecretSetValueArgs *args = call->args;
    SecretObject *secret = call->object;
    SecretEventValueChangedMsg msg = { 0 };
    GBytes *value = new_value(args->value, args->n_value), *old;

    lock_acquire(&secret->object.lock);
    old = secret->value;
    secret->value = value;
    lock_release(&secret->object.lock);
    if (old)
        g_bytes_unref(old);
    if (!secret->object.table->hub)
        return true;
    object_wire(call->object, &msg.secret);
    event_emit(secret->object.table->hub, EVENT_SECRET, VIR_SECRET_EVENT_ID_VALUE_CHANGED, &msg);
    g_free(msg.secret.usageID);
    return true;
}
