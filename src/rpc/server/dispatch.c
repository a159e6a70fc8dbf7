/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dispatch.c - one call from packet to reply
 *
 * What needs no driver is refused here.  Rows that never block run at once; all
 * others become a Task: decoded, run and encoded in a worker, sent by the main thread.
 */
#define ERROR_FROM VIR_FROM_RPC
#include <string.h>

#include "rpc/neterror.h"
#include "rpc/server/acl/acl.h"
#include "rpc/server/private.h"
#include "rpc/stream.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/log.h"

LOG_SOURCE("rpc.dispatch");

typedef struct Task {
    Client *client;
    FrameHeader header;
    GBytes *payload;
    Call call;
    Pump *pump;
    GByteArray *reply;
    bool ok;
} Task;

GByteArray *
dispatch_reply_error_packet(const FrameHeader *call, int type, const GError *error)
{
    FrameHeader header = *call;
    GByteArray *packet;

    header.type = type;
    header.status = FRAME_ERROR;
    packet = frame_begin(&header, 0);
    neterror_encode(error, packet);
    frame_end(packet, NULL); /* texts of errors are bounded */
    return packet;
}

GByteArray *
dispatch_reply_packet(const FrameHeader *call, const WireType *type, const void *record,
                      size_t n_fds, GError **failed)
{
    FrameHeader header = *call;
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) packet = NULL;

    header.type = FRAME_REPLY;
    header.status = FRAME_OK;
    packet = frame_begin(&header, n_fds);
    if (wire_encode(type, record, packet, &error) && frame_end(packet, &error))
        return g_steal_pointer(&packet);
    error_prefix(&error, "the result cannot be sent");
    g_byte_array_set_size(packet, 0);
    g_byte_array_unref(g_steal_pointer(&packet));
    packet = dispatch_reply_error_packet(call, FRAME_REPLY, error);
    g_propagate_error(failed, g_steal_pointer(&error));
    return g_steal_pointer(&packet);
}

void
dispatch_reply_record(Client *client, const FrameHeader *call, const WireType *type,
                      const void *record)
{
    client_send(client, dispatch_reply_packet(call, type, record, 0, NULL), NULL, 0);
}

void
dispatch_reply_error(Client *client, const FrameHeader *call, const GError *error)
{
    client_send(client, dispatch_reply_error_packet(call, FRAME_REPLY, error), NULL, 0);
}

static void
log_call(const Session *session, const Method *m, const void *args)
{
    g_autoptr(GString) text = NULL;

    if (!log_enabled(&log_source, LOG_LEVEL_DEBUG))
        return;
    text = g_string_new(NULL);
    if (args)
        wire_print(m->args, args, text);
    log_debug("%s(%s) for uid %" G_GINT64_FORMAT, m->name, text->str, session->identity.uid);
}

static void
log_failure(const Method *m, const GError *error)
{
    g_autofree char *text = NULL;

    if (!log_enabled(&log_source, LOG_LEVEL_INFO))
        return;
    text = error_text(error);
    log_info("%s failed: %s", m->name, text);
}

/* Decode, run, encode: what a worker does, or the main thread for rows that do not block. */
static GByteArray *
execute(Call *call, const FrameHeader *header, const uint8_t *payload, size_t len, bool *ret_ok)
{
    const Method *m = call->method;
    g_autoptr(GError) error = NULL;
    GByteArray *reply = NULL;
    bool ok;

    call->args = wire_new(m->args);
    call->ret = wire_new(m->ret);
    ok = !m->args || wire_decode(m->args, payload, len, NULL, call->args, &error);
    if (ok) {
        log_call(call->session, m, call->args);
        ok = call_run(call, &error);
    }
    if (ok) {
        reply = dispatch_reply_packet(header, m->ret, call->ret, call->n_ret_fds, &error);
        ok = !error;
    } else {
        reply = dispatch_reply_error_packet(header, FRAME_REPLY, error);
    }
    if (!ok)
        log_failure(m, error);
    wire_delete(m->args, call->args);
    wire_delete(m->ret, call->ret);
    call->args = call->ret = NULL;
    *ret_ok = ok;
    return reply;
}

/* Send the reply and let the call's stream flow, or end. */
static void
finish(Client *client, Call *call, Pump *pump, GByteArray *reply, bool ok)
{
    client_send(client, reply, call->ret_fds, ok ? call->n_ret_fds : 0);
    if (ok)
        call->n_ret_fds = 0; /* the packet's now */
    call_clear_fds(call);
    if (pump) {
        pump_start(pump, ok);
        stream_unref(pump_stream(pump));
    }
}

static void
task_done(void *opaque)
{
    Task *task = opaque;
    Client *client = task->client;

    finish(client, &task->call, task->pump, task->reply, task->ok);
    client_call_done(client);
    session_unref(task->call.session);
    g_bytes_unref(task->payload);
    g_free(task);
    client_unref(client);
}

static void
task_run(void *opaque)
{
    Task *task = opaque;
    size_t len;
    const uint8_t *payload = g_bytes_get_data(task->payload, &len);

    task->reply = execute(&task->call, &task->header, payload, len, &task->ok);
    mailbox_post(task->client->server->mailbox, task_done, task);
}

