/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-frame.c - packets whole, in pieces, wrong, and with descriptors. */
#include "rpc/frame.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.h"

static GByteArray *
make_packet(uint32_t serial, size_t n_fds, const char *payload)
{
    FrameHeader header = { 0x20008086, 1, 7, FRAME_CALL, serial, FRAME_OK };
    GByteArray *packet = frame_begin(&header, n_fds);

    g_byte_array_append(packet, (const uint8_t *)payload, (guint)strlen(payload));
    g_assert_true(frame_end(packet, NULL));
    return packet;
}

static void
test_layout(void)
{
    static const uint8_t expected[] = { 0, 0, 0, 32, 0x20, 0, 0x80, 0x86, 0,   0,  0,
                                        1, 0, 0, 0,  7,    0, 0,    0,    0,   0,  0,
                                        0, 9, 0, 0,  0,    0, 'a',  'b',  'c', 'd' };
    GByteArray *packet = make_packet(9, 0, "abcd");

    g_assert_cmpmem(packet->data, packet->len, expected, sizeof(expected));
    g_byte_array_unref(packet);
}

/* However the bytes are cut, the same packets come out. */
static void
test_pieces(void)
{
    GByteArray *first = make_packet(1, 0, "abcd"), *second = make_packet(2, 0, "");

    g_byte_array_append(first, second->data, second->len);
    for (guint cut = 0; cut <= first->len; cut++) {
        g_autoptr(FrameReader) reader = frame_reader_new();
        unsigned serials = 0;

        for (int half = 0; half < 2; half++) {
            bool found = true;

            frame_reader_feed(reader, first->data + (half ? cut : 0),
                              half ? first->len - cut : cut);
            while (found) {
                g_auto(Packet) packet = { 0 };

                g_assert_true(frame_reader_next(reader, &packet, &found, NULL));
                if (found)
                    serials = serials * 10 + packet.header.serial;
                if (found && packet.header.serial == 1)
                    g_assert_cmpmem(packet.payload, packet.len, "abcd", 4);
            }
        }
        g_assert_cmpuint(serials, ==, 12);
        g_assert_cmpuint(frame_reader_pending(reader), ==, 0);
    }
    g_byte_array_unref(first);
    g_byte_array_unref(second);
}

static void
put(uint8_t *at, uint32_t word)
{
    word = htonl(word);
    memcpy(at, &word, sizeof(word));
}

static void
test_refused(void)
{
    static const struct {
        const char *name;
        uint32_t length;
        int32_t type;
        uint32_t count; /* of descriptors */
    } cases[] = {
        { "too short", 27, FRAME_CALL, 0 },
        { "no length", 0, FRAME_CALL, 0 },
        { "too long", FRAME_MAX + 1, FRAME_CALL, 0 },
        { "much too long", 0xffffffff, FRAME_CALL, 0 },
        { "no count", 28, FRAME_CALL_WITH_FDS, 0 },
        { "many descriptors", 32, FRAME_CALL_WITH_FDS, FRAME_FDS_MAX + 1 },
        { "negative descriptors", 32, FRAME_REPLY_WITH_FDS, 0xffffffff },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FrameReader) reader = frame_reader_new();
        g_autoptr(GError) error = NULL;
        g_auto(Packet) packet = { 0 };
        uint8_t bytes[32] = { 0 };
        bool found;

        g_test_message("%s", cases[i].name);
        put(bytes, cases[i].length);
        put(bytes + 16, (uint32_t)cases[i].type);
        put(bytes + 28, cases[i].count);
        frame_reader_feed(reader, bytes, sizeof(bytes));
        g_assert_false(frame_reader_next(reader, &packet, &found, &error));
        g_assert_true(error_is(error, VIR_ERR_RPC));
    }
}

static void
test_too_large(void)
{
    FrameHeader header = { 0 };
    GByteArray *packet = frame_begin(&header, 0);
    g_autoptr(GError) error = NULL;

    g_byte_array_set_size(packet, FRAME_MAX);
    g_assert_true(frame_end(packet, &error));
    g_byte_array_set_size(packet, FRAME_MAX + 1);
    g_assert_false(frame_end(packet, &error));
    g_assert_true(error_is(error, VIR_ERR_RPC));
    g_byte_array_unref(packet);
}

static void
make_pair(Transport **a, Transport **b)
{
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    *a = transport_new_unix(fds[0]);
    *b = transport_new_unix(fds[1]);
}

static ino_t
inode(int fd)
{
    struct stat st;

    g_assert_cmpint(fstat(fd, &st), ==, 0);
    return st.st_ino;
}

static int
count_fds(void)
{
    GDir *dir = g_dir_open("/proc/self/fd", 0, NULL);
    int n = 0;

    while (g_dir_read_name(dir))
        n++;
    g_dir_close(dir);
    return n;
}

