/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qmp_client.c - one connection to a QEMU machine protocol server
 *
 * State is guarded by one lock that is held for memory access only.  Callers write their own
 * request when nothing is queued before it; what the socket does not take at once the main loop
 * writes.  A call that ran out of time stays in the table as abandoned until its answer comes: while
 * it is there the emulator is known to be stuck and new calls are refused at once.
 */
#define ERROR_FROM VIR_FROM_QEMU
#include "drivers/qemu/qmp/qmp_client.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/lock.h"
#include "util/ref.h"

typedef struct Pending {
    uint64_t id;
    char *command;
    int64_t started;
    Json *reply; /* owned */
    bool done;
    bool abandoned;     /* its caller gave up */
} Pending;

struct QmpClient {
    gatomicrefcount refs;
    char *name;
    GMainContext *context;
    QmpClientHooks hooks;
    void *data;
    GDestroyNotify free_data;

    Lock lock;
    Cond changed;
    int fd;
    GSource *in, *out;
    bool greeted;
    bool closed;
    GError *reason;         /* why it is closed */
    uint64_t next_id;
    GPtrArray *pending;     /* Pending, in order of request */
    GByteArray *unsent;
    int unsent_fd;          /* goes with the first byte of unsent; -1 */
    GByteArray *line;       /* read by the main loop only */
    size_t scanned;
};

static void
pending_free(void *data)
{
    Pending *p = data;

    g_free(p->command);
    json_object_put(p->reply);
    g_free(p);
}

static void
destroy_source(GSource **source)
{
    if (*source) {
        g_source_destroy(*source);
        g_source_unref(*source);
    }
    *source = NULL;
}

static void
client_free(QmpClient *c)
{
    fd_close(&c->fd);
    fd_close(&c->unsent_fd);
    if (c->free_data)
        c->free_data(c->data);
    g_clear_error(&c->reason);
    g_ptr_array_unref(c->pending);
    g_byte_array_unref(c->unsent);
    g_byte_array_unref(c->line);
    if (c->context)
        g_main_context_unref(c->context);
    cond_clear(&c->changed);
    lock_clear(&c->lock);
    g_free(c->name);
    g_free(c);
}

DEFINE_REF(QmpClient, qmp_client, client_free)

/* Mark it closed and wake everybody.  True if this was the call that did it. */
static bool
shut(QmpClient *c, const GError *reason)
{
    g_auto(LockHold) hold = lock_hold(&c->lock);

    if (c->closed)
        return false;
    c->closed = true;
    c->reason = g_error_copy(reason);
    if (c->fd >= 0)
        shutdown(c->fd, SHUT_RDWR);
    destroy_source(&c->in);
    destroy_source(&c->out);
    cond_broadcast(&c->changed);
    return true;
}

void
qmp_client_close(QmpClient *c)
{
    g_autoptr(GError) reason = NULL;

    error_set(&reason, VIR_ERR_OPERATION_FAILED, "the monitor of '%s' was closed", c->name);
    shut(c, reason);
}

static void
lose(QmpClient *c, const GError *reason)
{
    if (shut(c, reason) && c->hooks.closed)
        c->hooks.closed(c->data, reason);
}

/* Takes @msg: reference counts of json-c are not atomic, so an object belongs to one thread at a time. */
static bool
deliver_reply(QmpClient *c, Json *owned, Json *id, GError **error)
{
    g_autoptr(Json) msg = owned;
    g_auto(LockHold) hold = lock_hold(&c->lock);

    for (unsigned i = 0; i < c->pending->len; i++) {
        Pending *p = g_ptr_array_index(c->pending, i);

        /* An error without id answers a request that QEMU could not even parse: the oldest. */
        if (p->done || (id && (!json_object_is_type(id, json_type_int) || json_object_get_uint64(id) != p->id)))
            continue;
        if (p->abandoned) {
            g_ptr_array_remove_index(c->pending, i);
        } else {
            p->reply = g_steal_pointer(&msg);
            p->done = true;
        }
        cond_broadcast(&c->changed);
        return true;
    }
    error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU of '%s' answered a question that was not asked", c->name);
    return false;
}

