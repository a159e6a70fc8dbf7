/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-wire.c - packets and records from a hostile peer
 *
 * The input is what came over a connection.  Each packet in it is decoded as arguments, as reply and
 * as event of the procedure that it names; what can be decoded must encode to the bytes that were
 * used, survive a copy, and print.
 */
#include <string.h>

#include "rpc/frame.h"
#include "rpc/method.h"
#include "rpc/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_type(const WireType *type, const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GString) text = g_string_new(NULL);
    void *record, *copy;
    size_t used = 0;

    if (!type)
        return;
    record = wire_new(type);
    copy = wire_new(type);
    if (wire_decode(type, data, size, &used, record, &error)) {
        g_assert_cmpuint(used, <=, size);
        wire_copy(type, record, copy);
        wire_print(type, copy, text);
        /* Padding and booleans have more than one form on the wire: compare from the second on. */
        if (wire_encode(type, copy, out, NULL)) {
            g_autoptr(GByteArray) again = g_byte_array_new();

            g_assert_cmpuint(out->len, ==, used);
            g_assert_true(wire_decode(type, out->data, out->len, NULL, record, NULL));
            g_assert_true(wire_encode(type, record, again, NULL));
            g_assert_cmpmem(again->data, again->len, out->data, out->len);
        }
    } else {
        g_assert_nonnull(error);
    }
    wire_delete(type, record);
    wire_delete(type, copy);
}

static void
try_packet(const Packet *packet)
{
    const Method *method = method_lookup(packet->header.program, packet->header.proc);
    const EventDesc *event = event_by_proc(packet->header.program, packet->header.proc);

    if (method) {
        try_type(method->args, packet->payload, packet->len);
        try_type(method->ret, packet->payload, packet->len);
    }
    if (event)
        try_type(event->msg, packet->payload, packet->len);
}

/* The input's own frame: its first byte chooses a method, so that every record is met although few
 * random headers name one. */
static void
try_any(const uint8_t *data, size_t size)
{
    const MethodTable *table = method_tables;
    size_t choice;

    if (size < 3)
        return;
    choice = (size_t)data[0] << 8 | data[1];
    if (choice >= table->count || !table->methods[choice].name)
        return;
    try_type(table->methods[choice].args, data + 2, size - 2);
    try_type(table->methods[choice].ret, data + 2, size - 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(FrameReader) reader = frame_reader_new();
    bool found = true;

    try_any(data, size);
    frame_reader_feed(reader, data, size);
    while (found) {
        g_auto(Packet) packet = { .n_fds = 0 };

        if (!frame_reader_next(reader, &packet, &found, NULL))
            return 0;
        if (found)
            try_packet(&packet);
    }
    return 0;
}