static void
run_local(Client *client, const Method *m, const DriverRow *row, Packet *packet)
{
    Call call = { .session = client->session, .method = m, .row = row };
    Pump *pump = NULL;
    Task *task;

    for (size_t i = 0; i < packet->n_fds; i++)
        call.fds[call.n_fds++] = steal_fd(&packet->fds[i]);
    if (m->stream != STREAM_NONE && client->pumps &&
        g_hash_table_size(client->pumps) >= CLIENT_STREAMS_MAX) {
        g_autoptr(GError) error = NULL;

        call_clear_fds(&call);
        error_set(&error, VIR_ERR_OPERATION_FAILED,
                  "this connection has %d streams open, which is the limit", CLIENT_STREAMS_MAX);
        dispatch_reply_error(client, &packet->header, error);
        return;
    }
    if (m->stream != STREAM_NONE) {
        pump = pump_new(client, m, &packet->header);
        if (!pump) {
            call_clear_fds(&call);
            client_close(client, "it began a stream under a serial that has one");
            return;
        }
        call.stream = stream_ref(pump_stream(pump));
    }
    if ((row->how & ROW_INLINE) && !client->session->ops->acl_check) {
        bool ok;
        GByteArray *reply = execute(&call, &packet->header, packet->payload, packet->len, &ok);

        finish(client, &call, pump, reply, ok);
        return;
    }
    task = g_new0(Task, 1);
    task->client = client_ref(client);
    task->header = packet->header;
    task->payload = g_bytes_new(packet->payload, packet->len);
    task->call = call;
    session_ref(task->call.session);
    task->pump = pump;
    client_call_begin(client);
    workers_push(client->server->workers, m->high, task_run, task);
}

static bool
serves_program(const Server *server, uint32_t program)
{
    if (server->config.program == PROGRAM_ADMIN)
        return program == PROGRAM_ADMIN;
    return program == PROGRAM_REMOTE || program == PROGRAM_QEMU || program == PROGRAM_LXC;
}

/* The method called, or NULL with the reason the client is to be told. */
static const Method *
find_method(const Client *client, const FrameHeader *header, GError **error)
{
    const Method *m;

    if (!serves_program(client->server, header->program)) {
        error_set(error, VIR_ERR_RPC, "program 0x%x is not served here", header->program);
        return NULL;
    }
    if (header->version != 1) { /* all of these have one version */
        error_set(error, VIR_ERR_RPC, "program 0x%x has no version %u", header->program,
                  header->version);
        return NULL;
    }
    if (header->status != FRAME_OK) {
        error_set(error, VIR_ERR_RPC, "a call cannot have status %d", header->status);
        return NULL;
    }
    m = method_lookup(header->program, header->proc);
    if (!m) {
        error_set(error, VIR_ERR_RPC, "unknown procedure: %d",
                  header->proc); /* clients look for these words */
        return NULL;
    }
    if (!client->authenticated && !m->unauthenticated) {
        error_set(error, VIR_ERR_RPC, "authentication required");
        return NULL;
    }
    return m;
}

void
dispatch_call(Client *client, Packet *packet)
{
    const Driver *driver = client->server->config.driver;
    g_autoptr(GError) error = NULL;
    const Method *m = find_method(client, &packet->header, &error);
    const DriverRow *row;

    if (!m) {
        dispatch_reply_error(client, &packet->header, error);
        return;
    }
    if (connect_handle(client, m, packet) || router_call(client, m, packet))
        return;
    row = driver_row(driver, m);
    if (!row) {
        error_set_full(&error, m->from, VIR_ERR_NO_SUPPORT, "%s", m->name);
        dispatch_reply_error(client, &packet->header, error);
        return;
    }
    run_local(client, m, row, packet);
}

typedef struct EventMail {
    Client *client;
    GByteArray *packet;
} EventMail;

static void
send_event_mail(void *opaque)
{
    EventMail *mail = opaque;

    if (client_unsent(mail->client) > CLIENT_EVENTS_MAX)
        client_close(mail->client, "it does not read the events that it registered for");
    client_send(mail->client, mail->packet, NULL, 0);
    client_unref(mail->client);
    g_free(mail);
}

static void
send_event(Session *session, uint32_t program, int proc, const WireType *type, const void *msg)
{
    FrameHeader header = { program, 1, proc, FRAME_EVENT, 1, FRAME_OK };
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) packet = frame_begin(&header, 0);
    EventMail *mail;
    Client *client = session->ops_data;

    if (!wire_encode(type, msg, packet, &error) || !frame_end(packet, &error)) {
        log_gerror(error, "while sending event %d", proc);
        return;
    }
    mail = g_new(EventMail, 1);
    mail->client = client_ref(client);
    mail->packet = g_steal_pointer(&packet);
    mailbox_post(client->server->mailbox, send_event_mail, mail);
}

static void
release_client(Session *session)
{
    client_unref(session->ops_data);
}

const SessionOps dispatch_session_ops = { .send_event = send_event, .release = release_client };
const SessionOps dispatch_session_ops_acl = { .send_event = send_event,
                                              .acl_check = acl_polkit_check,
                                              .release = release_client };