/* One line, without its end.  False ends the connection. */
static bool
handle_line(QmpClient *c, json_tokener *tokener, const char *text, size_t len, GError **error)
{
    g_autoptr(Json) msg = NULL;
    Json *member, *id = NULL;

    json_tokener_reset(tokener);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    msg = json_tokener_parse_ex(tokener, text, (int)len);
    if (!msg || json_tokener_get_parse_end(tokener) != len || !json_object_is_type(msg, json_type_object)) {
        error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU of '%s' sent something that is not QMP: %.*s%s", c->name,
                  (int)MIN(len, 80), text, len > 80 ? " ..." : "");
        return false;
    }
    if (json_object_object_get_ex(msg, "QMP", NULL)) {
        g_auto(LockHold) hold = lock_hold(&c->lock);

        c->greeted = true;
        cond_broadcast(&c->changed);
        return true;
    }
    if (json_object_object_get_ex(msg, "event", &member)) {
        Json *data = NULL, *stamp = NULL, *seconds = NULL, *micros = NULL;

        json_object_object_get_ex(msg, "data", &data);
        if (json_object_object_get_ex(msg, "timestamp", &stamp)) {
            json_object_object_get_ex(stamp, "seconds", &seconds);
            json_object_object_get_ex(stamp, "microseconds", &micros);
        }
        if (json_object_is_type(member, json_type_string) && c->hooks.event)
            c->hooks.event(c->data, json_object_get_string(member),
                           json_object_is_type(data, json_type_object) ? data : NULL, json_object_get_int64(seconds),
                           json_object_get_int64(micros));
        return true;
    }
    json_object_object_get_ex(msg, "id", &id);
    if (json_object_object_get_ex(msg, "return", NULL) || json_object_object_get_ex(msg, "error", NULL))
        return deliver_reply(c, g_steal_pointer(&msg), id, error);
    error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU of '%s' sent a message of no known kind", c->name);
    return false;
}

/* Consume the whole lines that were read. */
static bool
handle_input(QmpClient *c, GError **error)
{
    json_tokener *tokener = NULL;
    size_t start = 0;
    bool ok = true;

    while (ok) {
        uint8_t *from = c->line->data + MAX(start, c->scanned);
        uint8_t *end = memchr(from, '\n', c->line->data + c->line->len - from);
        size_t len;

        if (!end)
            break;
        len = end - (c->line->data + start);
        if (len && end[-1] == '\r')
            len--;
        if (!tokener)
            tokener = json_tokener_new_ex(QMP_CLIENT_DEPTH_MAX);
        if (len)
            ok = handle_line(c, tokener, (char *)c->line->data + start, len, error);
        start = end + 1 - c->line->data;
    }
    if (tokener)
        json_tokener_free(tokener);
    if (start)
        g_byte_array_remove_range(c->line, 0, start);
    c->scanned = c->line->len;
    /* One huge reply must not be kept as memory for ever. */
    if (!c->line->len && start > 1 << 20) {
        g_byte_array_unref(c->line);
        c->line = g_byte_array_new();
    }
    return ok;
}

static gboolean
on_readable(int fd, GIOCondition condition, void *data)
{
    g_autoptr(QmpClient) c = qmp_client_ref(data);
    g_autoptr(GError) error = NULL;
    uint8_t buffer[16384];
    ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (n <= 0) {
        error_set(&error, VIR_ERR_OPERATION_FAILED, "QEMU of '%s' closed its monitor", c->name);
    } else {
        g_byte_array_append(c->line, buffer, n);
        if (handle_input(c, &error)) {
            if (c->line->len <= QMP_CLIENT_LINE_MAX)
                return G_SOURCE_CONTINUE;
            error_set(&error, VIR_ERR_INTERNAL_ERROR, "QEMU of '%s' sent a line of more than %d bytes", c->name,
                      QMP_CLIENT_LINE_MAX);
        }
    }
    lose(c, error);
    return G_SOURCE_REMOVE;
}

