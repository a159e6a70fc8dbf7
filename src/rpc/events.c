/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* events.c - registrations of all classes in one list, and one queue of what happened
 *
 * Whoever emits first delivers, and goes on while others add to the queue, so order is
 * that of emission.  Only where access rules must be asked, which may block, a thread of
 * its own delivers instead.
 */
#define ERROR_FROM VIR_FROM_RPC
#include "rpc/events.h"

#include <libvirt/libvirt-qemu.h>
#include <string.h>

#include "rpc/call.h"
#include "rpc/driver.h"
#include "util/error.h"
#include "util/ref.h"

#define AT(base, offset) ((void *)((char *)(base) + (offset)))

enum { SESSION_REGISTRATIONS_MAX = 4096 };

typedef struct Registration {
    int32_t id; /* what the client calls it; 0 for the older form, which has none */
    EventClass cls;
    int32_t event;
    bool legacy;
    Session *session; /* no reference: it drops its registrations when it closes */
    char *object;     /* only events of this object, or NULL */
    char *name;       /* EVENT_QEMU_MONITOR: only this event ... */
    GRegex *pattern;  /* ... or those that match */
} Registration;

typedef struct Emission {
    const EventDesc *desc;
    void *msg;
} Emission;

struct EventHub {
    gatomicrefcount refs;
    Lock lock;
    GPtrArray *registrations;
    GQueue queue; /* of Emission */
    bool delivering;
    int32_t last_id;
};

static void
registration_free(Registration *reg)
{
    g_free(reg->object);
    g_free(reg->name);
    g_clear_pointer(&reg->pattern, g_regex_unref);
    g_free(reg);
}

static void
emission_free(Emission *emission)
{
    wire_delete(emission->desc->msg, emission->msg);
    g_free(emission);
}

EventHub *
event_hub_new(void)
{
    EventHub *self = g_new0(EventHub, 1);

    g_atomic_ref_count_init(&self->refs);
    lock_init(&self->lock);
    g_queue_init(&self->queue);
    self->registrations = g_ptr_array_new_with_free_func((GDestroyNotify)registration_free);
    return self;
}

static void
event_hub_free(EventHub *self)
{
    g_queue_clear_full(&self->queue, (GDestroyNotify)emission_free);
    g_ptr_array_unref(self->registrations);
    lock_clear(&self->lock);
    g_free(self);
}

DEFINE_REF(EventHub, event_hub, event_hub_free)

/* What tells one object of a class from another: its UUID, or its name where it has none. */
static char *
object_key(ObjectClass cls, const void *record)
{
    const uint8_t *uuid;
    char *key;

    switch (cls) {
    case CLASS_NODE_DEVICE:
        return g_strdup(((const WireNodeDevice *)record)->name);
    case CLASS_SECRET:
        uuid = ((const WireSecret *)record)->uuid;
        break;
    case CLASS_NETWORK:
        uuid = ((const WireNetwork *)record)->uuid;
        break;
    case CLASS_STORAGE_POOL:
        uuid = ((const WireStoragePool *)record)->uuid;
        break;
    case CLASS_DOMAIN:
    default:
        uuid = ((const WireDomain *)record)->uuid;
        break;
    }
    key = g_malloc(33);
    for (size_t i = 0; i < 16; i++)
        g_snprintf(key + 2 * i, 3, "%02x", uuid[i]);
    return key;
}

static bool
wants(const Registration *reg, const EventDesc *desc, const char *key, const void *msg)
{
    if (reg->cls != desc->cls || reg->event != desc->id)
        return false;
    if (reg->object && strcmp(reg->object, key) != 0)
        return false;
    if (reg->name)
        return strcmp(reg->name, ((const QemuDomainMonitorEventMsg *)msg)->event) == 0;
    if (reg->pattern)
        return g_regex_match(reg->pattern, ((const QemuDomainMonitorEventMsg *)msg)->event, 0,
                             NULL);
    return true;
}

typedef struct Target {
    Session *session;
    int32_t id;
    bool legacy;
} Target;

