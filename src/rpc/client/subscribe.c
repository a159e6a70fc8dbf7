/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* subscribe.c - event callbacks: who wants what, and handing it out
 *
 * A timer of the event loop that is normally off is set to 0 when messages wait; its
 * callback delivers them.  A callback that is removed while messages are being handed out is
 * freed after that, so that its owner's data lives as long as it may be looked at.
 */
#define ERROR_FROM VIR_FROM_NONE
#include "rpc/client/subscribe.h"

#include <string.h>

#include "rpc/client/loop.h"
#include "util/error.h"
#include "util/log.h"
#include "util/lock.h"

LOG_SOURCE("client.events");

typedef struct Subscription {
    int id;
    EventClass cls;
    int event;
    Handle *object; /* a reference, or NULL */
    char *filter;
    uint32_t flags;
    virFreeCallback cb;
    void *opaque;
    virFreeCallback ff;
    bool by_function; /* of virConnectDomainEventRegister() */
    bool removed;
    bool ready;    /* the other side knows */
    int remote_id; /* what it calls this; -1 in the older form, in which it tells of all domains */
} Subscription;

typedef struct Message {
    const EventDesc *desc;
    void *record;
} Message;

struct Subscriptions {
    int refs;
    Lock lock;
    Connection *conn; /* no reference; NULL once it is gone */
    GPtrArray *list;  /* of Subscription */
    GQueue queue;     /* of Message */
    int next_id;
    int timer; /* -1: none yet */
    bool delivering;
    bool lost;  /* the close callback is due ... */
    int reason; /* ... with this virConnectCloseReason */
};

/* How each class registers with the other side. */
typedef struct ClassProcs {
    uint32_t program;
    int add, remove;
    HandleKind kind;
} ClassProcs;

static const ClassProcs class_procs[EVENT_LAST] = {
    [EVENT_DOMAIN] = { PROGRAM_REMOTE, PROC_CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY,
                       PROC_CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY, HANDLE_DOMAIN },
    [EVENT_NETWORK] = { PROGRAM_REMOTE, PROC_CONNECT_NETWORK_EVENT_REGISTER_ANY,
                        PROC_CONNECT_NETWORK_EVENT_DEREGISTER_ANY, HANDLE_NETWORK },
    [EVENT_STORAGE_POOL] = { PROGRAM_REMOTE, PROC_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY,
                             PROC_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY, HANDLE_STORAGE_POOL },
    [EVENT_NODE_DEVICE] = { PROGRAM_REMOTE, PROC_CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY,
                            PROC_CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY, HANDLE_NODE_DEVICE },
    [EVENT_SECRET] = { PROGRAM_REMOTE, PROC_CONNECT_SECRET_EVENT_REGISTER_ANY,
                       PROC_CONNECT_SECRET_EVENT_DEREGISTER_ANY, HANDLE_SECRET },
    [EVENT_QEMU_MONITOR] = { PROGRAM_QEMU, PROC_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_REGISTER,
                             PROC_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER, HANDLE_DOMAIN },
};

/* Daemons before 1.3.3 know domain events by their number alone, and that of life by a procedure of its own. */
static bool
is_legacy(Connection *conn, const Subscription *sub)
{
    return sub->cls == EVENT_DOMAIN && conn->link->ops->remote &&
           !connection_has_feature(conn, FEATURE_REMOTE_EVENT_CALLBACK);
}

static bool
call_legacy(Connection *conn, const Subscription *sub, bool add, GError **error)
{
    ConnectDomainEventRegisterAnyArgs args = { .eventID = sub->event };
    union { /* what was registered the old way is more than we need to know */
        ConnectDomainEventRegisterRet add;
        ConnectDomainEventDeregisterRet remove;
    } ret = { 0 };

    if (sub->by_function)
        return connection_call(conn, PROGRAM_REMOTE,
                               add ? PROC_CONNECT_DOMAIN_EVENT_REGISTER
                                   : PROC_CONNECT_DOMAIN_EVENT_DEREGISTER,
                               NULL, &ret, error);
    return connection_call(conn, PROGRAM_REMOTE,
                           add ? PROC_CONNECT_DOMAIN_EVENT_REGISTER_ANY
                               : PROC_CONNECT_DOMAIN_EVENT_DEREGISTER_ANY,
                           &args, NULL, error);
}

