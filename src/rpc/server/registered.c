/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* registered.c - which calls register for events, and what must be kept of them. */
#include "rpc/server/registered.h"

#include <arpa/inet.h>
#include <string.h>

void
registered_free(Registered *self)
{
    g_byte_array_unref(self->packet);
    g_free(self);
}

bool
registered_begins(const Method *m)
{
    if (m->program == PROGRAM_QEMU)
        return m->proc == PROC_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_REGISTER;
    if (m->program != PROGRAM_REMOTE)
        return false;
    switch (m->proc) {
    case PROC_CONNECT_DOMAIN_EVENT_REGISTER:
    case PROC_CONNECT_DOMAIN_EVENT_REGISTER_ANY:
    case PROC_CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY:
    case PROC_CONNECT_NETWORK_EVENT_REGISTER_ANY:
    case PROC_CONNECT_STORAGE_POOL_EVENT_REGISTER_ANY:
    case PROC_CONNECT_NODE_DEVICE_EVENT_REGISTER_ANY:
    case PROC_CONNECT_SECRET_EVENT_REGISTER_ANY:
        return true;
    default:
        return false;
    }
}

/* The newer forms, by callback id. */
bool
registered_ends(const Method *m)
{
    if (m->program == PROGRAM_QEMU)
        return m->proc == PROC_QEMU_CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER;
    if (m->program != PROGRAM_REMOTE)
        return false;
    switch (m->proc) {
    case PROC_CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY:
    case PROC_CONNECT_NETWORK_EVENT_DEREGISTER_ANY:
    case PROC_CONNECT_STORAGE_POOL_EVENT_DEREGISTER_ANY:
    case PROC_CONNECT_NODE_DEVICE_EVENT_DEREGISTER_ANY:
    case PROC_CONNECT_SECRET_EVENT_DEREGISTER_ANY:
        return true;
    default:
        return false;
    }
}

bool
registered_is_legacy(const Method *m)
{
    return m->proc == PROC_CONNECT_DOMAIN_EVENT_REGISTER ||
           m->proc == PROC_CONNECT_DOMAIN_EVENT_REGISTER_ANY;
}

/* A deregistration in the older form undoes the registration of the same event. */
bool
registered_is_undone(const Registered *reg, const Method *m, const Packet *packet)
{
    uint32_t event;

    if (m->program != PROGRAM_REMOTE || !registered_is_legacy(reg->method))
        return false;
    if (m->proc == PROC_CONNECT_DOMAIN_EVENT_DEREGISTER)
        return reg->method->proc == PROC_CONNECT_DOMAIN_EVENT_REGISTER;
    if (m->proc != PROC_CONNECT_DOMAIN_EVENT_DEREGISTER_ANY ||
        reg->method->proc != PROC_CONNECT_DOMAIN_EVENT_REGISTER_ANY ||
        reg->packet->len < FRAME_START + 4)
        return false;
    memcpy(&event, reg->packet->data + FRAME_START, sizeof(event));
    return ntohl(event) == packet_word(packet, 0);
}

Registered *
registered_find(GPtrArray *all, bool by_front, int32_t id, const EventDesc *desc)
{
    for (guint i = 0; i < all->len; i++) {
        Registered *reg = g_ptr_array_index(all, i);

        if (reg->front && (by_front ? reg->front : reg->back) == id &&
            (!desc || reg->method->program == desc->program))
            return reg;
    }
    return NULL;
}

Registered *
registered_restore(int32_t front, const uint8_t *data, size_t len)
{
    g_autoptr(FrameReader) reader = frame_reader_new();
    g_auto(Packet) packet = { 0 };
    bool found = false;
    const Method *m;
    Registered *reg;

    frame_reader_feed(reader, data, len);
    if (!frame_reader_next(reader, &packet, &found, NULL) || !found)
        return NULL;
    m = method_lookup(packet.header.program, packet.header.proc);
    if (!m || !registered_begins(m))
        return NULL;
    reg = g_new0(Registered, 1);
    reg->method = m;
    reg->front = front;
    reg->packet = g_byte_array_new();
    g_byte_array_append(reg->packet, packet.raw, (guint)packet.raw_len);
    return reg;
}