static void
deliver_one(EventHub *hub, Emission *emission)
{
    const EventDesc *desc = emission->desc;
    g_autofree char *key = object_key(desc->object, AT(emission->msg, desc->object_at));
    g_autoptr(GArray) targets = g_array_new(false, false, sizeof(Target));

    lock_acquire(&hub->lock);
    for (guint i = 0; i < hub->registrations->len; i++) {
        Registration *reg = g_ptr_array_index(hub->registrations, i);

        if (wants(reg, desc, key, emission->msg)) {
            Target target = { session_ref(reg->session), reg->id, reg->legacy };

            g_array_append_val(targets, target);
        }
    }
    lock_release(&hub->lock);

    for (guint i = 0; i < targets->len; i++) {
        Target *target = &g_array_index(targets, Target, i);
        Session *session = target->session;

        if (call_may_see(NULL, session, desc->filter, desc->object,
                         AT(emission->msg, desc->object_at))) {
            if (target->legacy) {
                session->ops->send_event(session, desc->program, desc->legacy_proc, desc->legacy,
                                         AT(emission->msg, desc->legacy_at));
            } else {
                *(int32_t *)AT(emission->msg, desc->callback_at) = target->id;
                session->ops->send_event(session, desc->program, desc->proc, desc->msg,
                                         emission->msg);
            }
        }
        session_unref(session);
    }
}

/* Deliver until nothing is left; only one thread at a time is in here. */
static void
deliver(EventHub *hub)
{
    for (;;) {
        Emission *emission;

        lock_acquire(&hub->lock);
        emission = g_queue_pop_head(&hub->queue);
        if (!emission)
            hub->delivering = false;
        lock_release(&hub->lock);
        if (!emission)
            return;
        deliver_one(hub, emission);
        emission_free(emission);
    }
}

static void *
deliver_thread(void *opaque)
{
    g_autoptr(EventHub) hub = opaque;

    deliver(hub);
    return NULL;
}

void
event_emit(EventHub *hub, EventClass cls, int id, const void *msg)
{
    const EventDesc *desc = event_lookup(cls, id);
    Emission *emission;
    bool wanted = false, checked = false, mine;

    g_assert(desc && desc->has_callback);
    lock_acquire(&hub->lock);
    for (guint i = 0; i < hub->registrations->len; i++) {
        Registration *reg = g_ptr_array_index(hub->registrations, i);

        wanted |= reg->cls == cls && reg->event == id;
        checked |= reg->session->ops->acl_check != NULL;
    }
    if (!wanted) {
        lock_release(&hub->lock);
        return;
    }
    emission = g_new0(Emission, 1);
    emission->desc = desc;
    emission->msg = wire_new(desc->msg);
    wire_copy(desc->msg, msg, emission->msg);
    g_queue_push_tail(&hub->queue, emission);
    mine = !hub->delivering;
    hub->delivering = true;
    lock_release(&hub->lock);
    if (mine && checked)
        g_thread_unref(g_thread_new("events", deliver_thread, event_hub_ref(hub)));
    else if (mine)
        deliver(hub);
}

/* Add @reg, whose session and class are set; takes it over. */
static bool
add(EventHub *hub, Registration *reg, int32_t *ret_id, GError **error)
{
    unsigned count = 0;

    lock_acquire(&hub->lock);
    for (guint i = 0; i < hub->registrations->len; i++) {
        Registration *other = g_ptr_array_index(hub->registrations, i);

        count += other->session == reg->session;
    }
    if (count < SESSION_REGISTRATIONS_MAX) {
        if (!reg->legacy)
            reg->id = hub->last_id = hub->last_id == INT32_MAX ? 1 : hub->last_id + 1;
        if (ret_id)
            *ret_id = reg->id;
        g_ptr_array_add(hub->registrations, reg);
        reg = NULL;
    }
    lock_release(&hub->lock);
    if (!reg)
        return true;
    registration_free(reg);
    error_set(error, VIR_ERR_OPERATION_FAILED,
              "this connection has registered for %d events, which is the limit",
              SESSION_REGISTRATIONS_MAX);
    return false;
}

/* Remove one registration: by id, or by event in the older form. */
static bool
remove_one(EventHub *hub, Session *session, EventClass cls, bool legacy, int32_t which,
           GError **error)
{
    bool found = false;

    lock_acquire(&hub->lock);
    for (guint i = 0; i < hub->registrations->len && !found; i++) {
        Registration *reg = g_ptr_array_index(hub->registrations, i);

        found = reg->session == session && reg->cls == cls && reg->legacy == legacy &&
                (legacy ? reg->event : reg->id) == which;
        if (found)
            g_ptr_array_remove_index(hub->registrations, i);
    }
    lock_release(&hub->lock);
    if (!found)
        error_set(error, VIR_ERR_INVALID_ARG,
                  legacy ? "no callback is registered for event %d"
                         : "no callback with id %d is registered",
                  which);
    return found;
}

void
event_hub_drop_session(EventHub *hub, Session *session)
{
    lock_acquire(&hub->lock);
    for (guint i = hub->registrations->len; i > 0; i--) {
        Registration *reg = g_ptr_array_index(hub->registrations, i - 1);

        if (reg->session == session)
            g_ptr_array_remove_index(hub->registrations, i - 1);
    }
    lock_release(&hub->lock);
}