static void
message_free(Message *message)
{
    wire_delete(message->desc->msg, message->record);
    g_free(message);
}

Subscriptions *
subscribe_ref(Subscriptions *self)
{
    __atomic_add_fetch(&self->refs, 1, __ATOMIC_RELAXED);
    return self;
}

void
subscribe_unref(void *data)
{
    Subscriptions *self = data;

    if (__atomic_sub_fetch(&self->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    g_queue_clear_full(&self->queue, (GDestroyNotify)message_free);
    g_ptr_array_unref(self->list);
    lock_clear(&self->lock);
    g_free(self);
}

Subscriptions *
subscribe_new(Connection *conn)
{
    Subscriptions *self = g_new0(Subscriptions, 1);

    self->refs = 1;
    lock_init(&self->lock);
    self->conn = conn;
    self->timer = -1;
    self->list = g_ptr_array_new();
    return self;
}

/* Outside the lock. */
static void
subscription_free(Subscription *sub)
{
    if (sub->ff)
        sub->ff(sub->opaque);
    handle_unref(sub->object);
    g_free(sub->filter);
    g_free(sub);
}

void
subscribe_free(Subscriptions *self)
{
    int timer;

    lock_acquire(&self->lock);
    self->conn = NULL;
    timer = self->timer;
    self->timer = -1;
    lock_release(&self->lock);
    if (timer >= 0)
        loop_remove_timeout(timer);
    subscribe_unref(self);
}

static bool
same_object(const Handle *a, const Handle *b)
{
    if (!a || !b)
        return a == b;
    return memcmp(a->uuid, b->uuid, VIR_UUID_BUFLEN) == 0 && g_strcmp0(a->name, b->name) == 0;
}

/* Another live callback that wants the same of the other side; lock held. */
static Subscription *
find_twin(Subscriptions *self, const Subscription *sub)
{
    for (guint i = 0; i < self->list->len; i++) {
        Subscription *other = self->list->pdata[i];

        if (other != sub && other->ready && !other->removed && other->cls == sub->cls &&
            other->event == sub->event && other->flags == sub->flags &&
            g_strcmp0(other->filter, sub->filter) == 0 &&
            (other->remote_id < 0 || same_object(other->object, sub->object)))
            return other;
    }
    return NULL;
}

/* Take removed ones off the list, unless messages are being handed out; lock held, taken off. */
static void
sweep(Subscriptions *self)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_new();

    for (guint i = 0; !self->delivering && i < self->list->len;) {
        Subscription *sub = self->list->pdata[i];

        if (sub->removed)
            g_ptr_array_add(gone, g_ptr_array_steal_index(self->list, i));
        else
            i++;
    }
    lock_release(&self->lock);
    for (guint i = 0; i < gone->len; i++)
        subscription_free(gone->pdata[i]);
}

/* In the older form whom an event is about is for us to look at; only domains have that form. */
static bool
is_about(const Subscription *sub, const EventDesc *desc, const void *record)
{
    const WireDomain *dom = (const void *)((const char *)record + desc->object_at);
    WireDomain wanted = { 0 };

    if (!sub->object)
        return true;
    handle_to_wire(sub->object, &wanted);
    return memcmp(wanted.uuid, dom->uuid, sizeof(wanted.uuid)) == 0;
}

static void
deliver_one(Subscriptions *self, Connection *conn, const Message *message)
{
    const EventDesc *desc = message->desc;
    int32_t id =
        desc->has_callback ? *(int32_t *)((char *)message->record + desc->callback_at) : -1;
    guint n = self->list->len;

    if (desc->cls == EVENT_CONNECTION) {
        self->lost = true;
        self->reason = ((const ConnectEventConnectionClosedMsg *)message->record)->reason;
        return;
    }
    for (guint i = 0; i < n; i++) {
        Subscription *sub = self->list->pdata[i];

        if (sub->removed || sub->cls != desc->cls || sub->event != desc->id ||
            sub->remote_id != id || (id < 0 && !is_about(sub, desc, message->record)))
            continue;
        lock_release(&self->lock);
        event_callback_call(conn, desc, message->record, sub->cb, sub->opaque);
        lock_acquire(&self->lock);
    }
}

static void
call_close(Connection *conn, int reason)
{
    virConnectCloseFunc cb;
    virFreeCallback ff;
    void *opaque;

    lock_acquire(&conn->lock);
    cb = conn->close_cb;
    opaque = conn->close_opaque;
    ff = conn->close_free;
    conn->close_cb = NULL;
    conn->close_free = NULL;
    lock_release(&conn->lock);
    if (!cb)
        return;
    cb((virConnectPtr)conn, reason, opaque);
    if (ff)
        ff(opaque);
    handle_unref(&conn->handle); /* that of the registration */
}

static void
on_timer(int timer, void *opaque)
{
    Subscriptions *self = opaque;
    Connection *conn;
    Message *message;
    bool lost;
    int reason;

    loop_update_timeout(timer, -1);
    lock_acquire(&self->lock);
    conn = self->conn;
    if (!conn || self->delivering || !handle_ref_live(&conn->handle)) {
        lock_release(&self->lock);
        return;
    }
    self->delivering = true;
    while ((message = g_queue_pop_head(&self->queue))) {
        deliver_one(self, conn, message); /* takes the lock off while a callback runs */
        message_free(message);
    }
    self->delivering = false;
    lost = self->lost;
    reason = self->reason;
    self->lost = false;
    sweep(self);
    if (lost)
        call_close(conn, reason);
    handle_unref(&conn->handle);
}

static bool
want_loop(Subscriptions *self, GError **error)
{
    bool have;
    int timer;

    lock_acquire(&self->lock);
    have = self->timer >= 0;
    lock_release(&self->lock);
    if (have)
        return true;
    timer = loop_add_timeout(-1, on_timer, subscribe_ref(self), subscribe_unref);
    if (timer < 0) {
        subscribe_unref(self);
        error_set(error, VIR_ERR_INTERNAL_ERROR,
                  "could not initialize domain event timer: register an event loop before asking "
                  "for events");
        return false;
    }
    lock_acquire(&self->lock);
    if (self->timer < 0) {
        self->timer = timer;
        timer = -1;
    }
    lock_release(&self->lock);
    if (timer >= 0) /* another thread was first */
        loop_remove_timeout(timer);
    return true;
}

/* The arguments of a registration are alike in all classes but the monitor's. */
typedef struct EventArgs {
    int32_t number;
    const void *object;
} EventArgs;

#define IS_EVENT_ARGS(Args, member)                                                                \
    G_STATIC_ASSERT(offsetof(Args, eventID) == offsetof(EventArgs, number) &&                      \
                    offsetof(Args, member) == offsetof(EventArgs, object) &&                       \
                    sizeof(Args) == sizeof(EventArgs))
IS_EVENT_ARGS(ConnectDomainEventCallbackRegisterAnyArgs, dom);
IS_EVENT_ARGS(ConnectNetworkEventRegisterAnyArgs, net);
IS_EVENT_ARGS(ConnectStoragePoolEventRegisterAnyArgs, pool);
IS_EVENT_ARGS(ConnectNodeDeviceEventRegisterAnyArgs, dev);
IS_EVENT_ARGS(ConnectSecretEventRegisterAnyArgs, secret);

/* The record of the registration call for @sub; what it points to is borrowed. */
static bool
register_remote(Connection *conn, Subscription *sub, GError **error)
{
    const ClassProcs *procs = &class_procs[sub->cls];
    union {
        WireDomain domain;
        WireNetwork network;
        WireStoragePool pool;
        WireNodeDevice device;
        WireSecret secret;
    } object = { 0 };
    union {
        EventArgs event;
        QemuConnectDomainMonitorEventRegisterArgs monitor;
    } args = { 0 };
    struct {
        int32_t callback_id;
    } ret = { -1 };

    if (is_legacy(conn, sub))
        return call_legacy(conn, sub, true, error);
    if (sub->object)
        handle_to_wire(sub->object, &object);
    if (sub->cls == EVENT_QEMU_MONITOR) {
        args.monitor.dom = sub->object ? &object.domain : NULL;
        args.monitor.event = sub->filter;
        args.monitor.flags = sub->flags;
    } else {
        args.event.number = sub->event;
        args.event.object = sub->object ? &object : NULL;
    }
    if (!connection_call(conn, procs->program, procs->add, &args, &ret, error))
        return false;
    sub->remote_id = ret.callback_id;
    return true;
}

int
subscribe_add(Connection *conn, EventClass cls, int event, Handle *object, const char *filter,
              uint32_t flags, virFreeCallback cb, void *opaque, virFreeCallback ff,
              bool by_function, GError **error)
{
    Subscriptions *self = conn->events;
    Subscription *sub, *twin;

    if (cls != EVENT_QEMU_MONITOR && !event_lookup(cls, event)) {
        error_set(error, VIR_ERR_INVALID_ARG, "no event has the number %d", event);
        return -1;
    }
    if (!want_loop(self, error) || !conn->link->ops->listen(conn->link, error))
        return -1;
    sub = g_new0(Subscription, 1);
    *sub = (Subscription){ .cls = cls,
                           .event = event,
                           .flags = flags,
                           .cb = cb,
                           .opaque = opaque,
                           .by_function = by_function,
                           .filter = g_strdup(filter),
                           .object = handle_ref(object),
                           .remote_id = -1 };
    lock_acquire(&self->lock);
    for (guint i = 0; by_function && i < self->list->len; i++) {
        Subscription *other = self->list->pdata[i];

        if (other->by_function && !other->removed && other->cb == cb) {
            lock_release(&self->lock);
            subscription_free(sub);
            error_set(error, VIR_ERR_INVALID_ARG, "event callback already tracked");
            return -1;
        }
    }
    twin = find_twin(self, sub);
    sub->id = self->next_id++;
    if (twin) {
        sub->remote_id = twin->remote_id;
        sub->ready = true;
    }
    g_ptr_array_add(self->list, sub);
    lock_release(&self->lock);
    if (!twin && !register_remote(conn, sub, error)) {
        lock_acquire(&self->lock);
        sub->removed = true;
        sweep(self);
        return -1;
    }
    lock_acquire(&self->lock);
    sub->ready = true;
    sub->ff = ff;
    lock_release(&self->lock);
    handle_ref(&conn->handle); /* a connection lives while callbacks are registered on it */
    return sub->id;
}

/* Lock held; taken off. */
static bool
remove_locked(Connection *conn, Subscription *sub, GError **error)
{
    Subscriptions *self = conn->events;
    const ClassProcs *procs = &class_procs[sub->cls];
    int32_t args = sub->remote_id; /* the records of all classes hold just the id */
    const Subscription old = { .event = sub->event, .by_function = sub->by_function };
    bool legacy = sub->cls == EVENT_DOMAIN && sub->remote_id < 0, last, ok = true;

    sub->removed = true;
    last = !find_twin(self, sub);
    sweep(self);
    /* A connection that is gone has forgotten all registrations. */
    if (last && conn->link->ops->is_alive(conn->link) && legacy)
        ok = call_legacy(conn, &old, false, error);
    else if (last && conn->link->ops->is_alive(conn->link))
        ok = connection_call(conn, procs->program, procs->remove, &args, NULL, error);
    handle_unref(&conn->handle);
    return ok;
}

bool
subscribe_remove(Connection *conn, EventClass cls, int id, GError **error)
{
    Subscriptions *self = conn->events;

    lock_acquire(&self->lock);
    for (guint i = 0; i < self->list->len; i++) {
        Subscription *sub = self->list->pdata[i];

        if (sub->id == id && sub->cls == cls && !sub->removed)
            return remove_locked(conn, sub, error);
    }
    lock_release(&self->lock);
    error_set(error, VIR_ERR_INVALID_ARG, "event callback id %d not registered", id);
    return false;
}

bool
subscribe_remove_function(Connection *conn, virFreeCallback cb, GError **error)
{
    Subscriptions *self = conn->events;

    lock_acquire(&self->lock);
    for (guint i = 0; i < self->list->len; i++) {
        Subscription *sub = self->list->pdata[i];

        if (sub->by_function && sub->cb == cb && !sub->removed)
            return remove_locked(conn, sub, error);
    }
    lock_release(&self->lock);
    error_set(error, VIR_ERR_INVALID_ARG, "event callback function %p not registered", (void *)cb);
    return false;
}

/* @record is taken over. */
static bool
queue_message(Subscriptions *self, const EventDesc *desc, void *record)
{
    Message *message = g_new(Message, 1);

    *message = (Message){ desc, record };
    lock_acquire(&self->lock);
    g_queue_push_tail(&self->queue, message);
    lock_release(&self->lock);
    return true;
}

bool
subscribe_take(Subscriptions *self, const EventDesc *desc, int32_t proc, const uint8_t *payload,
               size_t len)
{
    g_autoptr(GError) error = NULL;
    bool legacy = desc->legacy_proc && proc == desc->legacy_proc;
    void *record = wire_new(desc->msg);

    if (legacy)
        *(int32_t *)((char *)record + desc->callback_at) = -1;
    if (!wire_decode(legacy ? desc->legacy : desc->msg, payload, len, NULL,
                     (char *)record + (legacy ? desc->legacy_at : 0), &error)) {
        log_warning("unreadable event %s: %s", desc->proc_name, error->message);
        g_free(record);
        return false;
    }
    return queue_message(self, desc, record);
}

bool
subscribe_take_record(Subscriptions *self, const EventDesc *desc, const void *msg)
{
    void *record = wire_new(desc->msg);

    wire_copy(desc->msg, msg, record);
    return queue_message(self, desc, record);
}

void
subscribe_kick(Subscriptions *self)
{
    int timer;

    lock_acquire(&self->lock);
    timer = self->timer;
    lock_release(&self->lock);
    if (timer >= 0)
        loop_update_timeout(timer, 0);
}

void
subscribe_lost(Subscriptions *self, int reason)
{
    lock_acquire(&self->lock);
    self->lost = true;
    self->reason = reason;
    lock_release(&self->lock);
    subscribe_kick(self);
}

/* Have a daemon that knows how tell us when it loses the driver's own connection. */
static void
tell_daemon(Connection *conn, int proc)
{
    g_autoptr(GError) ignored = NULL; /* the end of the socket is reported all the same */

    if (!conn->admin && conn->link->ops->is_alive(conn->link) &&
        connection_has_feature(conn, FEATURE_REMOTE_CLOSE_CALLBACK))
        connection_call(conn, PROGRAM_REMOTE, proc, NULL, NULL, &ignored);
}

static int
close_domain(const Connection *conn)
{
    return handle_is(&conn->handle, HANDLE_ADM_CONNECT) ? VIR_FROM_ADMIN : VIR_FROM_REMOTE;
}

bool
subscribe_set_close(Connection *conn, virConnectCloseFunc cb, void *opaque, virFreeCallback ff,
                    GError **error)
{
    g_autoptr(GError) no_loop = NULL;
    bool taken;

    lock_acquire(&conn->lock);
    taken = conn->close_cb != NULL;
    if (!taken) {
        conn->close_cb = cb;
        conn->close_opaque = opaque;
        conn->close_free = ff;
    }
    lock_release(&conn->lock);
    if (taken) {
        error_set_full(error, close_domain(conn), VIR_ERR_OPERATION_INVALID,
                       "A close callback is already registered");
        return false;
    }
    handle_ref(&conn->handle);
    /* Without an event loop nobody can be told, but asking is allowed. */
    if (want_loop(conn->events, &no_loop) && conn->link->ops->listen(conn->link, &no_loop))
        tell_daemon(conn, PROC_CONNECT_REGISTER_CLOSE_CALLBACK);
    return true;
}

bool
subscribe_unset_close(Connection *conn, virConnectCloseFunc cb, GError **error)
{
    virFreeCallback ff;
    void *opaque;

    lock_acquire(&conn->lock);
    if (conn->close_cb != cb) {
        lock_release(&conn->lock);
        error_set_full(error,
                       handle_is(&conn->handle, HANDLE_ADM_CONNECT) ? VIR_FROM_NONE : VIR_FROM_REMOTE,
                       VIR_ERR_OPERATION_INVALID, "A different callback was requested");
        return false;
    }
    ff = conn->close_free;
    opaque = conn->close_opaque;
    conn->close_cb = NULL;
    conn->close_free = NULL;
    lock_release(&conn->lock);
    tell_daemon(conn, PROC_CONNECT_UNREGISTER_CLOSE_CALLBACK);
    if (ff)
        ff(opaque);
    handle_unref(&conn->handle);
    return true;
}