/* Write what is queued.  Under the lock; false on an error of the socket. */
static bool
flush_unsent(QmpClient *c)
{
    while (c->unsent->len) {
        union {
            char bytes[CMSG_SPACE(sizeof(int))];
            struct cmsghdr align;
        } control = { 0 };
        struct iovec iov = { c->unsent->data, c->unsent->len };
        struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
        ssize_t n;

        if (c->unsent_fd >= 0) {
            struct cmsghdr *cmsg;

            msg.msg_control = control.bytes;
            msg.msg_controllen = sizeof(control.bytes);
            cmsg = CMSG_FIRSTHDR(&msg);
            cmsg->cmsg_level = SOL_SOCKET;
            cmsg->cmsg_type = SCM_RIGHTS;
            cmsg->cmsg_len = CMSG_LEN(sizeof(int));
            memcpy(CMSG_DATA(cmsg), &c->unsent_fd, sizeof(int));
        }
        n = sendmsg(c->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        fd_close(&c->unsent_fd);
        g_byte_array_remove_range(c->unsent, 0, n);
    }
    return true;
}

static gboolean
on_writable(int fd, GIOCondition condition, void *data)
{
    QmpClient *c = data;
    g_auto(LockHold) hold = lock_hold(&c->lock);

    /* A broken socket shows itself on the reading side as well. */
    if (c->closed || (flush_unsent(c) && c->unsent->len))
        return G_SOURCE_CONTINUE;
    destroy_source(&c->out);
    return G_SOURCE_REMOVE;
}

static GSource *
watch(QmpClient *c, GIOCondition condition, GUnixFDSourceFunc fn)
{
    GSource *source = g_unix_fd_source_new(c->fd, condition);

    g_source_set_callback(source, G_SOURCE_FUNC(fn), qmp_client_ref(c), (GDestroyNotify)qmp_client_unref);
    g_source_attach(source, c->context);
    return source;
}

QmpClient *
qmp_client_new(GMainContext *context, int fd, const char *name, const QmpClientHooks *hooks, void *data,
               GDestroyNotify free_data)
{
    QmpClient *c = g_new0(QmpClient, 1);

    g_atomic_ref_count_init(&c->refs);
    lock_init(&c->lock);
    cond_init(&c->changed);
    c->name = g_strdup(name);
    c->unsent_fd = -1;
    c->next_id = 1;
    c->pending = g_ptr_array_new_with_free_func(pending_free);
    c->unsent = g_byte_array_new();
    c->line = g_byte_array_new();
    c->context = g_main_context_ref(context ? context : g_main_context_default());
    c->fd = fd;
    if (hooks)
        c->hooks = *hooks;
    c->data = data;
    c->free_data = free_data;
    lock_acquire(&c->lock);
    c->in = watch(c, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable);
    lock_release(&c->lock);
    return c;
}

bool
qmp_client_handshake(QmpClient *c, int timeout_ms, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + timeout_ms * INT64_C(1000);
    g_autoptr(Json) reply = NULL;
    bool ok;

    lock_acquire(&c->lock);
    while (!c->greeted && !c->closed && cond_wait_until(&c->changed, &c->lock, deadline))
        continue;
    if (c->closed)
        g_propagate_error(error, g_error_copy(c->reason));
    else if (!c->greeted)
        error_set(error, VIR_ERR_OPERATION_TIMEOUT, "QEMU of '%s' did not greet on its monitor within %d ms", c->name,
                  timeout_ms);
    ok = !c->closed && c->greeted;
    lock_release(&c->lock);
    reply = ok ? qmp_client_call(c, "qmp_capabilities", NULL, timeout_ms, error) : NULL;
    return reply != NULL;
}

/* A guest that did not answer in time is asked nothing more until it does. */
static bool
check_usable(QmpClient *c, GError **error)
{
    if (c->closed) {
        g_propagate_error(error, g_error_copy(c->reason));
        return false;
    }
    for (unsigned i = 0; i < c->pending->len; i++) {
        Pending *p = g_ptr_array_index(c->pending, i);

        if (p->abandoned) {
            error_set(error, VIR_ERR_OPERATION_TIMEOUT, "QEMU of '%s' is stuck: no answer to '%s' for %.1f s", c->name,
                      p->command, (g_get_monotonic_time() - p->started) / 1e6);
            return false;
        }
    }
    return true;
}

static Json *
exchange(QmpClient *c, Json *request, const char *command, int fd, int timeout_ms, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + timeout_ms * INT64_C(1000);
    g_auto(LockHold) hold = NULL;
    Json *reply;
    Pending *p;
    const char *text;
    size_t len;
    bool was_empty;

    g_assert(!g_main_context_is_owner(c->context));
    hold = lock_hold(&c->lock);
    if (!check_usable(c, error))
        return NULL;
    if (fd >= 0 && c->unsent->len) {
        error_set(error, VIR_ERR_OPERATION_TIMEOUT, "QEMU of '%s' does not read its monitor", c->name);
        return NULL;
    }
    p = g_new0(Pending, 1);
    p->id = c->next_id++;
    p->command = g_strdup(command);
    p->started = g_get_monotonic_time();
    g_ptr_array_add(c->pending, p);
    json_object_object_add(request, "id", json_object_new_uint64(p->id));
    text = json_object_to_json_string_length(request, JSON_C_TO_STRING_PLAIN, &len);
    was_empty = !c->unsent->len;
    g_byte_array_append(c->unsent, (const uint8_t *)text, len);
    g_byte_array_append(c->unsent, (const uint8_t *)"\n", 1);
    if (fd >= 0)
        c->unsent_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (was_empty)
        flush_unsent(c);
    if (c->unsent->len && !c->out)
        c->out = watch(c, G_IO_OUT, on_writable);

    while (!p->done && !c->closed)
        if (!cond_wait_until(&c->changed, &c->lock, deadline) && !p->done) {
            p->abandoned = true;
            error_set(error, VIR_ERR_OPERATION_TIMEOUT, "QEMU of '%s' did not answer '%s' within %d ms", c->name,
                      command, timeout_ms);
            return NULL;
        }
    if (!p->done) {
        g_propagate_error(error, g_error_copy(c->reason));
        g_ptr_array_remove(c->pending, p);
        return NULL;
    }
    reply = g_steal_pointer(&p->reply);
    g_ptr_array_remove(c->pending, p);
    return reply;
}

Json *
qmp_client_raw(QmpClient *c, Json *request, int timeout_ms, GError **error)
{
    return qmp_client_raw_fd(c, request, -1, timeout_ms, error);
}

Json *
qmp_client_raw_fd(QmpClient *c, Json *request, int fd, int timeout_ms, GError **error)
{
    Json *execute = NULL, *id = NULL, *reply;

    json_object_object_get_ex(request, "execute", &execute);
    if (json_object_object_get_ex(request, "id", &id))
        json_object_get(id);
    reply = exchange(c, request, execute ? json_object_get_string(execute) : "?", fd, timeout_ms, error);
    if (reply && id)
        json_object_object_add(reply, "id", json_object_get(id));
    json_object_put(id);
    return reply;
}

static void
set_qmp_error(QmpClient *c, const char *command, Json *failure, GError **error)
{
    Json *cls = NULL, *desc = NULL;
    const char *name;
    int code = VIR_ERR_INTERNAL_ERROR;

    json_object_object_get_ex(failure, "class", &cls);
    json_object_object_get_ex(failure, "desc", &desc);
    name = cls ? json_object_get_string(cls) : "";
    if (g_str_equal(name, "CommandNotFound"))
        code = VIR_ERR_OPERATION_UNSUPPORTED;
    else if (g_str_equal(name, "DeviceNotFound"))
        code = VIR_ERR_DEVICE_MISSING;
    error_set(error, code, "unable to execute QEMU command '%s': %s", command,
              desc ? json_object_get_string(desc) : "it gave no reason");
}

Json *
qmp_client_call_fd(QmpClient *c, const char *command, Json *arguments, int fd, int timeout_ms, GError **error)
{
    g_autoptr(Json) request = json_new_object();
    g_autoptr(Json) reply = NULL;
    Json *value = NULL;

    json_object_object_add(request, "execute", json_object_new_string(command));
    if (arguments)
        json_object_object_add(request, "arguments", arguments);
    reply = exchange(c, request, command, fd, timeout_ms, error);
    if (!reply)
        return NULL;
    if (json_object_object_get_ex(reply, "return", &value) && value)
        return json_object_get(value);
    if (json_object_object_get_ex(reply, "error", &value) && json_object_is_type(value, json_type_object))
        set_qmp_error(c, command, value, error);
    else
        error_set(error, VIR_ERR_INTERNAL_ERROR, "QEMU of '%s' answered '%s' with neither result nor error", c->name,
                  command);
    return NULL;
}

Json *
qmp_client_call(QmpClient *c, const char *command, Json *arguments, int timeout_ms, GError **error)
{
    return qmp_client_call_fd(c, command, arguments, -1, timeout_ms, error);
}