GVariant *
event_hub_save(EventHub *hub, Session *session)
{
    g_auto(GVariantBuilder) out = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(iiibmsmsmsb)"));

    lock_acquire(&hub->lock);
    for (guint i = 0; i < hub->registrations->len; i++) {
        Registration *reg = g_ptr_array_index(hub->registrations, i);

        if (reg->session == session)
            g_variant_builder_add(
                &out, "(iiibmsmsmsb)", reg->id, (int)reg->cls, reg->event, reg->legacy, reg->object,
                reg->name, reg->pattern ? g_regex_get_pattern(reg->pattern) : NULL,
                reg->pattern && (g_regex_get_compile_flags(reg->pattern) & G_REGEX_CASELESS));
    }
    lock_release(&hub->lock);
    return g_variant_ref_sink(g_variant_builder_end(&out));
}

bool
event_hub_restore(EventHub *hub, Session *session, GVariant *state)
{
    GVariantIter iter;
    int32_t id, cls, event;
    gboolean legacy, caseless;
    char *object, *name, *pattern;

    if (!g_variant_is_of_type(state, G_VARIANT_TYPE("a(iiibmsmsmsb)")))
        return false;
    g_variant_iter_init(&iter, state);
    lock_acquire(&hub->lock);
    while (g_variant_iter_next(&iter, "(iiibmsmsmsb)", &id, &cls, &event, &legacy, &object, &name,
                               &pattern, &caseless)) {
        Registration *reg = g_new0(Registration, 1);

        *reg = (Registration){ .id = id,
                               .cls = (EventClass)cls,
                               .event = event,
                               .legacy = legacy,
                               .session = session,
                               .object = object,
                               .name = name };
        if (pattern)
            reg->pattern = g_regex_new(pattern, caseless ? G_REGEX_CASELESS : 0, 0, NULL);
        g_free(pattern);
        hub->last_id = MAX(hub->last_id, id);
        g_ptr_array_add(hub->registrations, reg);
    }
    lock_release(&hub->lock);
    return true;
}

bool
event_hub_busy(EventHub *hub)
{
    bool busy;

    lock_acquire(&hub->lock);
    busy = hub->registrations->len > 0;
    lock_release(&hub->lock);
    return busy;
}

/* The class whose (de)registration @method is. */
static EventClass
class_of(const Method *method)
{
    if (method->program == PROGRAM_QEMU)
        return EVENT_QEMU_MONITOR;
    switch (method->proc) {
    case PROC_CONNECT_NETWORK_EVENT_REGISTER_ANY:
    case PROC_CONNECT_NETWORK_EVENT_DEREGISTER_ANY:
        return EVENT_NETWORK;
    case PROC_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY:
    case PROC_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY:
        return EVENT_STORAGE_POOL;
    case PROC_CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY:
    case PROC_CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY:
        return EVENT_NODE_DEVICE;
    case PROC_CONNECT_SECRET_EVENT_REGISTER_ANY:
    case PROC_CONNECT_SECRET_EVENT_DEREGISTER_ANY:
        return EVENT_SECRET;
    default:
        return EVENT_DOMAIN;
    }
}

static Registration *
registration_new(Call *call, EventClass cls, int32_t event, GError **error)
{
    Registration *reg;

    if (!event_lookup(cls, event)) {
        error_set(error, VIR_ERR_INVALID_ARG, "unknown event id %d", event);
        return NULL;
    }
    reg = g_new0(Registration, 1);
    reg->cls = cls;
    reg->event = event;
    reg->session = call->session;
    return reg;
}

/* All classes have { int32_t eventID; WireX *object; } and { int32_t callbackID; }. */
static bool
register_any(Call *call, GError **error)
{
    const Method *m = call->method;
    EventClass cls = class_of(m);
    int32_t event = *(int32_t *)AT(call->args, m->args->fields[0].offset);
    void *object = *(void **)AT(call->args, m->args->fields[1].offset);
    Registration *reg = registration_new(call, cls, event, error);

    if (!reg)
        return false;
    if (object)
        reg->object = object_key(event_lookup(cls, event)->object, object);
    return add(call->session->hub, reg, AT(call->ret, m->ret->fields[0].offset), error);
}

static bool
deregister_any(Call *call, GError **error)
{
    int32_t id = *(int32_t *)AT(call->args, call->method->args->fields[0].offset);

    return remove_one(call->session->hub, call->session, class_of(call->method), false, id, error);
}