/* Read from @b until @want packets came. */
static void
expect(FrameReader *reader, Transport *b, unsigned want, GPtrArray *inodes)
{
    while (want) {
        ssize_t got = frame_reader_fill(reader, b, NULL);
        bool found = true;

        g_assert_cmpint(got, !=, TRANSPORT_ERROR);
        while (found) {
            g_auto(Packet) packet = { 0 };

            g_assert_true(frame_reader_next(reader, &packet, &found, NULL));
            want -= found;
            for (size_t i = 0; i < packet.n_fds; i++)
                g_ptr_array_add(inodes, GSIZE_TO_POINTER(inode(packet.fds[i])));
        }
    }
}

static void
test_descriptors(void)
{
    g_autoptr(Transport) a = NULL, b = NULL;
    g_autoptr(FrameWriter) writer = frame_writer_new();
    g_autoptr(FrameReader) reader = frame_reader_new();
    g_autoptr(GPtrArray) inodes = g_ptr_array_new();
    ino_t sent[3];
    int fds[3], before = count_fds();

    for (int i = 0; i < 3; i++) {
        fds[i] = i == 1 ? open("/dev/zero", O_RDONLY | O_CLOEXEC)
                        : open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        sent[i] = inode(fds[i]);
    }
    make_pair(&a, &b);
    frame_writer_add(writer, make_packet(1, 0, "none"), NULL, 0);
    frame_writer_add(writer, make_packet(2, 2, "two!"), fds, 2);
    frame_writer_add(writer, make_packet(3, 1, "one!"), fds + 2, 1);
    frame_writer_add(writer, make_packet(4, 0, "none"), NULL, 0);
    g_assert_cmpuint(frame_writer_pending(writer), >, 0);
    g_assert_true(frame_writer_flush(writer, a, NULL));
    g_assert_cmpuint(frame_writer_pending(writer), ==, 0);
    expect(reader, b, 4, inodes);
    g_assert_cmpuint(inodes->len, ==, 3);
    for (guint i = 0; i < 3; i++)
        g_assert_cmpuint(GPOINTER_TO_SIZE(g_ptr_array_index(inodes, i)), ==, sent[i]);
    g_assert_cmpint(count_fds(), ==, before + 2); /* the pair only */
}

/* A descriptor that no packet announced ends the connection, and nothing leaks. */
static void
test_stray_descriptor(void)
{
    g_autoptr(Transport) a = NULL, b = NULL;
    g_autoptr(FrameReader) reader = frame_reader_new();
    g_autoptr(GError) error = NULL;
    g_auto(Packet) packet = { 0 };
    GByteArray *bytes = make_packet(1, 0, "abcd");
    bool found = false, ok = true;

    make_pair(&a, &b);
    g_assert_cmpint(transport_write(a, bytes->data, bytes->len - 1, NULL), ==, bytes->len - 1);
    g_assert_cmpint(transport_write_fd(a, a->fd, NULL), ==, 1); /* as the packet's last byte */
    while (ok && !found) {
        g_assert_cmpint(frame_reader_fill(reader, b, NULL), >, 0);
        ok = frame_reader_next(reader, &packet, &found, &error);
    }
    g_assert_false(ok);
    g_assert_true(error_is(error, VIR_ERR_RPC));
    g_byte_array_unref(bytes);
}

/* A large packet through a small socket: as much as fits, then the rest. */
static void
test_backpressure(void)
{
    g_autoptr(Transport) a = NULL, b = NULL;
    g_autoptr(FrameWriter) writer = frame_writer_new();
    g_autoptr(FrameReader) reader = frame_reader_new();
    FrameHeader header = { 1, 1, 1, FRAME_STREAM, 1, FRAME_CONTINUE };
    GByteArray *big = frame_begin(&header, 0);
    bool found = false;
    unsigned rounds = 0;

    make_pair(&a, &b);
    g_byte_array_set_size(big, 4 << 20);
    for (guint i = FRAME_START; i < big->len; i++)
        big->data[i] = (uint8_t)i;
    g_assert_true(frame_end(big, NULL));
    frame_writer_add(writer, big, NULL, 0);
    while (!found) {
        g_auto(Packet) packet = { 0 };

        g_assert_true(frame_writer_flush(writer, a, NULL));
        g_assert_cmpint(frame_reader_fill(reader, b, NULL), >, 0);
        g_assert_true(frame_reader_next(reader, &packet, &found, NULL));
        if (found) {
            g_assert_cmpuint(packet.len, ==, (4 << 20) - FRAME_START);
            for (size_t i = 0; i < packet.len; i += 4099)
                g_assert_cmpuint(packet.payload[i], ==, (uint8_t)(i + FRAME_START));
        }
        rounds++;
    }
    g_assert_cmpuint(rounds, >, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/frame/layout", test_layout);
    g_test_add_func("/frame/pieces", test_pieces);
    g_test_add_func("/frame/refused", test_refused);
    g_test_add_func("/frame/too-large", test_too_large);
    g_test_add_func("/frame/descriptors", test_descriptors);
    g_test_add_func("/frame/stray-descriptor", test_stray_descriptor);
    g_test_add_func("/frame/backpressure", test_backpressure);
    return g_test_run();
}