static bool
register_legacy(Call *call, GError **error)
{
    bool any = call->method->proc == PROC_CONNECT_DOMAIN_EVENT_REGISTER_ANY;
    int32_t event = any ? *(int32_t *)AT(call->args, call->method->args->fields[0].offset)
                        : VIR_DOMAIN_EVENT_ID_LIFECYCLE;
    Registration *reg = registration_new(call, EVENT_DOMAIN, event, error);

    if (!reg)
        return false;
    if (!event_lookup(EVENT_DOMAIN, event)->legacy_proc) {
        registration_free(reg);
        error_set(error, VIR_ERR_INVALID_ARG, "event id %d needs the newer way to register", event);
        return false;
    }
    reg->legacy = true;
    return add(call->session->hub, reg, NULL, error);
}

static bool
deregister_legacy(Call *call, GError **error)
{
    bool any = call->method->proc == PROC_CONNECT_DOMAIN_EVENT_DEREGISTER_ANY;
    int32_t event = any ? *(int32_t *)AT(call->args, call->method->args->fields[0].offset)
                        : VIR_DOMAIN_EVENT_ID_LIFECYCLE;

    return remove_one(call->session->hub, call->session, EVENT_DOMAIN, true, event, error);
}

static bool
register_monitor(Call *call, GError **error)
{
    QemuConnectDomainMonitorEventRegisterArgs *args = call->args;
    QemuConnectDomainMonitorEventRegisterRet *ret = call->ret;
    bool regex = args->flags & VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX;
    bool nocase = args->flags & VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_NOCASE;
    Registration *reg = registration_new(call, EVENT_QEMU_MONITOR, 0, error);

    if (!reg)
        return false;
    if (args->dom)
        reg->object = object_key(CLASS_DOMAIN, args->dom);
    if (args->event && (regex || nocase)) {
        g_autofree char *quoted = regex ? NULL : g_regex_escape_string(args->event, -1);
        g_autofree char *text = regex ? g_strdup(args->event) : g_strdup_printf("^%s$", quoted);
        g_autoptr(GError) bad = NULL;

        reg->pattern = g_regex_new(text, nocase ? G_REGEX_CASELESS : 0, 0, &bad);
        if (!reg->pattern) {
            registration_free(reg);
            error_set(error, VIR_ERR_INVALID_ARG, "event name pattern '%s': %s", args->event,
                      bad->message);
            return false;
        }
    } else {
        reg->name = g_strdup(args->event);
    }
    return add(call->session->hub, reg, &ret->callbackID, error);
}

const DriverRow *
event_row(const Method *method)
{
    static const DriverRow any = { .fn = register_any,
                                   .flags = ~0u,
                                   .how = ROW_INLINE | ROW_NO_JOB };
    static const DriverRow not_any = { .fn = deregister_any,
                                       .flags = ~0u,
                                       .how = ROW_INLINE | ROW_NO_JOB };
    static const DriverRow legacy = { .fn = register_legacy,
                                      .flags = ~0u,
                                      .how = ROW_INLINE | ROW_NO_JOB };
    static const DriverRow not_legacy = { .fn = deregister_legacy,
                                          .flags = ~0u,
                                          .how = ROW_INLINE | ROW_NO_JOB };
    static const DriverRow monitor = { .fn = register_monitor,
                                       .flags = ~0u,
                                       .how = ROW_INLINE | ROW_NO_JOB };

    if (method->program == PROGRAM_QEMU) {
        switch (method->proc) {
        case PROC_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_REGISTER:
            return &monitor;
        case PROC_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER:
            return &not_any;
        default:
            return NULL;
        }
    }
    if (method->program != PROGRAM_REMOTE)
        return NULL;
    switch (method->proc) {
    case PROC_CONNECT_DOMAIN_EVENT_REGISTER:
    case PROC_CONNECT_DOMAIN_EVENT_REGISTER_ANY:
        return &legacy;
    case PROC_CONNECT_DOMAIN_EVENT_DEREGISTER:
    case PROC_CONNECT_DOMAIN_EVENT_DEREGISTER_ANY:
        return &not_legacy;
    case PROC_CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY:
    case PROC_CONNECT_NETWORK_EVENT_REGISTER_ANY:
    case PROC_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY:
    case PROC_CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY:
    case PROC_CONNECT_SECRET_EVENT_REGISTER_ANY:
        return &any;
    case PROC_CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY:
    case PROC_CONNECT_NETWORK_EVENT_DEREGISTER_ANY:
    case PROC_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY:
    case PROC_CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY:
    case PROC_CONNECT_SECRET_EVENT_DEREGISTER_ANY:
        return &not_any;
    default:
        return NULL;
    }
}
